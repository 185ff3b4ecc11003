// What stands around a protected table in PostgreSQL itself: row-level security and the gate.
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

} // namespace

bool is_our_policy(const char* name) { return strcmp(name, kGatePolicy) == 0 || strcmp(name, kOpenPolicy) == 0; }

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

} // namespace health_dp::projects
