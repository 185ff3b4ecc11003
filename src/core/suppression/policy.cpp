#include "core/suppression/policy.hpp"

#include <algorithm>
#include <iterator>

namespace health_dp::suppression {

namespace {

constexpr Policy kPresets[] = {
    // Secure access to health data in France: no result on fewer than 11 patients, nor fewer than 11 stays.
    {.name = "casd_health", .patients = 11, .units = 11, .no_class_disclosure = true},
    // French business statistics: three contributors, none of them above 85 %.
    {.name = "insee", .patients = 3, .dominance = {1, 85}},
    // PCORnet and the programmes of CMS: cells of 1 to 10 are not shown.
    {.name = "pcornet", .patients = 11},
    // Hospital statistics of the NHS: 1 to 7 are not shown, the rest is rounded to multiples of 5.
    {.name = "nhs", .patients = 8, .rounding_base = 5},
    // The default smallest cell of OHDSI's tools.
    {.name = "ohdsi", .patients = 5},
};

} // namespace

std::span<const Policy> preset_policies() { return kPresets; }

const Policy* preset_policy(std::string_view name) {
    const auto* found = std::find_if(std::begin(kPresets), std::end(kPresets),
                                     [name](const Policy& policy) { return policy.name == name; });
    return found == std::end(kPresets) ? nullptr : found;
}

} // namespace health_dp::suppression
