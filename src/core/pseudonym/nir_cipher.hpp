// The format-preserving family: another well-formed NIR for each NIR, for software that takes nothing else.
#pragma once

#include "core/pure.hpp"

#include "core/keys/domain.hpp"
#include "core/keys/hierarchy.hpp"
#include "core/pseudonym/nir.hpp"
#include "core/pseudonym/rank_cipher.hpp"

namespace health_dp::core::pseudonym {

// FF1 on the rank of the NIR, the tweak being project and version: one to one, so distinct persons stay distinct. With
// a right key the result may be some other person's number; marked with 98 or 99 it is nobody's.
class NirCipher {
  public:
    // A key derived for the purpose `ff1`; versions begin with 1.
    static Result<NirCipher> create(keys::KeyView key, const keys::Domain& project, keys::Version version);

    Nir encrypt(const Nir& nir, NirKey key) const;
    // Back to the right key, whichever the encrypted one has.
    Nir decrypt(const Nir& nir) const;

  private:
    explicit NirCipher(RankCipher ranks) : ranks_(std::move(ranks)) {}

    RankCipher ranks_;
};

} // namespace health_dp::core::pseudonym
