#include "core/keys/root_text.hpp"

#include <sodium.h>

#include <algorithm>
#include <string_view>

namespace health_dp::core::keys {

namespace {

constexpr std::string_view kPrefix = "health_dp-root-1 ";
constexpr std::size_t kDigits = 2 * kKeyBytes;
static_assert(kRootLineBytes == kPrefix.size() + kDigits + 1);
constexpr Error kBadText{ErrorCode::bad_syntax, "what the provider gives is no root key"};

// Takes a line off the front of the text.
Result<RootKey> take_root(std::span<const std::uint8_t>& text) {
    constexpr std::size_t kLine = kRootLineBytes - 1;
    if (text.size() < kLine || !std::equal(kPrefix.begin(), kPrefix.end(), text.begin()))
        return kBadText;
    const auto digits = text.subspan(kPrefix.size(), kDigits);
    // libsodium takes capitals as well: one spelling only.
    if (std::ranges::any_of(digits, [](std::uint8_t c) { return c >= 'A' && c <= 'F'; }))
        return kBadText;
    Result<SecretBytes> bytes = SecretBytes::allocate(kKeyBytes);
    if (!bytes.ok())
        return bytes.error();
    std::size_t length = 0;
    if (sodium_hex2bin(bytes.value().bytes().data(), kKeyBytes, reinterpret_cast<const char*>(digits.data()), kDigits,
                       nullptr, &length, nullptr) != 0 ||
        length != kKeyBytes)
        return kBadText;
    if (sodium_is_zero(bytes.value().bytes().data(), kKeyBytes) == 1)
        return Error{ErrorCode::out_of_range, "the root key is zero"};
    text = text.subspan(kLine);
    if (!text.empty() && text.front() != '\n')
        return kBadText;
    text = text.subspan(text.empty() ? 0 : 1);
    return RootKey::received(bytes.value().bytes().first<kKeyBytes>());
}

} // namespace

Result<Roots> parse_roots(std::span<const std::uint8_t> text) {
    Result<RootKey> first = take_root(text);
    if (!first.ok())
        return first.error();
    Roots roots{std::move(first).value(), std::nullopt};
    if (text.empty())
        return roots;
    Result<RootKey> second = take_root(text);
    if (!second.ok())
        return second.error();
    if (!text.empty())
        return kBadText;
    if (second.value().check() == roots.first.check())
        return Error{ErrorCode::bad_syntax, "the provider gives the same root key twice"};
    roots.second.emplace(std::move(second).value());
    return roots;
}

} // namespace health_dp::core::keys
