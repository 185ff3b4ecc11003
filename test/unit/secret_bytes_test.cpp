#include "core/secret_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace health_dp::core {
namespace {

void touch(const std::uint8_t* address) {
    const volatile std::uint8_t* place = address;
    [[maybe_unused]] const std::uint8_t value = *place;
}

TEST(SecretBytes, StartEmpty) {
    const SecretBytes secret = SecretBytes::allocate(100).value();
    ASSERT_EQ(secret.size(), 100U);
    EXPECT_EQ(std::ranges::count(secret.bytes(), 0), 100);
}

TEST(SecretBytes, AreFreshOrWhatWasGiven) {
    const SecretBytes one = SecretBytes::generate(32).value();
    const SecretBytes other = SecretBytes::generate(32).value();
    EXPECT_FALSE(std::ranges::equal(one.bytes(), other.bytes()));
    const SecretBytes copy = SecretBytes::copy_of(one.bytes()).value();
    EXPECT_TRUE(std::ranges::equal(one.bytes(), copy.bytes()));
}

TEST(SecretBytes, AreGuardedAndGoneAfterUse) {
    const std::uint8_t* bytes = nullptr;
    for (const std::size_t size : {1U, 33U, 5000U}) {
        const SecretBytes secret = SecretBytes::generate(size).value();
        bytes = secret.bytes().data();
        EXPECT_DEATH(touch(bytes + size), "") << size;
    }
    EXPECT_DEATH(touch(bytes), "");
}

} // namespace
} // namespace health_dp::core
