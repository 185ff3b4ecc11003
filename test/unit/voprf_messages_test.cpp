#include "core/pseudonym/voprf_messages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace health_dp::core::voprf {
namespace {

class VoprfMessages : public ::testing::Test {
  protected:
    void SetUp() override {
        for (std::uint8_t i = 0; i < 3; ++i) {
            blinds.push_back(Blind::random());
            blinded.push_back(blind(std::span(&i, 1), blinds.back()).value());
        }
        request = write_request(blinded).value();
        response = answer_request(key, request).value();
    }

    ErrorCode error_of(const Message& answer) const {
        const auto verified = verify_response(answer, request, key.public_key());
        return verified.ok() ? throw std::logic_error("it was accepted") : verified.error().code;
    }

    KeyPair key = KeyPair::generate().value();
    std::vector<Blind> blinds;
    std::vector<Element> blinded;
    Message request;
    Message response;
};

TEST_F(VoprfMessages, CarryABatchThereAndBack) {
    EXPECT_EQ(read_request(request).value(), blinded);
    const Verified verified = verify_response(response, request, key.public_key()).value();
    for (std::uint8_t i = 0; i < 3; ++i) {
        const ByteView input(&i, 1);
        EXPECT_EQ(verified.finalise(i, input, blinds[i]).value(), key.evaluate_input(input).value());
    }
}

TEST_F(VoprfMessages, LookAsDocumented) {
    const Message header = {'H', 'D', 'P', 'V', 'Q', 1, 0, 3};
    ASSERT_EQ(request.size(), 8U + 3 * 32);
    EXPECT_TRUE(std::ranges::equal(std::span(request).first(8), header));
    EXPECT_TRUE(std::ranges::equal(std::span(request).subspan(8, 32), blinded[0].bytes()));
    EXPECT_TRUE(std::ranges::equal(std::span(request).subspan(72, 32), blinded[2].bytes()));
    ASSERT_EQ(response.size(), 8U + 16 + 16 + 3 * 32 + 64);
    EXPECT_EQ(response[4], 'R');
    EXPECT_TRUE(std::ranges::equal(std::span(response).subspan(24, 16), key_identifier(key.public_key())));
    const std::vector<Element> evaluated = key.evaluate(blinded).value();
    EXPECT_TRUE(std::ranges::equal(std::span(response).subspan(40, 32), evaluated[0].bytes()));
}

TEST_F(VoprfMessages, SayWhatIsWrong) {
    const KeyPair other = KeyPair::generate().value();
    EXPECT_EQ(error_of(answer_request(other, request).value()), ErrorCode::mixed) << "another key";
    std::vector<Element> others = blinded;
    std::swap(others[0], others[1]);
    EXPECT_EQ(error_of(answer_request(key, write_request(others).value()).value()), ErrorCode::mixed)
        << "another request";
    EXPECT_EQ(error_of(request), ErrorCode::bad_syntax) << "the request itself";
    EXPECT_FALSE(read_request(response).ok());
    Message changed = response;
    changed[5] = 2;
    EXPECT_EQ(error_of(changed), ErrorCode::bad_syntax) << "a later version";
    // Another key behind the published one's name.
    changed = answer_request(other, request).value();
    std::copy_n(response.begin() + 24, 16, changed.begin() + 24);
    EXPECT_EQ(error_of(changed), ErrorCode::bad_proof);
    changed = response;
    std::fill_n(changed.begin() + 40, 32, std::uint8_t{0});
    EXPECT_EQ(error_of(changed), ErrorCode::bad_element) << "the identity";
    std::fill_n(changed.begin() + 40, 32, std::uint8_t{0xff});
    EXPECT_EQ(error_of(changed), ErrorCode::bad_element) << "no element";
}

TEST_F(VoprfMessages, TheKeyHolderReadsAsStrictly) {
    // Reading and multiplying in one go refuses what reading alone refuses, and for the same reason.
    for (const std::uint8_t byte : {0x00, 0x01, 0xff}) {
        Message changed = request;
        std::fill_n(changed.begin() + 40, 32, byte);
        const auto answer = answer_request(key, changed);
        EXPECT_EQ(answer.error().code, ErrorCode::bad_element);
        EXPECT_STREQ(answer.error().message, read_request(changed).error().message);
    }
    for (const Message& message : {Message(), response, Message(request.begin(), request.end() - 1)})
        EXPECT_STREQ(answer_request(key, message).error().message, read_request(message).error().message);
    const auto evaluated = key.evaluate_encoded(std::span(request).subspan(8)).value();
    EXPECT_EQ(evaluated.blinded, blinded);
    EXPECT_EQ(evaluated.evaluated, key.evaluate(blinded).value());
    EXPECT_EQ(key.evaluate_encoded(std::span(request).subspan(9)).error().code, ErrorCode::bad_syntax);
}

TEST_F(VoprfMessages, EveryLengthButTheirOwnIsRefused) {
    for (std::size_t size = 0; size < response.size(); ++size) {
        const ByteView part = std::span(response).first(size);
        EXPECT_FALSE(verify_response(part, request, key.public_key()).ok()) << size;
    }
    for (std::size_t size = 0; size < request.size(); ++size)
        EXPECT_FALSE(read_request(std::span(request).first(size)).ok()) << size;
    for (std::size_t more : {1U, 32U, 64U}) {
        Message longer = request;
        longer.resize(request.size() + more);
        EXPECT_FALSE(read_request(longer).ok());
        longer = response;
        longer.resize(response.size() + more);
        EXPECT_FALSE(verify_response(longer, request, key.public_key()).ok());
    }
    const Message empty = {'H', 'D', 'P', 'V', 'Q', 1, 0, 0};
    EXPECT_EQ(read_request(empty).error().code, ErrorCode::bad_syntax);
    EXPECT_EQ(write_request({}).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(write_request(std::vector<Element>(kMaxBatch + 1, blinded[0])).error().code, ErrorCode::out_of_range);
}

TEST_F(VoprfMessages, EveryBitOfTheResponseCounts) {
    for (std::size_t bit = 0; bit < 8 * response.size(); ++bit) {
        Message changed = response;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        EXPECT_FALSE(verify_response(changed, request, key.public_key()).ok()) << bit;
    }
}

// Whatever bytes come, the reader answers, reads nothing outside of them (the sanitised build would tell), and takes
// nothing that it would have written otherwise.
TEST_F(VoprfMessages, AnyBytesAreReadOrRefused) {
    std::mt19937 random(20230907); // a fixed seed; the keys differ each time
    int accepted = 0;
    for (int i = 0; i < 20000; ++i) {
        Message message = request;
        for (unsigned changes = random() % 4; changes > 0 && !message.empty(); --changes) {
            switch (random() % 4) {
            case 0:
                message[random() % message.size()] = static_cast<std::uint8_t>(random());
                break;
            case 1:
                message.resize(random() % (message.size() + 40), static_cast<std::uint8_t>(random()));
                break;
            case 2:
                std::ranges::generate(message, [&] { return static_cast<std::uint8_t>(random()); });
                break;
            default: { // another element more or less, and the count that goes with it
                const auto count = static_cast<std::uint8_t>(random() % 4);
                message.resize(std::max<std::size_t>(message.size(), 8));
                message[6] = 0;
                message[7] = count;
                message.resize(8 + std::size_t{count} * 32);
            }
            }
        }
        const auto elements = read_request(message);
        EXPECT_FALSE(verify_response(message, request, key.public_key()).ok());
        if (elements.ok()) {
            ++accepted;
            EXPECT_EQ(write_request(elements.value()).value(), message);
        }
    }
    EXPECT_GT(accepted, 5000) << "the unchanged ones at least";
}

} // namespace
} // namespace health_dp::core::voprf
