// The type nir: the 15 characters of a French registration number, with Corsica's letters and with a key that fits.
#include "core/pseudonym/nir.hpp"

#include "sql_functions/byte_types.hpp"

using namespace health_dp;
using core::pseudonym::Nir;
using core::pseudonym::NirKey;

static_assert(sizeof(Nir) == Nir::kLength);

namespace {

constexpr const char* kHint =
    "Thirteen characters and a key of two, as in 2 69 05 49 588 157 80; the key is 97 minus the "
    "number modulo 97, with 2A read as 19 and 2B as 18.";

} // namespace

// nir_in(cstring) returns nir. Numbers marked as made up are values of the type as well: a dump has to come back.
HDP_FUNCTION(hdp_nir_in) {
    const char* text = PG_GETARG_CSTRING(0);
    return byte_types::read<Nir>(kHint, [&] { return Nir::parse_marked(text); });
}

// nir_out(nir) returns cstring
HDP_FUNCTION(hdp_nir_out) { PG_RETURN_CSTRING(pnstrdup(DatumGetPointer(PG_GETARG_DATUM(0)), Nir::kLength)); }

// nir_recv(internal) returns nir
HDP_FUNCTION(hdp_nir_recv) {
    auto* message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    const int size = message->len - message->cursor;
    const char* bytes = pq_getmsgbytes(message, size);
    return byte_types::read<Nir>(kHint, [&] { return Nir::parse_marked({bytes, static_cast<std::size_t>(size)}); });
}

// nir_send(nir) returns bytea
HDP_FUNCTION(hdp_nir_send) {
    StringInfoData message;
    pq_begintypsend(&message);
    pq_sendbytes(&message, DatumGetPointer(PG_GETARG_DATUM(0)), Nir::kLength);
    PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

// is_made_up(nir) returns boolean
HDP_FUNCTION(hdp_nir_is_made_up) { PG_RETURN_BOOL(byte_types::unpack<Nir>(PG_GETARG_DATUM(0)).key() != NirKey::right); }

HDP_BYTE_TYPE_OPERATORS(nir, Nir)
