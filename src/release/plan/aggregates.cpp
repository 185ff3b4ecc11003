#include "release/plan/aggregates.hpp"

#include "postgres/errors.hpp"

namespace health_dp::release {

Oid own_namespace() { return get_namespace_oid("health_dp", true); }

Oid own_function(const char* name, int argument_count, const Oid* argument_types) {
    const Oid space = own_namespace();
    oidvector* types = buildoidvector(argument_types, argument_count);
    const Oid function = OidIsValid(space) ? GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
                                                             PointerGetDatum(types), ObjectIdGetDatum(space))
                                           : InvalidOid;
    if (!OidIsValid(function))
        ereport(ERROR, (errcode(sqlstate::kNotLoaded), errmsg("function health_dp.%s is missing", name),
                        errhint("Run ALTER EXTENSION health_dp UPDATE, or create the extension again.")));
    return function;
}

// Objects created by initdb are never ours.
char* own_name(Oid function) {
    if (function < FirstNormalObjectId)
        return nullptr;
    const Oid space = own_namespace();
    return OidIsValid(space) && get_func_namespace(function) == space ? get_func_name(function) : nullptr;
}

AggregateKind classify_function(Oid function) {
    const char* name = own_name(function);
    if (name == nullptr)
        return AggregateKind::none;
    if (strcmp(name, "dp_count") == 0)
        return AggregateKind::count;
    if (strcmp(name, "dp_sum") == 0)
        return AggregateKind::sum;
    if (strcmp(name, "dp_avg") == 0)
        return AggregateKind::average;
    if (strcmp(name, "sc_count") == 0)
        return AggregateKind::suppressed_count;
    if (strcmp(name, "sc_hidden") == 0)
        return AggregateKind::suppressed_hidden;
    if (strcmp(name, "sc_sum") == 0)
        return AggregateKind::suppressed_sum;
    if (strcmp(name, "sc_avg") == 0)
        return AggregateKind::suppressed_average;
    if (strcmp(name, "sc_var") == 0)
        return AggregateKind::suppressed_variance;
    return AggregateKind::none;
}

AggregateKind classify_aggregate(const Aggref* aggregate, bool* with_bounds) {
    *with_bounds = list_length(aggregate->aggargtypes) == 3;
    return classify_function(aggregate->aggfnoid);
}

bool is_release_marker(const Aggref* aggregate) {
    const char* name = own_name(aggregate->aggfnoid);
    return name != nullptr && strcmp(name, "release_marker") == 0;
}

} // namespace health_dp::release
