#include "tools/keys/commands.hpp"

#include "tools/keys/failure.hpp"
#include "tools/keys/files.hpp"
#include "tools/keys/terminal.hpp"

namespace health_dp::tools::keys {

core::key_shares::Share get_share(const std::optional<std::string>& path) {
    if (path) {
        const TextFile file = TextFile::read_secret(*path);
        return unwrap(core::key_shares::read_share(file.text()), "file \"" + *path + "\" holds no share");
    }
    const TypedLine line = TypedLine::ask("Share (HDPS1-..., not shown): ");
    return unwrap(core::key_shares::read_share(line.text()), "this is no share");
}

std::string name_of(const core::key_shares::Share& share) {
    return "share " + std::to_string(share.index()) + " of key " + hexadecimal(share.key());
}

std::string hexadecimal(std::span<const std::uint8_t> bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text.push_back(kDigits[byte >> 4U]);
        text.push_back(kDigits[byte & 15U]);
    }
    return text;
}

} // namespace health_dp::tools::keys
