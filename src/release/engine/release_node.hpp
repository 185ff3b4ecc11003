// What the two kinds of release nodes have in common: rows are computed once, behind everything that could be watched,
// and kept. Reading them again gives the same values and costs nothing [C8].
#pragma once

#include <memory>

#include "release/engine/collector.hpp"

#include "postgres/api.hpp"
#include "release/session/execution.hpp"
#include "release/session/side_channels.hpp"
#include "room/room.hpp"

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
    Execution* execution; // none under EXPLAIN
    KeptRows rows;
    bool done;
};
ReleaseNode* release_node(CustomScanState* node);
PlanState* child_of(ReleaseNode* node);
MemoryContext query_context(ReleaseNode* node);

// Reads the layout and starts the child. False under EXPLAIN without ANALYZE, where nothing else is to be done.
bool begin_node(ReleaseNode* node, EState* estate, int eflags);

// The next kept row; `run` fills them before the first one.
TupleTableSlot* execute_node(ReleaseNode* node, void (*run)(ReleaseNode*));
void end_node(CustomScanState* node);
void rescan_node(CustomScanState* node);

// Scatters the child's rows into a new collector. `owner` receives it.
TupleReader collect_rows(ReleaseNode* node, std::unique_ptr<Collector>* owner);

// Where all rows are read.
void end_child(ReleaseNode* node);

// Reads protected rows: uncounted, without the session's clocks, and with one message for whatever fails.
template <class Body>
void read_unseen(ReleaseNode* node, Body&& body) {
    // A member's statement_timeout would be a clock on protected rows: it waits until the release is done. A room's is
    // the administrator's limit.
    TimestampTz deadlines[std::size(postgres::kSessionClocks)] = {};
    if (!node->execution->exempt && !room::in_room())
        postgres::stop_session_clocks(deadlines);
    behind_one_message([&] { uncounted(child_of(node), body); });
    postgres::restart_session_clocks(deadlines);
}

} // namespace health_dp::release
