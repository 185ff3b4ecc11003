#include "core/pseudonym/voprf_source.hpp"

#include <sodium.h>

namespace health_dp::core::voprf {

namespace {

constexpr Error kBatchSize = {ErrorCode::out_of_range, "a batch has 1 to 65,535 identifiers"};
constexpr Error kOtherCount = {ErrorCode::too_few, "the request has another number of elements than identifiers"};
constexpr Error kOtherBatch = {ErrorCode::failed_check,
                               "the request was not made of these identifiers, in this order, batch and domain"};

constexpr std::array<std::uint8_t, crypto_generichash_blake2b_PERSONALBYTES> kPersonalisation = {
    'h', 'e', 'a', 'l', 't', 'h', '_', 'd', 'p', ' ', 'b', 'a', 't', 'c', 'h', ' '};

// What a blind depends on besides the secret: the whole batch's digest, then the place in it.
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kPlaceBytes = 2;
using Context = std::array<std::uint8_t, kDigestBytes + kPlaceBytes>;

} // namespace

SourceBatch::~SourceBatch() { sodium_memzero(bytes_.data(), bytes_.size()); }

void SourceBatch::reserve(std::size_t identifiers) {
    bytes_.reserve(identifiers * pseudonym::CanonicalIdentifier::kMaxBytes);
    ends_.reserve(identifiers);
}

Result<std::monostate> SourceBatch::add(const pseudonym::CanonicalIdentifier& identifier) {
    if (size() == kMaxBatch)
        return kBatchSize;
    bytes_.insert(bytes_.end(), identifier.bytes().begin(), identifier.bytes().end());
    ends_.push_back(bytes_.size());
    return std::monostate{};
}

ByteView SourceBatch::identifier(std::size_t place) const {
    const std::size_t begin = place == 0 ? 0 : ends_[place - 1];
    return ByteView(bytes_).subspan(begin, ends_[place] - begin);
}

Result<std::vector<Blind>> SourceBatch::blinds(Secret secret) const {
    if (size() == 0)
        return kBatchSize;
    const auto started = start_cryptography();
    if (!started.ok())
        return started.error();

    crypto_generichash_blake2b_state state;
    crypto_generichash_blake2b_init_salt_personal(&state, secret.data(), secret.size(), kDigestBytes, nullptr,
                                                  kPersonalisation.data());
    crypto_generichash_blake2b_update(&state, name_.data(), name_.size());
    for (std::size_t place = 0; place < size(); ++place) {
        const ByteView bytes = identifier(place);
        const std::array<std::uint8_t, 2> length = {static_cast<std::uint8_t>(bytes.size() >> 8U),
                                                    static_cast<std::uint8_t>(bytes.size())};
        crypto_generichash_blake2b_update(&state, length.data(), length.size());
        crypto_generichash_blake2b_update(&state, bytes.data(), bytes.size());
    }
    Context context{};
    crypto_generichash_blake2b_final(&state, context.data(), kDigestBytes);
    sodium_memzero(&state, sizeof(state));

    std::vector<Blind> blinds;
    blinds.reserve(size());
    for (std::size_t place = 0; place < size(); ++place) {
        context[kDigestBytes] = static_cast<std::uint8_t>(place >> 8U);
        context[kDigestBytes + 1] = static_cast<std::uint8_t>(place);
        Result<Blind> blind = Blind::derived(secret, context);
        if (!blind.ok())
            return blind.error();
        blinds.push_back(std::move(blind).value());
    }
    return blinds;
}

Result<Message> SourceBatch::request(Secret secret) const {
    const Result<std::vector<Blind>> all = blinds(secret);
    if (!all.ok())
        return all.error();
    std::vector<Element> blinded;
    blinded.reserve(size());
    for (std::size_t place = 0; place < size(); ++place) {
        const Result<Element> element = blind(identifier(place), all.value()[place]);
        if (!element.ok())
            return element.error();
        blinded.push_back(element.value());
    }
    wipe_stack();
    return write_request(blinded);
}

Result<std::vector<Output>> SourceBatch::finalise(Secret secret, ByteView request, ByteView response,
                                                  const Element& public_key) const {
    const Result<std::vector<Blind>> all = blinds(secret);
    if (!all.ok())
        return all.error();
    const Result<std::vector<Element>> sent = read_request(request);
    if (!sent.ok())
        return sent.error();
    if (sent.value().size() != size())
        return kOtherCount;
    const Result<Element> first = blind(identifier(0), all.value().front());
    wipe_stack();
    if (!first.ok())
        return first.error();
    if (first.value() != sent.value().front())
        return kOtherBatch;

    const Result<Verified> verified = verify_response(response, request, public_key);
    if (!verified.ok())
        return verified.error();
    std::vector<ByteView> inputs;
    inputs.reserve(size());
    for (std::size_t place = 0; place < size(); ++place)
        inputs.push_back(identifier(place));
    return verified.value().finalise(inputs, all.value());
}

} // namespace health_dp::core::voprf
