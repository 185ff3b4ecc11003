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

Const* constant_bound(List* bounds, int index) {
    auto* bound = static_cast<Node*>(list_nth(bounds, index));
    if (!IsA(bound, Const))
        ereport(ERROR, (errcode(sqlstate::kBadBounds), errmsg("a bound is not a constant"),
                        errhint("Write bounds as numbers or parameters.")));
    return castNode(Const, bound);
}

// Lays out what is measured, from the query alone. `bounds` are constants: lower, upper, lower, upper ...
void fix_parameters(const Layout& layout, List* bounds, const Execution& execution, Parameters* out) {
    Parameters& parameters = *out;
    parameters.max_rows = static_cast<uint32>(execution.max_rows);
    parameters.max_groups = layout.specification.grouped != 0 ? static_cast<uint32>(execution.max_groups) : 1;
    parameters.owner_bytes = owner_is_word(layout.owner_type) ? 8 : 16;
    parameters.inputs = layout.inputs;
    for (int i = 0; i < layout.inputs; ++i) {
        const InputLayout& input = layout.input[i];
        if (input.bounds < 0)
            continue;
        const Const* lower = constant_bound(bounds, input.bounds);
        const Const* upper = constant_bound(bounds, input.bounds + 1);
        place_on_grid(input.type, lower->constvalue, lower->constisnull, upper->constvalue, upper->constisnull,
                      &parameters.input[i]);
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

std::unique_ptr<Mechanisms> calibrate(const Layout& layout, const Parameters& parameters, const Execution& execution) {
    if (!make_shape(parameters).valid())
        postgres::throw_sql_error(sqlstate::kBadLimit, "this release cannot be bounded",
                                  "Use fewer than 2^20 groups and rows per patient.");
    return std::make_unique<Mechanisms>(parameters, layout.specification, execution);
}

void begin_release(CustomScanState* scan, EState* estate, int eflags) {
    ReleaseNode* node = release_node(scan);
    if (!begin_node(node, estate, eflags))
        return;
    fix_parameters(node->layout, castNode(CustomScan, scan->ss.ps.plan)->custom_exprs, *node->execution,
                   &node->parameters);
    Work* work = state_of(node)->work = postgres::own_in<Work>(query_context(node));
    postgres::entry([&] { work->mechanisms = calibrate(node->layout, node->parameters, *node->execution); });
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

// Its room has charged before it made the plan [C12].
TupleTableSlot* execute_release(CustomScanState* node) { return execute_node(release_node(node), read_protected); }

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

void check_release(const Layout& layout, List* bounds, const Execution& execution) {
    Parameters parameters = {};
    fix_parameters(layout, bounds, execution, &parameters);
    postgres::entry([&] { calibrate(layout, parameters, execution); });
}

} // namespace health_dp::release
