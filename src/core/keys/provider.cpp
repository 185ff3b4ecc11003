#include "core/keys/provider.hpp"

#include <algorithm>

namespace health_dp::core::keys {

namespace {

constexpr std::size_t kMaxText = 1000;

bool is_plain(char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; }

Result<Provider> file(std::string_view path) {
    if (path.size() < 2 || path.front() != '/' || !std::ranges::all_of(path, is_plain))
        return Error{ErrorCode::bad_syntax, "file: takes an absolute path without spaces"};
    return Provider{Provider::Kind::file, {std::string(path)}};
}

Result<Provider> command(std::string_view text) {
    constexpr Error kNoCommand{ErrorCode::bad_syntax, "command: takes the absolute path of a program and arguments "
                                                      "between single spaces; no shell reads them, so quotes, "
                                                      "backslashes and dollar signs are refused"};
    Provider provider{Provider::Kind::command, {}};
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        const bool is_word = !word.empty() && std::ranges::all_of(word, is_plain) &&
                             word.find_first_of("\"'\\$`") == std::string_view::npos;
        if (!is_word || text.back() == ' ')
            return kNoCommand;
        provider.words.emplace_back(word);
        text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    if (provider.words.empty() || provider.words.front().size() < 2 || provider.words.front().front() != '/')
        return kNoCommand;
    return provider;
}

Result<Provider> systemd(std::string_view name) {
    if (name.empty() || name.size() > 255 || name.front() == '.' || !std::ranges::all_of(name, is_plain) ||
        name.find('/') != std::string_view::npos)
        return Error{ErrorCode::bad_syntax, "systemd: takes the name of a credential of the service"};
    return Provider{Provider::Kind::systemd, {std::string(name)}};
}

} // namespace

const char* name_of(Provider::Kind kind) {
    switch (kind) {
    case Provider::Kind::none:
        break;
    case Provider::Kind::file:
        return "file";
    case Provider::Kind::command:
        return "command";
    case Provider::Kind::systemd:
        return "systemd";
    case Provider::Kind::custodians:
        return "custodians";
    }
    return "none";
}

Result<Provider> parse_provider(std::string_view text) {
    if (text.empty())
        return Provider{Provider::Kind::none, {}};
    if (text == "custodians")
        return Provider{Provider::Kind::custodians, {}};
    const std::size_t colon = text.find(':');
    const std::string_view kind = text.substr(0, colon);
    const std::string_view rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    if (text.size() <= kMaxText) {
        if (kind == "file")
            return file(rest);
        if (kind == "command")
            return command(rest);
        if (kind == "systemd")
            return systemd(rest);
    }
    return Error{ErrorCode::bad_syntax, "a key provider is file:, command:, systemd: or custodians"};
}

} // namespace health_dp::core::keys
