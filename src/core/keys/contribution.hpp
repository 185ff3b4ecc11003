// What one organisation adds to the key of a slot (core/keys/slots.hpp): 32 random bytes, made on a machine of its own
// and sealed at once to the key of the server's process.
//
//   HDPC1-...   a sealed contribution: only that process opens it, and only for the place that it was made for
#pragma once

#include "core/pure.hpp"

#include "core/keys/slots.hpp"
#include "core/pseudonym/key_share_text.hpp"

namespace health_dp::core::keys {

// Part of what is sealed: a text that is entered for another domain, version, slot or organisation is refused.
struct ContributionPlace {
    Domain domain;
    Version version{};
    Slot slot{};
    Organisation organisation;
};

Result<SecretText> seal_contribution(KeyView contribution, const ContributionPlace& place,
                                     const key_shares::SealingKey::Public& key);

// corrupted: sealed to another key, or changed on its way; mixed: made for another place.
Result<SecretBytes> open_contribution(std::string_view sealed, const ContributionPlace& place,
                                      const key_shares::SealingKey& key);

} // namespace health_dp::core::keys
