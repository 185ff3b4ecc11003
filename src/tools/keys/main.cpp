// health_dp_keys: for custodians, of a key in shares and of contributions to keys. Nothing secret is ever an argument,
// an environment variable or output: shares come from files or from the terminal and go to files of mode 0600, and
// contributions are made, sealed and forgotten.
#include "tools/keys/commands.hpp"
#include "tools/keys/failure.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <exception>
#include <getopt.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace health_dp::tools::keys {

namespace {

constexpr char kHelp[] =
    "health_dp_keys makes, checks and hands in the shares of a health_dp root key, and\n"
    "contributions to domains' keys.\n"
    "\n"
    "Usage:\n"
    "  health_dp_keys generate --threshold=NUMBER --record=FILE SHARE_FILE...\n"
    "  health_dp_keys verify --record=FILE [SHARE_FILE]...\n"
    "  health_dp_keys seal [--share=SHARE_FILE] SERVER_KEY\n"
    "  health_dp_keys contribute --domain=NAME --key-version=NUMBER --slot=NUMBER\n"
    "                            --organisation=NAME [--receipt=FILE] SERVER_KEY\n"
    "\n"
    "generate makes a new key that exists nowhere as a whole: each file, one for each custodian,\n"
    "takes one share, and any NUMBER of them make the key. Existing files are never overwritten.\n"
    "The public record goes to its file and to standard output.\n"
    "\n"
    "verify says whether shares belong to the record and are right.\n"
    "\n"
    "seal prints a share that only the server with this key can open, for\n"
    "SELECT health_dp.enter_share('...'). The server's key is what\n"
    "SELECT health_dp.unsealing_key() shows, new at each of its starts. Make sure that it comes\n"
    "from your server: whoever's key it is gets the share.\n"
    "\n"
    "contribute makes what one organisation adds to the key of a slot, from the system's random\n"
    "numbers, and prints it sealed, for SELECT health_dp.enter_contribution(...). It is kept\n"
    "nowhere; the receipt has its check value, which SELECT * FROM health_dp.key_slots shows once\n"
    "it is in. What is sealed opens for this place in the key only.\n"
    "\n"
    "Options:\n"
    "  -d, --domain=NAME        domain of the key to contribute to\n"
    "  -k, --key-version=NUMBER version of the key\n"
    "  -n, --slot=NUMBER        slot of the version, 1 or 2\n"
    "  -o, --organisation=NAME  who contributes\n"
    "  -p, --receipt=FILE       new file for the contribution's check value\n"
    "  -r, --record=FILE        public record of the key\n"
    "  -s, --share=SHARE_FILE   file that holds the share\n"
    "  -t, --threshold=NUMBER   how many shares make the key, at least 2\n"
    "  -V, --version            output version information, then exit\n"
    "  -?, --help               show this help, then exit\n"
    "\n"
    "Without a SHARE_FILE the share is asked for at the terminal, and not shown; \"-\" is standard\n"
    "input. The exit status is 0 when all is well, 1 when something failed or a share is wrong,\n"
    "2 when the arguments make no sense.\n";

// A core file or a debugger would show what guarded memory hides.
void hide_memory() {
    constexpr rlimit kNone{0, 0};
    if (setrlimit(RLIMIT_CORE, &kNone) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        fail_system("could not switch core files off");
}

void refuse_secret_arguments(int argc, char** argv) {
    constexpr std::string_view kTag = "hdps1";
    const auto same = [](char one, char other) { return std::tolower(static_cast<unsigned char>(one)) == other; };
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (std::search(argument.begin(), argument.end(), kTag.begin(), kTag.end(), same) != argument.end())
            fail("a share stands on the command line, where other users and the shell's history see it",
                 "Regard this share as known to others. Give a share in a file or at the terminal.");
    }
}

void run(int argc, char** argv) {
    hide_memory();
    refuse_secret_arguments(argc, argv);
    opterr = 0;
    if (argc < 2)
        fail_usage("no command specified");
    const std::string_view command = argv[1];
    const auto asks_for_help = [](std::string_view argument) { return argument == "-?" || argument == "--help"; };
    if (std::any_of(argv + 1, argv + argc, asks_for_help))
        std::fputs(kHelp, stdout);
    else if (command == "-V" || command == "--version")
        std::printf("%s (health_dp) %s\n", kProgram, HDP_VERSION);
    else if (command == "generate")
        generate(argc - 1, argv + 1);
    else if (command == "seal")
        seal(argc - 1, argv + 1);
    else if (command == "contribute")
        contribute(argc - 1, argv + 1);
    else if (command == "verify")
        verify(argc - 1, argv + 1);
    else
        fail_usage("there is no command \"" + std::string(command) + "\"");
    if (std::fflush(stdout) != 0)
        fail_system("could not write to standard output");
}

} // namespace

} // namespace health_dp::tools::keys

int main(int argc, char** argv) {
    using namespace health_dp::tools::keys;
    try {
        run(argc, argv);
        return 0;
    } catch (const Failure& failure) {
        return report(failure);
    } catch (const std::exception& error) {
        return report({error.what(), ""});
    }
}
