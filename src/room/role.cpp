#include "room/role.hpp"

#include "projects/catalogue.hpp"

namespace health_dp::room::role {

namespace {

constexpr const char* kName = "health_dp_room";

bool has_attributes(Form_pg_authid role) {
    return role->rolsuper || role->rolinherit || role->rolcreaterole || role->rolcreatedb || role->rolcanlogin ||
           role->rolreplication || role->rolbypassrls;
}

bool has_rows(Oid table, Oid index, AttrNumber column, Oid role) {
    ScanKeyData key;
    ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(role));
    Relation relation = table_open(table, AccessShareLock);
    SysScanDesc scan = systable_beginscan(relation, index, true, nullptr, 1, &key);
    const bool found = HeapTupleIsValid(systable_getnext(scan));
    systable_endscan(scan);
    table_close(relation, AccessShareLock);
    return found;
}

Oid owner_of(Oid catalogue, Oid object) {
    if (!is_objectclass_supported(catalogue))
        return InvalidOid;
    const int cache = get_object_catcache_oid(catalogue);
    const AttrNumber column = get_object_attnum_owner(catalogue);
    HeapTuple tuple =
        cache >= 0 && column != InvalidAttrNumber ? SearchSysCache1(cache, ObjectIdGetDatum(object)) : nullptr;
    if (!HeapTupleIsValid(tuple))
        return InvalidOid;
    bool is_null = false;
    const Datum owner = SysCacheGetAttr(cache, tuple, column, &is_null);
    ReleaseSysCache(tuple);
    return is_null ? InvalidOid : DatumGetObjectId(owner);
}

// Anybody may grant what is his own, and must not be able to stop all releases by it: it gives the role nothing that a
// release could use. What is protected, or a superuser's, is another matter; but for the tablespace of what rooms
// spill.
bool is_harmless(Form_pg_shdepend dependency) {
    if (dependency->deptype == SHARED_DEPENDENCY_OWNER)
        return false;
    if (dependency->classid == TableSpaceRelationId)
        return true;
    if (dependency->classid == RelationRelationId && projects::is_protected(dependency->objid))
        return false;
    // What has no owner by itself is a policy, a default privilege or a large object.
    const Oid owner = owner_of(dependency->classid, dependency->objid);
    return !OidIsValid(owner) || !superuser_arg(owner);
}

// Owns something, or was granted something, here or in all databases.
bool has_objects(Oid role) {
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], Anum_pg_shdepend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(AuthIdRelationId));
    ScanKeyInit(&keys[1], Anum_pg_shdepend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(role));
    Relation relation = table_open(SharedDependRelationId, AccessShareLock);
    SysScanDesc scan = systable_beginscan(relation, SharedDependReferenceIndexId, true, nullptr, 2, keys);
    bool found = false;
    HeapTuple tuple;
    while (!found && HeapTupleIsValid(tuple = systable_getnext(scan))) {
        auto* dependency = reinterpret_cast<Form_pg_shdepend>(GETSTRUCT(tuple));
        found = (dependency->dbid == MyDatabaseId || !OidIsValid(dependency->dbid)) && !is_harmless(dependency);
    }
    systable_endscan(scan);
    table_close(relation, AccessShareLock);
    return found;
}

} // namespace

Farewell check(Oid* role) {
    HeapTuple tuple = SearchSysCache1(AUTHNAME, CStringGetDatum(kName));
    if (!HeapTupleIsValid(tuple))
        return Farewell::role_missing;
    auto* form = reinterpret_cast<Form_pg_authid>(GETSTRUCT(tuple));
    *role = form->oid;
    const bool attributes = has_attributes(form);
    ReleaseSysCache(tuple);
    if (attributes || has_rows(AuthMemRelationId, AuthMemRoleMemIndexId, Anum_pg_auth_members_roleid, *role) ||
        has_rows(AuthMemRelationId, AuthMemMemRoleIndexId, Anum_pg_auth_members_member, *role) || has_objects(*role))
        return Farewell::role_not_nobody;
    return Farewell::none;
}

void step_down(Oid role) {
    if (GetSessionUserId() == role)
        return;
    // As a setting, for parallel workers, which take theirs over; it sets the process's user too.
    SetConfigOption("session_authorization", GetUserNameFromId(role, false), PGC_SUSET, PGC_S_OVERRIDE);
    if (GetSessionUserId() != role || GetUserId() != role)
        elog(ERROR, "a room could not become the role %s", kName);
}

} // namespace health_dp::room::role
