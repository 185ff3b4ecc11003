#include "core/pseudonym/printable.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <optional>

namespace health_dp::core {

namespace {

constexpr std::size_t kCheckBytes = 4;
constexpr std::size_t kGroup = 4;
constexpr unsigned kBits = 5; // a character

// Half a cache line: which character is printed does not show in the time it takes.
alignas(32) constexpr std::array<char, 32> kAlphabet = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A',
                                                        'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'M', 'N',
                                                        'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z'};

constexpr Error kOtherTag = {ErrorCode::bad_syntax, "the text does not begin as this kind of text does"};
constexpr Error kOtherCharacter = {
    ErrorCode::bad_syntax, "the text holds a character other than digits, letters without U, spaces and hyphens"};
constexpr Error kOtherLength = {ErrorCode::bad_syntax, "characters of the text are missing, or too many"};
constexpr Error kMistyped = {ErrorCode::corrupted, "the text's check does not hold: a character is mistyped"};

using Check = std::array<std::uint8_t, kCheckBytes>;

Check check_of(std::string_view tag, std::span<const std::uint8_t> bytes) {
    constexpr std::array<std::uint8_t, crypto_generichash_blake2b_PERSONALBYTES> kPersonalisation = {
        'h', 'e', 'a', 'l', 't', 'h', '_', 'd', 'p', ' ', 'c', 'h', 'e', 'c', 'k', ' '};
    // BLAKE2b gives at least 16 bytes. The tag is the hash's key: other kinds of text have other checks.
    std::array<std::uint8_t, crypto_generichash_blake2b_BYTES_MIN> digest{};
    const auto* key = reinterpret_cast<const std::uint8_t*>(tag.data()); // bytes of a string are bytes
    crypto_generichash_blake2b_salt_personal(digest.data(), digest.size(), bytes.data(), bytes.size(), key, tag.size(),
                                             nullptr, kPersonalisation.data());
    Check check{};
    std::copy_n(digest.begin(), check.size(), check.begin());
    return check;
}

constexpr bool is_separator(char c) { return c == '-' || c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

constexpr char capital(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// What a person may have meant, as five bits.
std::optional<unsigned> value_of(char c) {
    c = capital(c);
    if (c == 'O')
        c = '0';
    if (c == 'I' || c == 'L')
        c = '1';
    const auto* found = std::ranges::find(kAlphabet, c);
    if (found == kAlphabet.end())
        return std::nullopt;
    return static_cast<unsigned>(found - kAlphabet.begin());
}

constexpr std::size_t characters_for(std::size_t bytes) { return (8 * bytes + kBits - 1) / kBits; }

// Drops the tag, which may be written in either case, with separators around it.
bool take_tag(std::string_view tag, std::string_view& text) {
    while (!text.empty() && is_separator(text.front()))
        text.remove_prefix(1);
    if (text.size() <= tag.size() || !is_separator(text[tag.size()]) ||
        !std::ranges::equal(text.substr(0, tag.size()), tag, {}, capital))
        return false;
    text.remove_prefix(tag.size());
    return true;
}

// Bytes and check, from characters known to be right in kind and number. False where bits are left that are not zero.
bool unpack(std::string_view text, std::span<std::uint8_t> bytes) {
    unsigned pending = 0;
    unsigned pending_bits = 0;
    auto place = bytes.begin();
    for (const char c : text) {
        if (is_separator(c))
            continue;
        pending = pending << kBits | *value_of(c);
        pending_bits += kBits;
        if (pending_bits >= 8) {
            pending_bits -= 8;
            *place++ = static_cast<std::uint8_t>(pending >> pending_bits);
            pending &= (1U << pending_bits) - 1;
        }
    }
    return pending == 0;
}

} // namespace

std::string_view SecretText::view() const {
    return {reinterpret_cast<const char*>(bytes_.bytes().data()), bytes_.size()}; // bytes are characters
}

Result<SecretText> print_bytes(std::string_view tag, std::span<const std::uint8_t> bytes) {
    const std::size_t characters = characters_for(bytes.size() + kCheckBytes);
    Result<SecretBytes> text = SecretBytes::allocate(tag.size() + characters + (characters + kGroup - 1) / kGroup);
    if (!text.ok())
        return text.error();
    auto place = std::ranges::copy(tag, text.value().bytes().begin()).out;
    std::size_t written = 0;
    const auto put = [&](unsigned value) {
        if (written++ % kGroup == 0)
            *place++ = '-';
        *place++ = static_cast<std::uint8_t>(kAlphabet[value]);
    };
    unsigned pending = 0;
    unsigned pending_bits = 0;
    const auto put_bytes = [&](std::span<const std::uint8_t> some) {
        for (const std::uint8_t byte : some) {
            pending = pending << 8U | byte;
            pending_bits += 8;
            while (pending_bits >= kBits) {
                pending_bits -= kBits;
                put(pending >> pending_bits);
                pending &= (1U << pending_bits) - 1;
            }
        }
    };
    put_bytes(bytes);
    put_bytes(check_of(tag, bytes));
    if (pending_bits > 0)
        put(pending << (kBits - pending_bits));
    return SecretText(std::move(text).value());
}

Result<SecretBytes> read_printed(std::string_view tag, std::string_view text) {
    const auto started = start_cryptography();
    if (!started.ok())
        return started.error();
    if (!take_tag(tag, text))
        return kOtherTag;
    if (!std::ranges::all_of(text, [](char c) { return is_separator(c) || value_of(c); }))
        return kOtherCharacter;
    const auto characters = text.size() - static_cast<std::size_t>(std::ranges::count_if(text, is_separator));
    const std::size_t size = characters * kBits / 8;
    if (size < kCheckBytes || characters_for(size) != characters)
        return kOtherLength;
    Result<SecretBytes> all = SecretBytes::allocate(size);
    if (!all.ok())
        return all.error();
    const std::span<const std::uint8_t> bytes = all.value().bytes().first(size - kCheckBytes);
    if (!unpack(text, all.value().bytes()) ||
        !std::ranges::equal(check_of(tag, bytes), all.value().bytes().last(kCheckBytes)))
        return kMistyped;
    return SecretBytes::copy_of(bytes);
}

} // namespace health_dp::core
