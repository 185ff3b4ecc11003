// From identifiers to what may stand for them: pseudonyms, other NIRs, moved dates. Each use of a key is counted [C23].
#include "core/pseudonym/date_shift.hpp"
#include "core/pseudonym/nir_cipher.hpp"
#include "core/pseudonym/pseudonymiser.hpp"

#include "keys/undumpable.hpp"
#include "sql_functions/byte_types.hpp"
#include "sql_functions/keyed.hpp"

using namespace health_dp;
using namespace health_dp::core::pseudonym;
using keys::Operation;

namespace {

struct PseudonymEngine {
    Form form;
    Pseudonymiser pseudonymiser;
};

PseudonymEngine* pseudonym_engine(FunctionCallInfo fcinfo, std::string_view domain, int32 version) {
    return keyed::engine_for<PseudonymEngine>(
        fcinfo, keyed::asked(domain, version), Operation::pseudonymise, core::keys::Purpose::pseudonym, "", 1,
        [](const keyed::Source& source, const core::SecretBytes& key) -> core::Result<PseudonymEngine> {
            auto pseudonymiser = Pseudonymiser::create(keyed::view_of(key), source.name.version);
            if (!pseudonymiser.ok())
                return pseudonymiser.error();
            return PseudonymEngine{source.form, std::move(pseudonymiser).value()};
        });
}

Datum pseudonymise_text(FunctionCallInfo fcinfo, int32 version) {
    const std::string_view identifier = keyed::identifier_argument(fcinfo, 0);
    const PseudonymEngine* engine = pseudonym_engine(fcinfo, keyed::bytes_of(fcinfo, 1), version);
    return byte_types::pack(postgres::entry(
        [&] { return engine->pseudonymiser.pseudonymise(keyed::canonical(engine->form, identifier)); }));
}

Datum pseudonymise_nir(FunctionCallInfo fcinfo, int32 version) {
    const Nir nir = byte_types::unpack<Nir>(PG_GETARG_DATUM(0));
    const PseudonymEngine* engine = pseudonym_engine(fcinfo, keyed::bytes_of(fcinfo, 1), version);
    if (engine->form != Form::nir)
        ereport(ERROR, (errcode(sqlstate::kOtherForm), errmsg("this domain does not identify persons by their NIR"),
                        errhint("%s", keyed::hint_of(engine->form))));
    if (nir.key() != NirKey::right)
        ereport(ERROR, (errcode(sqlstate::kBadIdentifier), errmsg("a NIR that is marked as made up is nobody's"),
                        errhint("health_dp.reidentify_nir() gives back the number it was made from.")));
    return byte_types::pack(
        postgres::entry([&] { return engine->pseudonymiser.pseudonymise(CanonicalIdentifier::of_nir(nir)); }));
}

struct NirEngine {
    keys::Undumpable heap;
    NirCipher cipher;
};

NirEngine* nir_engine(FunctionCallInfo fcinfo, Operation operation, std::string_view domain, int32 version,
                      const char* motive) {
    return keyed::engine_for<NirEngine>(
        fcinfo, keyed::asked(domain, version, motive), operation, core::keys::Purpose::ff1, motive, 1,
        [](const keyed::Source& source, const core::SecretBytes& key) -> core::Result<NirEngine> {
            keys::Undumpable heap;
            auto cipher = NirCipher::create(keyed::view_of(key), source.name.domain, source.name.version);
            if (!cipher.ok())
                return cipher.error();
            return NirEngine{std::move(heap), std::move(cipher).value()};
        });
}

NirKey check_key_argument(std::string_view name) {
    if (name == "right")
        return NirKey::right;
    if (name == "98")
        return NirKey::marked_98;
    if (name != "99")
        ereport(ERROR, (errcode(sqlstate::kBadIdentifier), errmsg("there is no such check key"),
                        errhint("98 and 99 mark a number as nobody's; right gives one that may be another person's.")));
    return NirKey::marked_99;
}

struct ShiftEngine {
    Form form;
    DateShift shift;
};

ShiftEngine* shift_engine(FunctionCallInfo fcinfo, std::string_view domain, int32 window) {
    if (window < 1 || window > DateShift::kMaxWindowDays)
        ereport(ERROR,
                (errcode(sqlstate::kBadIdentifier), errmsg("a window has 1 to %d days", DateShift::kMaxWindowDays),
                 errhint("A shift is anything from -window to +window days, the same for all dates of a "
                         "patient.")));
    return keyed::engine_for<ShiftEngine>(
        fcinfo, keyed::asked(domain, 0, {}, window), Operation::shift_date, core::keys::Purpose::shift, "", 1,
        [&](const keyed::Source& source, const core::SecretBytes& key) -> core::Result<ShiftEngine> {
            auto shift = DateShift::create(keyed::view_of(key), window);
            if (!shift.ok())
                return shift.error();
            return ShiftEngine{source.form, std::move(shift).value()};
        });
}

Datum moved(DateADT date, int days) {
    if (DATE_NOT_FINITE(date))
        PG_RETURN_DATEADT(date);
    const int64 result = static_cast<int64>(date) + days;
    if (!IS_VALID_DATE(result))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("a shifted date is out of range")));
    PG_RETURN_DATEADT(static_cast<DateADT>(result));
}

} // namespace

// pseudonymise(identifier text, domain text) returns pseudonym
HDP_FUNCTION(hdp_pseudonymise_text) { return pseudonymise_text(fcinfo, 0); }

// pseudonymise(identifier text, domain text, version integer) returns pseudonym
HDP_FUNCTION(hdp_pseudonymise_text_version) { return pseudonymise_text(fcinfo, PG_GETARG_INT32(2)); }

// pseudonymise(identifier nir, domain text) returns pseudonym
HDP_FUNCTION(hdp_pseudonymise_nir) { return pseudonymise_nir(fcinfo, 0); }

// pseudonymise(identifier nir, domain text, version integer) returns pseudonym
HDP_FUNCTION(hdp_pseudonymise_nir_version) { return pseudonymise_nir(fcinfo, PG_GETARG_INT32(2)); }

// pseudonymise_nir(identifier nir, domain text, check_key text) returns nir
HDP_FUNCTION(hdp_pseudonymise_to_nir) {
    const Nir nir = byte_types::unpack<Nir>(PG_GETARG_DATUM(0));
    const NirKey key = check_key_argument(keyed::bytes_of(fcinfo, 2));
    const NirEngine* engine = nir_engine(fcinfo, Operation::pseudonymise_nir, keyed::bytes_of(fcinfo, 1), 0, "");
    return byte_types::pack(postgres::entry([&] { return engine->cipher.encrypt(nir, key); }));
}

// reidentify_nir(pseudonymised nir, domain text, motive text, version integer) returns nir
HDP_FUNCTION(hdp_pseudonymise_from_nir) {
    const Nir nir = byte_types::unpack<Nir>(PG_GETARG_DATUM(0));
    const char* motive = text_to_cstring(PG_GETARG_TEXT_PP(2));
    const NirEngine* engine =
        nir_engine(fcinfo, Operation::reidentify, keyed::bytes_of(fcinfo, 1), PG_GETARG_INT32(3), motive);
    return byte_types::pack(postgres::entry([&] { return engine->cipher.decrypt(nir); }));
}

// shift_date(day date, patient text, domain text, window_days integer) returns date
HDP_FUNCTION(hdp_pseudonymise_date) {
    const std::string_view patient = keyed::identifier_argument(fcinfo, 1);
    const ShiftEngine* engine = shift_engine(fcinfo, keyed::bytes_of(fcinfo, 2), PG_GETARG_INT32(3));
    const int days = postgres::entry([&] { return engine->shift.days(keyed::canonical(engine->form, patient)); });
    return moved(PG_GETARG_DATEADT(0), days);
}

// shift_date(day date, patient pseudonym, domain text, window_days integer) returns date
HDP_FUNCTION(hdp_pseudonymise_date_of) {
    const auto patient = byte_types::unpack<Pseudonym>(PG_GETARG_DATUM(1)).text();
    const ShiftEngine* engine = shift_engine(fcinfo, keyed::bytes_of(fcinfo, 2), PG_GETARG_INT32(3));
    const int days = postgres::entry([&] {
        return engine->shift.days(keyed::canonical(Form::text, {patient.data(), patient.size()}));
    });
    return moved(PG_GETARG_DATEADT(0), days);
}
