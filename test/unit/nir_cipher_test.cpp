#include "core/pseudonym/nir_cipher.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

namespace health_dp::core::pseudonym {
namespace {

NirCipher cipher(std::string_view project, keys::Version version, std::uint8_t byte = 1) {
    const std::vector<std::uint8_t> key(keys::kKeyBytes, byte);
    return NirCipher::create(keys::KeyView(key), keys::Domain::parse(project).value(), version).value();
}

TEST(NirCipher, GivesWellFormedNumbersAndComesBack) {
    std::mt19937_64 random(20261124);
    const NirCipher emc2 = cipher("emc2", 1);
    std::set<std::string> seen;
    constexpr int kNumbers = 20'000;
    for (int i = 0; i < kNumbers; ++i) {
        const Nir nir = Nir::of_rank(random() % Nir::kCount, NirKey::right).value();
        const Nir encrypted = emc2.encrypt(nir, NirKey::right);
        const auto read = Nir::parse(encrypted.text());
        ASSERT_TRUE(read.ok()) << encrypted.text();
        ASSERT_EQ(read.value(), encrypted);
        ASSERT_EQ(emc2.decrypt(encrypted), nir);
        seen.emplace(encrypted.number());
    }
    EXPECT_EQ(seen.size(), std::size_t{kNumbers}) << "the draws of this seed differ, so their images do";
}

TEST(NirCipher, MarksWhatNobodyHas) {
    const Nir nir = Nir::parse("253072A07300443").value();
    const NirCipher emc2 = cipher("emc2", 1);
    const Nir right = emc2.encrypt(nir, NirKey::right);
    for (const NirKey mark : {NirKey::marked_98, NirKey::marked_99}) {
        const Nir marked = emc2.encrypt(nir, mark);
        EXPECT_EQ(marked.key(), mark);
        EXPECT_EQ(marked.number(), right.number()) << "the mark changes the key alone";
        EXPECT_FALSE(Nir::parse(marked.text()).ok());
        EXPECT_TRUE(Nir::parse_marked(marked.text()).ok());
        EXPECT_EQ(emc2.decrypt(marked), nir);
    }
}

TEST(NirCipher, DiffersByKeyProjectAndVersion) {
    const Nir nir = Nir::parse("269054958815780").value();
    std::set<std::string> seen;
    for (const std::uint8_t byte : {1, 2})
        for (const char* project : {"emc2", "emc", "2"})
            for (const keys::Version version : {1, 2, 255})
                seen.emplace(cipher(project, version, byte).encrypt(nir, NirKey::right).number());
    EXPECT_EQ(seen.size(), 18U);
    EXPECT_EQ(seen.count(std::string(nir.number())), 0U);
}

TEST(NirCipher, TellsTheNumbersOfCorsicaAndCorrezeApart) {
    const NirCipher emc2 = cipher("emc2", 1);
    EXPECT_NE(emc2.encrypt(Nir::parse("253072A07300443").value(), NirKey::right),
              emc2.encrypt(Nir::parse("253071907300443").value(), NirKey::right));
}

TEST(NirCipher, NeedsAProjectAndAVersion) {
    const std::vector<std::uint8_t> key(keys::kKeyBytes, 1);
    EXPECT_FALSE(NirCipher::create(keys::KeyView(key), keys::Domain(), 1).ok());
    EXPECT_FALSE(NirCipher::create(keys::KeyView(key), keys::Domain::parse("emc2").value(), 0).ok());
}

} // namespace
} // namespace health_dp::core::pseudonym
