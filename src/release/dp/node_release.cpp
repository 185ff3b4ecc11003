// The release node: charges, has the rows bounded, adds noise, selects groups, and hands out the released rows. What it
// computed once it keeps: reading it again gives the same values and costs nothing [C8].
#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "release/dp/mechanisms.hpp"
#include "release/dp/node_release.hpp"
#include "release/dp/results.hpp"
#include "release/engine/node_bound.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"
#include "release/engine/release_node.hpp"

namespace health_dp::release {

namespace {

struct Work {
    std::unique_ptr<Mechanisms> mechanisms;
    std::unique_ptr<Collector> collector;
    std::unique_ptr<bounding::Totals> totals;
    std::unique_ptr<Groups> groups;
    std::vector<grouping::GroupNumber> released;
    std::vector<NoisyValue> values; // of released groups, one per output
    std::string key;                // one at a time, where it is read from a file
};

struct ReleaseState {
    ReleaseNode node;
    Work* work;
};

ReleaseState* state_of(ReleaseNode* node) { return reinterpret_cast<ReleaseState*>(node); }

void add_measurement(Parameters* parameters, bounding::MeasurementKind kind, int input) {
    parameters->measurement[parameters->measurements++] = {kind, input};
}

// Evaluates the bounds and lays out what is measured: before the charge, from the query alone.
void fix_parameters(ReleaseNode* node) {
    Parameters& parameters = node->parameters;
    const Layout& layout = node->layout;
    parameters.max_rows = static_cast<uint32>(node->execution->max_rows);
    parameters.max_groups = layout.specification.grouped != 0 ? static_cast<uint32>(node->execution->max_groups) : 1;
    parameters.owner_bytes = owner_is_word(layout.owner_type) ? 8 : 16;
    auto* scan = castNode(CustomScan, node->css.ss.ps.plan);
    ExprContext* context = node->css.ss.ps.ps_ExprContext;
    List* bounds = ExecInitExprList(scan->custom_exprs, &node->css.ss.ps);
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

void begin_release(CustomScanState* scan, EState* estate, int eflags) {
    ReleaseNode* node = release_node(scan);
    if (!begin_node(node, estate, eflags))
        return;
    fix_parameters(node);
    Work* work = state_of(node)->work = postgres::own_in<Work>(query_context(node));
    postgres::entry([&] {
        if (!make_shape(node->parameters).valid())
            postgres::throw_sql_error(sqlstate::kBadLimit, "this release cannot be bounded",
                                      "Use fewer than 2^20 groups and rows per patient.");
        work->mechanisms = std::make_unique<Mechanisms>(node->parameters, node->layout.specification, *node->execution);
    });
}

// The serial engine: rows straight from the child.
void bound_here(ReleaseNode* node) {
    Work* work = state_of(node)->work;
    collect_rows(node, &work->collector);
    postgres::entry([&] {
        work->totals = bound_collected(work->collector.get(), node->parameters);
        work->groups = work->collector->take_groups();
        work->collector.reset();
    });
}

// The parallel engine: exact partial totals from the participants, through the Gather.
void gather_totals(ReleaseNode* node) {
    Work* work = state_of(node)->work;
    postgres::entry([&] {
        work->totals = std::make_unique<bounding::Totals>(0, static_cast<std::size_t>(node->parameters.measurements));
        work->groups =
            std::make_unique<Groups>(node->parameters, memory_limit(), postgres::TemporaryFile(query_context(node)));
    });
    for (;;) {
        TupleTableSlot* slot = ExecProcNode(child_of(node));
        if (TupIsNull(slot))
            break;
        slot_getallattrs(slot);
        auto* message = reinterpret_cast<varlena*>(PG_DETOAST_DATUM_PACKED(slot->tts_values[0]));
        postgres::entry([&] {
            absorb_message(VARDATA_ANY(message), VARSIZE_ANY_EXHDR(message), &work->groups->dictionary,
                           work->totals.get());
        });
    }
    postgres::entry([&] {
        const std::size_t groups = work->groups->dictionary.size();
        work->totals->patients.resize(groups, 0);
        work->totals->sums.resize(groups * work->totals->measurements, 0);
    });
}

// Selects groups and adds noise; afterwards nothing exact is left.
void add_noise(ReleaseNode* node) {
    Work* work = state_of(node)->work;
    const Layout& layout = node->layout;
    // Without GROUP BY there is always exactly one group, also over an empty table [C11].
    if (layout.specification.grouped == 0)
        work->groups->dictionary.number({});
    const std::size_t groups = work->groups->dictionary.size();
    work->totals->patients.resize(groups, 0);
    work->totals->sums.resize(groups * work->totals->measurements, 0);
    const auto digests = work->groups->dictionary.digests();
    for (std::size_t group = 0; group < groups; ++group) {
        if (!work->mechanisms->keep(digests[group], work->totals->patients[group]))
            continue;
        work->released.push_back(static_cast<grouping::GroupNumber>(group));
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

// Released groups to Datums, in the canonical order of their keys.
void store_rows(ReleaseNode* node) {
    const Layout& layout = node->layout;
    Work* work = state_of(node)->work;
    const int keys = layout.specification.keys;
    TupleReader reader = make_tuple_reader(&layout, node->parameters);
    const NoisyValue* noisy = work->values.data();
    node->rows = make_rows(static_cast<int>(work->released.size()), keys + layout.outputs);
    for (int row = 0; row < node->rows.count; ++row) {
        Datum* values = node->rows.values[row];
        bool* nulls = node->rows.nulls[row];
        const char* key = nullptr;
        int key_size = 0;
        postgres::entry([&] {
            const auto bytes = work->groups->dictionary.key(work->released[static_cast<std::size_t>(row)], work->key);
            key = bytes.data();
            key_size = static_cast<int>(bytes.size());
        });
        if (!read_keys(key, key_size, reader.keys, keys, values, nulls))
            elog(ERROR, "malformed group key");
        for (int i = 0; i < layout.outputs; ++i) {
            const OutputLayout& output = layout.output[i];
            nulls[keys + i] = output.input < 0;
            if (output.input >= 0)
                values[keys + i] =
                    make_result(output, node->parameters.input[output.input], noisy[row * layout.outputs + i]);
        }
    }
    sort_rows(&node->rows, 0, node->rows.count, reader.keys, keys);
    // Here, where nothing is counted and nobody listens: see end_child().
    postgres::entry([&] {
        work->groups->file.close();
        work->groups.reset();
    });
}

PlanState* bound_below(ReleaseNode* node) {
    PlanState* child = child_of(node);
    if (!IsA(child, GatherState))
        return nullptr;
    PlanState* below = outerPlanState(child);
    return below != nullptr && is_bound_state(below) ? below : nullptr;
}

void read_protected(ReleaseNode* node) {
    Work* work = state_of(node)->work;
    postgres::entry([&] {
        work->mechanisms->take_key(release_key(node->execution, node->layout.specification.index));
        work->mechanisms->derive_keys(&node->parameters);
    });
    if (PlanState* bound = bound_below(node)) {
        give_parameters(bound, node->parameters);
        gather_totals(node);
    } else
        bound_here(node);
    postgres::entry([&] { add_noise(node); });
    MemoryContext caller = MemoryContextSwitchTo(query_context(node));
    store_rows(node);
    MemoryContextSwitchTo(caller);
    postgres::entry([&] { work->mechanisms.reset(); });
    end_child(node);
}

void run(ReleaseNode* node) {
    charge_once(node->execution);
    note_started(node->execution);
    read_unseen(node, [node] { read_protected(node); });
    note_completed(node->execution);
}

TupleTableSlot* execute_release(CustomScanState* node) { return execute_node(release_node(node), run); }

Node* create_release(CustomScan* scan);

CustomScanMethods scan_methods = {kReleaseNode, create_release};
CustomExecMethods exec_methods = {kReleaseNode, begin_release, execute_release, end_node, rescan_node, nullptr, nullptr,
                                  nullptr,      nullptr,       nullptr,         nullptr,  nullptr,     nullptr};

Node* create_release(CustomScan*) {
    auto* state = static_cast<ReleaseState*>(palloc0(sizeof(ReleaseState)));
    NodeSetTag(&state->node.css, T_CustomScanState);
    state->node.css.methods = &exec_methods;
    return reinterpret_cast<Node*>(state);
}

} // namespace

const CustomScanMethods* release_scan_methods() { return &scan_methods; }

} // namespace health_dp::release
