#include "core/noise/calibration.hpp"

#include "support/numbers.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace health_dp::core {
namespace {

using bounding::MeasurementKind;
using bounding::Shape;
using test::ratio;

// M = 3, R = 4, values in [-10, 7].
Shape release() {
    return {3,
            4,
            {{true, -10, 7}},
            {{MeasurementKind::rows, 0},
             {MeasurementKind::patients, 0},
             {MeasurementKind::sum, 0},
             {MeasurementKind::centred_total, 0}}};
}

Epsilon epsilon() { return Epsilon::parse("0.7").value(); }
Delta delta() { return Delta::parse("1e-6").value(); }

// By hand: what a patient moves in one group, times M = 3, divided by 0.7/6.
TEST(CalibratedNoise, HasTheScaleOfTheContract) {
    const auto noise = calibrate_noise(release(), epsilon(), {6, 1}).value();
    ASSERT_EQ(noise.size(), 4U);
    EXPECT_EQ(noise[0].scale(), ratio(720, 7));   // 3·4·6/0.7
    EXPECT_EQ(noise[1].scale(), ratio(180, 7));   // 3·1·6/0.7
    EXPECT_EQ(noise[2].scale(), ratio(7200, 7));  // 3·4·10·6/0.7
    EXPECT_EQ(noise[3].scale(), ratio(12240, 7)); // 3·4·17·6/0.7
}

TEST(CalibratedNoise, GrowsWithGroupsRowsAndParts) {
    Shape shape = {1, 1, {{false, 0, 0}}, {{MeasurementKind::rows, 0}}};
    const auto scale = [&](std::uint64_t parts) {
        return calibrate_noise(shape, Epsilon::parse("1").value(), {parts, 0}).value()[0].scale();
    };
    EXPECT_EQ(scale(1), ratio(1, 1));
    EXPECT_EQ(scale(5), ratio(5, 1));
    shape.max_groups = 2;
    EXPECT_EQ(scale(5), ratio(10, 1));
    shape.max_rows = 3;
    EXPECT_EQ(scale(5), ratio(30, 1));
}

// [C14] What all parts of a statement spend: a measurement its sensitivity by its scale, a selection M times its share.
TEST(CalibratedParts, AddUpToExactlyTheCharge) {
    for (const std::uint64_t selections : {1U, 2U, 3U}) {
        const Shape shape = release();
        const Parts parts = {shape.measurements.size() + selections, selections};
        const auto noise = calibrate_noise(shape, epsilon(), parts).value();
        // Over a common denominator, so that the sum is exact: each spends ε/parts.
        for (std::size_t i = 0; i < noise.size(); ++i) {
            const Unsigned128 moved = shape.max_groups * sensitivity_per_group(shape, shape.measurements[i]);
            EXPECT_EQ(
                Rational::whole(moved).divided_by(noise[i].scale()).value().times(Rational::whole(parts.all)).value(),
                epsilon().value())
                << i;
        }
        const auto each = calibrate_selection(shape, epsilon(), delta(), parts).value();
        const Rational in_all = Rational::whole(shape.max_groups);
        EXPECT_EQ(each.epsilon.value().times(in_all).value().times(Rational::whole(parts.all)).value(),
                  epsilon().value());
        EXPECT_EQ(each.delta.value().times(in_all).value().times(Rational::whole(selections)).value(), delta().value());
    }
}

TEST(CalibratedSelection, SharesByPartsAndGroups) {
    const auto each = calibrate_selection(release(), epsilon(), delta(), {7, 2}).value();
    EXPECT_EQ(each.epsilon.value(), ratio(1, 30));      // 0.7/7/3
    EXPECT_EQ(each.delta.value(), ratio(1, 6'000'000)); // 10^-6/2/3
}

TEST(CalibratedParts, RefuseWhatWasNotCounted) {
    EXPECT_TRUE(calibrate_noise(release(), epsilon(), {4, 0}).ok());
    EXPECT_EQ(calibrate_noise(release(), epsilon(), {3, 0}).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(calibrate_noise(release(), epsilon(), {4, 1}).error().code, ErrorCode::out_of_range)
        << "a selection's part";
    EXPECT_EQ(calibrate_noise(release(), epsilon(), {1, 2}).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(calibrate_selection(release(), epsilon(), delta(), {4, 0}).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(calibrate_selection(release(), epsilon(), delta(), {1, 2}).error().code, ErrorCode::out_of_range);
}

TEST(CalibratedNoise, RefusesScalesBeyondExactArithmetic) {
    Shape shape = release();
    shape.inputs[0] = {true, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    shape.max_groups = shape.max_rows = bounding::kMaxLimit;
    EXPECT_FALSE(calibrate_noise(shape, Epsilon::parse("1e-9").value(), {4, 0}).ok());
}

} // namespace
} // namespace health_dp::core
