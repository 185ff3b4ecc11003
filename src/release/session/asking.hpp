// Asking a room: what a leaf node does when its first row is wanted.
#pragma once

#include "release/session/question.hpp"

namespace health_dp::release {

// What EXPLAIN calls a leaf: where the answer of a room comes in.
constexpr const char* kLeafNode = "health_dp answer";

// What a leaf's plan node carries: plain nodes, for plans are copied.
List* describe_leaf(const Question& question);

const CustomScanMethods* leaf_scan_methods();

} // namespace health_dp::release
