#include "core/pseudonym/voprf_proof.hpp"

#include "support/hexadecimal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace health_dp::core::voprf {
namespace {

using test::from_hexadecimal;
using test::hexadecimal;
using Texts = std::vector<const char*>;

// RFC 9497, appendix A.1.2 (VOPRF mode, ristretto255-SHA512).
constexpr char kSeed[] = "a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3";
constexpr char kInfo[] = "74657374206b6579";
constexpr char kSecret[] = "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909";
constexpr char kPublic[] = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e";

struct Vector {
    Texts inputs;
    Texts blinds;
    Texts blinded;
    Texts evaluated;
    Texts outputs;
    const char* nonce;
    const char* proof;
};

const Vector kVectors[] = {
    {.inputs = {"00"},
     .blinds = {"64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"},
     .blinded = {"863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945"},
     .evaluated = {"aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e"},
     .outputs = {"b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7da4d8527693914139caee5bd03903af43a4913"
                 "51d23b430948dd50cde10d32b3c"},
     .nonce = "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
     .proof = "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd066d4346421d17bf5117a2a1ff0fcb2a759f58a539"
              "dfbe857a40bce4cf49ec600d"},
    {.inputs = {"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"},
     .blinds = {"64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"},
     .blinded = {"cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c"},
     .evaluated = {"60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468"},
     .outputs = {"8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f47719e480906d2"
                 "7ecd994985890e5f539e7ea74b6"},
     .nonce = "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
     .proof = "401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a67154fabf031fd936051dec80b0b6ae29c950349"
              "3dde7393b722eafdf5a50b02"},
    {.inputs = {"00", "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"},
     .blinds = {"64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706",
                "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e"},
     .blinded = {"863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
                 "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654"},
     .evaluated = {"aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
                   "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a"},
     .outputs = {"b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7da4d8527693914139caee5bd03903af43a4913"
                 "51d23b430948dd50cde10d32b3c",
                 "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f47719e480906d2"
                 "7ecd994985890e5f539e7ea74b6"},
     .nonce = "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
     .proof = "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a5ab5337c8eb4ceae0494c2cf89529dcf94572ed2"
              "67473d567aeed6ab873dee08"},
};

template <std::size_t size>
std::array<std::uint8_t, size> bytes_of(const char* text) {
    const std::vector<std::uint8_t> bytes = from_hexadecimal(text);
    std::array<std::uint8_t, size> result{};
    if (bytes.size() != size)
        throw std::invalid_argument("another number of bytes");
    std::ranges::copy(bytes, result.begin());
    return result;
}

Scalar scalar(const char* text) { return Scalar::parse(bytes_of<32>(text)).value(); }
Element element(const char* text) { return Element::parse(bytes_of<32>(text)).value(); }
KeyPair vector_key() { return KeyPair::derive(bytes_of<32>(kSeed), from_hexadecimal(kInfo)).value(); }

std::vector<Element> elements(const Texts& texts) {
    std::vector<Element> elements;
    for (const char* text : texts)
        elements.push_back(element(text));
    return elements;
}

TEST(Voprf, DerivesTheKeyOfRfc9497) {
    const KeyPair key = vector_key();
    EXPECT_EQ(hexadecimal(key.secret().bytes()), kSecret);
    EXPECT_EQ(hexadecimal(key.public_key().bytes()), kPublic);
    const KeyPair received = KeyPair::received(bytes_of<32>(kSecret)).value();
    EXPECT_EQ(received.public_key(), key.public_key());
}

TEST(Voprf, AnswersAsInRfc9497) {
    const KeyPair key = vector_key();
    for (const Vector& vector : kVectors) {
        std::vector<std::vector<std::uint8_t>> inputs;
        std::vector<Blind> blinds;
        std::vector<Element> blinded;
        for (std::size_t i = 0; i < vector.inputs.size(); ++i) {
            inputs.push_back(from_hexadecimal(vector.inputs[i]));
            blinds.push_back(Blind::given(scalar(vector.blinds[i])).value());
            blinded.push_back(blind(inputs[i], blinds[i]).value());
            EXPECT_EQ(hexadecimal(blinded[i].bytes()), vector.blinded[i]);
        }
        const std::vector<Element> evaluated = key.evaluate(blinded).value();
        EXPECT_EQ(evaluated, elements(vector.evaluated));
        const Proof proof = prove(key, blinded, evaluated, scalar(vector.nonce)).value();
        EXPECT_EQ(hexadecimal(proof.bytes()), vector.proof);

        const Verified verified = Verified::check(key.public_key(), blinded, evaluated, proof).value();
        const std::vector<ByteView> views(inputs.begin(), inputs.end());
        const std::vector<Output> outputs = verified.finalise(views, blinds).value();
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            EXPECT_EQ(hexadecimal(verified.finalise(i, inputs[i], blinds[i]).value()), vector.outputs[i]);
            EXPECT_EQ(hexadecimal(outputs[i]), vector.outputs[i]);
            EXPECT_EQ(hexadecimal(key.evaluate_input(inputs[i]).value()), vector.outputs[i]);
        }
    }
}

// A source's batch of inputs "0", "1", ..., and what came of it.
struct Exchange {
    explicit Exchange(std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) {
            const std::string text = std::to_string(i);
            inputs.emplace_back(text.begin(), text.end());
            blinds.push_back(Blind::random());
            blinded.push_back(blind(inputs[i], blinds[i]).value());
        }
        evaluated = key.evaluate(blinded).value();
    }

    bool accepts(const Element& public_key, const std::vector<Element>& sent, const std::vector<Element>& received,
                 const Proof& proof) const {
        const auto verified = Verified::check(public_key, sent, received, proof);
        EXPECT_TRUE(verified.ok() || verified.error().code == ErrorCode::bad_proof ||
                    verified.error().code == ErrorCode::mixed);
        return verified.ok();
    }

    KeyPair key = KeyPair::generate().value();
    std::vector<std::vector<std::uint8_t>> inputs;
    std::vector<Blind> blinds;
    std::vector<Element> blinded;
    std::vector<Element> evaluated;
};

TEST(Voprf, BlindingChangesNoOutput) {
    for (const std::size_t size : {1U, 2U, 3U, 100U}) {
        const Exchange exchange(size);
        const Proof proof = prove(exchange.key, exchange.blinded, exchange.evaluated).value();
        const Verified verified =
            Verified::check(exchange.key.public_key(), exchange.blinded, exchange.evaluated, proof).value();
        ASSERT_EQ(verified.size(), size);
        const std::vector<ByteView> views(exchange.inputs.begin(), exchange.inputs.end());
        const std::vector<Output> outputs = verified.finalise(views, exchange.blinds).value();
        for (std::size_t i = 0; i < size; ++i) {
            EXPECT_EQ(outputs[i], exchange.key.evaluate_input(exchange.inputs[i]).value());
            EXPECT_EQ(outputs[i], verified.finalise(i, exchange.inputs[i], exchange.blinds[i]).value());
        }
        EXPECT_EQ(std::set<Output>(outputs.begin(), outputs.end()).size(), size);
    }
}

TEST(Voprf, WhatTheKeyHolderSeesIsNeverTheSame) {
    // [C22] The same identifier, asked for a second time, is no identifier seen before.
    std::set<Element::Bytes> seen;
    const std::vector<std::uint8_t> input = {'2', '5', '5', '0', '6'};
    ASSERT_TRUE(start_cryptography().ok());
    for (int i = 0; i < 100; ++i)
        seen.insert(blind(input, Blind::random()).value().bytes());
    EXPECT_EQ(seen.size(), 100U);
}

TEST(Voprf, NoOtherKeyNoOtherElementNoOtherOrder) {
    const Exchange exchange(5);
    const KeyPair other = KeyPair::generate().value();
    const Proof proof = prove(exchange.key, exchange.blinded, exchange.evaluated).value();
    const Element& key = exchange.key.public_key();
    ASSERT_TRUE(exchange.accepts(key, exchange.blinded, exchange.evaluated, proof));
    EXPECT_FALSE(exchange.accepts(other.public_key(), exchange.blinded, exchange.evaluated, proof));
    for (std::size_t i = 0; i < exchange.blinded.size(); ++i) {
        std::vector<Element> changed = exchange.evaluated;
        changed[i] = other.evaluate(std::span(exchange.blinded).subspan(i, 1)).value().front();
        EXPECT_FALSE(exchange.accepts(key, exchange.blinded, changed, proof)) << "one of another key";
        // Neither does a holder who uses another key for one of them, and the published one for the proof, get through.
        EXPECT_FALSE(
            exchange.accepts(key, exchange.blinded, changed, prove(exchange.key, exchange.blinded, changed).value()));
        changed = exchange.evaluated;
        std::swap(changed[i], changed[(i + 1) % changed.size()]);
        EXPECT_FALSE(exchange.accepts(key, exchange.blinded, changed, proof)) << "two exchanged";
    }
    std::vector<Element> sent = exchange.blinded;
    sent.pop_back();
    EXPECT_FALSE(exchange.accepts(key, sent, exchange.evaluated, proof));
    std::vector<Element> received = exchange.evaluated;
    received.pop_back();
    EXPECT_FALSE(exchange.accepts(key, sent, received, proof)) << "both without their last";
    EXPECT_FALSE(exchange.accepts(key, exchange.blinded, exchange.evaluated,
                                  prove(other, exchange.blinded, exchange.evaluated).value()));
}

TEST(Voprf, EveryBitOfTheProofCounts) {
    const Exchange exchange(2);
    const Proof::Bytes bytes = prove(exchange.key, exchange.blinded, exchange.evaluated).value().bytes();
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        Proof::Bytes changed = bytes;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        const Result<Proof> proof = Proof::parse(changed);
        if (proof.ok()) {
            EXPECT_FALSE(
                exchange.accepts(exchange.key.public_key(), exchange.blinded, exchange.evaluated, proof.value()))
                << bit;
        } else {
            EXPECT_EQ(proof.error().code, ErrorCode::out_of_range);
        }
    }
}

TEST(Voprf, ProofsOfOneBatchDiffer) {
    // A nonce used twice gives the key away.
    const Exchange exchange(1);
    const auto challenge = [&] {
        return hexadecimal(prove(exchange.key, exchange.blinded, exchange.evaluated).value().challenge().bytes());
    };
    EXPECT_NE(challenge(), challenge());
}

TEST(Voprf, SizesAreLimited) {
    const Exchange exchange(1);
    const Proof proof = prove(exchange.key, exchange.blinded, exchange.evaluated).value();
    const Element& key = exchange.key.public_key();
    EXPECT_EQ(prove(exchange.key, {}, {}).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(Verified::check(key, {}, {}, proof).error().code, ErrorCode::out_of_range);
    const std::vector<Element> many(kMaxBatch + 1, exchange.blinded.front());
    EXPECT_EQ(prove(exchange.key, many, many).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(prove(exchange.key, exchange.blinded, many).error().code, ErrorCode::mixed);

    const std::vector<std::uint8_t> longest(kMaxInputBytes);
    const std::vector<std::uint8_t> longer(kMaxInputBytes + 1);
    EXPECT_TRUE(blind(longest, Blind::random()).ok());
    EXPECT_EQ(blind(longer, Blind::random()).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(exchange.key.evaluate_input(longer).error().code, ErrorCode::out_of_range);
    const Verified verified = Verified::check(key, exchange.blinded, exchange.evaluated, proof).value();
    EXPECT_EQ(verified.finalise(0, longer, exchange.blinds[0]).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(verified.finalise(1, longest, exchange.blinds[0]).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(verified.finalise(std::vector<ByteView>{longer}, exchange.blinds).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(verified.finalise({}, exchange.blinds).error().code, ErrorCode::mixed);
}

TEST(Voprf, ZeroIsNeitherKeyNorBlind) {
    EXPECT_EQ(KeyPair::received(std::array<std::uint8_t, 32>{}).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(Blind::given(Scalar::whole(0)).error().code, ErrorCode::out_of_range);
}

TEST(Voprf, KeysAreGuarded) {
    KeyPair generated = KeyPair::generate().value();
    const KeyPair moved = std::move(generated);
    EXPECT_EQ(Element::base_times(moved.secret()).value(), moved.public_key());
    // At once: whatever is allocated later may have the same address.
    const auto touch_gone = [] {
        const volatile std::uint8_t* place = KeyPair::generate().value().secret().bytes().data();
        [[maybe_unused]] const std::uint8_t value = *place;
    };
    EXPECT_DEATH(touch_gone(), "");
}

TEST(Blind, IsAFunctionOfSecretAndContext) {
    const SecretBytes secret = SecretBytes::generate(Blind::kSecretBytes).value();
    const SecretBytes other = SecretBytes::generate(Blind::kSecretBytes).value();
    const auto derived = [](const SecretBytes& from, std::vector<std::uint8_t> context) {
        const auto key = std::span<const std::uint8_t>(from.bytes()).first<Blind::kSecretBytes>();
        return hexadecimal(Blind::derived(key, context).value().scalar().bytes());
    };
    EXPECT_EQ(derived(secret, {1, 2}), derived(secret, {1, 2}));
    EXPECT_NE(derived(secret, {1, 2}), derived(secret, {1, 3}));
    EXPECT_NE(derived(secret, {1, 2}), derived(secret, {1, 2, 0}));
    EXPECT_NE(derived(secret, {1, 2}), derived(other, {1, 2}));
}

} // namespace
} // namespace health_dp::core::voprf
