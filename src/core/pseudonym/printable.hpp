// Bytes as text that people copy, print and type: "HDPS1-K7QM-02ZD-...": a tag that says what it is, then groups of
// four characters of Crockford's base 32, the last 32 bits being a check over tag and bytes.
#pragma once

#include "core/pure.hpp"

#include "core/secret_bytes.hpp"

#include <string_view>

namespace health_dp::core {

// Characters in guarded memory, since some of them are keys.
class SecretText {
  public:
    explicit SecretText(SecretBytes bytes) : bytes_(std::move(bytes)) {}
    std::string_view view() const;

  private:
    SecretBytes bytes_;
};

// `tag` holds capitals and digits and is not empty.
Result<SecretText> print_bytes(std::string_view tag, std::span<const std::uint8_t> bytes);

// Takes capitals and small letters, O for 0, I and L for 1, and any white space and hyphens between characters; nothing
// else. bad_syntax for other tags, other characters and impossible lengths, corrupted where the check does not hold:
// one in 4 thousand million mistyped texts gets past it.
Result<SecretBytes> read_printed(std::string_view tag, std::string_view text);

} // namespace health_dp::core
