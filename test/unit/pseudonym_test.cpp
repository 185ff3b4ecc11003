#include "core/pseudonym/pseudonym.hpp"

#include "core/pseudonym/pseudonymiser.hpp"
#include "support/hexadecimal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace health_dp::core::pseudonym {
namespace {

constexpr std::string_view kSymbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::string text(const Pseudonym& pseudonym) {
    const auto characters = pseudonym.text();
    return {characters.data(), characters.size()};
}

Pseudonym any(std::mt19937_64& random) {
    std::array<std::uint8_t, Pseudonym::kTagBytes> tag{};
    for (std::uint8_t& byte : tag)
        byte = static_cast<std::uint8_t>(random());
    return {static_cast<keys::Version>(random() % 255 + 1), tag};
}

std::vector<Pseudonym> several() {
    std::mt19937_64 random(20261124);
    std::vector<Pseudonym> pseudonyms = {{1, std::array<std::uint8_t, 16>{}}};
    std::array<std::uint8_t, 16> ones{};
    ones.fill(0xFF);
    pseudonyms.emplace_back(keys::Version{255}, ones);
    for (int i = 0; i < 30; ++i)
        pseudonyms.push_back(any(random));
    return pseudonyms;
}

std::string symbols_of(const Pseudonym& pseudonym) {
    std::string symbols = text(pseudonym);
    symbols.erase(std::remove(symbols.begin(), symbols.end(), '-'), symbols.end());
    return symbols;
}

TEST(PseudonymText, ReadsAsItIsWritten) {
    for (const Pseudonym& pseudonym : several()) {
        const std::string written = text(pseudonym);
        ASSERT_EQ(written.size(), 37U);
        const auto read = Pseudonym::parse(written);
        ASSERT_TRUE(read.ok()) << written;
        EXPECT_EQ(read.value(), pseudonym) << written;
    }
    EXPECT_EQ(text(several()[0]).substr(0, 34), "001-0000-0000-0000-0000-0000-0000-");
    EXPECT_EQ(text(several()[1]).substr(0, 36), "255-7ZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZ");
}

TEST(PseudonymText, ReadsWhatPeopleWrite) {
    const Pseudonym pseudonym = Pseudonym::parse("001-15PV-16YV-E29V-S2AS-NW6J-G2DM-KR2").value();
    for (const char* spelling : {"00115PV16YVE29VS2ASNW6JG2DMKR2", "001 15PV 16YV E29V S2AS NW6J G2DM KR2",
                                 "001-15pv-16yv-e29v-s2as-nw6j-g2dm-kr2", " 001-15PV-16YV-E29V-S2AS-NW6J-G2DM-KR2\n",
                                 "ooi-l5PV-I6YV-E29V-S2AS-NW6J-G2DM-KR2"}) {
        ASSERT_TRUE(Pseudonym::parse(spelling).ok()) << spelling;
        EXPECT_EQ(Pseudonym::parse(spelling).value(), pseudonym) << spelling;
    }
    for (const char* other :
         {"", "001", "001-15PV-16YV-E29V-S2AS-NW6J-G2DM-KR", "001-15PV-16YV-E29V-S2AS-NW6J-G2DM-KR22",
          "001--15PV-16YV-E29V-S2AS-NW6J-G2DM-KR2", "0-0115PV-16YV-E29V-S2AS-NW6J-G2DM-KR2",
          "001-15PV-16YV-E29V-S2AS-NW6J-G2DM-KR2-", "001.15PV-16YV-E29V-S2AS-NW6J-G2DM-KR2",
          "U01-15PV-16YV-E29V-S2AS-NW6J-G2DM-KR2", "A01-15PV-16YV-E29V-S2AS-NW6J-G2DM-KR2"})
        EXPECT_FALSE(Pseudonym::parse(other).ok()) << other;
}

// Every symbol of every kind in every place. The letters that stand for digits are those digits, so they are no
// mistakes.
TEST(PseudonymText, DetectsEveryWrongSymbol) {
    for (const Pseudonym& pseudonym : several()) {
        const std::string right = symbols_of(pseudonym);
        for (std::size_t at = 0; at < right.size(); ++at)
            for (const char symbol : kSymbols) {
                std::string wrong = right;
                wrong[at] = symbol;
                ASSERT_EQ(Pseudonym::parse(wrong).ok(), symbol == right[at]) << right << " " << at << symbol;
            }
    }
}

TEST(PseudonymText, DetectsEveryTwoSymbolsThatChangePlaces) {
    for (const Pseudonym& pseudonym : several()) {
        const std::string right = symbols_of(pseudonym);
        for (std::size_t one = 0; one < right.size(); ++one)
            for (std::size_t other = one + 1; other < right.size(); ++other) {
                std::string wrong = right;
                std::swap(wrong[one], wrong[other]);
                ASSERT_EQ(Pseudonym::parse(wrong).ok(), right[one] == right[other]) << right << one << " " << other;
            }
    }
}

// The check is linear, so whether an exchange shows depends on the two symbols and their places alone. All of those:
// pseudonyms that hold the two symbols in these places and zeros elsewhere. (The first of the 26 holds 3 bits.)
TEST(PseudonymText, DetectsNeighboursOfEveryKindThatChangePlaces) {
    int seen = 0;
    for (std::size_t at = 4; at + 1 < 29; ++at)
        for (const char one : kSymbols)
            for (const char other : kSymbols) {
                std::string right = "001" + std::string(26, '0');
                right[at] = one;
                right[at + 1] = other;
                for (const char check : kSymbols)
                    if (Pseudonym::parse(right + check).ok()) {
                        std::string wrong = right + check;
                        std::swap(wrong[at], wrong[at + 1]);
                        ASSERT_EQ(Pseudonym::parse(wrong).ok(), one == other) << right;
                        ++seen;
                    }
            }
    EXPECT_EQ(seen, 24 * 32 * 32) << "exactly one check symbol fits each";
}

TEST(PseudonymText, HasOneSpellingOnly) {
    // 130 bits hold 128: a first symbol beyond 7 would name the same pseudonym twice. Versions stop at 255.
    for (const char* start : {"0018", "0000", "2560"}) {
        const std::string body = start + std::string(25, '0');
        for (const char check : kSymbols)
            EXPECT_FALSE(Pseudonym::parse(body + check).ok()) << body;
    }
}

TEST(PseudonymBinary, IsReadBackAndNothingElseIs) {
    for (const Pseudonym& pseudonym : several()) {
        const auto read = Pseudonym::from_bytes(pseudonym.bytes());
        ASSERT_TRUE(read.ok());
        EXPECT_EQ(read.value(), pseudonym);
        EXPECT_EQ(read.value().version(), pseudonym.bytes()[0]);
    }
    for (std::size_t size = 0; size <= 40; ++size)
        EXPECT_EQ(Pseudonym::from_bytes(std::vector<std::uint8_t>(size, 1)).ok(), size == 17) << size;
    EXPECT_FALSE(Pseudonym::from_bytes(std::vector<std::uint8_t>(17, 0)).ok()) << "no version 0";
}

TEST(Pseudonym, SortsByVersionAndThenAsANumber) {
    std::array<std::uint8_t, 16> low{};
    std::array<std::uint8_t, 16> high{};
    high[0] = 0x80;
    low[15] = 0xFF;
    EXPECT_LT(Pseudonym(1, low), Pseudonym(1, high));
    EXPECT_LT(Pseudonym(1, high), Pseudonym(200, low));
    auto pseudonyms = several();
    std::sort(pseudonyms.begin(), pseudonyms.end());
    for (std::size_t i = 1; i < pseudonyms.size(); ++i)
        EXPECT_LT(text(pseudonyms[i - 1]), text(pseudonyms[i])) << "the text sorts alike";
    EXPECT_FALSE(Pseudonym(1, low) == Pseudonym(2, low));
}

std::vector<std::uint8_t> counting() {
    std::vector<std::uint8_t> key(keys::kKeyBytes);
    std::iota(key.begin(), key.end(), 0);
    return key;
}

Pseudonymiser pseudonymiser(std::string_view domain, keys::Version version, std::vector<std::uint8_t> domain_key) {
    const auto key = keys::derive(keys::KeyView(domain_key), keys::Purpose::pseudonym, domain, version);
    return Pseudonymiser::create(keys::KeyView(key.value().bytes()), version).value();
}

// Computed with another implementation (Python's hmac module): what is stored today must be found tomorrow.
TEST(Pseudonymiser, GivesWhatItWillAlwaysGive) {
    const Pseudonym pseudonym = pseudonymiser("emc2", 1, counting())
                                    .pseudonymise(CanonicalIdentifier::of_nir(Nir::parse("253072A07300443").value()));
    EXPECT_EQ(test::hexadecimal(pseudonym.bytes()), "014c7f5f0ca6574ee9fbda82df019093ad");
    EXPECT_EQ(text(pseudonym), "001-2CFX-FGS9-JQ9V-MZQP-M2VW-0S14-XD6");
}

TEST(Pseudonymiser, GivesOnePersonOnePseudonymAndEachProjectItsOwn) {
    std::set<std::string> seen;
    for (const std::uint8_t first : {0, 1})
        for (const char* domain : {"emc2", "other"})
            for (const keys::Version version : {1, 2}) {
                auto key = counting();
                key[0] = first;
                const Pseudonymiser project = pseudonymiser(domain, version, key);
                const auto one = project.pseudonymise(CanonicalIdentifier::of_text("4711").value());
                EXPECT_EQ(project.pseudonymise(CanonicalIdentifier::of_text(" 4711 ").value()), one);
                EXPECT_FALSE(project.pseudonymise(CanonicalIdentifier::of_text("4712").value()) == one);
                EXPECT_EQ(one.version(), version);
                seen.insert(text(one).substr(4));
            }
    EXPECT_EQ(seen.size(), 8U) << "beyond the version as well";
    EXPECT_FALSE(Pseudonymiser::create(keys::KeyView(counting()), 0).ok());
}

} // namespace
} // namespace health_dp::core::pseudonym
