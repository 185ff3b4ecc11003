#include "core/pseudonym/voprf_messages.hpp"

#include <sodium.h>

#include <algorithm>

namespace health_dp::core::voprf {

namespace {

constexpr std::array<std::uint8_t, 4> kMagic = {'H', 'D', 'P', 'V'};
constexpr std::uint8_t kRequest = 'Q';
constexpr std::uint8_t kResponse = 'R';
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeaderBytes = kMagic.size() + 4;

using RequestDigest = std::array<std::uint8_t, 16>;

constexpr Error kNoMessage = {ErrorCode::bad_syntax, "these bytes are no message of the blind pseudonymisation"};
constexpr Error kOtherKind = {ErrorCode::bad_syntax, "a request stands where a response belongs, or the reverse"};
constexpr Error kOtherVersion = {ErrorCode::bad_syntax, "the message has a version that is not known here"};
constexpr Error kOtherLength = {ErrorCode::bad_syntax, "the message is longer or shorter than it says"};
constexpr Error kEmpty = {ErrorCode::bad_syntax, "the message has no elements"};
constexpr Error kBatchSize = {ErrorCode::out_of_range, "a message has 1 to 65,535 elements"};
constexpr Error kOtherRequest = {ErrorCode::mixed, "the response answers another request"};
constexpr Error kOtherKey = {ErrorCode::mixed, "the response was made with another key than the published one"};

RequestDigest digest(ByteView request) {
    constexpr std::array<std::uint8_t, crypto_generichash_blake2b_PERSONALBYTES> kPersonalisation = {
        'h', 'e', 'a', 'l', 't', 'h', '_', 'd', 'p', ' ', 'r', 'e', 'q', 'u', 'e', 's'};
    RequestDigest digest{};
    crypto_generichash_blake2b_salt_personal(digest.data(), digest.size(), request.data(), request.size(), nullptr, 0,
                                             nullptr, kPersonalisation.data());
    return digest;
}

void append(Message& message, ByteView bytes) { message.insert(message.end(), bytes.begin(), bytes.end()); }

void append_header(Message& message, std::uint8_t kind, std::size_t count) {
    append(message, kMagic);
    for (const std::size_t byte : {std::size_t{kind}, std::size_t{kVersion}, count >> 8U, count})
        message.push_back(static_cast<std::uint8_t>(byte));
}

void append_elements(Message& message, std::span<const Element> elements) {
    for (const Element& element : elements)
        append(message, element.bytes());
}

// What follows the header, whose count and kind fit the length: `fixed` bytes and the elements.
struct Body {
    ByteView rest;
    std::size_t count;
};

Result<Body> read_header(ByteView message, std::uint8_t kind, std::size_t fixed) {
    if (message.size() < kHeaderBytes || !std::ranges::equal(message.first(kMagic.size()), kMagic))
        return kNoMessage;
    const ByteView fields = message.subspan(kMagic.size(), kHeaderBytes - kMagic.size());
    if (fields[0] != kRequest && fields[0] != kResponse)
        return kNoMessage;
    if (fields[1] != kVersion)
        return kOtherVersion;
    if (fields[0] != kind)
        return kOtherKind;
    const std::size_t count = std::size_t{fields[2]} << 8U | fields[3];
    if (count == 0)
        return kEmpty;
    const ByteView rest = message.subspan(kHeaderBytes);
    if (rest.size() != fixed + count * Element::kBytes)
        return kOtherLength;
    return Body{rest, count};
}

Result<std::vector<Element>> read_elements(ByteView bytes) {
    std::vector<Element> elements;
    elements.reserve(bytes.size() / Element::kBytes);
    for (; !bytes.empty(); bytes = bytes.subspan(Element::kBytes)) {
        Result<Element> element = Element::parse(bytes.first<Element::kBytes>());
        if (!element.ok())
            return element.error();
        elements.push_back(element.value());
    }
    return elements;
}

} // namespace

Result<Message> write_request(std::span<const Element> blinded) {
    if (blinded.empty() || blinded.size() > kMaxBatch)
        return kBatchSize;
    Message message;
    message.reserve(kHeaderBytes + blinded.size() * Element::kBytes);
    append_header(message, kRequest, blinded.size());
    append_elements(message, blinded);
    return message;
}

Result<std::vector<Element>> read_request(ByteView request) {
    const Result<Body> body = read_header(request, kRequest, 0);
    if (!body.ok())
        return body.error();
    return read_elements(body.value().rest);
}

Result<Message> answer_request(const KeyPair& key, ByteView request) {
    const Result<Body> body = read_header(request, kRequest, 0);
    if (!body.ok())
        return body.error();
    const auto evaluation = key.evaluate_encoded(body.value().rest);
    if (!evaluation.ok())
        return evaluation.error();
    const auto& [blinded, evaluated] = evaluation.value();
    const Result<Proof> proof = prove(key, blinded, evaluated);
    if (!proof.ok())
        return proof.error();
    Message message;
    message.reserve(request.size() + sizeof(RequestDigest) + sizeof(KeyIdentifier) + Proof::kBytes);
    append_header(message, kResponse, evaluated.size());
    append(message, digest(request));
    append(message, key_identifier(key.public_key()));
    append_elements(message, evaluated);
    append(message, proof.value().bytes());
    return message;
}

Result<Response> read_response(ByteView response, ByteView request, const Element& public_key) {
    constexpr std::size_t kNames = sizeof(RequestDigest) + sizeof(KeyIdentifier);
    const Result<Body> body = read_header(response, kResponse, kNames + Proof::kBytes);
    if (!body.ok())
        return body.error();
    const ByteView rest = body.value().rest;
    if (!std::ranges::equal(rest.first(sizeof(RequestDigest)), digest(request)))
        return kOtherRequest;
    if (!std::ranges::equal(rest.subspan(sizeof(RequestDigest), sizeof(KeyIdentifier)), key_identifier(public_key)))
        return kOtherKey;
    Result<Proof> proof = Proof::parse(rest.last<Proof::kBytes>());
    if (!proof.ok())
        return proof.error();
    Result<std::vector<Element>> evaluated = read_elements(rest.subspan(kNames, body.value().count * Element::kBytes));
    if (!evaluated.ok())
        return evaluated.error();
    return Response{std::move(evaluated).value(), std::move(proof).value()};
}

Result<Verified> verify_response(ByteView response, ByteView request, const Element& public_key) {
    const Result<std::vector<Element>> blinded = read_request(request);
    if (!blinded.ok())
        return blinded.error();
    Result<Response> read = read_response(response, request, public_key);
    if (!read.ok())
        return read.error();
    return Verified::check(public_key, blinded.value(), std::move(read.value().evaluated), read.value().proof);
}

} // namespace health_dp::core::voprf
