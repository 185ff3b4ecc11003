// Which collations may compare protected values [C18].
#include "release/vetting/collations.hpp"

namespace health_dp::release {

namespace {

constexpr const char* kUseC = "Add COLLATE \"C\".";

// A collation with another version than the library's now warns when it is first used: only where a row gets that far.
bool has_its_version(Oid collation) {
    HeapTuple tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for collation %u", collation);
    bool none;
    const Datum recorded = SysCacheGetAttr(COLLOID, tuple, Anum_pg_collation_collversion, &none);
    bool same = none;
    if (!none) {
        LOCAL_FCINFO(call, 1);
        InitFunctionCallInfoData(*call, nullptr, 1, InvalidOid, nullptr, nullptr);
        call->args[0].value = ObjectIdGetDatum(collation);
        call->args[0].isnull = false;
        const Datum actual = pg_collation_actual_version(call);
        same = !call->isnull && strcmp(TextDatumGetCString(recorded), TextDatumGetCString(actual)) == 0;
    }
    ReleaseSysCache(tuple);
    return same;
}

} // namespace

CollationProblem collation_problem(Oid collation) {
    // The database's own is compared with its version when a session begins.
    if (!OidIsValid(collation) || collation == DEFAULT_COLLATION_OID || collation == C_COLLATION_OID)
        return {nullptr, nullptr};
    if (!get_collation_isdeterministic(collation))
        return {"a nondeterministic collation", kUseC};
    // Whoever makes a collation gives it its version, and can make another one of that name.
    if (collation >= FirstNormalObjectId)
        return {"a collation that is not PostgreSQL's own", kUseC};
    if (!has_its_version(collation))
        return {"a collation whose version has changed",
                "Add COLLATE \"C\", or ask the DBA for ALTER COLLATION ... REFRESH VERSION."};
    return {nullptr, nullptr};
}

} // namespace health_dp::release
