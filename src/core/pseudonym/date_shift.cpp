#include "core/pseudonym/date_shift.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace health_dp::core::pseudonym {

namespace {

std::uint64_t first_word(const HmacSha256::Digest& digest) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < sizeof word; ++i)
        word = word << 8U | digest[i];
    return word;
}

} // namespace

Result<DateShift> DateShift::create(keys::KeyView key, int window_days) {
    if (window_days < 1 || window_days > kMaxWindowDays)
        return Error{ErrorCode::out_of_range, "dates are shifted within a window of 1 to 3660 days"};
    auto hmac = HmacSha256::create(key);
    if (!hmac.ok())
        return hmac.error();
    return DateShift(std::move(hmac).value(), window_days);
}

int DateShift::days(const CanonicalIdentifier& patient) const {
    const std::uint64_t choices = 2 * static_cast<std::uint64_t>(window_days_) + 1;
    // Window and attempt have fixed widths and stand before the identifier, whose own encoding is injective.
    constexpr std::size_t kHeader = 3;
    std::array<std::uint8_t, kHeader + CanonicalIdentifier::kMaxBytes> message{
        static_cast<std::uint8_t>(window_days_ >> 8), static_cast<std::uint8_t>(window_days_), 0};
    const auto identifier = patient.bytes();
    std::ranges::copy(identifier, message.begin() + kHeader);
    // Words from the last, incomplete run of `choices` are drawn anew: a remainder of theirs would be more frequent.
    // That happens to one in 2^51 patients, at most.
    const std::uint64_t excess = (std::numeric_limits<std::uint64_t>::max() % choices + 1) % choices;
    std::uint64_t word = 0;
    do {
        word = first_word(hmac_.digest(std::span(message).first(kHeader + identifier.size())));
        ++message[2];
    } while (word > std::numeric_limits<std::uint64_t>::max() - excess);
    return static_cast<int>(word % choices) - window_days_;
}

} // namespace health_dp::core::pseudonym
