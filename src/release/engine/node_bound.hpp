// The parallel part of a release: each participant scatters its share of the rows, then bounds whole partitions of all
// participants' rows, and emits exact partial totals as messages to the release node above the Gather.
#pragma once

#include "core/bounding/patients.hpp"
#include "core/grouping/dictionary.hpp"

#include "release/engine/parameters.hpp"

namespace health_dp::release {

const CustomScanMethods* bound_scan_methods();

// Handed down by the release node, in the same process, before the first tuple is asked for.
void give_parameters(PlanState* bound, const Parameters& parameters);
bool is_bound_state(const PlanState* state);

// A message: this header, then the dictionary's keys, or `groups` patient counts and sums from `first` on.
enum class MessageKind : uint32 { keys = 1, totals = 2 };
struct MessageHeader {
    MessageKind kind;
    uint32 first;
    uint32 groups;
    uint32 measurements;
};

// Adds a message to what the release node has gathered; grows `totals` as needed. Throws on malformed messages.
void absorb_message(const char* data, std::size_t size, grouping::Dictionary* dictionary, bounding::Totals* totals);

} // namespace health_dp::release
