#include "core/keys/unsealing.hpp"

#include <algorithm>

namespace health_dp::core::keys {

Result<Unsealing> Unsealing::begin() {
    Result<key_shares::SealingKey> key = key_shares::SealingKey::generate();
    if (!key.ok())
        return key.error();
    return Unsealing(std::move(key).value());
}

Result<std::optional<RootKey>> Unsealing::enter(std::string_view sealed) {
    Result<key_shares::Share> opened = key_.open(sealed);
    if (!opened.ok())
        return opened.error();
    key_shares::Share& share = opened.value();
    auto set = std::ranges::find_if(sets_, [&](const Set& other) {
        return other.front().key() == share.key() && other.front().threshold() == share.threshold();
    });
    if (set == sets_.end()) {
        if (sets_.size() == kMaxSets)
            return Error{ErrorCode::mixed, "shares of too many different keys came in"};
        sets_.emplace_back();
    } else {
        if (std::ranges::any_of(*set, [&](const key_shares::Share& other) { return other.index() == share.index(); }))
            return Error{ErrorCode::duplicate, "this share is in already"};
        std::rotate(set, set + 1, sets_.end());
    }
    Set& current = sets_.back();
    current.push_back(std::move(share));
    if (current.size() < current.front().threshold())
        return std::optional<RootKey>();
    const auto key = key_shares::combine(current);
    sets_.pop_back();
    if (!key.ok())
        return key.error();
    Result<RootKey> root = RootKey::received(key.value().bytes().first<kKeyBytes>());
    if (!root.ok())
        return root.error();
    return std::optional<RootKey>(std::move(root).value());
}

} // namespace health_dp::core::keys
