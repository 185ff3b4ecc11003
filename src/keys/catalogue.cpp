// What the catalogue says about keys: names, never keys.
#include "keys/keys.hpp"

#include "postgres/errors.hpp"
#include "projects/tables.hpp"

namespace health_dp::keys {

namespace {

using projects::Scan;

// Columns in the order of src/install/50-keys.sql and 52-key-slots.sql. Upgrades append, never reorder.
namespace domain_column {
enum : AttrNumber { domain = 1, key_id, created_at, created_by, form, database };
}
namespace version_column {
enum : AttrNumber { domain = 1, version, state };
}
namespace contribution_column {
enum : AttrNumber { domain = 1, version, slot, party, organisation, entered_at };
}

struct Row {
    bool found;
    bool destroyed;
    bool pending;
    int version;
};

Datum column(const Scan& scan, HeapTuple tuple, AttrNumber number) {
    bool is_null = false;
    return projects::read_column(scan, tuple, number, &is_null); // for columns that never are
}

bool equals(Datum value, const char* word) { return strcmp(TextDatumGetCString(value), word) == 0; }

bool find_id(const char* domain, core::keys::KeyId* id, Oid* database) {
    ScanKeyData key;
    ScanKeyInit(&key, domain_column::domain, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(domain));
    Scan scan = projects::begin_scan("key_domain", "key_domain_pkey", &key, 1);
    HeapTuple tuple = projects::next_tuple(scan);
    if (HeapTupleIsValid(tuple)) {
        memcpy(id->data(), DatumGetUUIDP(column(scan, tuple, domain_column::key_id))->data, id->size());
        *database = DatumGetObjectId(column(scan, tuple, domain_column::database));
    }
    projects::end_scan(scan);
    return HeapTupleIsValid(tuple);
}

// Version 0: the current one; where there is none, one that is pending.
Row find_version(const char* domain, int version) {
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], version_column::domain, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(domain));
    ScanKeyInit(&keys[1], version_column::version, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(version));
    Scan scan = projects::begin_scan("key_version", "key_version_pkey", keys, version == 0 ? 1 : 2);
    Row row = {false, false, false, 0};
    HeapTuple tuple;
    while ((!row.found || row.pending) && HeapTupleIsValid(tuple = projects::next_tuple(scan))) {
        const Datum state = column(scan, tuple, version_column::state);
        const bool is_pending = equals(state, "pending");
        if (version == 0 && !is_pending && !equals(state, "current"))
            continue;
        row = {true, equals(state, "destroyed"), is_pending,
               DatumGetInt32(column(scan, tuple, version_column::version))};
    }
    projects::end_scan(scan);
    return row;
}

[[noreturn]] void refuse_unknown(const char* domain) {
    ereport(ERROR, (errcode(sqlstate::kUnknownDomain), errmsg("there is no domain \"%s\"", domain),
                    errhint("Domains: SELECT DISTINCT domain FROM health_dp.key_versions. A custodian makes one "
                            "with health_dp.create_key().")));
    pg_unreachable();
}

} // namespace

char* missing_contributions(const char* domain, int version) {
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], contribution_column::domain, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(domain));
    ScanKeyInit(&keys[1], contribution_column::version, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(version));
    Scan scan = projects::begin_scan("key_contribution", "key_contribution_pkey", keys, 2);
    StringInfoData missing;
    initStringInfo(&missing);
    HeapTuple tuple;
    while (HeapTupleIsValid(tuple = projects::next_tuple(scan))) {
        bool is_missing = false;
        (void)projects::read_column(scan, tuple, contribution_column::entered_at, &is_missing);
        if (is_missing)
            appendStringInfo(&missing, "%sslot %d: %s", missing.len > 0 ? "; " : "",
                             DatumGetInt32(column(scan, tuple, contribution_column::slot)),
                             TextDatumGetCString(column(scan, tuple, contribution_column::organisation)));
    }
    projects::end_scan(scan);
    return missing.data;
}

bool has_domain(const char* domain) {
    core::keys::KeyId id;
    Oid database;
    return find_id(domain, &id, &database);
}

core::pseudonym::Form find_form(const char* domain) {
    ScanKeyData key;
    ScanKeyInit(&key, domain_column::domain, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(domain));
    Scan scan = projects::begin_scan("key_domain", "key_domain_pkey", &key, 1);
    HeapTuple tuple = projects::next_tuple(scan);
    if (!HeapTupleIsValid(tuple))
        refuse_unknown(domain);
    const Datum form = column(scan, tuple, domain_column::form);
    const auto found = equals(form, "nir")      ? core::pseudonym::Form::nir
                       : equals(form, "holder") ? core::pseudonym::Form::holder
                                                : core::pseudonym::Form::text;
    projects::end_scan(scan);
    return found;
}

core::keys::KeyName find_key(const char* domain, core::keys::Version version) {
    core::keys::KeyName name;
    const auto parsed = core::keys::Domain::parse(domain);
    Oid database = InvalidOid;
    if (!parsed.ok() || !find_id(domain, &name.id, &database))
        refuse_unknown(domain);
    // A copy would have the quotas of the original once more, and its uses on no record but its own.
    if (database != MyDatabaseId)
        ereport(ERROR,
                (errcode(sqlstate::kCopiedKeys), errmsg("the keys of domain \"%s\" are another database's", domain),
                 errhint("This database is a copy or was restored. Where it may use them, a custodian says so: "
                         "SELECT health_dp.adopt_keys();")));
    const Row row = find_version(domain, version);
    if (!row.found && version != 0)
        ereport(ERROR, (errcode(sqlstate::kUnknownDomain),
                        errmsg("domain \"%s\" has no key version %d", domain, static_cast<int>(version)),
                        errhint("Versions: SELECT * FROM health_dp.key_versions.")));
    if (row.pending)
        ereport(ERROR, (errcode(sqlstate::kKeyPending),
                        errmsg("key version %d of domain \"%s\" is pending", row.version, domain),
                        errdetail("Missing contributions: %s.", missing_contributions(domain, row.version)),
                        errhint("Each organisation makes its contribution with health_dp_keys contribute, and its "
                                "custodian enters it with health_dp.enter_contribution().")));
    if (!row.found || row.destroyed)
        ereport(ERROR, (errcode(sqlstate::kKeyDestroyed),
                        version == 0 ? errmsg("the keys of domain \"%s\" were destroyed", domain)
                                     : errmsg("key version %d of domain \"%s\" was destroyed",
                                              static_cast<int>(version), domain),
                        errhint("Nobody can bring it back. Certificates: SELECT * FROM health_dp.key_certificate.")));
    name.domain = parsed.value();
    name.version = static_cast<core::keys::Version>(row.version);
    return name;
}

} // namespace health_dp::keys
