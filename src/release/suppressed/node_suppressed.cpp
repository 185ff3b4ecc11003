// The node of a suppressed release: counts cells exactly, hides what must be hidden, registers what it is about to
// publish, and only then hands out rows. It keeps them, as the release node does. It reads serially: most of its time
// goes into the cells, not into the rows. Runs in a room only.
#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "release/suppressed/register_key.hpp"
#include "release/suppressed/suppressed_cells.hpp"
#include "suppression/policy.hpp"

#include "ledger/ledger.hpp"
#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"
#include "release/engine/release_node.hpp"
#include "release/suppressed/earlier_releases.hpp"
#include "release/suppressed/exact_results.hpp"
#include "release/suppressed/node_suppressed.hpp"

namespace health_dp::release {

namespace {

constexpr int kMostCells = suppression::Publication::kMostCells;

struct Work {
    std::unique_ptr<Collector> collector;
    std::unique_ptr<SuppressedCells> cells;
    std::string after; // what the register is to hold
    std::vector<CellRow> rows;
};

struct SuppressedState {
    ReleaseNode node;
    SuppressedShape shape;
    suppression::StoredPolicy policy;
    Registered registered;
    Work* work;
    Suppression outcome;
};

SuppressedState* state_of(ReleaseNode* node) { return reinterpret_cast<SuppressedState*>(node); }

void check_policy(const suppression::StoredPolicy& stored) {
    if (stored.noise_deviation > 0)
        ereport(ERROR, (errcode(sqlstate::kRuleUnsupported),
                        errmsg("suppression policy \"%s\" perturbs counts, which queries do not", NameStr(stored.name)),
                        errhint("Ask a steward for a policy without noise: health_dp.set_suppression_policy().")));
}

// What the policy refuses; and the grids of the columns that are summed, from the bounds that they declare.
void place_columns(const suppression::StoredPolicy& policy, const Layout& layout, const SuppressedShape& shape,
                   Parameters* parameters) {
    check_policy(policy);
    parameters->inputs = layout.inputs;
    for (int i = 0; i < layout.outputs; ++i) {
        const int input = layout.output[i].input;
        if (input < 0)
            continue;
        if (policy.policy.rounding_base > 1)
            ereport(ERROR,
                    (errcode(sqlstate::kRuleUnsupported),
                     errmsg("suppression policy \"%s\" rounds counts, which sums would undo", NameStr(policy.name)),
                     errhint("Ask for counts, or ask a steward for a policy without rounding: "
                             "health_dp.set_suppression_policy().")));
        const Oid type = layout.input[input].type;
        const SuppressedOutput& output = shape.output[i];
        InputParameters* placed = &parameters->input[input];
        place_on_grid(type, bound_of_type(type, output.lower, false), false, bound_of_type(type, output.upper, true),
                      false, placed);
        if (static_cast<uint64>(placed->upper) - static_cast<uint64>(placed->lower) > PG_INT64_MAX)
            ereport(ERROR, (errcode(sqlstate::kUnsupported),
                            errmsg("the bounds of a column that is added up are too far apart"),
                            errhint("A steward declares bounds that values can have: health_dp.declare_bounds().")));
    }
}

void begin_suppressed(CustomScanState* scan, EState* estate, int eflags) {
    ReleaseNode* node = release_node(scan);
    SuppressedState* state = state_of(node);
    const bool runs = begin_node(node, estate, eflags);
    if (!parse_suppressed(node->layout.details, &state->shape))
        elog(ERROR, "malformed description of a suppressed release");
    if (!runs)
        return;
    state->policy = suppression::read_project_policy(node->execution->project.id);
    place_columns(state->policy, node->layout, state->shape, &node->parameters);
    // One key for all releases of a population: a holder has to be known again.
    node->parameters.owner_bytes = owner_is_word(node->layout.owner_type) ? 8 : 16;
    memcpy(node->parameters.owner_key, state->shape.population_bytes, sizeof(node->parameters.owner_key));
    // Groups draw no noise here: their digests only tell long keys apart.
    if (!pg_strong_random(node->parameters.group_key, sizeof(node->parameters.group_key)))
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
    state->work = postgres::own_in<Work>(query_context(node));
}

std::vector<AskedColumn> asked_columns(SuppressedState* state) {
    const Layout& layout = state->node.layout;
    std::vector<AskedColumn> columns(static_cast<std::size_t>(layout.inputs));
    for (int i = 0; i < layout.outputs; ++i) {
        if (layout.output[i].input < 0)
            continue;
        const InputParameters& input = state->node.parameters.input[layout.output[i].input];
        AskedColumn& column = columns[static_cast<std::size_t>(layout.output[i].input)];
        column.counted = {column_id(state->shape, i), input.lower, input.upper};
        column.variance = column.variance || layout.output[i].kind == OutputKind::variance;
    }
    return columns;
}

void decide(SuppressedState* state, const KeyColumn* columns) {
    Work* work = state->work;
    const suppression::Publication before = parse_cells(state->registered);
    work->cells = std::make_unique<SuppressedCells>(
        state->shape, columns, state->node.layout.specification.public_keys != 0, asked_columns(state));
    state->outcome = work->cells->count(*work->collector, state->policy.policy);
    work->collector->file().close();
    work->collector->groups().file.close();
    work->collector.reset();
    if (state->outcome == Suppression::done)
        state->outcome = work->cells->decide(state->policy.policy, before);
    if (state->outcome != Suppression::done)
        return;
    work->after = work->cells->publication().serialise();
    work->rows = work->cells->rows(state->policy.policy);
    work->cells.reset();
}

bool is_shown(const OutputLayout& output, const CellRow& row) {
    switch (output.kind) {
    case OutputKind::sum:
        return row.columns[static_cast<std::size_t>(output.input)].sum;
    case OutputKind::average:
        return row.columns[static_cast<std::size_t>(output.input)].mean;
    case OutputKind::variance:
        return row.columns[static_cast<std::size_t>(output.input)].variance;
    default:
        return (output.patients ? row.patients : row.rows).has_value();
    }
}

// Whether one of the query's numbers is hidden; in a query without any, whether the number of patients would be.
bool hides_something(const Layout& layout, const CellRow& row) {
    bool asks = false;
    for (int i = 0; i < layout.outputs; ++i)
        if (layout.output[i].kind != OutputKind::hidden) {
            asks = true;
            if (!is_shown(layout.output[i], row))
                return true;
        }
    return !asks && !row.patients.has_value();
}

void make_outputs(SuppressedState* state, const CellRow& row, Datum* values, bool* nulls) {
    const Layout& layout = state->node.layout;
    for (int i = 0; i < layout.outputs; ++i) {
        const OutputLayout& output = layout.output[i];
        nulls[i] = false;
        if (output.kind == OutputKind::hidden)
            values[i] = BoolGetDatum(hides_something(layout, row));
        else if (!is_shown(output, row))
            nulls[i] = true;
        else if (output.input >= 0)
            nulls[i] = !make_exact(output, state->node.parameters.input[output.input],
                                   row.columns[static_cast<std::size_t>(output.input)].sums, &values[i]);
        else
            values[i] = Int64GetDatum(output.patients ? *row.patients : *row.rows);
    }
}

// Cells to Datums: set after set as the query has them, in the order of their keys.
void store_rows(SuppressedState* state, const KeyColumn* columns) {
    const Layout& layout = state->node.layout;
    const int keys = state->shape.keys;
    const CellRow* cells = state->work->rows.data();
    KeptRows rows = make_rows(static_cast<int>(state->work->rows.size()), layout.specification.keys + layout.outputs);
    for (int row = 0; row < rows.count; ++row) {
        if (!read_keys(cells[row].key.data(), static_cast<int>(cells[row].key.size()), columns, keys, rows.values[row],
                       rows.nulls[row]))
            elog(ERROR, "malformed group key");
        if (layout.specification.set_key != 0) {
            const uint32 all = (1U << static_cast<unsigned>(keys)) - 1;
            rows.values[row][keys] = Int32GetDatum(static_cast<int32>(all & ~cells[row].set));
        }
        make_outputs(state, cells[row], rows.values[row] + layout.specification.keys,
                     rows.nulls[row] + layout.specification.keys);
    }
    // Within each run of one set; a set that the query names twice has two runs.
    for (int first = 0, end; first < rows.count; first = end) {
        for (end = first + 1; end < rows.count && cells[end].set == cells[first].set; ++end) {
        }
        sort_rows(&rows, first, end, columns, keys);
    }
    state->node.rows = rows;
}

// On disk before the first row leaves, in the ledger's own transaction: no ROLLBACK makes it unseen. False where
// another release of the project was quicker. Nobody waits while another one counts and searches; what this one has
// found out is then worth nothing, and nobody has seen it.
bool register_cells(SuppressedState* state) {
    const std::string& after = state->work->after;
    const Registered& before = state->registered;
    const char* contents = state->node.execution->public_contents;
    const char* contents_before = before.public_contents != nullptr ? before.public_contents : "";
    if (before.release != 0 && after == std::string_view(before.cells, static_cast<std::size_t>(before.size)) &&
        strcmp(contents, contents_before) == 0)
        return true;
    ledger::Publishing publishing = {};
    publishing.project = state->node.execution->project.id;
    publishing.charge_id = state->node.execution->charge_id;
    publishing.previous = state->registered.release;
    publishing.population = state->shape.population;
    publishing.policy = NameStr(state->policy.name);
    publishing.patients = state->policy.policy.patients;
    const RecordBytes sealed = seal_record({publishing.project, publishing.charge_id, publishing.population},
                                           after.data(), after.size(), &publishing.key_version);
    publishing.cells = sealed.bytes;
    publishing.size = sealed.size;
    publishing.public_contents = contents;
    return ledger::publish(publishing) != 0;
}

void read_protected(SuppressedState* state) {
    Work* work = state->work;
    TupleReader reader = collect_rows(&state->node, &work->collector);
    postgres::entry([&] { decide(state, reader.keys); });
    state->node.execution->overtaken = state->outcome == Suppression::done && !register_cells(state);
    if (state->outcome == Suppression::done && !state->node.execution->overtaken) {
        MemoryContext caller = MemoryContextSwitchTo(query_context(&state->node));
        store_rows(state, reader.keys);
        MemoryContextSwitchTo(caller);
    }
    postgres::entry([&] {
        work->rows.clear();
        work->rows.shrink_to_fit();
        work->cells.reset();
    });
    end_child(&state->node);
}

// In words that are documented, unlike other ends of a charged release: they tell of the register, and of what was read
// no more than that there is no answer.
void refuse_outcome(SuppressedState* state) {
    const Registered& earlier = state->registered;
    if (state->outcome == Suppression::done)
        return;
    state->node.execution->answers_in_words = true;
    if (state->outcome == Suppression::changed)
        ereport(
            ERROR,
            (errcode(sqlstate::kDataChanged),
             errmsg("the data have changed since suppressed release " INT64_FORMAT " of the project", earlier.number),
             errdetail("The difference would be the patients who came or went in between."),
             errhint("The new state of the data takes another project: ask a steward. The bounds that a column "
                     "declares count as data.")));
    // Elsewhere codes of few patients are among the cells, and whether there are too many is not said.
    if (state->outcome == Suppression::public_cells)
        ereport(ERROR, (errcode(sqlstate::kReleaseUnsafe), errmsg("the codes of public tables make too many cells"),
                        errdetail("A release has at most %d of them, margins included.", kMostCells),
                        errhint("Ask for fewer keys, or for public tables with fewer codes.")));
    ereport(
        ERROR,
        (errcode(sqlstate::kReleaseUnsafe), errmsg("this release cannot be made safe"),
         earlier.release != 0 ? errdetail("It is protected together with what the project has published up to "
                                          "suppressed release " INT64_FORMAT ".",
                                          earlier.number)
                              : 0,
         errhint("Ask for a table with fewer or larger cells: %d are the most, margins included. Where codes of few "
                 "patients, NULL among them, are in the way, group them or leave them out.",
                 kMostCells)));
}

// Before the charge nothing of the kind was found; but what stands before this release in its statement has been
// published since.
void read_earlier(SuppressedState* state) {
    MemoryContext caller = MemoryContextSwitchTo(query_context(&state->node));
    state->registered = read_register(state->node.execution->project.id);
    MemoryContextSwitchTo(caller);
    const Fit fits = fit(state->registered, state->shape);
    state->node.execution->answers_in_words = fits != Fit::well;
    refuse_misfit(fits, state->registered);
}

// Its room has charged before it made the plan [C12].
void run(ReleaseNode* node) {
    SuppressedState* state = state_of(node);
    read_earlier(state);
    read_protected(state);
    refuse_outcome(state);
}

TupleTableSlot* execute_suppressed(CustomScanState* node) { return execute_node(release_node(node), run); }

Node* create_suppressed(CustomScan* scan);

CustomScanMethods scan_methods = {kSuppressedNode, create_suppressed};
CustomExecMethods exec_methods = {kSuppressedNode, begin_suppressed, execute_suppressed,
                                  end_node,        rescan_node,      nullptr,
                                  nullptr,         nullptr,          nullptr,
                                  nullptr,         nullptr,          nullptr,
                                  nullptr};

Node* create_suppressed(CustomScan*) {
    auto* state = static_cast<SuppressedState*>(palloc0(sizeof(SuppressedState)));
    NodeSetTag(&state->node.css, T_CustomScanState);
    state->node.css.methods = &exec_methods;
    return reinterpret_cast<Node*>(state);
}

} // namespace

const CustomScanMethods* suppressed_scan_methods() { return &scan_methods; }

const SuppressedShape* check_suppressed_release(const Layout& layout, int32 project) {
    auto* shape = static_cast<SuppressedShape*>(palloc0(sizeof(SuppressedShape)));
    if (!parse_suppressed(layout.details, shape))
        elog(ERROR, "malformed description of a suppressed release");
    Parameters parameters = {};
    place_columns(suppression::read_project_policy(project), layout, *shape, &parameters);
    return shape;
}

} // namespace health_dp::release
