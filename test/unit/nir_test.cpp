#include "core/pseudonym/nir.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

namespace health_dp::core::pseudonym {
namespace {

struct Known {
    const char* number;
    const char* key;
};

// Published or fictitious numbers: the Carte Vitale specimen, the examples of python-stdnum and of idnumbers, and
// numbers computed by the rule (key = 97 - number modulo 97, 2A as 19, 2B as 18).
constexpr Known kKnown[] = {
    {"2690549588157", "80"}, {"2550814168025", "38"}, {"1841276451089", "46"}, {"2951099126111", "93"},
    {"253072B073004", "70"}, {"253072A073004", "43"}, {"255082A168025", "97"}, {"220032A008016", "42"},
    {"2832099216259", "30"}, {"1860693051023", "13"}, {"1990199100999", "83"}, {"2991297102001", "37"},
    {"1850697405123", "01"}, {"1750120123456", "44"}, {"199012A004001", "10"}, {"199122B096999", "44"},
};

std::string canonical(const std::string& text) {
    const auto nir = Nir::parse(text);
    return nir.ok() ? std::string(nir.value().text()) : "(refused)";
}

TEST(Nir, AcceptsKnownNumbers) {
    for (const Known& known : kKnown) {
        EXPECT_EQ(nir_check_key(known.number), static_cast<unsigned>(std::stoi(known.key))) << known.number;
        const std::string text = std::string(known.number) + known.key;
        EXPECT_EQ(canonical(text), text);
    }
}

TEST(Nir, HasTheKeyOfItsFirstThirteenCharactersEvenWhereTheyAreNoNumber) {
    EXPECT_EQ(nir_check_key("1000000000001"), 46U);
    EXPECT_EQ(canonical("100000000000146"), "(refused)") << "there is no month 00, and no department 00";
}

TEST(Nir, RefusesKnownMistakes) {
    for (const char* text : {"269054958815781", "255081416802539", "295109912611199", "253072C07300443",
                             "6546546546546703", "26905495881578", "269054958815700", "269054958815798"})
        EXPECT_EQ(canonical(text), "(refused)") << text;
}

TEST(Nir, KeepsCorsicaApartFromCorrezeAndCher) {
    // The arithmetic form and so the key are the same; the persons are not.
    for (const auto& [corsican, other] : {std::pair("253072A073004", "2530719073004"), //
                                          std::pair("253072B073004", "2530718073004")}) {
        ASSERT_EQ(nir_check_key(corsican), nir_check_key(other));
        const std::string key = std::to_string(nir_check_key(corsican));
        const Nir one = Nir::parse(corsican + key).value();
        const Nir two = Nir::parse(other + key).value();
        EXPECT_NE(one, two);
        EXPECT_NE(one.rank(), two.rank());
        EXPECT_EQ(one.number(), corsican);
    }
}

TEST(Nir, ReadsWhatPeopleWrite) {
    for (const char* text : {"2 69 05 49 588 157 80", "2.69.05.49.588.157.80", " 269054958815780\n", "2690549588157 80",
                             "2 69.0549588157 80  "})
        EXPECT_EQ(canonical(text), "269054958815780") << text;
    EXPECT_EQ(canonical("2 53 07 2a 073 004 43"), "253072A07300443");
    EXPECT_EQ(canonical("2 53 07 2b 073 004 70"), "253072B07300470");
    EXPECT_EQ(canonical("2 99 12 971 02 001 37"), "299129710200137");
}

TEST(Nir, RefusesSeparatorsWhereNobodyWritesThem) {
    for (const char* text : {"2  69 05 49 588 157 80", "26 9 05 49 588 157 80", "2 69 05 49 588 157 8 0",
                             ".269054958815780", "269054958815780.", "2-69-05-49-588-157-80", "2 69 05 495 88 157 80",
                             "2 69 05 49 588 157\t80", "2,69054958815780", "2690549588157 . 80"})
        EXPECT_EQ(canonical(text), "(refused)") << text;
}

std::string two_digits(unsigned number) {
    return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

// With its right key, whatever the rest.
std::string keyed(const std::string& number) { return number + two_digits(nir_check_key(number)); }

TEST(Nir, KnowsItsSexes) {
    for (char sex = '0'; sex <= '9'; ++sex) {
        const bool real = std::string("123478").find(sex) != std::string::npos;
        EXPECT_EQ(Nir::parse(keyed(sex + std::string("690549588157"))).ok(), real) << sex;
    }
}

TEST(Nir, KnowsItsMonths) {
    int months = 0;
    for (unsigned month = 0; month <= 99; ++month) {
        const bool real = (month >= 1 && month <= 12) || month == 20 || (month >= 30 && month <= 42) || month >= 50;
        EXPECT_EQ(Nir::parse(keyed("269" + two_digits(month) + "49588157")).ok(), real) << month;
        months += real ? 1 : 0;
    }
    EXPECT_EQ(months, 76);
}

TEST(Nir, KnowsItsPlaces) {
    const auto place_is_real = [](const char* place) {
        return Nir::parse(keyed(std::string("26905") + place + "157")).ok();
    };
    for (const char* place : {"01001", "19999", "20001", "2A001", "2B999", "21001", "95001", "96999", "97101", "97001",
                              "98999", "98801", "99001", "99999"})
        EXPECT_TRUE(place_is_real(place)) << place;
    for (const char* place : {"00001", "01000", "20000", "2A000", "2B000", "97100", "98800", "99000", "00000"})
        EXPECT_FALSE(place_is_real(place)) << place;
    EXPECT_FALSE(Nir::parse(keyed("2690549588000")).ok()) << "no order 000";
}

TEST(Nir, RefusesLettersElsewhere) {
    const std::string good = "253072A07300443";
    for (std::size_t at = 0; at < good.size(); ++at)
        for (const char letter : {'A', 'B', 'C', '+', '\0', '\x80'}) {
            std::string text = good;
            text[at] = letter;
            EXPECT_EQ(Nir::parse(text).ok(), text == good) << at << letter;
        }
    EXPECT_FALSE(Nir::parse("253073A07300443").ok());
}

TEST(Nir, NeverRepeatsWhatItRefuses) {
    for (const char* text : {"269054958815781", "969054958815780", "269134958815780", "269050000015780", "X", "",
                             "269054958800080", "2690549588157801"}) {
        const auto nir = Nir::parse(text);
        ASSERT_FALSE(nir.ok());
        EXPECT_EQ(std::string(nir.error().message).find(*text == '\0' ? "\n" : text), std::string::npos);
    }
}

TEST(Nir, MarkedNumbersAreReadOnlyWhereTheyAreMeant) {
    for (const auto& [key, kind] : {std::pair("98", NirKey::marked_98), std::pair("99", NirKey::marked_99)}) {
        const std::string text = std::string("2690549588157") + key;
        EXPECT_FALSE(Nir::parse(text).ok());
        ASSERT_TRUE(Nir::parse_marked(text).ok());
        EXPECT_EQ(Nir::parse_marked(text).value().key(), kind);
        EXPECT_EQ(Nir::parse_marked(text).value().text(), text);
    }
    EXPECT_EQ(Nir::parse_marked("269054958815780").value().key(), NirKey::right);
    EXPECT_FALSE(Nir::parse_marked("269054958815781").ok());
}

TEST(NirRank, GoesThereAndBack) {
    std::mt19937_64 random(20261124);
    std::vector<std::uint64_t> ranks = {0, 1, Nir::kCount - 1, Nir::kCount / 2};
    for (int i = 0; i < 200'000; ++i)
        ranks.push_back(random() % Nir::kCount);
    for (const std::uint64_t rank : ranks) {
        const Nir nir = Nir::of_rank(rank, NirKey::right).value();
        ASSERT_EQ(nir.rank(), rank);
        const auto read = Nir::parse(nir.text());
        ASSERT_TRUE(read.ok()) << nir.text();
        ASSERT_EQ(read.value(), nir);
        ASSERT_EQ(nir.key(), NirKey::right);
    }
    EXPECT_FALSE(Nir::of_rank(Nir::kCount, NirKey::right).ok());
}

TEST(NirRank, CoversEveryPlaceOnce) {
    // 100,881 places: one for each multiple of 999 among the ranks below the first change of month.
    std::set<std::string> places;
    constexpr std::uint64_t kPlaces = 98 * 999 + 20 * 99 + 999;
    for (std::uint64_t place = 0; place < kPlaces; ++place) {
        const Nir nir = Nir::of_rank(place * 999, NirKey::marked_98).value();
        EXPECT_EQ(nir.number().substr(0, 5), "10001");
        places.emplace(nir.number().substr(5, 5));
    }
    EXPECT_EQ(places.size(), kPlaces);
    EXPECT_EQ(Nir::of_rank(kPlaces * 999, NirKey::right).value().number(), "1000201001001");
}

TEST(NirRank, DoesNotDependOnTheKey) {
    const std::uint64_t rank = Nir::parse("253072A07300443").value().rank();
    EXPECT_EQ(Nir::of_rank(rank, NirKey::right).value().text(), "253072A07300443");
    EXPECT_EQ(Nir::of_rank(rank, NirKey::marked_98).value().text(), "253072A07300498");
    EXPECT_EQ(Nir::of_rank(rank, NirKey::marked_99).value().text(), "253072A07300499");
    EXPECT_EQ(Nir::of_rank(rank, NirKey::marked_99).value().rank(), rank);
}

} // namespace
} // namespace health_dp::core::pseudonym
