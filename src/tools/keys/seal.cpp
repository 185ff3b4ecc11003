#include "tools/keys/commands.hpp"

#include "tools/keys/failure.hpp"

#include <cstdio>
#include <getopt.h>
#include <unistd.h>

namespace health_dp::tools::keys {

void seal(int argc, char** argv) {
    constexpr option kOptions[] = {{"share", required_argument, nullptr, 's'}, {}};
    std::optional<std::string> path;
    for (int chosen = 0; (chosen = getopt_long(argc, argv, "s:", kOptions, nullptr)) != -1;) {
        if (chosen != 's')
            fail_usage(std::string("invalid option or missing value: \"") + argv[optind - 1] + "\"");
        path = optarg;
    }
    if (argc - optind != 1)
        fail_usage("one server key is needed: what SELECT health_dp.unsealing_key() shows");
    const auto key = core::key_shares::read_sealing_key(argv[optind]);
    if (!key.ok())
        fail(std::string("this is no server key: ") + key.error().message,
             "Copy what SELECT health_dp.unsealing_key() shows, from HDPE1 to its end.");

    const core::key_shares::Share share = get_share(path);
    const core::SecretText sealed = unwrap(core::key_shares::seal(share, key.value()), "could not seal the share");
    std::printf("%.*s\n", static_cast<int>(sealed.view().size()), sealed.view().data());
    if (isatty(STDOUT_FILENO) != 0)
        std::fprintf(stderr, "Sealed %s. Enter it in psql: SELECT health_dp.enter_share('...');\n",
                     name_of(share).c_str());
}

} // namespace health_dp::tools::keys
