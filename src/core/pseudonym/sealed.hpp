// The reversible family: an identifier sealed for one project and column, to be opened by whoever holds the key.
#pragma once

#include "core/pure.hpp"

#include "core/keys/domain.hpp"
#include "core/pseudonym/siv.hpp"

#include <string_view>
#include <vector>

namespace health_dp::core::pseudonym {

// The version of the key, readable, the tag of RFC 5297, and as many bytes as the identifier has. Made by a Sealer, or
// read from bytes that may be anything: only opening tells.
class SealedIdentifier {
  public:
    static constexpr std::size_t kMaxIdentifierBytes = std::size_t{1} << 20U;

    // bad_syntax where no sealed identifier has this size or version.
    static Result<SealedIdentifier> from_bytes(Bytes bytes);

    Bytes bytes() const { return bytes_; }
    keys::Version version() const { return bytes_.front(); }

    friend bool operator==(const SealedIdentifier&, const SealedIdentifier&) = default;

  private:
    friend class Sealer;
    explicit SealedIdentifier(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

    std::vector<std::uint8_t> bytes_;
};

// Project, column and version are associated data: moved to another column, a sealed identifier no longer opens, and
// the same identifier looks different there.
class Sealer {
  public:
    // A key of 64 bytes derived for the purpose `siv`. Column: whatever names it for good, 1 to kMaxColumnBytes bytes.
    static constexpr std::size_t kMaxColumnBytes = 255;
    static Result<Sealer> create(Bytes key, const keys::Domain& project, std::string_view column,
                                 keys::Version version);

    // An identifier of 1 byte to 1 MB.
    Result<SealedIdentifier> seal(std::string_view identifier) const;

    // unauthentic for another project's, column's or version's, for a changed one and for no sealed identifier at
    // all. The result is personal data: its owner sees to it that it goes nowhere else.
    Result<std::vector<std::uint8_t>> open(const SealedIdentifier& sealed) const;

  private:
    Sealer(AesSiv siv, std::string_view project, std::string_view column, keys::Version version);

    AesSiv siv_;
    std::vector<std::uint8_t> project_;
    std::vector<std::uint8_t> column_;
    std::vector<std::uint8_t> version_;
};

} // namespace health_dp::core::pseudonym
