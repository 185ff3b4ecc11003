#include "tools/keys/commands.hpp"

#include "core/keys/hierarchy.hpp"
#include "tools/keys/failure.hpp"
#include "tools/keys/files.hpp"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <getopt.h>
#include <vector>

namespace health_dp::tools::keys {

namespace {

using core::key_shares::Scalar;
using core::key_shares::Splitting;

unsigned number_of(const char* text) {
    unsigned number = 0;
    const char* end = text + std::strlen(text);
    const auto [stopped, error] = std::from_chars(text, end, number);
    if (error != std::errc() || stopped != end)
        fail_usage(std::string("invalid value \"") + text + "\" for option --threshold");
    return number;
}

// A new key in shares, seen to make it again.
Splitting split_new_key(unsigned threshold, unsigned count, core::keys::CheckValue& check) {
    unwrap(core::start_cryptography(), "could not start");
    core::SecretBytes memory = unwrap(core::SecretBytes::copy_of(Scalar::random().bytes()), "could not get memory");
    const auto key = std::as_const(memory).bytes().first<Scalar::kBytes>();
    // Locked for certain, or refused.
    check = unwrap(core::keys::RootKey::received(key), "could not make a key").check();
    Splitting splitting = unwrap(Splitting::of(unwrap(Scalar::parse(key), "could not make a key"), threshold, count),
                                 "could not split the key");
    for (const auto& share : splitting.shares)
        unwrap(splitting.record.verify(share), "could not split the key");
    const auto again = unwrap(core::key_shares::combine(splitting.shares), "could not split the key");
    if (unwrap(core::keys::RootKey::received(again.bytes().first<Scalar::kBytes>()), "could not make a key").check() !=
        check)
        fail("the shares do not make the key again");
    return splitting;
}

} // namespace

void generate(int argc, char** argv) {
    constexpr option kOptions[] = {
        {"threshold", required_argument, nullptr, 't'}, {"record", required_argument, nullptr, 'r'}, {}};
    std::optional<unsigned> threshold;
    std::optional<std::string> record_path;
    for (int chosen = 0; (chosen = getopt_long(argc, argv, "t:r:", kOptions, nullptr)) != -1;) {
        if (chosen == 't')
            threshold = number_of(optarg);
        else if (chosen == 'r')
            record_path = optarg;
        else
            fail_usage(std::string("invalid option or missing value: \"") + argv[optind - 1] + "\"");
    }
    if (!threshold)
        fail_usage("no threshold specified (option --threshold)");
    if (!record_path)
        fail_usage("no file for the public record specified (option --record)");
    const std::vector<std::string> paths(argv + optind, argv + argc);
    const auto count = static_cast<unsigned>(paths.size());
    if (*threshold < core::key_shares::kMinThreshold || count > core::key_shares::kMaxShares || count < *threshold)
        fail_usage("a key needs a threshold of at least " + std::to_string(core::key_shares::kMinThreshold) +
                   ", and from as many to " + std::to_string(core::key_shares::kMaxShares) +
                   " files, one for each custodian");

    // All the files before the key: where one cannot be made, no key was.
    std::vector<NewFile> files;
    files.reserve(count);
    for (const std::string& path : paths)
        files.emplace_back(path, NewFile::kSecret);
    NewFile record_file(*record_path, NewFile::kPublic);

    core::keys::CheckValue check{};
    const Splitting splitting = split_new_key(*threshold, count, check);
    const std::string numbers = std::to_string(*threshold) + " of " + std::to_string(count);
    const std::string names =
        "# key " + hexadecimal(splitting.record.key()) + ", root check " + hexadecimal(check) + "\n";
    for (unsigned i = 0; i < count; ++i) {
        const core::SecretText text = unwrap(print(splitting.shares[i]), "could not print a share");
        files[i].write("# health_dp: share " + std::to_string(i + 1) + " of a root key; any " + numbers + " make it\n" +
                       names +
                       "# SECRET: for one custodian, to be kept away from the other shares and from the server\n");
        files[i].write(text.view());
        files[i].write("\n");
        files[i].sync();
    }
    const core::SecretText record = unwrap(print(splitting.record), "could not print the public record");
    const std::string record_text = "# health_dp: public record of a root key in shares, of which any " + numbers +
                                    " make it\n" + names + std::string(record.view()) + "\n";
    record_file.write(record_text);
    record_file.sync();
    for (NewFile& file : files)
        file.keep();
    record_file.keep();
    std::fputs(record_text.c_str(), stdout);
}

} // namespace health_dp::tools::keys
