#include "core/pseudonym/key_shares.hpp"

#include <algorithm>
#include <new>

namespace health_dp::core::key_shares {

namespace {

constexpr Error kNumbers = {ErrorCode::out_of_range,
                            "a key is split into 2 to 255 shares, of which at least 2 are needed"};
constexpr Error kNoShare = {ErrorCode::bad_syntax, "these bytes are no share of a key"};
constexpr Error kNoRecord = {ErrorCode::bad_syntax, "these bytes are no public record of a key"};
constexpr Error kZero = {ErrorCode::out_of_range, "zero is no key"};
constexpr Error kOtherKey = {ErrorCode::mixed, "the share belongs to another key, or to another splitting of the key"};
constexpr Error kMixed = {ErrorCode::mixed, "the shares belong to different keys, or to different splittings of one"};
constexpr Error kWrong = {ErrorCode::corrupted, "the share is not what the key was split into"};
constexpr Error kWrongKey = {ErrorCode::corrupted,
                             "the shares do not make the key that they name: one of them is wrong"};
constexpr Error kTooFew = {ErrorCode::too_few, "fewer shares than the key needs"};
constexpr Error kDuplicate = {ErrorCode::duplicate, "a share is given twice"};

// Horner's rule: coefficients from the constant one on.
Scalar value_at(unsigned index, std::span<const Scalar> coefficients) {
    const Scalar x = Scalar::whole(index);
    Scalar value = Scalar::whole(0);
    for (std::size_t i = coefficients.size(); i-- > 0;)
        value = value.times(x).plus(coefficients[i]);
    return value;
}

bool numbers_make_sense(unsigned threshold, unsigned count) {
    return kMinThreshold <= threshold && threshold <= count && count <= kMaxShares;
}

} // namespace

Result<Share> Share::parse(std::span<const std::uint8_t, kBytes> bytes) {
    const auto started = start_cryptography();
    if (!started.ok())
        return started.error();
    if (bytes[0] < kMinThreshold || bytes[1] == 0 || !Scalar::parse(bytes.last<Scalar::kBytes>()).ok())
        return kNoShare;
    Result<SecretBytes> memory = SecretBytes::copy_of(bytes);
    if (!memory.ok())
        return memory.error();
    return Share(std::move(memory).value());
}

KeyIdentifier Share::key() const {
    KeyIdentifier key{};
    std::ranges::copy(bytes().subspan<2, sizeof(KeyIdentifier)>(), key.begin());
    return key;
}

Scalar Share::value() const { return Scalar::parse(bytes().last<Scalar::kBytes>()).value(); }

Result<PublicRecord> PublicRecord::parse(std::span<const std::uint8_t> bytes) {
    if (bytes.empty() || (bytes.size() - 1) % Element::kBytes != 0)
        return kNoRecord;
    const unsigned count = bytes.front();
    std::vector<Element> commitments;
    for (auto rest = bytes.subspan(1); !rest.empty(); rest = rest.subspan(Element::kBytes)) {
        const Result<Element> commitment = Element::parse(rest.first<Element::kBytes>());
        if (!commitment.ok())
            return kNoRecord;
        commitments.push_back(commitment.value());
    }
    if (!numbers_make_sense(static_cast<unsigned>(commitments.size()), count))
        return kNoRecord;
    return PublicRecord(count, std::move(commitments));
}

std::vector<std::uint8_t> PublicRecord::bytes() const {
    std::vector<std::uint8_t> bytes = {static_cast<std::uint8_t>(count_)};
    for (const Element& commitment : commitments_)
        bytes.insert(bytes.end(), commitment.bytes().begin(), commitment.bytes().end());
    return bytes;
}

Result<std::monostate> PublicRecord::verify(const Share& share) const {
    if (share.key() != key() || share.threshold() != threshold() || share.index() > count_)
        return kOtherKey;
    // The polynomial again, with the generator times each coefficient: Horner's rule.
    const Scalar x = Scalar::whole(share.index());
    Result<Element> expected = commitments_.back();
    for (std::size_t i = commitments_.size() - 1; i-- > 0;) {
        const Result<Element> product = expected.value().times(x);
        expected = product.ok() ? product.value().plus(commitments_[i]) : product;
        if (!expected.ok())
            return kWrong; // the identity: no share has the value zero
    }
    const Result<Element> shown = Element::base_times(share.value());
    if (!shown.ok() || shown.value() != expected.value())
        return kWrong;
    return std::monostate{};
}

Result<Splitting> Splitting::of(const Scalar& key, unsigned threshold, unsigned count) {
    const auto started = start_cryptography();
    if (!started.ok())
        return started.error();
    if (!numbers_make_sense(threshold, count))
        return kNumbers;
    if (key.is_zero())
        return kZero;
    // The guarded memory is the scalars' storage, and wipes them; their destructors would do nothing else.
    static_assert(alignof(Scalar) == 1);
    Result<SecretBytes> coefficient_memory = SecretBytes::allocate(threshold * sizeof(Scalar));
    if (!coefficient_memory.ok())
        return coefficient_memory.error();
    auto* const first = reinterpret_cast<Scalar*>(coefficient_memory.value().bytes().data());
    for (unsigned i = 0; i < threshold; ++i)
        ::new (first + i) Scalar(i == 0 ? key.copy() : Scalar::random());
    const std::span<const Scalar> coefficients(first, threshold);

    std::vector<Element> commitments;
    for (const Scalar& coefficient : coefficients) {
        const Result<Element> commitment = Element::base_times(coefficient);
        if (!commitment.ok())
            return commitment.error();
        commitments.push_back(commitment.value());
    }
    Splitting splitting{{}, PublicRecord(count, std::move(commitments))};
    for (unsigned index = 1; index <= count; ++index) {
        Result<SecretBytes> memory = SecretBytes::allocate(Share::kBytes);
        if (!memory.ok())
            return memory.error();
        auto place = memory.value().bytes().begin();
        *place++ = static_cast<std::uint8_t>(threshold);
        *place++ = static_cast<std::uint8_t>(index);
        place = std::ranges::copy(splitting.record.key(), place).out;
        std::ranges::copy(value_at(index, coefficients).bytes(), place);
        splitting.shares.push_back(Share(std::move(memory).value()));
    }
    return splitting;
}

Result<SecretBytes> combine(std::span<const Share> shares) {
    if (shares.empty())
        return kTooFew;
    std::vector<unsigned> indexes;
    for (const Share& share : shares) {
        if (share.key() != shares.front().key() || share.threshold() != shares.front().threshold())
            return kMixed;
        if (std::ranges::find(indexes, share.index()) != indexes.end())
            return kDuplicate;
        indexes.push_back(share.index());
    }
    if (shares.size() < shares.front().threshold())
        return kTooFew;
    // More than needed lie on the same polynomial; where one does not, the sum is another key.
    Scalar key = Scalar::whole(0);
    for (std::size_t i = 0; i < shares.size(); ++i)
        key = key.plus(shares[i].value().times(interpolation_factor(indexes, i)));
    const Result<Element> public_key = Element::base_times(key);
    if (!public_key.ok() || key_identifier(public_key.value()) != shares.front().key())
        return kWrongKey;
    return SecretBytes::copy_of(key.bytes());
}

Scalar interpolation_factor(std::span<const unsigned> indexes, std::size_t place) {
    const Scalar own = Scalar::whole(indexes[place]);
    Scalar numerator = Scalar::whole(1);
    Scalar denominator = Scalar::whole(1);
    for (std::size_t i = 0; i < indexes.size(); ++i) {
        if (i == place)
            continue;
        const Scalar other = Scalar::whole(indexes[i]);
        numerator = numerator.times(other);
        denominator = denominator.times(other.minus(own));
    }
    return numerator.times(denominator.inverse());
}

} // namespace health_dp::core::key_shares
