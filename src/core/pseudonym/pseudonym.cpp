#include "core/pseudonym/pseudonym.hpp"

#include "core/integers.hpp"

#include <sodium.h>

#include <algorithm>
#include <optional>

namespace health_dp::core::pseudonym {

namespace {

constexpr Error kSize = {ErrorCode::bad_syntax, "a pseudonym has 17 bytes"};
constexpr Error kNoVersion = {ErrorCode::out_of_range, "a pseudonym names a key version from 1 to 255"};
constexpr Error kShape = {ErrorCode::bad_syntax,
                          "a pseudonym is written as three digits and 27 letters or digits, without I, L, O and U"};
constexpr Error kCheck = {ErrorCode::failed_check,
                          "the check symbol does not fit this pseudonym: it is probably mistyped"};

constexpr std::string_view kSymbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr unsigned kSymbolBits = 5;

constexpr std::size_t kVersionSymbols = 3;
constexpr std::size_t kTagSymbols = 26; // 130 bits, of which the first two are zero
constexpr std::size_t kAllSymbols = kVersionSymbols + kTagSymbols + 1;
constexpr std::size_t kGroup = 4;

using Symbols = std::array<std::uint8_t, kAllSymbols>;

// Where a hyphen is written: behind the version and behind every fourth symbol after it.
constexpr bool starts_group(std::size_t symbol) {
    return symbol >= kVersionSymbols && (symbol - kVersionSymbols) % kGroup == 0;
}

constexpr std::optional<std::uint8_t> symbol_value(char c) {
    if (c >= 'a' && c <= 'z')
        c = static_cast<char>(c - 'a' + 'A');
    if (c == 'I' || c == 'L')
        return 1;
    if (c == 'O')
        return 0;
    const std::size_t value = kSymbols.find(c);
    if (value == std::string_view::npos)
        return std::nullopt;
    return static_cast<std::uint8_t>(value);
}

// In GF(2^5) modulo x^5 + x^2 + 1, where α = x generates all 31 elements but zero.
constexpr std::uint8_t times_alpha(std::uint8_t element) {
    constexpr unsigned kModulus = 0b100101;
    const unsigned doubled = static_cast<unsigned>(element) << 1U;
    return static_cast<std::uint8_t>((doubled & 0b100000U) != 0 ? doubled ^ kModulus : doubled);
}

// Zero for the symbols of a pseudonym. Of all but the last, by Horner's rule: what the last has to be.
std::uint8_t weighted_sum(std::span<const std::uint8_t> symbols) {
    std::uint8_t sum = 0;
    for (const std::uint8_t symbol : symbols)
        sum = static_cast<std::uint8_t>(times_alpha(sum) ^ symbol);
    return sum;
}

std::optional<Symbols> read_symbols(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; };
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    Symbols symbols{};
    std::size_t read = 0;
    bool separated = false;
    for (const char c : text) {
        if ((c == '-' || c == ' ') && !separated && starts_group(read)) {
            separated = true;
            continue;
        }
        separated = false;
        const auto value = symbol_value(c);
        if (!value || read == symbols.size() || (read < kVersionSymbols && 9 < *value))
            return std::nullopt;
        symbols[read++] = *value;
    }
    return read == symbols.size() ? std::optional(symbols) : std::nullopt;
}

} // namespace

Pseudonym::Pseudonym(keys::Version version, std::span<const std::uint8_t, kTagBytes> tag) : bytes_{version} {
    std::copy(tag.begin(), tag.end(), bytes_.begin() + 1);
}

Result<Pseudonym> Pseudonym::from_bytes(std::span<const std::uint8_t> bytes) {
    if (bytes.size() != kBytes)
        return kSize;
    if (bytes.front() == 0)
        return kNoVersion;
    std::array<std::uint8_t, kBytes> copy{};
    std::copy(bytes.begin(), bytes.end(), copy.begin());
    return Pseudonym(copy);
}

Result<Pseudonym> Pseudonym::parse(std::string_view text) {
    const auto symbols = read_symbols(text);
    if (!symbols)
        return kShape;
    if (weighted_sum(*symbols) != 0)
        return kCheck;
    const unsigned version = (*symbols)[0] * 100U + (*symbols)[1] * 10U + (*symbols)[2];
    if (version < 1 || version > 255)
        return kNoVersion;
    const auto digits = std::span(*symbols).subspan(kVersionSymbols, kTagSymbols);
    if (digits.front() >= 8) // beyond 128 bits
        return kShape;
    Unsigned128 tag = 0;
    for (const std::uint8_t digit : digits)
        tag = tag << kSymbolBits | digit;
    std::array<std::uint8_t, kBytes> bytes{static_cast<std::uint8_t>(version)};
    for (std::size_t i = kBytes; i-- > 1; tag >>= 8U)
        bytes[i] = static_cast<std::uint8_t>(tag);
    return Pseudonym(bytes);
}

std::array<char, Pseudonym::kTextLength> Pseudonym::text() const {
    Symbols symbols{};
    symbols[0] = version() / 100;
    symbols[1] = version() / 10 % 10;
    symbols[2] = version() % 10;
    Unsigned128 tag = 0;
    for (const std::uint8_t byte : std::span(bytes_).subspan(1))
        tag = tag << 8U | byte;
    for (std::size_t i = kVersionSymbols + kTagSymbols; i-- > kVersionSymbols; tag >>= kSymbolBits)
        symbols[i] = static_cast<std::uint8_t>(tag) & 31U;
    symbols.back() = times_alpha(weighted_sum(std::span(symbols).first(kAllSymbols - 1)));

    std::array<char, kTextLength> text{};
    std::size_t length = 0;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        if (starts_group(i))
            text[length++] = '-';
        text[length++] = kSymbols[symbols[i]];
    }
    return text;
}

bool operator==(const Pseudonym& a, const Pseudonym& b) {
    return sodium_memcmp(a.bytes_.data(), b.bytes_.data(), a.bytes_.size()) == 0;
}

} // namespace health_dp::core::pseudonym
