// The release node: charges, has the rows bounded, adds noise, selects groups, and hands out the released rows. What it
// computed once it keeps: reading it again gives the same values and costs nothing [C8].
#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "release/collector.hpp"
#include "release/mechanisms.hpp"
#include "release/node_bound.hpp"
#include "release/nodes.hpp"
#include "release/results.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"
#include "release/observation.hpp"

namespace health_dp::release {

namespace {

// A group on its way out: plain data.
struct ReleasedGroup {
    const char* key;
    int key_size;
};

struct Work {
    std::unique_ptr<Mechanisms> mechanisms;
    std::unique_ptr<Collector> collector;
    std::unique_ptr<bounding::Totals> totals;
    grouping::Dictionary dictionary; // of what a parallel scan sent
    std::vector<ReleasedGroup> released;
    std::vector<NoisyValue> values; // of released groups, one per output
};

struct ReleaseState {
    CustomScanState css;
    Layout layout;
    Parameters parameters;
    Execution* execution;
    Work* work;
    bool done;
    int rows;
    int next;
    Datum** values; // per row: keys, then outputs
    bool** nulls;
};

ReleaseState* state_of(CustomScanState* node) { return reinterpret_cast<ReleaseState*>(node); }
PlanState* child_of(ReleaseState* state) { return static_cast<PlanState*>(linitial(state->css.custom_ps)); }
MemoryContext query_context(ReleaseState* state) { return state->css.ss.ps.state->es_query_cxt; }

void add_measurement(Parameters* parameters, bounding::MeasurementKind kind, int input) {
    parameters->measurement[parameters->measurements++] = {kind, input};
}

// Evaluates the bounds and lays out what is measured: before the charge, from the query alone.
void fix_parameters(ReleaseState* state) {
    Parameters& parameters = state->parameters;
    const Layout& layout = state->layout;
    parameters.max_rows = static_cast<uint32>(state->execution->max_rows);
    parameters.max_groups = layout.specification.grouped != 0 ? static_cast<uint32>(state->execution->max_groups) : 1;
    parameters.owner_bytes = owner_is_word(layout.owner_type) ? 8 : 16;
    auto* scan = castNode(CustomScan, state->css.ss.ps.plan);
    ExprContext* context = state->css.ss.ps.ps_ExprContext;
    List* bounds = ExecInitExprList(scan->custom_exprs, &state->css.ss.ps);
    parameters.inputs = layout.inputs;
    for (int i = 0; i < layout.inputs; ++i) {
        const InputLayout& input = layout.input[i];
        if (input.bounds < 0)
            continue;
        bool lower_null, upper_null;
        const Datum lower =
            ExecEvalExprSwitchContext(static_cast<ExprState*>(list_nth(bounds, input.bounds)), context, &lower_null);
        const Datum upper = ExecEvalExprSwitchContext(static_cast<ExprState*>(list_nth(bounds, input.bounds + 1)),
                                                      context, &upper_null);
        place_on_grid(input.type, lower, lower_null, upper, upper_null, &parameters.input[i]);
    }
    for (int i = 0; i < layout.outputs; ++i) {
        const OutputLayout& output = layout.output[i];
        if (output.input < 0)
            continue;
        switch (output.kind) {
        case OutputKind::count:
            add_measurement(&parameters,
                            output.patients ? bounding::MeasurementKind::patients : bounding::MeasurementKind::rows,
                            output.input);
            break;
        case OutputKind::sum:
            add_measurement(&parameters, bounding::MeasurementKind::sum, output.input);
            break;
        case OutputKind::average:
            add_measurement(&parameters, bounding::MeasurementKind::centred_total, output.input);
            add_measurement(&parameters, bounding::MeasurementKind::rows, output.input);
            break;
        case OutputKind::variance:
        case OutputKind::hidden:
            elog(ERROR, "an output of another kind of release");
        }
    }
}

void begin_release(CustomScanState* node, EState* estate, int eflags) {
    ReleaseState* state = state_of(node);
    auto* scan = castNode(CustomScan, node->ss.ps.plan);
    decode_layout(linitial_node(List, scan->custom_private), &state->layout);
    node->custom_ps = list_make1(ExecInitNode(static_cast<Plan*>(linitial(scan->custom_plans)), estate, eflags));
    // Cached plans come here without the planner hook; EXPLAIN EXECUTE would show their estimates.
    refuse_observers(is_exempt());
    if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) != 0)
        return;
    state->execution = find_execution(estate, state->layout.specification);
    fix_parameters(state);
    state->work = postgres::own_in<Work>(query_context(state));
    postgres::entry([&] {
        if (!make_shape(state->parameters).valid())
            postgres::throw_sql_error(sqlstate::kBadLimit, "this release cannot be bounded",
                                      "Use fewer than 2^20 groups and rows per patient.");
        state->work->mechanisms =
            std::make_unique<Mechanisms>(state->parameters, state->layout.specification, *state->execution);
    });
}

// The serial engine: rows straight from the child.
void bound_here(ReleaseState* state) {
    TupleReader reader = make_tuple_reader(&state->layout, state->parameters);
    Work* work = state->work;
    postgres::entry([&] {
        work->collector = std::make_unique<Collector>(state->parameters, memory_limit(),
                                                      postgres::TemporaryFile(query_context(state)));
    });
    collect(child_of(state), state->css.ss.ps.ps_ExprContext, &reader, work->collector.get());
    postgres::entry([&] {
        work->totals = bound_collected(work->collector.get(), state->parameters);
        work->dictionary = std::move(work->collector->dictionary());
        work->collector.reset();
    });
}

// The parallel engine: exact partial totals from the participants, through the Gather.
void gather_totals(ReleaseState* state) {
    Work* work = state->work;
    postgres::entry([&] {
        work->totals = std::make_unique<bounding::Totals>(0, static_cast<std::size_t>(state->parameters.measurements));
    });
    for (;;) {
        TupleTableSlot* slot = ExecProcNode(child_of(state));
        if (TupIsNull(slot))
            break;
        slot_getallattrs(slot);
        auto* message = reinterpret_cast<varlena*>(PG_DETOAST_DATUM_PACKED(slot->tts_values[0]));
        postgres::entry([&] {
            absorb_message(VARDATA_ANY(message), VARSIZE_ANY_EXHDR(message), &work->dictionary, work->totals.get());
        });
    }
    postgres::entry([&] {
        const std::size_t groups = work->dictionary.size();
        work->totals->patients.resize(groups, 0);
        work->totals->sums.resize(groups * work->totals->measurements, 0);
    });
}

// Selects groups and adds noise; afterwards nothing exact is left.
void add_noise(ReleaseState* state) {
    Work* work = state->work;
    const Layout& layout = state->layout;
    // Without GROUP BY there is always exactly one group, also over an empty table [C11].
    if (layout.specification.grouped == 0)
        work->dictionary.number({});
    const std::size_t groups = work->dictionary.size();
    work->totals->patients.resize(groups, 0);
    work->totals->sums.resize(groups * work->totals->measurements, 0);
    const auto digests = digest_groups(work->dictionary, state->parameters.group_key);
    for (std::size_t group = 0; group < groups; ++group) {
        if (!work->mechanisms->keep(digests[group], work->totals->patients[group]))
            continue;
        const auto key = work->dictionary.key(static_cast<grouping::GroupNumber>(group));
        work->released.push_back({key.data(), static_cast<int>(key.size())});
        const auto noisy = [&](int measurement) {
            const auto index = static_cast<std::size_t>(measurement);
            return work->totals->sums[group * work->totals->measurements + index] +
                   work->mechanisms->noise(static_cast<std::uint32_t>(measurement), digests[group]);
        };
        for (int i = 0; i < layout.outputs; ++i) {
            NoisyValue value = {0, 0};
            if (layout.output[i].input >= 0) {
                const int measurement = first_measurement(layout, i);
                value.first = noisy(measurement);
                if (layout.output[i].kind == OutputKind::average)
                    value.second = noisy(measurement + 1);
            }
            work->values.push_back(value);
        }
    }
    work->totals.reset();
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

// Released groups to Datums, in the canonical order of their keys, never that of hashing or storage [C10].
void store_rows(ReleaseState* state) {
    const Layout& layout = state->layout;
    const int keys = layout.specification.keys;
    const int columns = keys + layout.outputs;
    TupleReader reader = make_tuple_reader(&layout, state->parameters);
    const ReleasedGroup* released = state->work->released.data();
    const NoisyValue* noisy = state->work->values.data();
    const int rows = static_cast<int>(state->work->released.size());
    auto** values = static_cast<Datum**>(MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Datum*) * Max(rows, 1)));
    auto** nulls = static_cast<bool**>(MemoryContextAllocHuge(CurrentMemoryContext, sizeof(bool*) * Max(rows, 1)));
    auto* order = static_cast<int*>(MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int) * Max(rows, 1)));
    for (int row = 0; row < rows; ++row) {
        values[row] = static_cast<Datum*>(palloc0(sizeof(Datum) * Max(columns, 1)));
        nulls[row] = static_cast<bool*>(palloc0(sizeof(bool) * Max(columns, 1)));
        if (!read_keys(released[row].key, released[row].key_size, reader.keys, keys, values[row], nulls[row]))
            elog(ERROR, "malformed group key");
        for (int i = 0; i < layout.outputs; ++i) {
            const OutputLayout& output = layout.output[i];
            nulls[row][keys + i] = output.input < 0;
            if (output.input >= 0)
                values[row][keys + i] =
                    make_result(output, state->parameters.input[output.input], noisy[row * layout.outputs + i]);
        }
        order[row] = row;
    }
    RowOrder by_key = {make_key_order(reader.keys, keys), values, nulls};
    qsort_arg(order, static_cast<size_t>(rows), sizeof(int), compare_rows, &by_key);
    state->values = static_cast<Datum**>(MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Datum*) * Max(rows, 1)));
    state->nulls = static_cast<bool**>(MemoryContextAllocHuge(CurrentMemoryContext, sizeof(bool*) * Max(rows, 1)));
    for (int row = 0; row < rows; ++row) {
        state->values[row] = values[order[row]];
        state->nulls[row] = nulls[order[row]];
    }
    state->rows = rows;
}

PlanState* bound_below(ReleaseState* state) {
    PlanState* child = child_of(state);
    if (!IsA(child, GatherState))
        return nullptr;
    PlanState* below = outerPlanState(child);
    return below != nullptr && is_bound_state(below) ? below : nullptr;
}

void read_protected(ReleaseState* state) {
    postgres::entry([&] {
        state->work->mechanisms->take_key(release_key(state->execution, state->layout.specification.index));
        state->work->mechanisms->derive_keys(&state->parameters);
    });
    if (PlanState* bound = bound_below(state)) {
        give_parameters(bound, state->parameters);
        gather_totals(state);
    } else
        bound_here(state);
    postgres::entry([&] { add_noise(state); });
    MemoryContext caller = MemoryContextSwitchTo(query_context(state));
    store_rows(state);
    MemoryContextSwitchTo(caller);
    postgres::entry([&] { state->work->mechanisms.reset(); });
    // Ended here, because messages about temporary files at the executor's end would reach a client that has since
    // turned its message level down. EXPLAIN ANALYZE, for exempt roles only, still wants to look at the nodes.
    if (state->css.ss.ps.instrument == nullptr) {
        ExecEndNode(child_of(state));
        state->css.custom_ps = NIL;
    }
}

void run(ReleaseState* state) {
    charge_once(state->execution);
    note_started(state->execution);
    // A member's statement_timeout would be a clock on protected rows: it waits until the release is done.
    TimestampTz deadlines[std::size(postgres::kSessionClocks)] = {};
    if (!state->execution->exempt)
        postgres::stop_session_clocks(deadlines);
    behind_one_message([state] { uncounted(child_of(state), [state] { read_protected(state); }); });
    postgres::restart_session_clocks(deadlines);
    note_completed(state->execution);
}

TupleTableSlot* next_row(ScanState* scan) {
    auto* state = reinterpret_cast<ReleaseState*>(scan);
    TupleTableSlot* slot = scan->ss_ScanTupleSlot;
    ExecClearTuple(slot);
    if (state->next >= state->rows)
        return slot;
    const int columns = state->layout.specification.keys + state->layout.outputs;
    for (int i = 0; i < slot->tts_tupleDescriptor->natts; ++i) {
        // Beyond keys and outputs stands the marker, which is for the planner only.
        slot->tts_isnull[i] = i >= columns || state->nulls[state->next][i];
        slot->tts_values[i] = i < columns ? state->values[state->next][i] : 0;
    }
    ++state->next;
    return ExecStoreVirtualTuple(slot);
}

bool recheck_row(ScanState*, TupleTableSlot*) { return true; }

TupleTableSlot* execute_release(CustomScanState* node) {
    ReleaseState* state = state_of(node);
    if (!state->done) {
        run(state);
        state->done = true;
    }
    return ExecScan(&node->ss, next_row, recheck_row);
}

void end_release(CustomScanState* node) {
    ReleaseState* state = state_of(node);
    if (node->custom_ps != NIL)
        ExecEndNode(child_of(state));
    if (state->execution != nullptr)
        note_ended(state->execution);
}

void rescan_release(CustomScanState* node) {
    state_of(node)->next = 0;
    ExecScanReScan(&node->ss);
}

Node* create_release(CustomScan* scan);

CustomScanMethods scan_methods = {kReleaseNode, create_release};
CustomExecMethods exec_methods = {kReleaseNode, begin_release, execute_release, end_release, rescan_release,
                                  nullptr,      nullptr,       nullptr,         nullptr,     nullptr,
                                  nullptr,      nullptr,       nullptr};

Node* create_release(CustomScan*) {
    auto* state = static_cast<ReleaseState*>(palloc0(sizeof(ReleaseState)));
    NodeSetTag(&state->css, T_CustomScanState);
    state->css.methods = &exec_methods;
    return reinterpret_cast<Node*>(state);
}

} // namespace

const CustomScanMethods* release_scan_methods() { return &scan_methods; }

} // namespace health_dp::release
