#include "release/engine/release_node.hpp"

#include "postgres/boundary.hpp"

namespace health_dp::release {

namespace {

template <class Element>
Element* allocate(int count) {
    return static_cast<Element*>(
        MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Element) * static_cast<Size>(Max(count, 1))));
}

struct RowOrder {
    KeyOrder order;
    Datum** values;
    bool** nulls;
};

int compare_rows(const void* a, const void* b, void* argument) {
    auto* order = static_cast<RowOrder*>(argument);
    const int left = *static_cast<const int*>(a);
    const int right = *static_cast<const int*>(b);
    return compare_keys(&order->order, order->values[left], order->nulls[left], order->values[right],
                        order->nulls[right]);
}

TupleTableSlot* next_row(ScanState* scan) {
    KeptRows* rows = &reinterpret_cast<ReleaseNode*>(scan)->rows;
    TupleTableSlot* slot = scan->ss_ScanTupleSlot;
    ExecClearTuple(slot);
    if (rows->next >= rows->count)
        return slot;
    for (int i = 0; i < slot->tts_tupleDescriptor->natts; ++i) {
        // Beyond keys and outputs stands the marker, which is for the planner only.
        slot->tts_isnull[i] = i >= rows->columns || rows->nulls[rows->next][i];
        slot->tts_values[i] = i < rows->columns ? rows->values[rows->next][i] : 0;
    }
    ++rows->next;
    return ExecStoreVirtualTuple(slot);
}

bool recheck_row(ScanState*, TupleTableSlot*) { return true; }

} // namespace

KeptRows make_rows(int count, int columns) {
    KeptRows rows = {columns, count, 0, allocate<Datum*>(count), allocate<bool*>(count)};
    for (int row = 0; row < count; ++row) {
        rows.values[row] = static_cast<Datum*>(palloc0(sizeof(Datum) * static_cast<Size>(Max(columns, 1))));
        rows.nulls[row] = static_cast<bool*>(palloc0(sizeof(bool) * static_cast<Size>(Max(columns, 1))));
    }
    return rows;
}

void sort_rows(KeptRows* rows, int first, int end, const KeyColumn* keys, int key_count) {
    const int count = end - first;
    RowOrder by_key = {make_key_order(keys, key_count), rows->values + first, rows->nulls + first};
    int* order = allocate<int>(count);
    for (int row = 0; row < count; ++row)
        order[row] = row;
    qsort_arg(order, static_cast<size_t>(count), sizeof(int), compare_rows, &by_key);
    Datum** values = allocate<Datum*>(count);
    bool** nulls = allocate<bool*>(count);
    for (int row = 0; row < count; ++row) {
        values[row] = by_key.values[order[row]];
        nulls[row] = by_key.nulls[order[row]];
    }
    memcpy(by_key.values, values, sizeof(Datum*) * static_cast<Size>(count));
    memcpy(by_key.nulls, nulls, sizeof(bool*) * static_cast<Size>(count));
    pfree(order);
    pfree(values);
    pfree(nulls);
}

ReleaseNode* release_node(CustomScanState* node) { return reinterpret_cast<ReleaseNode*>(node); }
PlanState* child_of(ReleaseNode* node) { return static_cast<PlanState*>(linitial(node->css.custom_ps)); }
MemoryContext query_context(ReleaseNode* node) { return node->css.ss.ps.state->es_query_cxt; }

bool begin_node(ReleaseNode* node, EState* estate, int eflags) {
    auto* scan = castNode(CustomScan, node->css.ss.ps.plan);
    decode_layout(linitial_node(List, scan->custom_private), &node->layout);
    node->css.custom_ps = list_make1(ExecInitNode(static_cast<Plan*>(linitial(scan->custom_plans)), estate, eflags));
    if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) != 0)
        return false;
    node->execution = current_execution();
    return true;
}

TupleTableSlot* execute_node(ReleaseNode* node, void (*run)(ReleaseNode*)) {
    if (!node->done) {
        run(node);
        node->done = true;
    }
    return ExecScan(&node->css.ss, next_row, recheck_row);
}

void end_node(CustomScanState* state) {
    ReleaseNode* node = release_node(state);
    if (state->custom_ps != NIL)
        ExecEndNode(child_of(node));
}

void rescan_node(CustomScanState* state) {
    release_node(state)->rows.next = 0;
    ExecScanReScan(&state->ss);
}

TupleReader collect_rows(ReleaseNode* node, std::unique_ptr<Collector>* owner) {
    TupleReader reader = make_tuple_reader(&node->layout, node->parameters);
    postgres::entry([&] {
        const postgres::TemporaryFile rows(query_context(node));
        const postgres::TemporaryFile keys(query_context(node));
        *owner = std::make_unique<Collector>(node->parameters, memory_limit(), rows, keys);
    });
    collect(child_of(node), node->css.ss.ps.ps_ExprContext, &reader, owner->get());
    return reader;
}

// At the executor's end, messages about temporary files would reach a client that has since turned its message level
// down. EXPLAIN ANALYZE, for exempt roles only, still wants to look at the nodes.
void end_child(ReleaseNode* node) {
    if (node->css.ss.ps.instrument != nullptr)
        return;
    ExecEndNode(child_of(node));
    node->css.custom_ps = NIL;
}

} // namespace health_dp::release
