// Pseudonyms per second and core, beside what OpenSSL takes on its own. Usage: pseudonym_benchmark [seconds per line]
#include "core/pseudonym/date_shift.hpp"
#include "core/pseudonym/nir_cipher.hpp"
#include "core/pseudonym/pseudonymiser.hpp"
#include "core/pseudonym/sealed.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace {

using namespace health_dp::core;
using namespace health_dp::core::pseudonym;

constexpr int kIdentifiers = 1024;
constexpr int kRounds = 5;

// Of processor time, the best of some rounds: what shares the machine only ever adds.
template <class Work>
void measure(const char* what, double seconds, Work&& work) {
    double best = 0;
    for (int round = 0; round < kRounds; ++round) {
        const std::clock_t start = std::clock();
        long done = 0;
        double elapsed = 0;
        do {
            for (int i = 0; i < kIdentifiers; ++i) {
                const auto result = work(static_cast<std::size_t>(i));
                asm volatile("" : : "m"(result) : "memory"); // counts as used
            }
            done += kIdentifiers;
            elapsed = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        } while (elapsed < seconds / kRounds);
        best = std::max(best, static_cast<double>(done) / elapsed);
    }
    std::printf("| %-52s | %10.0f | %6.0f |\n", what, best, 1e9 / best);
}

std::vector<std::uint8_t> random_key(std::size_t size) {
    const SecretBytes secret = SecretBytes::generate(size).value();
    return {secret.bytes().begin(), secret.bytes().end()};
}

} // namespace

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 1;
    std::vector<Nir> nirs;
    std::vector<CanonicalIdentifier> identifiers;
    for (std::uint64_t i = 0; i < kIdentifiers; ++i) {
        nirs.push_back(Nir::of_rank(i * (Nir::kCount / kIdentifiers), NirKey::right).value());
        identifiers.push_back(CanonicalIdentifier::of_nir(nirs.back()));
    }
    const auto key = random_key(keys::kKeyBytes);
    const keys::Domain project = keys::Domain::parse("emc2").value();
    const HmacSha256 hmac = HmacSha256::create(key).value();
    const Pseudonymiser pseudonymiser = Pseudonymiser::create(keys::KeyView(key), 1).value();
    const Sealer sealer = Sealer::create(random_key(64), project, "care.patient.nir", 1).value();
    const NirCipher cipher = NirCipher::create(keys::KeyView(key), project, 1).value();
    const AesBlock aes = AesBlock::create(key).value();
    const DateShift shift = DateShift::create(keys::KeyView(key), 365).value();
    std::vector<Pseudonym> pseudonyms;
    std::vector<SealedIdentifier> sealed;
    std::vector<std::array<char, Pseudonym::kTextLength>> texts;
    for (std::size_t i = 0; i < kIdentifiers; ++i) {
        pseudonyms.push_back(pseudonymiser.pseudonymise(identifiers[i]));
        texts.push_back(pseudonyms.back().text());
        sealed.push_back(sealer.seal(nirs[i].text()).value());
    }

    std::printf("| %-52s | %10s | %6s |\n| --- | --- | --- |\n", "what, for a NIR", "per second", "ns");
    measure("SHA-256, a context of OpenSSL's each, as PostgreSQL", seconds, [&](std::size_t i) {
        std::array<std::uint8_t, 32> digest{};
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
        EVP_DigestUpdate(context, nirs[i].text().data(), nirs[i].text().size());
        EVP_DigestFinal_ex(context, digest.data(), nullptr);
        EVP_MD_CTX_free(context);
        return digest;
    });
    measure("HMAC-SHA-256, OpenSSL's HMAC()", seconds, [&](std::size_t i) {
        std::array<std::uint8_t, 32> digest{};
        const auto bytes = identifiers[i].bytes();
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(), digest.data(),
             nullptr);
        return digest;
    });
    measure("HMAC-SHA-256, prepared", seconds, [&](std::size_t i) { return hmac.digest(identifiers[i].bytes()); });
    measure("text to pseudonym", seconds, [&](std::size_t i) {
        return pseudonymiser.pseudonymise(CanonicalIdentifier::of_text(nirs[i].text()).value());
    });
    measure("text to NIR to pseudonym", seconds, [&](std::size_t i) {
        return pseudonymiser.pseudonymise(CanonicalIdentifier::of_nir(Nir::parse(nirs[i].text()).value()));
    });
    measure("pseudonym to text", seconds, [&](std::size_t i) { return pseudonyms[i].text(); });
    measure("text to pseudonym's bytes (parse)", seconds, [&](std::size_t i) {
        return Pseudonym::parse({texts[i].data(), texts[i].size()}).value();
    });
    measure("seal (AES-256-SIV)", seconds,
            [&](std::size_t i) { return sealer.seal(nirs[i].text()).value().version(); });
    measure("open (AES-256-SIV)", seconds, [&](std::size_t i) { return sealer.open(sealed[i]).value().front(); });
    measure("AES-256 of one block", seconds, [&](std::size_t) { return aes.encrypt({}); });
    measure("NIR to NIR (FF1)", seconds, [&](std::size_t i) { return cipher.encrypt(nirs[i], NirKey::marked_99); });
    measure("NIR from NIR (FF1)", seconds, [&](std::size_t i) { return cipher.decrypt(nirs[i]); });
    measure("shift of a patient's dates", seconds, [&](std::size_t i) { return shift.days(identifiers[i]); });
    return 0;
}
