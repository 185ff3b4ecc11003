// Cell-key perturbation: noise that is a function of a cell's patients, so that no repetition averages it away.
#include "core/pseudonym/hmac.hpp"
#include "core/pseudonym/pseudonym.hpp"
#include "core/suppression/cell_keys.hpp"
#include "core/suppression/rounding.hpp"

#include "sql_functions/byte_types.hpp"
#include "sql_functions/keyed.hpp"
#include "suppression/policy.hpp"

#include <optional>

using namespace health_dp;
using suppression::CellKey;
using suppression::NoiseTable;

namespace {

struct RecordEngine {
    core::pseudonym::Form form;
    core::pseudonym::HmacSha256 hmac;
};

RecordEngine* record_engine(FunctionCallInfo fcinfo, std::string_view domain) {
    return keyed::engine_for<RecordEngine>(
        fcinfo, keyed::asked(domain), keys::Operation::record_key, core::keys::Purpose::record, "", 1,
        [](const keyed::Source& source, const core::SecretBytes& key) -> core::Result<RecordEngine> {
            auto hmac = core::pseudonym::HmacSha256::create(key.bytes());
            if (!hmac.ok())
                return hmac.error();
            return RecordEngine{source.form, std::move(hmac).value()};
        });
}

// The first eight bytes of the HMAC: uniform, and secret to whoever has no key.
int64 record_key(const RecordEngine& engine, const core::pseudonym::CanonicalIdentifier& identifier) {
    const auto digest = engine.hmac.digest(identifier.bytes());
    uint64 key = 0;
    for (int i = 0; i < 8; i++)
        key = key << 8U | digest[i];
    return static_cast<int64>(key);
}

// The noise of one policy, for as long as a call site lives within a statement.
struct Noise {
    NameData policy{};
    TimestampTz statement = 0;
    std::optional<NoiseTable> table;
};

void load(Noise* noise, const char* policy) {
    const suppression::StoredPolicy stored = suppression::read_policy(policy);
    if (stored.noise_deviation == 0)
        ereport(ERROR, (errcode(sqlstate::kNoNoise), errmsg("suppression policy \"%s\" has no noise", policy),
                        errhint("A steward makes one that has: health_dp.create_suppression_policy('ours', '...', "
                                "based_on => '%s', noise_deviation => 5, noise_variance => 2).",
                                policy)));
    postgres::entry([&] {
        auto table = NoiseTable::create(stored.noise_deviation, stored.noise_variance);
        if (!table.ok())
            postgres::throw_sql_error(sqlstate::kBadPolicy, table.error().message,
                                      "Choose a smaller noise_variance, or a larger noise_deviation.");
        noise->table = std::move(table).value();
    });
    namestrcpy(&noise->policy, policy);
    noise->statement = GetCurrentStatementStartTimestamp();
}

// Far below the largest integer, so that noise and rounding never wrap around.
void check_count(int64 count) {
    if (count < 0 || count > suppression::kLargestAmount)
        ereport(ERROR,
                (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("this is no count of patients"),
                 errhint("Give count(DISTINCT patient_id), or another count of what has keys, up to " INT64_FORMAT ".",
                         static_cast<int64>(suppression::kLargestAmount))));
}

} // namespace

// record_key(patient text, domain text) returns bigint
HDP_FUNCTION(hdp_perturbation_record_key) {
    const std::string_view patient = keyed::bytes_of(fcinfo, 0);
    const RecordEngine* engine = record_engine(fcinfo, keyed::bytes_of(fcinfo, 1));
    PG_RETURN_INT64(postgres::entry([&] { return record_key(*engine, keyed::canonical(engine->form, patient)); }));
}

// record_key(patient pseudonym, domain text) returns bigint
HDP_FUNCTION(hdp_perturbation_record_key_of) {
    const auto patient = byte_types::unpack<core::pseudonym::Pseudonym>(PG_GETARG_DATUM(0)).text();
    const RecordEngine* engine = record_engine(fcinfo, keyed::bytes_of(fcinfo, 1));
    PG_RETURN_INT64(postgres::entry([&] {
        return record_key(*engine, keyed::canonical(core::pseudonym::Form::text, {patient.data(), patient.size()}));
    }));
}

// add_record_key(state bigint, key bigint) returns bigint: modulo 2^64, so that order and partial sums do not matter
HDP_FUNCTION(hdp_perturbation_add) {
    PG_RETURN_INT64(
        static_cast<int64>(static_cast<uint64>(PG_GETARG_INT64(0)) + static_cast<uint64>(PG_GETARG_INT64(1))));
}

// round_count(count bigint, cell_key bigint, base bigint) returns bigint
HDP_FUNCTION(hdp_perturbation_round) {
    const int64 count = PG_GETARG_INT64(0);
    const int64 base = PG_GETARG_INT64(2);
    if (base < 1 || base > suppression::kLargestBase)
        ereport(ERROR, (errcode(sqlstate::kBadDefinition), errmsg("a base to round to is from 1 to 1000000"),
                        errhint("As in: round_count(n, key, 5).")));
    check_count(count);
    CellKey key;
    key.add_patient(static_cast<uint64>(PG_GETARG_INT64(1)));
    PG_RETURN_INT64(suppression::round_by_key(count, base, key));
}

// perturb_count(count bigint, cell_key bigint, policy name) returns bigint
HDP_FUNCTION(hdp_perturbation_count) {
    const int64 count = PG_GETARG_INT64(0);
    const char* policy = NameStr(*PG_GETARG_NAME(2));
    check_count(count);
    auto* noise = static_cast<Noise*>(fcinfo->flinfo->fn_extra);
    if (noise == nullptr)
        fcinfo->flinfo->fn_extra = noise = postgres::own_in<Noise>(fcinfo->flinfo->fn_mcxt);
    if (!noise->table.has_value() || noise->statement != GetCurrentStatementStartTimestamp() ||
        strcmp(NameStr(noise->policy), policy) != 0)
        load(noise, policy);
    CellKey key;
    key.add_patient(static_cast<uint64>(PG_GETARG_INT64(1)));
    PG_RETURN_INT64(count + noise->table->noise(count, key));
}
