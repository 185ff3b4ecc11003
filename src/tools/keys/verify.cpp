#include "tools/keys/commands.hpp"

#include "tools/keys/failure.hpp"
#include "tools/keys/files.hpp"

#include <cstdio>
#include <getopt.h>
#include <vector>

namespace health_dp::tools::keys {

void verify(int argc, char** argv) {
    constexpr option kOptions[] = {{"record", required_argument, nullptr, 'r'}, {}};
    std::optional<std::string> record_path;
    for (int chosen = 0; (chosen = getopt_long(argc, argv, "r:", kOptions, nullptr)) != -1;) {
        if (chosen != 'r')
            fail_usage(std::string("invalid option or missing value: \"") + argv[optind - 1] + "\"");
        record_path = optarg;
    }
    if (!record_path)
        fail_usage("no public record specified (option --record)");
    const auto record = unwrap(core::key_shares::read_record(TextFile::read(*record_path).text()),
                               "file \"" + *record_path + "\" holds no public record");

    std::vector<std::optional<std::string>> paths(argv + optind, argv + argc);
    if (paths.empty())
        paths.emplace_back(); // the terminal
    std::size_t wrong = 0;
    for (const auto& path : paths) {
        try {
            const core::key_shares::Share share = get_share(path);
            unwrap(record.verify(share), name_of(share));
            std::printf("%s is right: any %u of %u make the key\n", name_of(share).c_str(), record.threshold(),
                        record.count());
        } catch (const Failure& failure) {
            report(failure);
            ++wrong;
        }
    }
    if (wrong > 0)
        fail(std::to_string(wrong) + " of " + std::to_string(paths.size()) + " shares could not be verified");
}

} // namespace health_dp::tools::keys
