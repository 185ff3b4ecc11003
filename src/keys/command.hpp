// A program that prints the root key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace health_dp::keys {

// Runs it without a shell and reads what it prints, until it ends, at most health_dp.key_command_timeout; then it and
// its children are killed. What it writes to standard error is dropped. Returns how many bytes came. Errors are thrown
// as postgres::SqlError kKeyProvider.
std::size_t run_command(const std::vector<std::string>& words, std::span<std::uint8_t> target);

} // namespace health_dp::keys
