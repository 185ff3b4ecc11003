#include "core/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string_view>

namespace health_dp::core {
namespace {

TEST(Result, HoldsAValue) {
    Result<int> result(7);
    EXPECT_TRUE(result.ok());
    result.value() = 8;
    EXPECT_EQ(result.value(), 8);
    EXPECT_THROW(static_cast<void>(result.error()), std::logic_error);
}

TEST(Result, HoldsAnError) {
    const Result<int> result(Error{ErrorCode::overflow, "too much"});
    EXPECT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::overflow);
    EXPECT_EQ(std::string_view(result.error().message), "too much");
    EXPECT_THROW(static_cast<void>(result.value()), std::logic_error) << "never undefined behaviour";
}

TEST(Result, MovesWhatCannotBeCopied) {
    Result<std::unique_ptr<int>> result(std::make_unique<int>(9));
    const std::unique_ptr<int> moved = std::move(result).value();
    EXPECT_EQ(*moved, 9);
}

} // namespace
} // namespace health_dp::core
