#include "core/pseudonym/printable.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace health_dp::core {
namespace {

std::string printed(std::span<const std::uint8_t> bytes, std::string_view tag = "HDPT1") {
    return std::string(print_bytes(tag, bytes).value().view());
}

std::vector<std::uint8_t> counting(std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return bytes;
}

// The bytes, or nothing.
std::vector<std::uint8_t> read(std::string_view text, std::string_view tag = "HDPT1") {
    const auto bytes = read_printed(tag, text);
    if (!bytes.ok())
        return {};
    return {bytes.value().bytes().begin(), bytes.value().bytes().end()};
}

ErrorCode error_of(std::string_view text) {
    const auto bytes = read_printed("HDPT1", text);
    return bytes.ok() ? throw std::logic_error("it was accepted") : bytes.error().code;
}

TEST(Printable, LooksAsDocumented) {
    // Crockford's base 32 of 00 01 02 03 04 and of the first four bytes of Python's
    // hashlib.blake2b(bytes(range(5)), digest_size=16, key=b"HDPT1", person=b"health_dp check ").
    EXPECT_EQ(printed(counting(5)), "HDPT1-000G-40R4-H4HT-ZQ8");
}

TEST(Printable, EveryLengthComesBack) {
    for (std::size_t size = 1; size < 200; ++size) {
        const std::vector<std::uint8_t> bytes = counting(size);
        EXPECT_EQ(read(printed(bytes)), bytes) << size;
    }
    EXPECT_TRUE(read_printed("HDPT1", printed({})).ok()) << "no bytes, but their check";
}

TEST(Printable, MayBeWrittenAsPeopleWrite) {
    const std::vector<std::uint8_t> bytes = counting(40);
    const std::string text = printed(bytes);
    ASSERT_NE(text.find('1', 5), std::string::npos);
    ASSERT_NE(text.find('0', 5), std::string::npos);
    std::string loose = "\n ";
    for (const char c : text) {
        if (loose.size() > 10 && c == '0')
            loose += 'o';
        else if (loose.size() > 10 && c == '1')
            loose += loose.size() % 2 == 0 ? 'l' : 'I';
        else if (c == '-')
            loose += " \t\r\n";
        else
            loose += static_cast<char>(std::tolower(c));
    }
    EXPECT_EQ(read(loose + " \n"), bytes);
}

TEST(Printable, RefusesByName) {
    const std::string text = printed(counting(20));
    EXPECT_EQ(error_of(""), ErrorCode::bad_syntax);
    EXPECT_EQ(error_of("HDPT1"), ErrorCode::bad_syntax);
    EXPECT_EQ(error_of("HDPT1-"), ErrorCode::bad_syntax);
    EXPECT_EQ(error_of(text.substr(6)), ErrorCode::bad_syntax) << "without its tag";
    EXPECT_EQ(error_of("HDPS1" + text.substr(5)), ErrorCode::bad_syntax) << "another tag";
    EXPECT_EQ(error_of("HDPT1" + text.substr(6)), ErrorCode::bad_syntax) << "nothing behind the tag";
    EXPECT_EQ(error_of(text + "U"), ErrorCode::bad_syntax);
    EXPECT_EQ(error_of(text + "_"), ErrorCode::bad_syntax);
    EXPECT_EQ(error_of(text + '\0'), ErrorCode::bad_syntax);
    EXPECT_EQ(error_of(text + "\xC3\xA9"), ErrorCode::bad_syntax);
    EXPECT_EQ(error_of(text.substr(0, 7)), ErrorCode::bad_syntax) << "too short for a check";
    const auto other = read_printed("HDPT2", "HDPT2" + text.substr(5));
    EXPECT_EQ(other.error().code, ErrorCode::corrupted) << "the check covers the tag";
}

TEST(Printable, EveryMistypedCharacterIsNoticed) {
    // A code of 32 bits lets one in 2^32 through; these 14,000 are the same ones every time.
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const std::vector<std::uint8_t> bytes = counting(32);
    const std::string text = printed(bytes);
    for (std::size_t i = 6; i < text.size(); ++i) {
        if (text[i] == '-')
            continue;
        for (const char c : kAlphabet) {
            std::string changed = text;
            changed[i] = c;
            EXPECT_EQ(read(changed).empty(), c != text[i]) << changed;
        }
        for (std::size_t j = i + 1; j < text.size(); ++j) {
            std::string changed = text;
            std::swap(changed[i], changed[j]);
            EXPECT_TRUE(changed == text || text[j] == '-' || read(changed).empty()) << changed;
        }
        std::string changed = text;
        changed.erase(i, 1);
        EXPECT_TRUE(read(changed).empty()) << changed;
    }
}

TEST(Printable, AnyTextIsReadOrRefused) {
    const std::string text = printed(counting(32));
    std::mt19937 random(20241105); // a fixed seed: the same texts every time
    int accepted = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string changed = text;
        for (unsigned changes = random() % 3; changes > 0; --changes) {
            changed[random() % changed.size()] = static_cast<char>(random());
            if (random() % 4 == 0)
                changed.resize(1 + random() % 80, static_cast<char>(random()));
        }
        const std::vector<std::uint8_t> bytes = read(changed);
        accepted += bytes.empty() ? 0 : 1;
        EXPECT_TRUE(bytes.empty() || bytes == counting(32)) << changed;
    }
    EXPECT_GT(accepted, 5000) << "the unchanged ones at least";
}

} // namespace
} // namespace health_dp::core
