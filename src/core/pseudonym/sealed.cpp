#include "core/pseudonym/sealed.hpp"

#include "core/keys/hierarchy.hpp"

#include <array>

namespace health_dp::core::pseudonym {

namespace {

constexpr std::size_t kOverhead = 1 + AesSiv::kTagBytes;

} // namespace

Result<SealedIdentifier> SealedIdentifier::from_bytes(Bytes bytes) {
    if (bytes.size() <= kOverhead || bytes.size() > kOverhead + kMaxIdentifierBytes || bytes.front() == 0)
        return Error{ErrorCode::bad_syntax, "these bytes are no sealed identifier"};
    return SealedIdentifier({bytes.begin(), bytes.end()});
}

Sealer::Sealer(AesSiv siv, std::string_view project, std::string_view column, keys::Version version)
    : siv_(std::move(siv)), project_(project.begin(), project.end()),
      column_(column.begin(), column.end()), version_{version} {}

Result<Sealer> Sealer::create(Bytes key, const keys::Domain& project, std::string_view column, keys::Version version) {
    if (column.empty() || column.size() > kMaxColumnBytes)
        return Error{ErrorCode::out_of_range, "the name of a column has 1 to 255 bytes"};
    if (project.name().empty())
        return Error{ErrorCode::out_of_range, "an identifier is sealed for a project that has a name"};
    if (version == 0)
        return Error{ErrorCode::out_of_range, "key versions begin with 1"};
    if (key.size() != keys::derived_bytes(keys::Purpose::siv))
        return Error{ErrorCode::out_of_range, "a key that seals identifiers has 64 bytes"};
    auto siv = AesSiv::create(key);
    if (!siv.ok())
        return siv.error();
    return Sealer(std::move(siv).value(), project.name(), column, version);
}

Result<SealedIdentifier> Sealer::seal(std::string_view identifier) const {
    if (identifier.size() > SealedIdentifier::kMaxIdentifierBytes)
        return Error{ErrorCode::out_of_range, "an identifier to be sealed holds 1 byte to 1 MB"};
    const std::array<Bytes, 3> associated = {project_, column_, version_};
    const Bytes plaintext(reinterpret_cast<const std::uint8_t*>(identifier.data()), identifier.size());
    auto sealed = siv_.seal(associated, plaintext);
    if (!sealed.ok())
        return sealed.error();
    sealed.value().insert(sealed.value().begin(), version_.front());
    return SealedIdentifier(std::move(sealed).value());
}

Result<std::vector<std::uint8_t>> Sealer::open(const SealedIdentifier& sealed) const {
    // The version that is asked for, not the one that is written: another version's does not open here.
    const std::array<Bytes, 3> associated = {project_, column_, version_};
    if (sealed.version() != version_.front())
        return Error{ErrorCode::unauthentic, "the sealed value does not open"};
    return siv_.open(associated, sealed.bytes().subspan(1));
}

} // namespace health_dp::core::pseudonym
