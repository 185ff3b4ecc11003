// SQL functions on keys: what custodians ask of the keeper. Called through the functions of 50-keys.sql, which judge
// who may. No key comes near any of them but hdp_keys_verify, which gives none away.
#include "core/keys/provider.hpp"

#include "keys/client.hpp"
#include "keys/keys.hpp"
#include "keys/settings.hpp"
#include "postgres/errors.hpp"

using namespace health_dp;
using core::keys::CheckValue;

namespace {

Datum check_text(const CheckValue& check) {
    char text[2 * core::keys::kCheckBytes + 1];
    for (std::size_t i = 0; i < check.size(); i++)
        snprintf(text + 2 * i, 3, "%02x", check[i]);
    return CStringGetTextDatum(text);
}

// Both count microseconds.
Datum timestamp(core::keys::Microseconds since_1970) {
    return TimestampTzGetDatum(since_1970 - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY);
}

keys::Question question_of(keys::Task task) {
    keys::Question question;
    memset(static_cast<void*>(&question), 0, sizeof(question));
    question.task = task;
    return question;
}

core::keys::KeyName key_argument(FunctionCallInfo fcinfo) {
    core::keys::KeyName name;
    memcpy(name.id.data(), PG_GETARG_UUID_P(0)->data, name.id.size());
    const auto domain = core::keys::Domain::parse(text_to_cstring(PG_GETARG_TEXT_PP(1)));
    if (!domain.ok())
        ereport(ERROR, (errcode(sqlstate::kInvalidDomain), errmsg("%s", domain.error().message),
                        errhint("For example the project's name: health_dp.create_key('emc2').")));
    name.domain = domain.value();
    return name;
}

core::keys::Version version_argument(int32 version) {
    if (version < 1 || version > static_cast<int32>(core::keys::kMaxVersion))
        ereport(ERROR, (errcode(sqlstate::kUnknownDomain), errmsg("key versions go from 1 to 255"),
                        errhint("Versions: SELECT * FROM health_dp.key_versions.")));
    return static_cast<core::keys::Version>(version);
}

// A standby's catalogue cannot say what was done to its store.
void refuse_on_standby() {
    if (RecoveryInProgress())
        ereport(ERROR, (errcode(sqlstate::kKeyStore), errmsg("a standby server makes and destroys no keys"),
                        errhint("Ask the primary server, and copy its key store here.")));
}

Datum record(FunctionCallInfo fcinfo, Datum* values, bool* nulls) {
    TupleDesc description;
    if (get_call_result_type(fcinfo, nullptr, &description) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "return type must be a row type");
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(description), values, nulls));
}

// epoch, old root, new root; nulls where nothing was left to do.
Datum change(FunctionCallInfo fcinfo, const keys::Answer& answer) {
    Datum values[3] = {Int64GetDatum(static_cast<int64>(answer.epoch)), check_text(answer.old_root),
                       check_text(answer.new_root)};
    bool nulls[3] = {false, !answer.changed, !answer.changed};
    return record(fcinfo, values, nulls);
}

const char* phase_name(keys::Phase phase) {
    switch (phase) {
    case keys::Phase::absent:
    case keys::Phase::starting:
        return "starting";
    case keys::Phase::sealed:
        return "sealed";
    case keys::Phase::unavailable:
        return "unavailable";
    case keys::Phase::no_store:
        return "no key store";
    case keys::Phase::open:
        return "open";
    case keys::Phase::ended:
        break;
    }
    return "ended";
}

const char* provider_name() {
    const auto provider = core::keys::parse_provider(keys::settings::key_provider);
    return core::keys::name_of(provider.ok() ? provider.value().kind : core::keys::Provider::Kind::none);
}

} // namespace

// keeper_status() returns (provider text, state text, problem text, shares_in integer, shares_needed integer, root
// text, has_new_root boolean, epoch bigint, keys bigint)
HDP_FUNCTION(hdp_keys_status) {
    const keys::Status status = keys::keeper_status();
    const bool has_root = status.phase == keys::Phase::open || status.phase == keys::Phase::no_store;
    const bool is_open = status.phase == keys::Phase::open;
    const char* provider = postgres::entry([] { return provider_name(); });
    const bool has_shares = strcmp(provider, core::keys::name_of(core::keys::Provider::Kind::custodians)) == 0 &&
                            status.public_key[0] != '\0';
    Datum values[9] = {
        CStringGetTextDatum(provider),
        CStringGetTextDatum(phase_name(status.phase)),
        CStringGetTextDatum(status.reason.message),
        Int32GetDatum(status.shares_in),
        Int32GetDatum(status.shares_needed),
        check_text(status.root),
        BoolGetDatum(status.has_next_root),
        Int64GetDatum(static_cast<int64>(status.epoch)),
        Int64GetDatum(status.live_keys),
    };
    bool nulls[9] = {false,
                     false,
                     status.phase != keys::Phase::unavailable,
                     !has_shares,
                     !has_shares || status.shares_needed == 0,
                     !has_root,
                     !has_root,
                     !is_open,
                     !is_open};
    return record(fcinfo, values, nulls);
}

// unsealing_key() returns text
HDP_FUNCTION(hdp_keys_unsealing_key) {
    const keys::Status status = keys::keeper_status();
    if (status.public_key[0] == '\0')
        ereport(ERROR, (errcode(sqlstate::kKeysStarting), errmsg("the key keeper is starting"),
                        errhint("Try again in a moment. SELECT * FROM health_dp.key_status says why it has nothing yet "
                                "that could be sealed to.")));
    PG_RETURN_TEXT_P(cstring_to_text(status.public_key));
}

// give_share(share text) returns void
HDP_FUNCTION(hdp_keys_give_share) {
    keys::Question question = question_of(keys::Task::enter_share);
    text_to_cstring_buffer(PG_GETARG_TEXT_PP(0), question.sealed, sizeof(question.sealed));
    keys::Answer answer;
    keys::ask(question, &answer, nullptr);
    PG_RETURN_VOID();
}

// make_store() returns void
HDP_FUNCTION(hdp_keys_make_store) {
    refuse_on_standby();
    keys::Answer answer;
    keys::ask(question_of(keys::Task::create_store), &answer, nullptr);
    PG_RETURN_VOID();
}

// store_key(key_id uuid, domain text, version integer) returns text
HDP_FUNCTION(hdp_keys_store) {
    refuse_on_standby();
    keys::Question question = question_of(keys::Task::add_key);
    question.key = key_argument(fcinfo);
    question.key.version = version_argument(PG_GETARG_INT32(2));
    keys::Answer answer;
    keys::ask(question, &answer, nullptr);
    PG_RETURN_DATUM(check_text(answer.facts.check));
}

// erase_keys(key_id uuid, domain text, versions integer[]) returns (epoch bigint, old_root text, new_root text)
HDP_FUNCTION(hdp_keys_erase) {
    refuse_on_standby();
    keys::Question question = question_of(keys::Task::destroy_keys);
    question.key = key_argument(fcinfo);
    Datum* versions;
    int count;
    deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), INT4OID, sizeof(int32), true, TYPALIGN_INT, &versions, nullptr, &count);
    for (int i = 0; i < count; i++)
        question.versions.set(version_argument(DatumGetInt32(versions[i])));
    keys::Answer answer;
    keys::ask(question, &answer, nullptr);
    return change(fcinfo, answer);
}

// give_contribution(key_id uuid, domain text, version integer, slot integer, party integer, organisation text, is_last
// boolean, new_1 boolean, new_2 boolean, version_before integer, sealed text) returns (contribution text, check_value
// text, slot_1 text, slot_2 text), all but the first null until the version is made
HDP_FUNCTION(hdp_keys_give_contribution) {
    refuse_on_standby();
    keys::Question question = question_of(keys::Task::enter_contribution);
    question.key = key_argument(fcinfo);
    question.key.version = version_argument(PG_GETARG_INT32(2));
    // The tables' constraints leave 1 and 2.
    question.place = {static_cast<core::keys::Slot>(PG_GETARG_INT32(3)),
                      static_cast<core::keys::Party>(PG_GETARG_INT32(4))};
    const auto organisation = core::keys::Organisation::parse(text_to_cstring(PG_GETARG_TEXT_PP(5)));
    if (!organisation.ok())
        ereport(ERROR, (errcode(sqlstate::kNotParty), errmsg("%s", organisation.error().message),
                        errhint("Organisations: SELECT organisation FROM health_dp.key_slots.")));
    question.organisation = organisation.value();
    question.is_last = PG_GETARG_BOOL(6);
    const auto origin = [](bool is_new) {
        return is_new ? core::keys::Origin::contributions : core::keys::Origin::version_before;
    };
    question.origins = {origin(PG_GETARG_BOOL(7)), origin(PG_GETARG_BOOL(8)),
                        static_cast<core::keys::Version>(PG_GETARG_INT32(9))};
    text_to_cstring_buffer(PG_GETARG_TEXT_PP(10), question.sealed, sizeof(question.sealed));
    keys::Answer answer;
    keys::ask(question, &answer, nullptr);
    Datum values[4] = {check_text(answer.contribution), check_text(answer.facts.check), check_text(answer.slots[0]),
                       check_text(answer.slots[1])};
    bool nulls[4] = {false, !answer.found, !answer.found, !answer.found};
    return record(fcinfo, values, nulls);
}

// drop_contributions(key_id uuid, domain text, version integer) returns void
HDP_FUNCTION(hdp_keys_drop_contributions) {
    refuse_on_standby();
    keys::Question question = question_of(keys::Task::withdraw);
    question.key = key_argument(fcinfo);
    question.key.version = version_argument(PG_GETARG_INT32(2));
    keys::Answer answer;
    keys::ask(question, &answer, nullptr);
    PG_RETURN_VOID();
}

// missing_contributions(domain text, version integer) returns text
HDP_FUNCTION(hdp_keys_missing) {
    const char* domain = text_to_cstring(PG_GETARG_TEXT_PP(0));
    PG_RETURN_TEXT_P(cstring_to_text(keys::missing_contributions(domain, PG_GETARG_INT32(1))));
}

// move_root() returns (epoch bigint, old_root text, new_root text)
HDP_FUNCTION(hdp_keys_move_root) {
    refuse_on_standby();
    keys::Answer answer;
    keys::ask(question_of(keys::Task::renew_root), &answer, nullptr);
    return change(fcinfo, answer);
}

// stored_key(key_id uuid, domain text, version integer) returns (state text, check_value text, epoch bigint,
// destroyed_at timestamptz), all null where the store does not have it
HDP_FUNCTION(hdp_keys_stored) {
    keys::Question question = question_of(keys::Task::describe);
    question.key = key_argument(fcinfo);
    question.key.version = version_argument(PG_GETARG_INT32(2));
    keys::Answer answer;
    keys::ask(question, &answer, nullptr);
    const bool is_live = answer.facts.state == core::keys::KeyState::live;
    Datum values[4] = {CStringGetTextDatum(is_live ? "live" : "destroyed"), check_text(answer.facts.check),
                       Int64GetDatum(static_cast<int64>(answer.facts.epoch)), timestamp(answer.facts.destroyed)};
    bool nulls[4] = {!answer.found, !answer.found, !answer.found, !answer.found || is_live};
    return record(fcinfo, values, nulls);
}

// check_of_key(domain text, version integer) returns text: what a session would compute with, come all the way
HDP_FUNCTION(hdp_keys_check) {
    const char* domain = text_to_cstring(PG_GETARG_TEXT_PP(0));
    const core::keys::KeyName name = keys::find_key(domain, version_argument(PG_GETARG_INT32(1)));
    const CheckValue check = postgres::entry([&] {
        const core::SecretBytes key = keys::derived_key(name, core::keys::Purpose::pseudonym);
        return core::keys::check_value(key.bytes());
    });
    PG_RETURN_DATUM(check_text(check));
}
