// The irreversible family: a person's pseudonym in one project, and nobody's way back.
#pragma once

#include "core/pure.hpp"

#include "core/keys/hierarchy.hpp"
#include "core/pseudonym/canonical.hpp"
#include "core/pseudonym/hmac.hpp"
#include "core/pseudonym/pseudonym.hpp"

namespace health_dp::core::pseudonym {

// The first 16 bytes of HMAC-SHA-256 over the canonical identifier, under a key that one domain and version have alone.
// Two of n persons share one with a probability below n²/2^129: 10^-23 for all of France.
class Pseudonymiser {
  public:
    // A key derived for the purpose `pseudonym`; versions begin with 1.
    static Result<Pseudonymiser> create(keys::KeyView key, keys::Version version);

    Pseudonym pseudonymise(const CanonicalIdentifier& identifier) const;

  private:
    Pseudonymiser(HmacSha256 hmac, keys::Version version) : hmac_(std::move(hmac)), version_(version) {}

    HmacSha256 hmac_;
    keys::Version version_;
};

} // namespace health_dp::core::pseudonym
