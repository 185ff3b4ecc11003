// What the tool does, one function for each command; arguments begin with the command's name, as getopt wants them.
#pragma once

#include "core/pseudonym/key_share_text.hpp"

#include <optional>
#include <string>

namespace health_dp::tools::keys {

void generate(int argc, char** argv);
void seal(int argc, char** argv);
void verify(int argc, char** argv);
void contribute(int argc, char** argv);

// From a file, from standard input ("-"), or asked for at the terminal.
core::key_shares::Share get_share(const std::optional<std::string>& path);

// "share 2 of key 0f1e..."
std::string name_of(const core::key_shares::Share& share);

std::string hexadecimal(std::span<const std::uint8_t> bytes);

} // namespace health_dp::tools::keys
