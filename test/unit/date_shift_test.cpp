#include "core/pseudonym/date_shift.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace health_dp::core::pseudonym {
namespace {

DateShift shift(int window, std::uint8_t byte = 1) {
    const std::vector<std::uint8_t> key(keys::kKeyBytes, byte);
    return DateShift::create(keys::KeyView(key), window).value();
}

CanonicalIdentifier patient(const std::string& number) { return CanonicalIdentifier::of_text(number).value(); }

// Computed with another implementation (Python's hmac module): dates shifted today must fit those shifted tomorrow.
TEST(DateShift, IsWhatItWillAlwaysBe) {
    struct Known {
        int window;
        const char* patient;
        int days;
    };
    for (const Known& known :
         {Known{30, "4711", 2}, Known{30, "4712", -19}, Known{365, "4711", -126}, Known{3660, "4711", 1225}})
        EXPECT_EQ(shift(known.window).days(patient(known.patient)), known.days) << known.window << known.patient;
}

TEST(DateShift, IsOneForAPatientAndAnotherForAnotherKey) {
    const DateShift one = shift(365);
    const DateShift again = shift(365);
    const DateShift other = shift(365, 2);
    int same = 0;
    for (int i = 0; i < 1000; ++i) {
        const CanonicalIdentifier person = patient(std::to_string(i));
        EXPECT_EQ(one.days(person), again.days(person));
        same += one.days(person) == other.days(person) ? 1 : 0;
    }
    EXPECT_LT(same, 20) << "1000/731 by chance";
}

// 21,000 patients of a fixed key, 1,000 for each of 21 shifts. Chi-squared with 20 degrees of freedom passes 60 for one
// key in 100,000.
TEST(DateShift, IsUniformOverTheWholeWindow) {
    const DateShift ten = shift(10);
    std::map<int, int> counts;
    for (int i = 0; i < 21'000; ++i)
        ++counts[ten.days(patient(std::to_string(i)))];
    ASSERT_EQ(counts.size(), 21U);
    EXPECT_EQ(counts.begin()->first, -10);
    EXPECT_EQ(counts.rbegin()->first, 10);
    double chi_squared = 0;
    for (const auto& [days, count] : counts)
        chi_squared += (count - 1000.0) * (count - 1000.0) / 1000.0;
    EXPECT_LT(chi_squared, 60);
    EXPECT_GT(chi_squared, 2) << "as even as that is not random";
}

TEST(DateShift, HasAWindow) {
    const std::vector<std::uint8_t> key(keys::kKeyBytes, 1);
    for (const int window : {-1, 0, 3661, 1'000'000'000})
        EXPECT_FALSE(DateShift::create(keys::KeyView(key), window).ok()) << window;
    for (const int window : {1, 3660}) {
        const DateShift within = shift(window);
        for (int i = 0; i < 1000; ++i)
            EXPECT_LE(std::abs(within.days(patient(std::to_string(i)))), window);
    }
}

} // namespace
} // namespace health_dp::core::pseudonym
