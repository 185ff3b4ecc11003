// Dates moved by a secret number of days, the same for all dates of a patient in a domain: intervals stay true.
#pragma once

#include "core/pure.hpp"

#include "core/keys/hierarchy.hpp"
#include "core/pseudonym/canonical.hpp"
#include "core/pseudonym/hmac.hpp"

namespace health_dp::core::pseudonym {

class DateShift {
  public:
    // In either direction.
    static constexpr int kMaxWindowDays = 3660;

    // A key derived for the purpose `shift`, and so of one domain and version. out_of_range unless the window is 1 to
    // kMaxWindowDays.
    static Result<DateShift> create(keys::KeyView key, int window_days);

    // Uniform over -window to window, zero included, for whoever does not know the key. Another window gives a patient
    // another, independent shift: columns whose intervals must stay true share one.
    int days(const CanonicalIdentifier& patient) const;

  private:
    DateShift(HmacSha256 hmac, int window_days) : hmac_(std::move(hmac)), window_days_(window_days) {}

    HmacSha256 hmac_;
    int window_days_;
};

} // namespace health_dp::core::pseudonym
