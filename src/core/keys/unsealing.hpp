// What custodians seal to a key of this process: shares of the root key, of which any `threshold` of one set make the
// root, and contributions to the keys of slots.
#pragma once

#include "core/pure.hpp"

#include "core/keys/contribution.hpp"
#include "core/keys/hierarchy.hpp"
#include "core/pseudonym/key_share_text.hpp"

#include <optional>
#include <vector>

namespace health_dp::core::keys {

class Unsealing {
  public:
    // Makes the key that they are sealed to.
    static Result<Unsealing> begin();

    Result<SecretText> public_key() const { return key_shares::print(key_.public_key()); }

    // The root, when this was the last share needed; its set is then forgotten. A share of another set begins that, so
    // that one wrong share keeps nobody from unsealing. Errors: bad_syntax and corrupted for what this process cannot
    // open; duplicate; corrupted when a complete set makes no key: the set is then forgotten, since any may be wrong;
    // mixed for too many sets.
    Result<std::optional<RootKey>> enter(std::string_view sealed);

    // Errors as those of open_contribution().
    Result<SecretBytes> open(std::string_view sealed, const ContributionPlace& place) const {
        return open_contribution(sealed, place, key_);
    }

    // Of the set that the last share belongs to; 0 of 0 before the first.
    unsigned shares_in() const { return sets_.empty() ? 0 : static_cast<unsigned>(sets_.back().size()); }
    unsigned shares_needed() const { return sets_.empty() ? 0 : sets_.back().front().threshold(); }

  private:
    explicit Unsealing(key_shares::SealingKey key) : key_(std::move(key)) {}

    static constexpr std::size_t kMaxSets = 8;
    using Set = std::vector<key_shares::Share>;

    key_shares::SealingKey key_;
    std::vector<Set> sets_; // none is empty
};

} // namespace health_dp::core::keys
