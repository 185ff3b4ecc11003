// The planner's path for a release: replaces every path of the grouping step of a release subquery by ours. Serial, the
// release node reads the scan or join itself. Parallel, a bound node in each worker scatters and bounds rows, a Gather
// brings the exact partial totals together, and the release node above it adds noise.
#include "release/engine/node_bound.hpp"

#include "postgres/trees.hpp"
#include "release/dp/node_release.hpp"
#include "release/plan/plan.hpp"
#include "release/suppressed/node_suppressed.hpp"
#include "release/vetting/statement.hpp"

namespace health_dp::release {

namespace {

// Costs a row beyond its scan: reading it into the engine, and its share of bounding its patient. Measured against
// PostgreSQL's hash aggregation on the same rows (docs/performance.md).
constexpr double kRowCost = 2.0;

CustomPathMethods release_path_methods, bound_path_methods, suppressed_path_methods;

struct PathPlan {
    List* columns; // expressions of the child's tuple
    List* bounds;  // lower, upper, lower, upper ...
    Layout layout;
};

int column_of(PathPlan* plan, Expr* expression) {
    int index = 0;
    ListCell* cell;
    foreach (cell, plan->columns) {
        // The first columns are the owner and the keys, whatever they are; the rest may be shared.
        if (index > plan->layout.specification.keys && equal(lfirst(cell), expression))
            return index;
        ++index;
    }
    plan->columns = lappend(plan->columns, expression);
    return index;
}

Expr* null_test(Expr* value) {
    auto* test = makeNode(NullTest);
    test->arg = value;
    test->nulltesttype = IS_NOT_NULL;
    test->argisrow = false;
    test->location = -1;
    return reinterpret_cast<Expr*>(test);
}

int bounds_of(PathPlan* plan, const Aggref* aggregate) {
    auto* lower = static_cast<TargetEntry*>(lsecond(aggregate->args))->expr;
    auto* upper = static_cast<TargetEntry*>(lthird(aggregate->args))->expr;
    for (int at = 0; at < list_length(plan->bounds); at += 2)
        if (equal(list_nth(plan->bounds, at), lower) && equal(list_nth(plan->bounds, at + 1), upper))
            return at;
    const int at = list_length(plan->bounds);
    plan->bounds = lappend(lappend(plan->bounds, lower), upper);
    return at;
}

OutputKind suppressed_output(AggregateKind kind) {
    switch (kind) {
    case AggregateKind::suppressed_sum:
        return OutputKind::sum;
    case AggregateKind::suppressed_average:
        return OutputKind::average;
    case AggregateKind::suppressed_variance:
        return OutputKind::variance;
    default:
        elog(ERROR, "unexpected kind of suppressed aggregate");
    }
}

void add_output(PathPlan* plan, const Aggref* aggregate) {
    Layout& layout = plan->layout;
    bool with_bounds;
    const AggregateKind kind = classify_aggregate(aggregate, &with_bounds);
    InputLayout input = {-1, -1, InvalidOid, -1};
    OutputLayout output = {OutputKind::count, -1, false, aggregate->aggtype};
    if (kind == AggregateKind::suppressed_count || kind == AggregateKind::suppressed_hidden) {
        output.kind = kind == AggregateKind::suppressed_hidden ? OutputKind::hidden : OutputKind::count;
        output.patients = aggregate->aggdistinct != NIL;
        layout.output[layout.outputs++] = output;
        return;
    }
    if (is_suppressed(kind)) {
        output.kind = suppressed_output(kind);
        Expr* value = linitial_node(TargetEntry, aggregate->args)->expr;
        input = {column_of(plan, value), -1, exprType(reinterpret_cast<Node*>(value)), 0};
    } else if (kind == AggregateKind::count) {
        output.patients = aggregate->aggdistinct != NIL;
        // Owners are never null where rows count.
        if (!output.patients && aggregate->args != NIL) {
            input.value = column_of(plan, null_test(linitial_node(TargetEntry, aggregate->args)->expr));
            input.type = BOOLOID;
        }
    } else {
        output.kind = kind == AggregateKind::sum ? OutputKind::sum : OutputKind::average;
        Expr* value = linitial_node(TargetEntry, aggregate->args)->expr;
        input.value = column_of(plan, value);
        input.type = exprType(reinterpret_cast<Node*>(value));
        input.bounds = bounds_of(plan, aggregate);
    }
    if (aggregate->aggfilter != nullptr)
        input.filter = column_of(plan, aggregate->aggfilter);
    for (int i = 0; i < layout.inputs && output.input < 0; ++i) {
        const InputLayout& known = layout.input[i];
        if (known.value == input.value && known.filter == input.filter && known.bounds == input.bounds)
            output.input = i;
    }
    if (output.input < 0) {
        output.input = layout.inputs;
        layout.input[layout.inputs++] = input;
    }
    layout.output[layout.outputs++] = output;
}

Aggref* find_marker(List* targets) {
    ListCell* cell;
    foreach (cell, targets) {
        auto* expression = lfirst_node(TargetEntry, cell)->expr;
        if (IsA(expression, Aggref) && lfirst_node(TargetEntry, cell)->resjunk &&
            is_release_marker(castNode(Aggref, expression)))
            return castNode(Aggref, expression);
    }
    return nullptr;
}

bool read_marker(const Aggref* marker, Layout* layout) {
    if (list_length(marker->args) != 2)
        return false;
    auto* argument = static_cast<TargetEntry*>(lsecond(marker->args))->expr;
    return IsA(argument, Const) && !castNode(Const, argument)->constisnull &&
           parse_specification(TextDatumGetCString(castNode(Const, argument)->constvalue), &layout->specification,
                               &layout->details);
}

bool fits(const Aggref* aggregate, bool suppressed) {
    bool with_bounds;
    const int arguments = list_length(aggregate->args);
    switch (classify_aggregate(aggregate, &with_bounds)) {
    case AggregateKind::count:
        return !suppressed && arguments <= 1;
    case AggregateKind::sum:
    case AggregateKind::average:
        return !suppressed && arguments == 3;
    case AggregateKind::suppressed_count:
        return suppressed && arguments <= 1;
    case AggregateKind::suppressed_hidden:
        return suppressed;
    case AggregateKind::suppressed_sum:
    case AggregateKind::suppressed_average:
    case AggregateKind::suppressed_variance:
        return suppressed && arguments == 1;
    case AggregateKind::none:
        break;
    }
    return false;
}

// Never believed for its token alone: whatever reads outside what is there would take the server down.
void check_marker(List* targets, List* groups, const Aggref* marker, const Specification& s) {
    bool good = s.keys >= 0 && s.aggregates > 0 && s.aggregates <= kMaxOutputs &&
                list_length(targets) > s.keys + s.aggregates &&
                lfirst_node(TargetEntry, list_nth_cell(targets, s.keys + s.aggregates))->expr ==
                    reinterpret_cast<const Expr*>(marker) &&
                (s.grouped != 0) == (groups != NIL) && list_length(groups) <= s.keys && s.set_key <= s.keys &&
                s.index >= 0 && s.index < s.releases;
    for (int at = 0; good && at < s.keys + s.aggregates; ++at) {
        auto* expression = reinterpret_cast<Node*>(lfirst_node(TargetEntry, list_nth_cell(targets, at))->expr);
        if (IsA(expression, Aggref))
            good = at >= s.keys && fits(castNode(Aggref, expression), s.suppressed != 0);
        else // an aggregate that nobody reads was replaced by a constant
            good = (at < s.keys || IsA(expression, Const)) && !contain_aggs_of_level(expression, 0);
    }
    if (!good)
        elog(ERROR, "a release's marker does not fit its query");
}

void describe(List* targets, List* groups, Aggref* marker, PathPlan* plan) {
    Layout& layout = plan->layout;
    check_marker(targets, groups, marker, layout.specification);
    Expr* owner = linitial_node(TargetEntry, marker->args)->expr;
    layout.owner_type = getBaseType(exprType(reinterpret_cast<Node*>(owner)));
    layout.owner_collation = exprCollation(reinterpret_cast<Node*>(owner));
    plan->columns = list_make1(owner);
    for (int at = 0; at < layout.specification.keys + layout.specification.aggregates; ++at) {
        auto* expression = lfirst_node(TargetEntry, list_nth_cell(targets, at))->expr;
        if (at < layout.specification.keys) {
            auto* key = static_cast<KeyLayout*>(palloc(sizeof(KeyLayout)));
            key->type = getBaseType(exprType(reinterpret_cast<Node*>(expression)));
            key->collation = exprCollation(reinterpret_cast<Node*>(expression));
            layout.keys = lappend(layout.keys, key);
            plan->columns = lappend(plan->columns, expression);
        } else if (IsA(expression, Aggref))
            add_output(plan, castNode(Aggref, expression));
        else
            layout.output[layout.outputs++] = {OutputKind::count, -1, false,
                                               InvalidOid}; // unused: the planner dropped it
    }
}

CustomPath* make_path(RelOptInfo* rel, PathTarget* target, Path* child, PathPlan* plan, CustomPathMethods* methods) {
    auto* path = makeNode(CustomPath);
    path->path.pathtype = T_CustomScan;
    path->path.parent = rel;
    path->path.pathtarget = target;
    path->path.rows = 1;
    path->custom_paths = list_make1(child);
    postgres::inherit_disabled_nodes(&path->path, child);
    path->custom_private = list_make2(encode_layout(plan->layout), plan->bounds);
    path->methods = methods;
    return path;
}

PathTarget* child_target(PlannerInfo* root, PathPlan* plan) {
    PathTarget* target = create_empty_pathtarget();
    ListCell* cell;
    foreach (cell, plan->columns)
        add_column_to_pathtarget(target, static_cast<Expr*>(lfirst(cell)), 0);
    return set_pathtarget_cost_width(root, target);
}

// The cheapest path without a Gather on top: where rows are read in parallel, they are bounded in parallel too.
Path* cheapest_serial(RelOptInfo* input) {
    Path* best = nullptr;
    ListCell* cell;
    foreach (cell, input->pathlist) {
        auto* path = static_cast<Path*>(lfirst(cell));
        Path* top = IsA(path, ProjectionPath) ? castNode(ProjectionPath, path)->subpath : path;
        if (!IsA(top, GatherPath) && !IsA(top, GatherMergePath) && path->param_info == nullptr &&
            (best == nullptr || path->total_cost < best->total_cost))
            best = path;
    }
    return best != nullptr ? best : input->cheapest_total_path;
}

Plan* plan_custom(PlannerInfo*, RelOptInfo*, CustomPath* path, List* targets, List*, List* children) {
    auto* scan = makeNode(CustomScan);
    scan->scan.plan.targetlist = targets;
    scan->scan.scanrelid = 0;
    scan->custom_plans = children;
    scan->custom_private = list_make1(linitial(path->custom_private));
    scan->custom_exprs = postgres::copy(static_cast<List*>(lsecond(path->custom_private)));
    // The scan tuple has exactly the node's columns; setrefs matches the target list against it.
    scan->custom_scan_tlist = postgres::copy(targets);
    scan->methods = path->methods == &release_path_methods      ? release_scan_methods()
                    : path->methods == &suppressed_path_methods ? suppressed_scan_methods()
                                                                : bound_scan_methods();
    return &scan->scan.plan;
}

} // namespace

namespace {

// Whether the plan is parallel, and with how many workers, is seen from outside: it follows from the size of the tables
// alone, as compute_parallel_worker() has it, and not from what the planner believes of their rows [C26].
int workers_for(const PlannerInfo* root) {
    double pages = 0;
    for (int i = 1; i < root->simple_rel_array_size; ++i) {
        const RelOptInfo* relation = root->simple_rel_array[i];
        if (relation != nullptr && relation->rtekind == RTE_RELATION)
            pages += relation->pages;
    }
    int workers = 0;
    for (double threshold = Max(min_parallel_table_scan_size, 1); pages >= threshold; threshold *= 3)
        ++workers;
    return Min(workers, max_parallel_workers_per_gather);
}

} // namespace

void add_release_paths(PlannerInfo* root, UpperRelationKind stage, RelOptInfo* input, RelOptInfo* output) {
    if (stage != UPPERREL_GROUP_AGG || !root->parse->hasAggs || !OidIsValid(own_namespace()))
        return;
    Aggref* marker = find_marker(root->processed_tlist);
    if (marker == nullptr)
        return;
    PathPlan plan = {};
    if (!read_marker(marker, &plan.layout))
        return; // not written by us: its transition function refuses
    // Nothing but our path may answer, whatever partial or partition-wise plans were thought of.
    output->pathlist = NIL;
    output->partial_pathlist = NIL;
    if (output->reloptkind != RELOPT_UPPER_REL)
        return;
    describe(root->processed_tlist, root->parse->groupClause, marker, &plan);
    PathTarget* columns = child_target(root, &plan);

    const bool suppressed = plan.layout.specification.suppressed != 0;
    const int workers = suppressed ? 0 : workers_for(root);
    if (workers > 0 && input->consider_parallel && input->partial_pathlist != NIL &&
        is_parallel_safe(root, reinterpret_cast<Node*>(plan.columns))) {
        auto* partial = static_cast<Path*>(linitial(input->partial_pathlist));
        Path* projected = reinterpret_cast<Path*>(create_projection_path(root, input, partial, columns));
        PathTarget* messages = create_empty_pathtarget();
        add_column_to_pathtarget(messages, reinterpret_cast<Expr*>(marker), 0);
        set_pathtarget_cost_width(root, messages);
        CustomPath* bound = make_path(output, messages, projected, &plan, &bound_path_methods);
        bound->path.parallel_aware = true;
        bound->path.parallel_safe = true;
        bound->path.parallel_workers = workers;
        bound->path.startup_cost = bound->path.total_cost =
            projected->total_cost + projected->rows * cpu_operator_cost * kRowCost;
        double rows = bound->path.parallel_workers + 1;
        GatherPath* gather = create_gather_path(root, output, &bound->path, messages, nullptr, &rows);
        CustomPath* top =
            make_path(output, output->reltarget, reinterpret_cast<Path*>(gather), &plan, &release_path_methods);
        top->path.startup_cost = top->path.total_cost = gather->path.total_cost;
        add_path(output, &top->path);
        return;
    }
    Path* serial = reinterpret_cast<Path*>(create_projection_path(root, input, cheapest_serial(input), columns));
    CustomPath* path = make_path(output, output->reltarget, serial, &plan,
                                 suppressed ? &suppressed_path_methods : &release_path_methods);
    path->path.startup_cost = path->path.total_cost = serial->total_cost + serial->rows * cpu_operator_cost * kRowCost;
    add_path(output, &path->path);
}

void describe_release(List* targets, List* groups, Layout* layout, List** bounds) {
    PathPlan plan = {};
    Aggref* marker = find_marker(targets);
    if (marker == nullptr || !read_marker(marker, &plan.layout))
        elog(ERROR, "a release without its marker");
    describe(targets, groups, marker, &plan);
    *layout = plan.layout;
    *bounds = plan.bounds;
}

void register_nodes() {
    release_path_methods.CustomName = kReleaseNode;
    release_path_methods.PlanCustomPath = plan_custom;
    bound_path_methods.CustomName = kBoundNode;
    bound_path_methods.PlanCustomPath = plan_custom;
    suppressed_path_methods.CustomName = kSuppressedNode;
    suppressed_path_methods.PlanCustomPath = plan_custom;
    RegisterCustomScanMethods(suppressed_scan_methods());
    RegisterCustomScanMethods(release_scan_methods());
    RegisterCustomScanMethods(bound_scan_methods());
}

} // namespace health_dp::release
