// A source's side of the blind pseudonymisation, from identifiers to outputs. It keeps nothing in between: blinds
// follow from a secret of the source's and from the batch, which is its name, its identifiers and their order.
//
// Each of the three has its reason. The name, random for each batch: a person who comes again in another batch has
// another blind there, so the key holder cannot tell that two requests have somebody in common. The place: nor that
// somebody is twice in one. The identifiers: whoever uses a name again by mistake, for other identifiers, gets other
// blinds; and since all blinds change with any of these, the first element tells whether the same batch is finalised,
// at the price of one multiplication. A wrong blind would otherwise give wrong outputs without an error.
#pragma once

#include "core/pure.hpp"

#include "core/pseudonym/canonical.hpp"
#include "core/pseudonym/voprf_messages.hpp"

namespace health_dp::core::voprf {

class SourceBatch {
  public:
    static constexpr std::size_t kNameBytes = 16;
    using Name = std::array<std::uint8_t, kNameBytes>;
    using Secret = std::span<const std::uint8_t, Blind::kSecretBytes>;

    explicit SourceBatch(const Name& name) : name_(name) {}
    SourceBatch(const SourceBatch&) = delete;
    SourceBatch& operator=(const SourceBatch&) = delete;
    SourceBatch(SourceBatch&&) = delete;
    SourceBatch& operator=(SourceBatch&&) = delete;
    ~SourceBatch();

    // So that memory which is not wiped holds no identifier: before the first add().
    void reserve(std::size_t identifiers);

    // At most kMaxBatch.
    Result<std::monostate> add(const pseudonym::CanonicalIdentifier& identifier);

    std::size_t size() const { return ends_.size(); }

    // The same bytes whenever secret and batch are the same.
    Result<Message> request(Secret secret) const;

    // One for each identifier, in the order in which they came. `too_few` where the request was made
    // of another number of identifiers, `failed_check` where it was made with another secret or of another batch;
    // otherwise as verify_response().
    Result<std::vector<Output>> finalise(Secret secret, ByteView request, ByteView response,
                                         const Element& public_key) const;

  private:
    ByteView identifier(std::size_t place) const;
    Result<std::vector<Blind>> blinds(Secret secret) const;

    Name name_;
    std::vector<std::uint8_t> bytes_; // canonical identifiers, one after the other
    std::vector<std::size_t> ends_;
};

} // namespace health_dp::core::voprf
