// The type sealed, and what seals identifiers and opens them again.
#include "core/pseudonym/sealed.hpp"

#include "keys/undumpable.hpp"
#include "sql_functions/keyed.hpp"

using namespace health_dp;
using core::pseudonym::SealedIdentifier;
using core::pseudonym::Sealer;
using keys::Operation;

namespace {

constexpr const char* kHint =
    "What health_dp.seal_identifier() made, as it stands; the first byte is the version of its "
    "key.";

// Unchanged, once it can be one.
Datum checked(bytea* bytes) {
    postgres::entry([&] {
        const auto sealed = SealedIdentifier::from_bytes(keyed::view_of(bytes));
        if (!sealed.ok())
            postgres::throw_sql_error(sqlstate::kBadIdentifier, sealed.error().message, kHint);
    });
    PG_RETURN_BYTEA_P(bytes);
}

struct SealEngine {
    keys::Undumpable heap;
    Sealer sealer;
};

SealEngine* seal_engine(FunctionCallInfo fcinfo, Operation operation, std::string_view domain, int32 version,
                        std::string_view column, const char* motive) {
    if (column.empty() || column.size() > Sealer::kMaxColumnBytes)
        ereport(ERROR, (errcode(sqlstate::kBadIdentifier),
                        errmsg("the name of a column has 1 to %zu bytes", Sealer::kMaxColumnBytes),
                        errhint("Any name that this column keeps for good, such as 'patient.nir'.")));
    // One detail of two parts; with the first one's length, no two pairs give the same.
    const char* detail = psprintf("%zu:%.*s%s", column.size(), static_cast<int>(column.size()), column.data(), motive);
    return keyed::engine_for<SealEngine>(
        fcinfo, keyed::asked(domain, version, detail), operation, core::keys::Purpose::siv, motive, 1,
        [&](const keyed::Source& source, const core::SecretBytes& key) -> core::Result<SealEngine> {
            auto sealer = Sealer::create(key.bytes(), source.name.domain, column, source.name.version);
            if (!sealer.ok())
                return sealer.error();
            return SealEngine{keys::Undumpable(), std::move(sealer).value()};
        });
}

} // namespace

// sealed_in(cstring) returns sealed
HDP_FUNCTION(hdp_sealed_in) { return checked(DatumGetByteaPP(DirectFunctionCall1(byteain, PG_GETARG_DATUM(0)))); }

// sealed_recv(internal) returns sealed
HDP_FUNCTION(hdp_sealed_recv) { return checked(DatumGetByteaPP(DirectFunctionCall1(bytearecv, PG_GETARG_DATUM(0)))); }

// sealed(bytea) returns sealed
HDP_FUNCTION(hdp_sealed_from_bytea) { return checked(PG_GETARG_BYTEA_P_COPY(0)); }

// key_version(sealed) returns smallint
HDP_FUNCTION(hdp_sealed_version) {
    const bytea* sealed = PG_GETARG_BYTEA_PP(0);
    PG_RETURN_INT16(static_cast<int16>(keyed::view_of(sealed).front()));
}

// seal_identifier(identifier text, domain text, column_name text) returns sealed
HDP_FUNCTION(hdp_sealed_seal) {
    const std::string_view identifier = keyed::bytes_of(fcinfo, 0);
    const SealEngine* engine =
        seal_engine(fcinfo, Operation::seal, keyed::bytes_of(fcinfo, 1), 0, keyed::bytes_of(fcinfo, 2), "");
    return postgres::entry([&] {
        const auto sealed = engine->sealer.seal(identifier);
        if (!sealed.ok())
            postgres::throw_sql_error(sqlstate::kBadIdentifier, sealed.error().message,
                                      "An identifier has 1 byte to 1 MB.");
        return keyed::pack_bytes(sealed.value().bytes());
    });
}

// reidentify(sealed, domain text, motive text, column_name text) returns text
HDP_FUNCTION(hdp_sealed_open) {
    const bytea* argument = PG_GETARG_BYTEA_PP(0);
    const char* motive = text_to_cstring(PG_GETARG_TEXT_PP(2));
    const SealEngine* engine = seal_engine(fcinfo, Operation::reidentify, keyed::bytes_of(fcinfo, 1),
                                           keyed::view_of(argument).front(), keyed::bytes_of(fcinfo, 3), motive);
    return postgres::entry([&] {
        const auto sealed = SealedIdentifier::from_bytes(keyed::view_of(argument));
        if (!sealed.ok())
            postgres::throw_sql_error(sqlstate::kBadIdentifier, sealed.error().message, kHint);
        const auto identifier = engine->sealer.open(sealed.value());
        if (!identifier.ok())
            postgres::throw_sql_error(sqlstate::kDoesNotOpen, identifier.error().message,
                                      "It opens in the domain and under the column's name that it was sealed with.");
        const auto& bytes = identifier.value();
        return postgres::call([&] {
            return PointerGetDatum(
                cstring_to_text_with_len(reinterpret_cast<const char*>(bytes.data()), static_cast<int>(bytes.size())));
        });
    });
}
