#include "suppression/policy.hpp"

#include "postgres/errors.hpp"
#include "projects/catalogue.hpp"
#include "projects/tables.hpp"

namespace health_dp::suppression {

namespace {

using projects::Scan;

// Columns in the order of src/install/84-suppression-policies.sql. Upgrades append, never reorder.
namespace policy_column {
enum : AttrNumber {
    name = 1,
    patients,
    units,
    dominance_contributors,
    dominance_percent,
    p_percent,
    hides_zeros,
    no_class_disclosure,
    virtual_sums,
    singletons,
    interval_lowest,
    other_percent,
    cost,
    rounding_base,
    noise_deviation,
    noise_variance
};
}
namespace use_column {
enum : AttrNumber { project_id = 1, policy };
}

Cost cost_named(const char* name) {
    if (strcmp(name, "cells") == 0)
        return Cost::cells;
    return strcmp(name, "logarithms") == 0 ? Cost::logarithms : Cost::values;
}

StoredPolicy policy_of(const Scan& scan, HeapTuple tuple) {
    const auto column = [&](AttrNumber number) {
        bool is_null = false;
        const Datum value = projects::read_column(scan, tuple, number, &is_null);
        if (is_null)
            elog(ERROR, "column %d of a suppression policy is null", number);
        return value;
    };
    const auto integer = [&](AttrNumber number) { return DatumGetInt32(column(number)); };
    const auto natural = [&](AttrNumber number) { return static_cast<std::uint32_t>(DatumGetInt32(column(number))); };
    const auto truth = [&](AttrNumber number) { return DatumGetBool(column(number)); };
    StoredPolicy stored{};
    namestrcpy(&stored.name, NameStr(*DatumGetName(column(policy_column::name))));
    Policy& policy = stored.policy;
    policy.patients = integer(policy_column::patients);
    policy.units = integer(policy_column::units);
    policy.dominance = {natural(policy_column::dominance_contributors), natural(policy_column::dominance_percent)};
    policy.p_percent = natural(policy_column::p_percent);
    policy.hides_zeros = truth(policy_column::hides_zeros);
    policy.no_class_disclosure = truth(policy_column::no_class_disclosure);
    policy.virtual_sums = truth(policy_column::virtual_sums);
    policy.singletons = truth(policy_column::singletons);
    policy.interval_lowest = integer(policy_column::interval_lowest);
    policy.other_percent = natural(policy_column::other_percent);
    policy.cost = cost_named(TextDatumGetCString(column(policy_column::cost)));
    policy.rounding_base = integer(policy_column::rounding_base);
    stored.noise_deviation = integer(policy_column::noise_deviation);
    stored.noise_variance = DatumGetFloat8(column(policy_column::noise_variance));
    return stored;
}

bool find_used_policy(int32 project_id, NameData* name) {
    ScanKeyData key;
    ScanKeyInit(&key, use_column::project_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(project_id));
    Scan scan = projects::begin_scan("project_suppression", "project_suppression_pkey", &key, 1);
    HeapTuple tuple = projects::next_tuple(scan);
    bool is_null = false;
    if (HeapTupleIsValid(tuple))
        namestrcpy(name, NameStr(*DatumGetName(projects::read_column(scan, tuple, use_column::policy, &is_null))));
    projects::end_scan(scan);
    return HeapTupleIsValid(tuple);
}

[[noreturn]] void refuse_unknown_policy(const char* name) {
    ereport(ERROR, (errcode(sqlstate::kUnknownPolicy), errmsg("there is no suppression policy \"%s\"", name),
                    errhint("Policies: SELECT name FROM health_dp.suppression_policies.")));
    pg_unreachable();
}

} // namespace

StoredPolicy read_policy(const char* name) {
    if (strlen(name) >= NAMEDATALEN) // truncated, it could be another one's
        refuse_unknown_policy(name);
    NameData key_name;
    namestrcpy(&key_name, name);
    ScanKeyData key;
    ScanKeyInit(&key, policy_column::name, BTEqualStrategyNumber, F_NAMEEQ, NameGetDatum(&key_name));
    Scan scan = projects::begin_scan("suppression_policy", "suppression_policy_pkey", &key, 1);
    HeapTuple tuple = projects::next_tuple(scan);
    if (!HeapTupleIsValid(tuple))
        refuse_unknown_policy(name);
    const StoredPolicy stored = policy_of(scan, tuple);
    projects::end_scan(scan);
    return stored;
}

StoredPolicy read_project_policy(int32 project_id) {
    projects::Project project;
    if (!projects::find_project_by_id(project_id, &project))
        ereport(ERROR, (errcode(sqlstate::kUnknownProject), errmsg("there is no project number %d", project_id),
                        errhint("Projects: SELECT id, name FROM health_dp.projects.")));
    StoredPolicy stored{};
    NameData name;
    if (find_used_policy(project_id, &name))
        stored = read_policy(NameStr(name));
    stored.policy.patients = Max(stored.policy.patients, static_cast<Amount>(project.min_cell));
    return stored;
}

} // namespace health_dp::suppression
