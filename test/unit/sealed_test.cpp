#include "core/pseudonym/sealed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace health_dp::core::pseudonym {
namespace {

std::vector<std::uint8_t> key_of(std::uint8_t byte) { return std::vector<std::uint8_t>(64, byte); }

Sealer sealer(std::string_view project, std::string_view column, keys::Version version = 1, std::uint8_t key = 1) {
    return Sealer::create(key_of(key), keys::Domain::parse(project).value(), column, version).value();
}

std::string opened(const Sealer& with, const SealedIdentifier& sealed) {
    const auto identifier = with.open(sealed);
    return identifier.ok() ? std::string(identifier.value().begin(), identifier.value().end()) : "(refused)";
}

TEST(SealedIdentifier, OpensWhereItWasSealedAndNowhereElse) {
    const SealedIdentifier sealed = sealer("emc2", "care.patient.nir").seal("253072A07300443").value();
    EXPECT_EQ(opened(sealer("emc2", "care.patient.nir"), sealed), "253072A07300443");
    EXPECT_EQ(sealed.version(), 1);
    EXPECT_EQ(sealed.bytes().size(), 1 + 16 + 15U);
    std::set<std::string> reasons;
    for (const Sealer& other :
         {sealer("emc", "care.patient.nir"), sealer("emc2", "care.patient.ni"), sealer("emc2", "care.patient.nir", 2),
          sealer("emc2", "care.patient.nir", 1, 3), sealer("emc2care", ".patient.nir")}) {
        const auto identifier = other.open(sealed);
        ASSERT_FALSE(identifier.ok());
        EXPECT_EQ(identifier.error().code, ErrorCode::unauthentic);
        reasons.insert(identifier.error().message);
    }
    EXPECT_EQ(reasons.size(), 1U) << "without telling why";
}

TEST(SealedIdentifier, IsAuthenticToItsLastBit) {
    const Sealer column = sealer("emc2", "care.patient.nir");
    const SealedIdentifier sealed = column.seal("253072A07300443").value();
    for (std::size_t bit = 0; bit < 8 * sealed.bytes().size(); ++bit) {
        std::vector<std::uint8_t> bytes(sealed.bytes().begin(), sealed.bytes().end());
        bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        const auto changed = SealedIdentifier::from_bytes(bytes);
        if (changed.ok())
            EXPECT_EQ(opened(column, changed.value()), "(refused)") << bit;
        else
            EXPECT_EQ(bytes[0], 0) << bit;
    }
}

TEST(SealedIdentifier, JoinsWithinItsColumnOnly) {
    const Sealer column = sealer("emc2", "care.patient.nir");
    EXPECT_EQ(column.seal("1").value(), column.seal("1").value());
    EXPECT_NE(column.seal("1").value(), column.seal("2").value());
    EXPECT_NE(column.seal("1").value(), sealer("emc2", "care.stay.nir").seal("1").value());
}

TEST(SealedIdentifier, ReadsAnyBytesOfItsSize) {
    for (std::size_t size = 0; size <= 40; ++size)
        EXPECT_EQ(SealedIdentifier::from_bytes(std::vector<std::uint8_t>(size, 9)).ok(), size >= 18) << size;
    EXPECT_FALSE(SealedIdentifier::from_bytes(std::vector<std::uint8_t>(30, 0)).ok()) << "no version 0";
    EXPECT_FALSE(sealer("emc2", "c").seal("").ok());
}

TEST(Sealer, NeedsNamesAVersionAndAWholeKey) {
    const keys::Domain project = keys::Domain::parse("emc2").value();
    EXPECT_FALSE(Sealer::create(key_of(1), keys::Domain(), "column", 1).ok());
    EXPECT_FALSE(Sealer::create(key_of(1), project, "", 1).ok());
    EXPECT_FALSE(Sealer::create(key_of(1), project, std::string(256, 'x'), 1).ok());
    EXPECT_TRUE(Sealer::create(key_of(1), project, std::string(255, 'x'), 1).ok());
    EXPECT_FALSE(Sealer::create(key_of(1), project, "column", 0).ok());
    EXPECT_FALSE(Sealer::create(std::vector<std::uint8_t>(32), project, "column", 1).ok());
}

} // namespace
} // namespace health_dp::core::pseudonym
