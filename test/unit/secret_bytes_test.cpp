#include "core/secret_bytes.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

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
    for (const std::size_t size : {1U, 33U, 5000U}) {
        const SecretBytes secret = SecretBytes::generate(size).value();
        EXPECT_DEATH(touch(secret.bytes().data() + size), "") << size;
    }
    // At once: whatever is allocated later may have the same address.
    const auto touch_gone = [] {
        const std::uint8_t* bytes = SecretBytes::generate(33).value().bytes().data();
        touch(bytes);
    };
    EXPECT_DEATH(touch_gone(), "");
}

TEST(SecretBytes, TellWhetherTheyAreLocked) {
    SecretBytes secret = SecretBytes::generate(32).value();
    EXPECT_TRUE(secret.require_locked().ok());
    const auto refused_without_a_limit = [&] {
        const rlimit none{0, 0};
        setrlimit(RLIMIT_MEMLOCK, &none);
        SecretBytes other = SecretBytes::generate(32).value();
        std::exit(other.require_locked().ok() ? 1 : 0);
    };
    if (geteuid() == 0)
        GTEST_SKIP() << "nothing limits root";
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the address sanitizer ignores mlock";
#endif
    EXPECT_EXIT(refused_without_a_limit(), testing::ExitedWithCode(0), "");
}

} // namespace
} // namespace health_dp::core
