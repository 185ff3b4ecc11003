// Prints every secret of a key store, given its root key: one name and its digits on a line. Reads the format of
// src/core/keys/store.hpp on its own, so that a key the store's code hides is looked for all the same.
#include "core/keys/hierarchy.hpp"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace health_dp::core;

namespace {

using Bytes = std::vector<std::uint8_t>;

void print(const std::string& name, std::span<const std::uint8_t> bytes) {
    std::string digits(2 * bytes.size() + 1, '\0');
    std::printf("%s %s\n", name.c_str(), sodium_bin2hex(digits.data(), digits.size(), bytes.data(), bytes.size()));
}

[[noreturn]] void fail(const char* problem) {
    std::fprintf(stderr, "stored_keys: %s\n", problem);
    std::exit(1);
}

Bytes read(const char* path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

} // namespace

int main(int argc, char** argv) {
    constexpr std::size_t kHeader = 60;
    constexpr std::size_t kEntry = 146;
    Bytes root(keys::kKeyBytes);
    if (argc != 3 || sodium_init() < 0 ||
        sodium_hex2bin(root.data(), root.size(), argv[2], 64, nullptr, nullptr, nullptr) != 0)
        fail("usage: stored_keys STORE ROOT");
    const Bytes file = read(argv[1]);
    if (file.size() < kHeader + 16)
        fail("no key store");
    Bytes wrapping(keys::kKeyBytes);
    const std::string label = "health_dp key store 1";
    keys::expand(root, {reinterpret_cast<const std::uint8_t*>(label.data()), label.size()}, wrapping);
    Bytes entries(file.size() - kHeader - 16);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(entries.data(), nullptr, nullptr, file.data() + kHeader,
                                                   file.size() - kHeader, file.data(), kHeader, file.data() + 32,
                                                   wrapping.data()) != 0)
        fail("another root key");
    print("root", root);
    print("wrapping", wrapping);
    for (std::size_t at = 0; at < entries.size(); at += kEntry) {
        const std::span<const std::uint8_t> entry = std::span(entries).subspan(at, kEntry);
        const std::string name = "key" + std::to_string(at / kEntry);
        const auto key = entry.last<keys::kKeyBytes>();
        print(name, key);
        for (std::uint8_t purpose = 1; purpose <= keys::kLastPurpose; ++purpose) {
            const auto derived = keys::derive(key, static_cast<keys::Purpose>(purpose),
                                              reinterpret_cast<const char*>(entry.data() + 17), entry[81]);
            print(name + "." + std::to_string(purpose), derived.value().bytes());
        }
    }
}
