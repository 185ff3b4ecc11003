// Reads NIRs, a line each, and prints what the key of a domain makes of each without blinding anything: the first 16
// bytes of the function's output, in digits. Its argument is the domain's key derived for the VOPRF, as stored_keys
// prints it.
#include "core/pseudonym/canonical.hpp"
#include "core/pseudonym/voprf.hpp"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

using namespace health_dp::core;

int main(int argc, char** argv) {
    std::array<std::uint8_t, voprf::KeyPair::kSeedBytes> seed{};
    if (argc != 2 || sodium_init() < 0 ||
        sodium_hex2bin(seed.data(), seed.size(), argv[1], 64, nullptr, nullptr, nullptr) != 0) {
        std::fprintf(stderr, "usage: voprf_direct KEY\n");
        return 1;
    }
    const std::string info = "health_dp linkage key 1";
    const auto key =
        voprf::KeyPair::derive(seed, {reinterpret_cast<const std::uint8_t*>(info.data()), info.size()}).value();
    for (std::string line; std::getline(std::cin, line);) {
        const auto identifier = pseudonym::CanonicalIdentifier::of(pseudonym::Form::nir, line).value();
        const voprf::Output output = key.evaluate_input(identifier.bytes()).value();
        char digits[33];
        std::puts(sodium_bin2hex(digits, sizeof(digits), output.data(), 16));
    }
}
