#include "core/pseudonym/nir_cipher.hpp"

#include <utility>
#include <vector>

namespace health_dp::core::pseudonym {

Result<NirCipher> NirCipher::create(keys::KeyView key, const keys::Domain& project, keys::Version version) {
    if (project.name().empty())
        return Error{ErrorCode::out_of_range, "a NIR is encrypted for a project that has a name"};
    if (version == 0)
        return Error{ErrorCode::out_of_range, "key versions begin with 1"};
    // The part of fixed length first: no two tweaks are one.
    std::vector<std::uint8_t> tweak = {version};
    tweak.insert(tweak.end(), project.name().begin(), project.name().end());
    auto ranks = RankCipher::create(key, Nir::kCount, tweak);
    if (!ranks.ok())
        return ranks.error();
    return NirCipher(std::move(ranks).value());
}

// Ranks stay below kCount, so of_rank() always has a number for them.
Nir NirCipher::encrypt(const Nir& nir, NirKey key) const {
    return Nir::of_rank(ranks_.encrypt(nir.rank()), key).value();
}

Nir NirCipher::decrypt(const Nir& nir) const { return Nir::of_rank(ranks_.decrypt(nir.rank()), NirKey::right).value(); }

} // namespace health_dp::core::pseudonym
