#include "core/labels/labels.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace health_dp::core::labels {
namespace {

std::string text(const Identifier& name) { return name.data(); }
std::string text(const PlainDecimal& number) { return number.data(); }

template <class Label>
bool refused(const Label& label) {
    const LabelError* error = std::get_if<LabelError>(&label);
    return error != nullptr && error->problem[0] != '\0' && error->remedy[0] != '\0';
}

std::string owner_of(const std::string& label) {
    const TableLabel parsed = parse_table_label(label);
    const ProtectedDirect* direct = std::get_if<ProtectedDirect>(&parsed);
    return direct == nullptr ? "(refused)" : text(direct->owner);
}

TEST(TableLabels, NameTheOwnersColumnAsSqlWould) {
    EXPECT_EQ(owner_of("protected(patient_id)"), "patient_id");
    EXPECT_EQ(owner_of(" protected\t(\n Patient_ID ) "), "patient_id");
    EXPECT_EQ(owner_of("protected(\"Patient ID\")"), "Patient ID");
    EXPECT_EQ(owner_of("protected(\"a\"\"b\")"), "a\"b");
    EXPECT_EQ(owner_of("protected(\")\")"), ")");
    EXPECT_EQ(owner_of("protected(\"ID\")"), "ID");
    EXPECT_EQ(owner_of("protected(via)"), "via");
    EXPECT_EQ(owner_of("protected(\"\xC3\xA9tat\")"), "\xC3\xA9tat");
    EXPECT_EQ(owner_of("protected(a$1)"), "a$1");
}

TEST(TableLabels, RefuseWhatIsOutsideTheGrammar) {
    for (const char* label : {"",
                              " ",
                              "secret",
                              "Public",
                              "publicly",
                              "public-",
                              "public public",
                              "protected",
                              "protected(",
                              "protected()",
                              "protected(a",
                              "protected(a))",
                              "protected(a,b)",
                              "protected(a b)",
                              "protected(1a)",
                              "protected(\"\")",
                              "protected(\"a)",
                              "protected($a)",
                              "protected(a);",
                              "protected(a)--",
                              "protected(\xC3\xA9)",
                              "protectedvia(a)",
                              "protected via",
                              "protected via (a)",
                              "protected via (a) to",
                              "protected via (a) to s",
                              "protected via (a) to s.t",
                              "protected via (a) to s.t()",
                              "protected via () to s.t()",
                              "protected via (a) to t(a)",
                              "protected via (a) to d.s.t(a)",
                              "protected via (a) to s.t(a) where true",
                              "protected via (a,) to s.t(a)",
                              "protected via (a, b) to s.t(a)",
                              "protected via (a) to s.t(a, b)",
                              "protected via (a, a) to s.t(a, b)",
                              "protected via (a, b) to s.t(a, a)",
                              "protected via (a, A) to s.t(a, b)",
                              "bounds [0, 1]",
                              "identifier"})
        EXPECT_TRUE(refused(parse_table_label(label))) << label;
}

TEST(TableLabels, NamesAreNeverTruncated) {
    const std::string longest(63, 'a');
    EXPECT_EQ(owner_of("protected(" + longest + ")"), longest);
    EXPECT_EQ(owner_of("protected(\"" + longest + "\")"), longest);
    EXPECT_TRUE(refused(parse_table_label("protected(" + longest + "a)")));
    EXPECT_TRUE(refused(parse_table_label("protected(\"" + longest + "a\")")));
    // A zero byte would end the name early.
    EXPECT_TRUE(refused(parse_table_label(std::string("protected(\"a\0b\")", 16))));
}

TEST(TableLabels, LinksKeepTheOrderOfTheirColumns) {
    const TableLabel parsed = parse_table_label("protected via (b, \"A\", c) to care.\"Stay\"(y, x, z)");
    const ProtectedVia* link = std::get_if<ProtectedVia>(&parsed);
    ASSERT_NE(link, nullptr);
    EXPECT_EQ(link->columns, 3);
    EXPECT_EQ(text(link->schema), "care");
    EXPECT_EQ(text(link->table), "Stay");
    const char* from[] = {"b", "A", "c"};
    const char* to[] = {"y", "x", "z"};
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(text(link->from[i]), from[i]);
        EXPECT_EQ(text(link->to[i]), to[i]);
    }
}

std::string columns(int count) {
    std::string list;
    for (int i = 0; i < count; ++i)
        list += (i == 0 ? "c" : ", c") + std::to_string(i);
    return list;
}

TEST(TableLabels, LinksHaveAtMostSixteenColumns) {
    const auto link = [](int count) { return "protected via (" + columns(count) + ") to s.t(" + columns(count) + ")"; };
    EXPECT_FALSE(refused(parse_table_label(link(kMaxLinkColumns))));
    EXPECT_TRUE(refused(parse_table_label(link(kMaxLinkColumns + 1))));
    EXPECT_TRUE(refused(parse_table_label(link(1000))));
}

TEST(TableLabels, Public) { EXPECT_TRUE(std::holds_alternative<Public>(parse_table_label(" public "))); }

TEST(ColumnLabels, KeepBoundsToTheLastDigit) {
    const ColumnLabel parsed = parse_column_label("bounds [-0.50, +1000.250]");
    const Bounds* bounds = std::get_if<Bounds>(&parsed);
    ASSERT_NE(bounds, nullptr);
    EXPECT_EQ(text(bounds->lower), "-0.50");
    EXPECT_EQ(text(bounds->upper), "1000.250");
    const std::string longest(47, '9');
    EXPECT_FALSE(refused(parse_column_label("bounds [0," + longest + "]")));
    EXPECT_TRUE(refused(parse_column_label("bounds [0," + longest + "9]")));
}

TEST(ColumnLabels, BoundsAreInOrder) {
    const char* ascending[] = {"-100", "-99.99", "-20", "-3", "-0.1", "-0.01", "0",
                               "0.01", "0.1",    "1",   "09", "10.5", "10.51", "100"};
    for (const char* lower : ascending) {
        bool passed_itself = false;
        for (const char* upper : ascending) {
            passed_itself = passed_itself || upper == lower;
            const std::string label = std::string("bounds [") + lower + "," + upper + "]";
            EXPECT_EQ(refused(parse_column_label(label)), !passed_itself || upper == lower) << label;
        }
    }
    for (const char* label :
         {"bounds [1, 1.0]", "bounds [-0, 0]", "bounds [0, -0.0]", "bounds [01, 1]", "bounds [-1, -1.00]"})
        EXPECT_TRUE(refused(parse_column_label(label))) << label;
}

TEST(ColumnLabels, RefuseWhatIsOutsideTheGrammar) {
    for (const char* label : {"",
                              "bounds",
                              "bounds []",
                              "bounds [0]",
                              "bounds [0,]",
                              "bounds [0,1",
                              "bounds [0 1]",
                              "bounds (0,1)",
                              "bounds [0,1] x",
                              "bounds [NaN,1]",
                              "bounds [0,Infinity]",
                              "bounds [0,1e3]",
                              "bounds [.,1]",
                              "bounds [.5,1]",
                              "bounds [1.,2]",
                              "bounds [--1,2]",
                              "bounds [+,2]",
                              "bounds [0x1,2]",
                              "boundsx [0,1]",
                              "identifiers",
                              "identifier identifier",
                              "quasi",
                              "quasi-identifiers",
                              "quasi - identifier",
                              "public",
                              "protected(a)"})
        EXPECT_TRUE(refused(parse_column_label(label))) << label;
    EXPECT_TRUE(std::holds_alternative<DirectIdentifier>(parse_column_label("identifier")));
    EXPECT_TRUE(std::holds_alternative<QuasiIdentifier>(parse_column_label(" quasi-identifier ")));
}

// Whatever text comes, the parser answers, and reads nothing outside of it (the sanitised build would tell).
TEST(Labels, AnyTextIsParsedOrRefused) {
    const std::string pieces[] = {"protected", "public", "via", "to",         "bounds", "(",    ")",
                                  "[",         "]",      ",",   ".",          "\"",     "\"\"", "a",
                                  "B_1",       "0.5",    "-1",  "identifier", " ",      "\xFF"};
    std::mt19937 random(20231461); // a fixed seed: the same texts every time
    int accepted = 0;
    for (int i = 0; i < 100000; ++i) {
        std::string label;
        for (unsigned count = random() % 9; count > 0; --count)
            label += pieces[random() % std::size(pieces)];
        accepted += !refused(parse_table_label(label));
        accepted += !refused(parse_column_label(label));
    }
    EXPECT_GT(accepted, 0);
}

} // namespace
} // namespace health_dp::core::labels
