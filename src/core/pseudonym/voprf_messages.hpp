// What crosses between a source and a key's holder, and nothing else does: two messages, binary, for a bytea each.
//
//   request    "HDPV"  'Q'  version 1  count (2)                                 count elements (32 each)
//   response   "HDPV"  'R'  version 1  count (2)  request (16)  key (16)         count elements, proof (64)
//
// Numbers are big-endian, counts 1 to 65,535; `request` is a digest of the whole request, `key` the key's identifier:
// they tell apart by name what would otherwise be a bad proof only. Readers take these bytes and no other, whatever
// comes.
#pragma once

#include "core/pure.hpp"

#include "core/pseudonym/key_identifier.hpp"
#include "core/pseudonym/voprf_proof.hpp"

namespace health_dp::core::voprf {

using Message = std::vector<std::uint8_t>;

Result<Message> write_request(std::span<const Element> blinded);
Result<std::vector<Element>> read_request(ByteView request);

// The key holder's whole part: reads, evaluates, proves, writes.
Result<Message> answer_request(const KeyPair& key, ByteView request);

struct Response {
    std::vector<Element> evaluated;
    Proof proof;
};

// As it stands; `mixed` where it names another request or another key.
Result<Response> read_response(ByteView response, ByteView request, const Element& public_key);

// The source's whole part but for unblinding: reads both and checks the proof.
Result<Verified> verify_response(ByteView response, ByteView request, const Element& public_key);

} // namespace health_dp::core::voprf
