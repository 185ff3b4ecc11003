#include "core/pseudonym/voprf_proof.hpp"

#include "core/pseudonym/weighted_sum.hpp"

#include <sodium.h>

#include <algorithm>

namespace health_dp::core::voprf {

namespace {

constexpr std::string_view kSeed = "Seed-" HDP_VOPRF_CONTEXT;
constexpr std::string_view kHashToScalar = "HashToScalar-" HDP_VOPRF_CONTEXT;

constexpr Error kBatchSize = {ErrorCode::out_of_range, "a batch has 1 to 65,535 elements"};
constexpr Error kDifferentSizes = {ErrorCode::mixed,
                                   "a batch and what belongs to it have different numbers of elements"};
constexpr Error kBadProof = {ErrorCode::bad_proof, "the evaluation was not made with the published key"};

Result<std::monostate> check_sizes(std::size_t batch, std::size_t other) {
    if (batch == 0 || batch > kMaxBatch)
        return kBatchSize;
    if (batch != other)
        return kDifferentSizes;
    return std::monostate{};
}

// The factors of ComputeComposites (RFC 9497, 2.2.1): nobody can choose elements so that errors cancel in the sum.
std::vector<Scalar> factors(const Element& public_key, std::span<const Element> blinded,
                            std::span<const Element> evaluated) {
    constexpr std::string_view kComposite = "Composite";
    Transcript seed_transcript(2 + Element::kBytes + 2 + kSeed.size());
    seed_transcript.field(public_key.bytes()).number(kSeed.size()).raw(kSeed);
    std::array<std::uint8_t, crypto_hash_sha512_BYTES> seed{};
    crypto_hash_sha512(seed.data(), seed_transcript.bytes().data(), seed_transcript.bytes().size());

    std::vector<Scalar> factors;
    factors.reserve(blinded.size());
    for (std::size_t i = 0; i < blinded.size(); ++i) {
        Transcript transcript(2 + seed.size() + 2 + 2 * (2 + Element::kBytes) + kComposite.size());
        transcript.field(seed).number(i).field(blinded[i].bytes()).field(evaluated[i].bytes()).raw(kComposite);
        factors.push_back(hash_to_scalar(transcript.bytes(), kHashToScalar));
    }
    return factors;
}

// The composites M and Z, and the commitments to the nonce by the generator and by M.
Scalar challenge(const Element& public_key, const Element& m, const Element& z, const Element& by_generator,
                 const Element& by_m) {
    constexpr std::string_view kChallenge = "Challenge";
    Transcript transcript(5 * (2 + Element::kBytes) + kChallenge.size());
    for (const Element* element : {&public_key, &m, &z, &by_generator, &by_m})
        transcript.field(element->bytes());
    transcript.raw(kChallenge);
    return hash_to_scalar(transcript.bytes(), kHashToScalar);
}

} // namespace

Result<Proof> Proof::parse(std::span<const std::uint8_t, kBytes> bytes) {
    Result<Scalar> challenge = Scalar::parse(bytes.first<Scalar::kBytes>());
    if (!challenge.ok())
        return challenge.error();
    Result<Scalar> response = Scalar::parse(bytes.last<Scalar::kBytes>());
    if (!response.ok())
        return response.error();
    return Proof(std::move(challenge).value(), std::move(response).value());
}

Proof::Bytes Proof::bytes() const {
    Bytes bytes{};
    std::ranges::copy(challenge_.bytes(), bytes.begin());
    std::ranges::copy(response_.bytes(), bytes.begin() + Scalar::kBytes);
    return bytes;
}

Result<Proof> prove(const KeyPair& key, std::span<const Element> blinded, std::span<const Element> evaluated) {
    return prove(key, blinded, evaluated, Scalar::random());
}

Result<Proof> prove(const KeyPair& key, std::span<const Element> blinded, std::span<const Element> evaluated,
                    const Scalar& nonce) {
    const auto sizes = check_sizes(blinded.size(), evaluated.size());
    if (!sizes.ok())
        return sizes.error();
    // ComputeCompositesFast: whoever holds the key needs one sum only.
    const Result<Element> m = ristretto::weighted_sum(factors(key.public_key(), blinded, evaluated), blinded);
    if (!m.ok())
        return m.error();
    const Result<Element> z = m.value().times(key.secret());
    const Result<Element> by_generator = Element::base_times(nonce);
    const Result<Element> by_m = m.value().times(nonce);
    wipe_stack();
    for (const Result<Element>* element : {&z, &by_generator, &by_m})
        if (!element->ok())
            return element->error();
    Scalar c = challenge(key.public_key(), m.value(), z.value(), by_generator.value(), by_m.value());
    Scalar s = nonce.minus(c.times(key.secret()));
    return Proof(std::move(c), std::move(s));
}

Result<Verified> Verified::check(const Element& public_key, std::span<const Element> blinded,
                                 std::vector<Element> evaluated, const Proof& proof) {
    const auto sizes = check_sizes(blinded.size(), evaluated.size());
    if (!sizes.ok())
        return sizes.error();
    const std::vector<Scalar> weights = factors(public_key, blinded, evaluated);
    const Result<Element> m = ristretto::weighted_sum(weights, blinded);
    const Result<Element> z = ristretto::weighted_sum(weights, evaluated);
    if (!m.ok() || !z.ok())
        return kBadProof;
    // A product or sum that is the identity belongs to no honest proof, whatever made it so.
    const auto commitment = [&](const Result<Element>& response, const Result<Element>& challenge) -> Result<Element> {
        if (!response.ok() || !challenge.ok())
            return kBadProof;
        return response.value().plus(challenge.value());
    };
    const Result<Element> by_generator =
        commitment(Element::base_times(proof.response()), public_key.times(proof.challenge()));
    const Result<Element> by_m = commitment(m.value().times(proof.response()), z.value().times(proof.challenge()));
    if (!by_generator.ok() || !by_m.ok())
        return kBadProof;
    if (!challenge(public_key, m.value(), z.value(), by_generator.value(), by_m.value()).equals(proof.challenge()))
        return kBadProof;
    return Verified(std::move(evaluated));
}

Result<Output> Verified::finalise(std::size_t place, ByteView input, const Blind& blind) const {
    if (place >= evaluated_.size())
        return Error{ErrorCode::out_of_range, "the batch has no element at this place"};
    if (input.size() > kMaxInputBytes)
        return kInputTooLong;
    const Result<Element> unblinded = evaluated_[place].times(blind.scalar().inverse());
    if (!unblinded.ok())
        return unblinded.error();
    return output_of(input, unblinded.value());
}

Result<std::vector<Output>> Verified::finalise(std::span<const ByteView> inputs, std::span<const Blind> blinds) const {
    if (inputs.size() != evaluated_.size() || blinds.size() != evaluated_.size())
        return kDifferentSizes;
    if (std::ranges::any_of(inputs, [](ByteView input) { return input.size() > kMaxInputBytes; }))
        return kInputTooLong;
    // Montgomery's trick: products[i] is that of the blinds before i; behind the loop, inverse is that of all of them.
    std::vector<Scalar> products;
    products.reserve(blinds.size());
    Scalar product = Scalar::whole(1);
    for (const Blind& blind : blinds) {
        products.push_back(product.copy());
        product = product.times(blind.scalar());
    }
    Scalar inverse = product.inverse();
    std::vector<Output> outputs(evaluated_.size());
    for (std::size_t i = evaluated_.size(); i-- > 0;) {
        const Result<Element> unblinded = evaluated_[i].times(inverse.times(products[i]));
        if (!unblinded.ok())
            return unblinded.error();
        outputs[i] = output_of(inputs[i], unblinded.value());
        inverse = inverse.times(blinds[i].scalar());
    }
    return outputs;
}

} // namespace health_dp::core::voprf
