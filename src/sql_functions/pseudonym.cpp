// The type pseudonym: 17 bytes, of which the first is the version of the key that made it.
#include "core/pseudonym/pseudonym.hpp"

#include "sql_functions/byte_types.hpp"

using namespace health_dp;
using core::pseudonym::Pseudonym;

static_assert(sizeof(Pseudonym) == Pseudonym::kBytes);

namespace {

constexpr const char* kTextHint =
    "A pseudonym is written like 001-0TF6-JDC3-F6E6-78WP-SJDR-SRNS-9K7; its last symbol checks the others.";
constexpr const char* kBytesHint = "A pseudonym has 17 bytes; the first is the version of its key.";

Datum from_bytes(const char* bytes, int size) {
    return byte_types::read<Pseudonym>(kBytesHint, [&] {
        return Pseudonym::from_bytes({reinterpret_cast<const std::uint8_t*>(bytes), static_cast<std::size_t>(size)});
    });
}

} // namespace

// pseudonym_in(cstring) returns pseudonym
HDP_FUNCTION(hdp_pseudonym_in) {
    const char* text = PG_GETARG_CSTRING(0);
    return byte_types::read<Pseudonym>(kTextHint, [&] { return Pseudonym::parse(text); });
}

// pseudonym_out(pseudonym) returns cstring
HDP_FUNCTION(hdp_pseudonym_out) {
    const auto text = byte_types::unpack<Pseudonym>(PG_GETARG_DATUM(0)).text();
    PG_RETURN_CSTRING(pnstrdup(text.data(), text.size()));
}

// pseudonym_recv(internal) returns pseudonym
HDP_FUNCTION(hdp_pseudonym_recv) {
    auto* message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    const int size = message->len - message->cursor;
    return from_bytes(pq_getmsgbytes(message, size), size);
}

// pseudonym_send(pseudonym) returns bytea
HDP_FUNCTION(hdp_pseudonym_send) {
    StringInfoData message;
    pq_begintypsend(&message);
    pq_sendbytes(&message, DatumGetPointer(PG_GETARG_DATUM(0)), Pseudonym::kBytes);
    PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

// pseudonym(bytea) returns pseudonym
HDP_FUNCTION(hdp_pseudonym_from_bytea) {
    const bytea* bytes = PG_GETARG_BYTEA_PP(0);
    return from_bytes(VARDATA_ANY(bytes), static_cast<int>(VARSIZE_ANY_EXHDR(bytes)));
}

// key_version(pseudonym) returns smallint
HDP_FUNCTION(hdp_pseudonym_version) {
    PG_RETURN_INT16(static_cast<int16>(byte_types::unpack<Pseudonym>(PG_GETARG_DATUM(0)).version()));
}

HDP_BYTE_TYPE_OPERATORS(pseudonym, Pseudonym)
