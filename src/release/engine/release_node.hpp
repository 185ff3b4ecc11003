// What the two kinds of release nodes have in common: rows are computed once, behind everything that could be watched,
// and kept. Reading them again gives the same values and costs nothing [C8].
#pragma once

#include <memory>

#include "release/engine/collector.hpp"

#include "postgres/api.hpp"
#include "release/session/execution.hpp"

namespace health_dp::release {

// Kept rows: keys, then outputs. Plain data in the memory context of make_rows().
struct KeptRows {
    int columns;
    int count;
    int next;
    Datum** values;
    bool** nulls;
};
KeptRows make_rows(int count, int columns);

// Sorts the rows from `first` up to `end` by their keys, never by hashing or storage [C10].
void sort_rows(KeptRows* rows, int first, int end, const KeyColumn* keys, int key_count);

// First member of a node's state.
struct ReleaseNode {
    CustomScanState css;
    Layout layout;
    Parameters parameters;
    Execution* execution; // none where a plan is only shown
    KeptRows rows;
    bool done;
};
ReleaseNode* release_node(CustomScanState* node);
PlanState* child_of(ReleaseNode* node);
MemoryContext query_context(ReleaseNode* node);

// Reads the layout and starts the child. False where a plan is only shown, and nothing else is to be done.
bool begin_node(ReleaseNode* node, EState* estate, int eflags);

// The next kept row; `run` fills them before the first one.
TupleTableSlot* execute_node(ReleaseNode* node, void (*run)(ReleaseNode*));
void end_node(CustomScanState* node);
void rescan_node(CustomScanState* node);

// Scatters the child's rows into a new collector. `owner` receives it.
TupleReader collect_rows(ReleaseNode* node, std::unique_ptr<Collector>* owner);

// Where all rows are read.
void end_child(ReleaseNode* node);

} // namespace health_dp::release
