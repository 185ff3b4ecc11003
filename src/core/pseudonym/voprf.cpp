#include "core/pseudonym/voprf.hpp"

#include <sodium.h>

#include <new>

namespace health_dp::core::voprf {

namespace {

constexpr std::string_view kHashToGroup = "HashToGroup-" HDP_VOPRF_CONTEXT;
constexpr std::string_view kDeriveKeyPair = "DeriveKeyPair" HDP_VOPRF_CONTEXT;

// BLAKE2b's personalisation keeps blinds apart from every other use of the secret.
constexpr std::array<std::uint8_t, crypto_generichash_blake2b_PERSONALBYTES> kPersonalisation = {
    'h', 'e', 'a', 'l', 't', 'h', '_', 'd', 'p', ' ', 'b', 'l', 'i', 'n', 'd', ' '};

Result<Element> input_element(ByteView input) {
    if (input.size() > kMaxInputBytes)
        return kInputTooLong;
    return hash_to_group(input, kHashToGroup);
}

} // namespace

void wipe_stack() {
    constexpr std::size_t kDepth = 8192; // more than a multiplication uses
    sodium_stackzero(kDepth);
}

Output output_of(ByteView input, const Element& unblinded) {
    constexpr std::string_view kFinalize = "Finalize";
    Transcript transcript(2 + input.size() + 2 + Element::kBytes + kFinalize.size());
    transcript.field(input).field(unblinded.bytes()).raw(kFinalize);
    Output output{};
    crypto_hash_sha512(output.data(), transcript.bytes().data(), transcript.bytes().size());
    return output;
}

Result<KeyPair> KeyPair::hold(Scalar secret) {
    Result<SecretBytes> memory = SecretBytes::allocate(sizeof(Scalar));
    if (!memory.ok())
        return memory.error();
    const Result<Element> public_key = Element::base_times(secret);
    if (!public_key.ok())
        return Error{ErrorCode::out_of_range, "zero is no key"};
    // The guarded memory is the scalar's storage, and wipes it; its destructor would do nothing else.
    static_assert(alignof(Scalar) == 1);
    const Scalar* held = ::new (memory.value().bytes().data()) Scalar(std::move(secret));
    wipe_stack();
    return KeyPair(std::move(memory).value(), held, public_key.value());
}

Result<KeyPair> KeyPair::generate() {
    const auto started = start_cryptography();
    if (!started.ok())
        return started.error();
    return hold(Scalar::random());
}

Result<KeyPair> KeyPair::derive(std::span<const std::uint8_t, kSeedBytes> seed, ByteView info) {
    const auto started = start_cryptography();
    if (!started.ok())
        return started.error();
    if (info.size() > kMaxInputBytes)
        return Error{ErrorCode::out_of_range, "a key's description has more than 65,535 bytes"};
    for (unsigned counter = 0; counter <= 255; ++counter) {
        const auto last = static_cast<std::uint8_t>(counter);
        Transcript transcript(seed.size() + 2 + info.size() + 1);
        transcript.raw(seed).field(info).raw(ByteView(&last, 1));
        Scalar secret = hash_to_scalar(transcript.bytes(), kDeriveKeyPair);
        if (!secret.is_zero())
            return hold(std::move(secret));
    }
    return Error{ErrorCode::out_of_range, "no key follows from this seed"};
}

Result<KeyPair> KeyPair::received(std::span<const std::uint8_t, Scalar::kBytes> secret) {
    const auto started = start_cryptography();
    if (!started.ok())
        return started.error();
    Result<Scalar> scalar = Scalar::parse(secret);
    if (!scalar.ok())
        return scalar.error();
    return hold(std::move(scalar).value());
}

Result<std::vector<Element>> KeyPair::evaluate(std::span<const Element> blinded) const {
    std::vector<Element> evaluated;
    evaluated.reserve(blinded.size());
    for (const Element& element : blinded) {
        Result<Element> product = element.times(secret());
        if (!product.ok())
            return product.error();
        evaluated.push_back(product.value());
    }
    wipe_stack();
    return evaluated;
}

Result<KeyPair::Evaluated> KeyPair::evaluate_encoded(ByteView encodings) const {
    if (encodings.size() % Element::kBytes != 0)
        return Error{ErrorCode::bad_syntax, "a part of an element is missing"};
    Evaluated result;
    result.blinded.reserve(encodings.size() / Element::kBytes);
    result.evaluated.reserve(encodings.size() / Element::kBytes);
    for (; !encodings.empty(); encodings = encodings.subspan(Element::kBytes)) {
        const auto multiplied = Element::parse_and_multiply(encodings.first<Element::kBytes>(), secret());
        if (!multiplied.ok())
            return multiplied.error();
        result.blinded.push_back(multiplied.value().element);
        result.evaluated.push_back(multiplied.value().product);
    }
    wipe_stack();
    return result;
}

Result<Output> KeyPair::evaluate_input(ByteView input) const {
    const Result<Element> element = input_element(input);
    if (!element.ok())
        return element.error();
    const Result<Element> product = element.value().times(secret());
    wipe_stack();
    if (!product.ok())
        return product.error();
    return output_of(input, product.value());
}

Result<Blind> Blind::given(Scalar scalar) {
    if (scalar.is_zero())
        return Error{ErrorCode::out_of_range, "zero is no blind"};
    return Blind(std::move(scalar));
}

Result<Blind> Blind::derived(std::span<const std::uint8_t, kSecretBytes> secret, ByteView context) {
    static_assert(kSecretBytes == crypto_generichash_blake2b_KEYBYTES);
    std::array<std::uint8_t, crypto_generichash_blake2b_BYTES_MAX> uniform{};
    crypto_generichash_blake2b_salt_personal(uniform.data(), uniform.size(), context.data(), context.size(),
                                             secret.data(), secret.size(), nullptr, kPersonalisation.data());
    Scalar scalar = Scalar::reduced(uniform);
    sodium_memzero(uniform.data(), uniform.size());
    return given(std::move(scalar));
}

Result<Element> blind(ByteView input, const Blind& blind) {
    const Result<Element> element = input_element(input);
    if (!element.ok())
        return element.error();
    return element.value().times(blind.scalar());
}

} // namespace health_dp::core::voprf
