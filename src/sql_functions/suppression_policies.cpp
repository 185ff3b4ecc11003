// SQL functions on policies of suppression.
#include "core/suppression/policy.hpp"

#include "postgres/boundary.hpp"

using namespace health_dp;
using suppression::Policy;

namespace {

constexpr int kColumns = 14;

const char* name_of(suppression::Cost cost) {
    switch (cost) {
    case suppression::Cost::values:
        break;
    case suppression::Cost::cells:
        return "cells";
    case suppression::Cost::logarithms:
        return "logarithms";
    }
    return "values";
}

void put(const Policy& policy, ReturnSetInfo* result) {
    NameData name;
    memset(&name, 0, sizeof(name));
    memcpy(NameStr(name), policy.name.data(), Min(policy.name.size(), static_cast<std::size_t>(NAMEDATALEN - 1)));
    const auto integer = [](auto number) { return Int32GetDatum(static_cast<int32>(number)); };
    Datum values[kColumns] = {NameGetDatum(&name),
                              integer(policy.patients),
                              integer(policy.units),
                              integer(policy.dominance.contributors),
                              integer(policy.dominance.percent),
                              integer(policy.p_percent),
                              BoolGetDatum(policy.hides_zeros),
                              BoolGetDatum(policy.no_class_disclosure),
                              BoolGetDatum(policy.virtual_sums),
                              BoolGetDatum(policy.singletons),
                              integer(policy.interval_lowest),
                              integer(policy.other_percent),
                              CStringGetTextDatum(name_of(policy.cost)),
                              integer(policy.rounding_base)};
    bool nulls[kColumns] = {};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

} // namespace

// suppression_presets() returns a row for each preset
HDP_FUNCTION(hdp_suppression_presets) {
    InitMaterializedSRF(fcinfo, 0);
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    for (const Policy& policy : suppression::preset_policies())
        put(policy, result);
    return Datum{0};
}
