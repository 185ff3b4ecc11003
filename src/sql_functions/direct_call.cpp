// Functions that only whoever is connected may call, and directly (src/install/95-direct-calls.sql).
#include "postgres/api.hpp"

#include "postgres/errors.hpp"

namespace {

constexpr const char* kSchema = "health_dp_guarded";

// In a SECURITY DEFINER function, the current user is its owner; in an index's, a materialized view's or a statistics
// object's expression, PostgreSQL restricts the session to what is safe there. After SET ROLE the role is the outer
// user as well, and that is the connected user's own doing.
void refuse_others(const char* name) {
    if (GetUserId() == GetOuterUserId() && !InLocalUserIdChange() && !InSecurityRestrictedOperation())
        return;
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("health_dp.%s() is called by whoever is connected, not by a function on their behalf", name),
                    errhint("Call it in a statement of your own: what it puts on record is your doing.")));
}

// The function of this name and these argument types in the guarded schema, which nobody may enter.
Oid guarded_function(Oid own) {
    HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(own));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for function %u", own);
    const auto* function = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
    refuse_others(NameStr(function->proname));
    const Oid found =
        GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(NameStr(function->proname)),
                        PointerGetDatum(&function->proargtypes), ObjectIdGetDatum(get_namespace_oid(kSchema, false)));
    ReleaseSysCache(tuple);
    if (!OidIsValid(found))
        elog(ERROR, "a guarded function is missing");
    return found;
}

} // namespace

// Each guarded function's open side: judges the caller and passes everything on. What it calls switches to its owner by
// itself, and was never open to anybody, which the function manager, unlike the executor, does not ask.
HDP_FUNCTION(hdp_direct_call) {
    FmgrInfo inner;
    fmgr_info(guarded_function(fcinfo->flinfo->fn_oid), &inner);
    inner.fn_expr = fcinfo->flinfo->fn_expr;
    LOCAL_FCINFO(call, FUNC_MAX_ARGS);
    InitFunctionCallInfoData(*call, &inner, fcinfo->nargs, fcinfo->fncollation, fcinfo->context, fcinfo->resultinfo);
    for (int i = 0; i < fcinfo->nargs; i++) {
        call->args[i] = fcinfo->args[i];
        if (inner.fn_strict && call->args[i].isnull)
            PG_RETURN_NULL();
    }
    const Datum result = FunctionCallInvoke(call);
    fcinfo->isnull = call->isnull;
    return result;
}
