#include "core/pseudonym/pseudonymiser.hpp"

#include <span>
#include <utility>

namespace health_dp::core::pseudonym {

Result<Pseudonymiser> Pseudonymiser::create(keys::KeyView key, keys::Version version) {
    if (version == 0)
        return Error{ErrorCode::out_of_range, "key versions begin with 1"};
    auto hmac = HmacSha256::create(key);
    if (!hmac.ok())
        return hmac.error();
    return Pseudonymiser(std::move(hmac).value(), version);
}

Pseudonym Pseudonymiser::pseudonymise(const CanonicalIdentifier& identifier) const {
    const HmacSha256::Digest digest = hmac_.digest(identifier.bytes());
    return {version_, std::span(digest).first<Pseudonym::kTagBytes>()};
}

} // namespace health_dp::core::pseudonym
