#include "core/pseudonym/voprf_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace health_dp::core::voprf {
namespace {

using pseudonym::CanonicalIdentifier;

class VoprfSource : public ::testing::Test {
  protected:
    using Names = std::vector<std::string>;

    static CanonicalIdentifier identifier(const std::string& name) {
        return CanonicalIdentifier::of_text(name).value();
    }

    static void fill(SourceBatch& batch, const Names& names) {
        for (const std::string& name : names)
            ASSERT_TRUE(batch.add(identifier(name)).ok());
    }

    Message request_of(const Names& names, SourceBatch::Name name = {1}, std::uint8_t of_secret = 7) {
        SourceBatch batch(name);
        fill(batch, names);
        return batch.request(secret(of_secret)).value();
    }

    Result<std::vector<Output>> finalised(const Names& names, const Message& request, const Message& response,
                                          SourceBatch::Name name = {1}, std::uint8_t of_secret = 7) {
        SourceBatch batch(name);
        fill(batch, names);
        return batch.finalise(secret(of_secret), request, response, key.public_key());
    }

    SourceBatch::Secret secret(std::uint8_t value) {
        secret_.fill(value);
        return secret_;
    }

    // Elements of a request.
    static std::vector<Element> elements(const Message& request) { return read_request(request).value(); }

    KeyPair key = KeyPair::generate().value();
    const Names three = {"Ada", "Grace", "Ada"};

  private:
    std::array<std::uint8_t, Blind::kSecretBytes> secret_{};
};

TEST_F(VoprfSource, GivesWhatTheKeyGivesDirectly) {
    const Message request = request_of(three);
    const Message response = answer_request(key, request).value();
    const std::vector<Output> outputs = finalised(three, request, response).value();
    ASSERT_EQ(outputs.size(), three.size());
    for (std::size_t i = 0; i < three.size(); ++i)
        EXPECT_EQ(outputs[i], key.evaluate_input(identifier(three[i]).bytes()).value());
    EXPECT_EQ(outputs[0], outputs[2]);
    EXPECT_NE(outputs[0], outputs[1]);
}

TEST_F(VoprfSource, KeepsNothingInBetween) { EXPECT_EQ(request_of(three), request_of(three)); }

TEST_F(VoprfSource, ShowsNobodyTwice) {
    const std::vector<Element> once = elements(request_of(three));
    EXPECT_NE(once[0], once[2]) << "the same person twice in a batch";
    const std::vector<std::vector<Element>> others = {
        elements(request_of(three, {2})),                     // another batch
        elements(request_of(three, {1}, 8)),                  // another source
        elements(request_of({"Ada", "Grace"})),               // other identifiers under the same name
        elements(request_of({"Ada", "Grace", "Ada", "Ada"})), // more of them
        elements(request_of({"Grace", "Ada", "Ada"})),        // another order
        elements(request_of({"Ada", "Grace", "Eva"})),        // somebody else
    };
    for (const auto& other : others)
        for (const Element& element : other)
            EXPECT_EQ(std::ranges::find(once, element), once.end());
}

TEST_F(VoprfSource, RefusesAnotherBatch) {
    const Message request = request_of(three);
    const Message response = answer_request(key, request).value();
    const auto code = [&](const auto& result) {
        return result.ok() ? throw std::logic_error("accepted") : result.error().code;
    };
    EXPECT_EQ(code(finalised({"Grace", "Ada", "Ada"}, request, response)), ErrorCode::failed_check);
    EXPECT_EQ(code(finalised({"Ada", "Grace", "Eva"}, request, response)), ErrorCode::failed_check);
    EXPECT_EQ(code(finalised(three, request, response, {2})), ErrorCode::failed_check);
    EXPECT_EQ(code(finalised(three, request, response, {1}, 8)), ErrorCode::failed_check);
    EXPECT_EQ(code(finalised({"Ada", "Grace"}, request, response)), ErrorCode::too_few);
    EXPECT_EQ(code(finalised(three, response, response)), ErrorCode::bad_syntax);
    EXPECT_EQ(code(finalised(three, request, answer_request(key, request_of(three, {3})).value())), ErrorCode::mixed);
    const KeyPair other = KeyPair::generate().value();
    EXPECT_EQ(code(finalised(three, request, answer_request(other, request).value())), ErrorCode::mixed);
    // Two evaluations exchanged: the proof no longer holds.
    Message exchanged = response;
    std::swap_ranges(exchanged.begin() + 40, exchanged.begin() + 72, exchanged.begin() + 72);
    EXPECT_EQ(code(finalised(three, request, exchanged)), ErrorCode::bad_proof);
}

TEST_F(VoprfSource, HasALimit) {
    SourceBatch batch({});
    EXPECT_FALSE(batch.request(secret(1)).ok()) << "an empty one";
    batch.reserve(kMaxBatch);
    for (std::size_t i = 0; i < kMaxBatch; ++i)
        ASSERT_TRUE(batch.add(identifier("Ada")).ok());
    EXPECT_FALSE(batch.add(identifier("Ada")).ok());
}

} // namespace
} // namespace health_dp::core::voprf
