// What stands around a protected table in PostgreSQL itself: row-level security, the gate, and the row filters of the
// projects, each of which is a policy named after its project.
#include "postgres/errors.hpp"
#include "projects/catalogue.hpp"
#include "projects/tables.hpp"

namespace health_dp::projects {

namespace {

constexpr const char* kGatePolicy = "health_dp gate";
constexpr const char* kOpenPolicy = "health_dp gate, permissive";

bool is_for_everybody(const RowSecurityPolicy* policy) {
    return ARR_DIMS(policy->roles)[0] == 1 && ((Oid*)ARR_DATA_PTR(policy->roles))[0] == ACL_ID_PUBLIC;
}

// OID of health_dp.gate().
Oid gate_function() {
    const Oid schema = get_namespace_oid(kSchema, true);
    if (!OidIsValid(schema))
        return InvalidOid;
    oidvector* no_arguments = buildoidvector(nullptr, 0);
    return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("gate"), PointerGetDatum(no_arguments),
                           ObjectIdGetDatum(schema));
}

bool calls(const Expr* condition, Oid function) {
    return condition != nullptr && IsA(condition, FuncExpr) &&
           reinterpret_cast<const FuncExpr*>(condition)->funcid == function;
}

RowSecurityPolicy* find_policy(Relation relation, const char* name) {
    if (relation->rd_rsdesc == nullptr)
        return nullptr;
    ListCell* cell;
    foreach (cell, relation->rd_rsdesc->policies) {
        RowSecurityPolicy* policy = (RowSecurityPolicy*)lfirst(cell);
        if (strcmp(policy->policy_name, name) == 0)
            return policy;
    }
    return nullptr;
}

// A project's row filter out of its policy; null when that is not there, or not in the form in which grant_table()
// wrote it: for everybody to SELECT, the gate and the filter.
Node* find_project_filter(Relation relation, int32 project_id) {
    const RowSecurityPolicy* policy = find_policy(relation, project_policy_name(project_id));
    if (policy == nullptr || !policy->permissive || policy->polcmd != ACL_SELECT_CHR || !is_for_everybody(policy) ||
        policy->qual == nullptr || !IsA(policy->qual, BoolExpr))
        return nullptr;
    const BoolExpr* both = reinterpret_cast<const BoolExpr*>(policy->qual);
    const Oid gate = gate_function();
    const bool as_written = both->boolop == AND_EXPR && list_length(both->args) == 2 && OidIsValid(gate) &&
                            calls((const Expr*)linitial(both->args), gate);
    return as_written ? (Node*)lsecond(both->args) : nullptr;
}

} // namespace

char* project_policy_name(int32 project_id) { return psprintf("health_dp project %d", project_id); }

bool is_our_policy(const char* name) {
    const char* number = strrchr(name, ' ');
    return strcmp(name, kGatePolicy) == 0 || strcmp(name, kOpenPolicy) == 0 ||
           (number != nullptr && strcmp(name, project_policy_name(atoi(number))) == 0);
}

bool has_walls(Oid relation_oid) {
    Relation relation = try_relation_open(relation_oid, AccessShareLock);
    if (relation == nullptr)
        return false;
    bool stand = relation->rd_rel->relrowsecurity && relation->rd_rel->relforcerowsecurity;
    if (stand) {
        const Oid gate = gate_function();
        const RowSecurityPolicy* policy = find_policy(relation, kGatePolicy);
        stand = OidIsValid(gate) && policy != nullptr && !policy->permissive && policy->polcmd == '*' &&
                is_for_everybody(policy) && calls(policy->qual, gate) && calls(policy->with_check_qual, gate);
    }
    relation_close(relation, AccessShareLock);
    return stand;
}

bool is_granted(int32 project_id, Oid relation_oid) {
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], grant_column::project_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(project_id));
    ScanKeyInit(&keys[1], grant_column::relation, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation_oid));
    Scan scan = begin_scan("granted_table", "granted_table_pkey", keys, 2);
    bool granted = HeapTupleIsValid(next_tuple(scan));
    end_scan(scan);
    if (!granted)
        return false;
    // The record alone grants nothing: the policy must stand as well. So neither a dropped table's number that came
    // back (after a restore, say), nor a policy that its owner dropped, turns into a grant of all rows.
    Relation relation = try_relation_open(relation_oid, AccessShareLock);
    if (relation == nullptr)
        return false;
    granted = find_project_filter(relation, project_id) != nullptr;
    relation_close(relation, AccessShareLock);
    return granted;
}

Node* row_filter(int32 project_id, Oid relation_oid, int varno) {
    Relation relation = relation_open(relation_oid, AccessShareLock);
    Node* filter = find_project_filter(relation, project_id);
    // Null means every row, so a missing policy must not come out as null.
    if (filter == nullptr)
        ereport(ERROR, (errcode(sqlstate::kNotGranted),
                        errmsg("table \"%s\" is not granted to the project", RelationGetRelationName(relation)),
                        errhint("A steward grants it with health_dp.grant_table().")));
    filter = (Node*)copyObjectImpl(filter);
    relation_close(relation, AccessShareLock);
    if (IsA(filter, Const) && !((Const*)filter)->constisnull && DatumGetBool(((Const*)filter)->constvalue))
        return nullptr;
    ChangeVarNodes(filter, 1, varno, 0);
    return filter;
}

} // namespace health_dp::projects
