#include "core/pseudonym/canonical.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace health_dp::core::pseudonym {
namespace {

std::string bytes_of(const Result<CanonicalIdentifier>& identifier) {
    if (!identifier.ok())
        return "(refused)";
    const auto bytes = identifier.value().bytes();
    return {bytes.begin(), bytes.end()};
}

std::string text(std::string_view value) { return bytes_of(CanonicalIdentifier::of(Form::text, value)); }
std::string nir(std::string_view value) { return bytes_of(CanonicalIdentifier::of(Form::nir, value)); }
std::string holder(std::string_view value) { return bytes_of(CanonicalIdentifier::of(Form::holder, value)); }

// The written-down encodings: pseudonyms made today must come out the same for as long as their key lives.
TEST(CanonicalForm, IsWhatItWillAlwaysBe) {
    using namespace std::string_literals;
    EXPECT_EQ(text("AB-12"), "\x01\x01\x00\x05"s + "AB-12");
    EXPECT_EQ(nir("2 53 07 2A 073 004 43"), "\x02\x02\x00\x0D"s + "253072A073004");
    EXPECT_EQ(holder("269054958815780|1987-03-01|2|1"), "\x03\x02\x00\x0D"s + "2690549588157" + "\x03\x00\x08"s +
                                                            "19870301" + "\x04\x00\x01"s + "2" + "\x05\x00\x01"s + "1");
}

TEST(CanonicalForm, IsOneForAllSpellings) {
    EXPECT_EQ(text(" AB-12\n"), text("AB-12"));
    EXPECT_EQ(nir("269054958815780"), nir("2.69.05.49.588.157.80"));
    const std::string one = holder("269054958815780|1987-03-01|2|1");
    for (const char* spelling : {"2 69 05 49 588 157 80|19870301|F|1", " 269054958815780 | 1987-03-01 | 2 | 1 "})
        EXPECT_EQ(holder(spelling), one) << spelling;
}

TEST(CanonicalForm, TellsDifferentIdentifiersApart) {
    const std::vector<std::string> encodings = {
        text("269054958815780"),
        text("2690549588157"),
        text("ab"),
        text("AB"),
        text("A B"),
        text("\xC3\xA9tat"),
        text("etat"),
        nir("269054958815780"),
        nir("253072A07300443"),
        nir("253071907300443"),
        holder("269054958815780|1987-03-01|2|1"),
        holder("269054958815780|1987-03-01|2|2"),
        holder("269054958815780|1987-03-01|1|1"),
        holder("269054958815780|1987-03-02|2|1"),
        holder("269054958815780|1987-03-00|2|1"),
        holder("269054958815780|1987-00-00|2|1"),
        holder("269054958815780|1987-20-00|2|1"),
        holder("253072A07300443|1987-03-01|2|1"),
        text("269054958815780|1987-03-01|2|1"),
    };
    EXPECT_EQ(std::set<std::string>(encodings.begin(), encodings.end()).size(), encodings.size());
    EXPECT_EQ(std::set<std::string>(encodings.begin(), encodings.end()).count("(refused)"), 0U);
}

// What would make the encoding ambiguous: one that begins another.
TEST(CanonicalForm, NeverBeginsAnother) {
    const std::string whole = holder("269054958815780|1987-03-01|2|1");
    for (std::size_t length = 1; length <= 60; ++length) {
        const std::string shorter = text(std::string(length, 'x'));
        const std::string longer = text(std::string(length + 1, 'x'));
        EXPECT_NE(longer.substr(0, shorter.size()), shorter);
    }
    EXPECT_NE(whole.substr(0, nir("269054958815780").size()), nir("269054958815780"));
}

TEST(CanonicalText, HasItsLimits) {
    EXPECT_EQ(text(std::string(255, 'x')).size(), 259U);
    for (const std::string& value : {std::string(256, 'x'), std::string(), std::string(" \t "), std::string("a\0b", 3),
                                     std::string("a\tb"), std::string("a\x7F"), std::string("a\nb")})
        EXPECT_EQ(text(value), "(refused)") << value;
    EXPECT_NE(text(" " + std::string(255, 'x')), "(refused)") << "what falls away does not count";
}

TEST(CanonicalHolder, RefusesWhatIsOutsideItsForm) {
    for (const char* value : {"",
                              "|||",
                              "269054958815780",
                              "269054958815780|1987-03-01|2",
                              "269054958815780|1987-03-01|2|1|",
                              "269054958815780|1987-03-01|2|1|1",
                              "269054958815781|1987-03-01|2|1",
                              "269054958815780|1987-02-29|2|1",
                              "269054958815780|1987-13-01|2|1",
                              "269054958815780|1987-00-01|2|1",
                              "269054958815780|1987-20-32|2|1",
                              "269054958815780|1987-03-32|2|1",
                              "269054958815780|87-03-01|2|1",
                              "269054958815780|1987/03/01|2|1",
                              "269054958815780|198703-01|2|1",
                              "269054958815780|01-03-1987|2|1",
                              "269054958815780|1987-03-0x|2|1",
                              "269054958815780|1987-03-01|3|1",
                              "269054958815780|1987-03-01|m|1",
                              "269054958815780|1987-03-01||1",
                              "269054958815780|1987-03-01|2|0",
                              "269054958815780|1987-03-01|2|01",
                              "269054958815780|1987-03-01|2|"})
        EXPECT_EQ(holder(value), "(refused)") << value;
    EXPECT_NE(holder("269054958815780|2000-02-29|2|9"), "(refused)");
}

} // namespace
} // namespace health_dp::core::pseudonym
