// Where the root key comes from, as the setting health_dp.key_provider says it. No secret stands in it.
//
//   file:/etc/health_dp/root                      a file of the server's user or root, unreadable for others
//   command:/usr/local/bin/unwrap --key health    a program and its arguments: no shell, no quotes
//   systemd:health_dp.root                        a credential of the service, by name
//   custodians                                    shares that people enter
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace health_dp::core::keys {

struct Provider {
    enum class Kind : std::uint8_t { none, file, command, systemd, custodians };

    Kind kind;
    // The path, the command and its arguments, or the credential's name; nothing for custodians.
    std::vector<std::string> words;
};

const char* name_of(Provider::Kind kind);

// The empty text is no provider.
Result<Provider> parse_provider(std::string_view text);

} // namespace health_dp::core::keys
