#include "core/bounding/patient.hpp"

#include <cstring>
#include <sodium.h>

namespace health_dp::bounding {

std::uint64_t group_rank(const ChoiceKey& key, const PatientKey& patient, const GroupDigest& group) {
    static_assert(crypto_shorthash_KEYBYTES == sizeof(ChoiceKey) && crypto_shorthash_BYTES == sizeof(std::uint64_t));
    std::array<std::uint8_t, 32> message{};
    std::memcpy(message.data(), &patient.low, 8);
    std::memcpy(message.data() + 8, &patient.high, 8);
    std::memcpy(message.data() + 16, group.data(), 16);
    std::uint64_t rank = 0;
    crypto_shorthash(reinterpret_cast<unsigned char*>(&rank), message.data(), message.size(), key.data());
    return rank;
}

PatientKey digest_patient(const ChoiceKey& key, const void* bytes, std::size_t size) {
    static_assert(crypto_shorthash_siphashx24_BYTES == 16 && crypto_shorthash_siphashx24_KEYBYTES == 16);
    std::array<unsigned char, 16> digest{};
    crypto_shorthash_siphashx24(digest.data(), static_cast<const unsigned char*>(bytes), size, key.data());
    PatientKey patient;
    std::memcpy(&patient.low, digest.data(), 8);
    std::memcpy(&patient.high, digest.data() + 8, 8);
    return patient;
}

} // namespace health_dp::bounding
