// Prints every secret of a key store, given its root key: one name and its digits on a line. Reads the format of
// src/core/keys/store.hpp on its own, so that a key the store's code hides is looked for all the same.
#include "core/keys/slots.hpp"

#include <sodium.h>

#include <algorithm>
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

// Places in an entry of format 2.
constexpr std::size_t kHeader = 60;
constexpr std::size_t kEntry = 148;
constexpr std::size_t kVersionAt = 81;
constexpr std::size_t kKeyAt = 114;
constexpr std::size_t kSlotAt = 146;
constexpr std::size_t kPartyAt = 147;

using Entry = std::span<const std::uint8_t>;

const char* domain_of(Entry entry) { return reinterpret_cast<const char*>(entry.data() + 17); }

keys::KeyView key_of(Entry entry) { return entry.subspan<kKeyAt, keys::kKeyBytes>(); }

void print_derived(const std::string& name, Entry entry, keys::KeyView key) {
    for (std::uint8_t purpose = 1; purpose <= keys::kLastPurpose; ++purpose) {
        const auto derived =
            keys::derive(key, static_cast<keys::Purpose>(purpose), domain_of(entry), entry[kVersionAt]);
        print(name + "." + std::to_string(purpose), derived.value().bytes());
    }
}

// Of the version that two slots' keys make.
void print_version(const std::string& name, Entry first, Entry second) {
    const keys::KeyName whose{{}, keys::Domain::parse(domain_of(first)).value(), first[kVersionAt]};
    const auto key = keys::version_key({key_of(first), key_of(second)}, whose).value();
    print(name + ".version", key.bytes());
    print_derived(name, first, key.bytes().first<keys::kKeyBytes>());
}

} // namespace

int main(int argc, char** argv) {
    Bytes root(keys::kKeyBytes);
    if (argc < 3 || argc > 4 || sodium_init() < 0 ||
        sodium_hex2bin(root.data(), root.size(), argv[2], 64, nullptr, nullptr, nullptr) != 0)
        fail("usage: stored_keys STORE ROOT [DOMAIN]");
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
    const auto entry_at = [&](std::size_t at) { return Entry(entries).subspan(at, kEntry); };
    for (std::size_t at = 0; at < entries.size(); at += kEntry) {
        const Entry entry = entry_at(at);
        if (entry[0] != 1 || (argc == 4 && std::string(domain_of(entry)) != argv[3])) // no key in it, or not asked for
            continue;
        const std::string kind = entry[kPartyAt] != 0 ? "contribution" : entry[kSlotAt] != 0 ? "slot" : "key";
        const std::string name = kind + std::to_string(at / kEntry);
        print(name, key_of(entry));
        if (kind == "key")
            print_derived(name, entry, key_of(entry));
        for (std::size_t other = 0; kind == "slot" && entry[kSlotAt] == 1 && other < entries.size(); other += kEntry)
            if (entry_at(other)[kSlotAt] == 2 && entry_at(other)[kPartyAt] == 0 &&
                std::ranges::equal(entry_at(other).subspan(1, kVersionAt), entry.subspan(1, kVersionAt)))
                print_version(name, entry, entry_at(other));
    }
}
