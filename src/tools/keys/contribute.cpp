#include "tools/keys/commands.hpp"

#include "core/keys/contribution.hpp"
#include "tools/keys/failure.hpp"
#include "tools/keys/files.hpp"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <getopt.h>
#include <unistd.h>

namespace health_dp::tools::keys {

namespace {

struct Arguments {
    std::optional<std::string> domain;
    std::optional<unsigned> version;
    std::optional<unsigned> slot;
    std::optional<std::string> organisation;
    std::optional<std::string> receipt;
    const char* server_key = nullptr;
};

unsigned number_of(const char* text, const char* option, unsigned most) {
    unsigned number = 0;
    const char* end = text + std::strlen(text);
    const auto [stopped, error] = std::from_chars(text, end, number);
    if (error != std::errc() || stopped != end || number < 1 || number > most)
        fail_usage(std::string("invalid value \"") + text + "\" for option --" + option);
    return number;
}

Arguments parse(int argc, char** argv) {
    constexpr option kOptions[] = {
        {"domain", required_argument, nullptr, 'd'},  {"key-version", required_argument, nullptr, 'k'},
        {"slot", required_argument, nullptr, 'n'},    {"organisation", required_argument, nullptr, 'o'},
        {"receipt", required_argument, nullptr, 'p'}, {}};
    Arguments arguments;
    for (int chosen = 0; (chosen = getopt_long(argc, argv, "d:k:n:o:p:", kOptions, nullptr)) != -1;) {
        if (chosen == 'd')
            arguments.domain = optarg;
        else if (chosen == 'k')
            arguments.version = number_of(optarg, "key-version", core::keys::kMaxVersion);
        else if (chosen == 'n')
            arguments.slot = number_of(optarg, "slot", 2);
        else if (chosen == 'o')
            arguments.organisation = optarg;
        else if (chosen == 'p')
            arguments.receipt = optarg;
        else
            fail_usage(std::string("invalid option or missing value: \"") + argv[optind - 1] + "\"");
    }
    if (!arguments.domain || !arguments.version || !arguments.slot || !arguments.organisation)
        fail_usage(
            "domain, key version, slot and organisation are needed: what SELECT * FROM health_dp.key_slots shows");
    if (argc - optind != 1)
        fail_usage("one server key is needed: what SELECT health_dp.unsealing_key() shows");
    arguments.server_key = argv[optind];
    return arguments;
}

} // namespace

// The contribution lives in this process's guarded memory, from the system's generator to the seal, and nowhere else:
// it is never needed again.
void contribute(int argc, char** argv) {
    const Arguments arguments = parse(argc, argv);
    const auto key = core::key_shares::read_sealing_key(arguments.server_key);
    if (!key.ok())
        fail(std::string("this is no server key: ") + key.error().message,
             "Copy what SELECT health_dp.unsealing_key() shows, from HDPE1 to its end.");
    core::keys::ContributionPlace place;
    place.domain = unwrap(core::keys::Domain::parse(*arguments.domain), "invalid domain");
    place.version = static_cast<core::keys::Version>(*arguments.version);
    place.slot = *arguments.slot == 1 ? core::keys::Slot::first : core::keys::Slot::second;
    place.organisation = unwrap(core::keys::Organisation::parse(*arguments.organisation), "invalid organisation");
    std::optional<NewFile> receipt;
    if (arguments.receipt)
        receipt.emplace(*arguments.receipt, NewFile::kPublic);

    core::SecretBytes contribution =
        unwrap(core::SecretBytes::generate(core::keys::kKeyBytes), "could not make a contribution");
    unwrap(contribution.require_locked(), "could not make a contribution");
    const auto bytes = std::as_const(contribution).bytes().first<core::keys::kKeyBytes>();
    const core::SecretText sealed =
        unwrap(core::keys::seal_contribution(bytes, place, key.value()), "could not seal the contribution");
    const std::string check = hexadecimal(core::keys::contribution_check(bytes));
    if (receipt) {
        receipt->write("# health_dp: receipt of a contribution to a key; the check value is not secret\n"
                       "domain " +
                       *arguments.domain + "\nversion " + std::to_string(*arguments.version) + "\nslot " +
                       std::to_string(*arguments.slot) + "\norganisation " + *arguments.organisation + "\ncheck " +
                       check + "\n");
        receipt->sync();
        receipt->keep();
    }
    std::printf("%.*s\n", static_cast<int>(sealed.view().size()), sealed.view().data());
    if (isatty(STDOUT_FILENO) != 0)
        std::fprintf(stderr,
                     "Sealed a contribution with check value %s. Enter it in psql:\n"
                     "SELECT health_dp.enter_contribution('%s', %u, '%s', '...');\n",
                     check.c_str(), arguments.domain->c_str(), *arguments.slot, arguments.organisation->c_str());
}

} // namespace health_dp::tools::keys
