// Turns a query block with dp or sc aggregates into two: the release's own query (FROM, WHERE, GROUP BY and the
// aggregates), which leaves the statement, and the block as it was, now post-processing over what a room answers [C17].
#include "release/engine/parameters.hpp"

#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/grammar/grammar.hpp"
#include "release/plan/plan.hpp"
#include "release/session/question.hpp"
#include "release/suppressed/grouping_sets.hpp"
#include "release/suppressed/row_origin.hpp"
#include "release/suppressed/suppressed_query.hpp"
#include "release/vetting/allow_list.hpp"
#include "release/vetting/collations.hpp"
#include "release/vetting/privileges.hpp"
#include "release/vetting/statement.hpp"

namespace health_dp::release {

namespace {

struct Rewriting {
    Query* query;
    Statement* statement;
    List* keys;       // expressions of GROUP BY as written
    List* aggregates; // distinct dp or sc aggregates as written
    int level;        // how many queries deep the walk is
    bool set_column;  // a suppressed release with grouping sets: its last key says which set a row is of
};

[[noreturn]] void refuse(int code, const char* message, const char* hint) {
    ereport(ERROR, (errcode(code), errmsg("%s", message), errhint("%s", hint)));
    pg_unreachable();
}

// Position of an expression among others that stand `level` queries further out, or -1.
int position(List* expressions, Node* wanted, int level) {
    int index = 0;
    ListCell* cell;
    foreach (cell, expressions) {
        auto* candidate = static_cast<Node*>(lfirst(cell));
        if (level > 0) {
            candidate = postgres::copy(candidate);
            IncrementVarSublevelsUp(candidate, level, 0);
        }
        if (equal(candidate, wanted))
            return index;
        ++index;
    }
    return -1;
}

// Gathers the block's dp aggregates, each once: the same one written twice is one measurement.
bool gather_aggregates(Node* node, void* context) {
    auto* rewriting = static_cast<Rewriting*>(context);
    if (node == nullptr)
        return false;
    if (IsA(node, Query)) {
        ++rewriting->level;
        postgres::walk_query(castNode(Query, node), gather_aggregates, context, 0);
        --rewriting->level;
        return false;
    }
    if (IsA(node, Aggref) && castNode(Aggref, node)->agglevelsup == static_cast<Index>(rewriting->level)) {
        auto* aggregate = castNode(Aggref, node);
        bool with_bounds;
        if (classify_aggregate(aggregate, &with_bounds) == AggregateKind::none)
            refuse(sqlstate::kUnsupported,
                   psprintf("aggregate %s cannot stand beside %s aggregates", format_procedure(aggregate->aggfnoid),
                            rewriting->statement->suppressed ? "sc" : "dp"),
                   rewriting->statement->suppressed
                       ? "Use sc_count, sc_sum, sc_avg or sc_var. A minimum, a maximum or an exact quantile is one "
                         "patient's own value and is "
                         "never shown; aggregates over published cells go into an outer query."
                       : "Use dp_count, dp_sum or dp_avg. Aggregates over released groups go into an outer query.");
        if (rewriting->level > 0)
            refuse(sqlstate::kUnsupported, "a sub-select cannot hold a dp aggregate of the query around it",
                   "Compute it in the outer SELECT list.");
        if (position(rewriting->aggregates, node, 0) < 0)
            rewriting->aggregates = lappend(rewriting->aggregates, node);
        return false;
    }
    if (IsA(node, GroupingFunc) && !rewriting->statement->suppressed)
        refuse(sqlstate::kUnsupported, "GROUPING is not supported in a release", "Ask one GROUP BY at a time.");
    return postgres::walk_expression(node, gather_aggregates, context);
}

// Replaces keys and aggregates by columns of the release; whatever then still looks at protected rows is refused.
Node* above_fence(Node* node, void* context) {
    auto* rewriting = static_cast<Rewriting*>(context);
    if (node == nullptr)
        return nullptr;
    const int key = position(rewriting->keys, node, rewriting->level);
    if (key >= 0)
        return reinterpret_cast<Node*>(makeVar(1, static_cast<AttrNumber>(key + 1), exprType(node), exprTypmod(node),
                                               exprCollation(node), static_cast<Index>(rewriting->level)));
    if (IsA(node, Aggref) && castNode(Aggref, node)->agglevelsup == static_cast<Index>(rewriting->level)) {
        const int aggregate = position(rewriting->aggregates, node, rewriting->level);
        const int column = list_length(rewriting->keys) + (rewriting->set_column ? 1 : 0) + aggregate + 1;
        return reinterpret_cast<Node*>(makeVar(1, static_cast<AttrNumber>(column), exprType(node), -1,
                                               exprCollation(node), static_cast<Index>(rewriting->level)));
    }
    if (IsA(node, GroupingFunc) && castNode(GroupingFunc, node)->agglevelsup == static_cast<Index>(rewriting->level)) {
        const auto column = static_cast<AttrNumber>(list_length(rewriting->keys) + 1);
        Var* set = rewriting->set_column
                       ? makeVar(1, column, INT4OID, -1, InvalidOid, static_cast<Index>(rewriting->level))
                       : nullptr;
        return grouping_expression(castNode(GroupingFunc, node), rewriting->query, set);
    }
    if (IsA(node, Var) && castNode(Var, node)->varlevelsup == static_cast<Index>(rewriting->level)) {
        const Var* var = castNode(Var, node);
        const RangeTblEntry* entry = rt_fetch(var->varno, rewriting->query->rtable);
        const char* column =
            var->varattno > 0 ? get_rte_attribute_name(const_cast<RangeTblEntry*>(entry), var->varattno) : "*";
        refuse(sqlstate::kNotPatientSafe, psprintf("column \"%s\" is neither grouped nor aggregated", column),
               "Put it into GROUP BY: even where it follows from a key, releasing it is a matter of its own.");
    }
    if (IsA(node, Query)) {
        ++rewriting->level;
        Query* result = postgres::mutate_query(castNode(Query, node), above_fence, context, 0);
        --rewriting->level;
        return reinterpret_cast<Node*>(result);
    }
    return postgres::mutate_expression(node, above_fence, context);
}

} // namespace

// The bounds that the column declares, where the query gives none: found through subqueries' plain columns.
bool declared_bounds(Query* query, Node* value, projects::DecimalText lower, projects::DecimalText upper) {
    while (IsA(value, RelabelType))
        value = reinterpret_cast<Node*>(castNode(RelabelType, value)->arg);
    if (!IsA(value, Var) || castNode(Var, value)->varlevelsup != 0)
        return false;
    const Var* var = castNode(Var, value);
    const RangeTblEntry* entry = rt_fetch(var->varno, query->rtable);
    if (entry->rtekind == RTE_RELATION)
        return projects::read_bounds(entry->relid, var->varattno, lower, upper);
    if (entry->rtekind != RTE_SUBQUERY || entry->subquery->setOperations != nullptr)
        return false;
    TargetEntry* target = get_tle_by_resno(entry->subquery->targetList, var->varattno);
    return target != nullptr && declared_bounds(entry->subquery, reinterpret_cast<Node*>(target->expr), lower, upper);
}

namespace {

TargetEntry* bound_argument(const char* digits, Oid type, bool upper) {
    int16 length;
    bool by_value;
    get_typlenbyval(type, &length, &by_value);
    Const* bound = makeConst(type, -1, InvalidOid, length, bound_of_type(type, digits, upper), false, by_value);
    return makeTargetEntry(reinterpret_cast<Expr*>(bound), upper ? 3 : 2, nullptr, false);
}

// The three-argument form of dp_sum or dp_avg, with the bounds the column declares.
void add_declared_bounds(Query* query, Aggref* aggregate, const char* name) {
    auto* value = reinterpret_cast<Node*>(linitial_node(TargetEntry, aggregate->args)->expr);
    projects::DecimalText lower, upper;
    if (!declared_bounds(query, value, lower, upper))
        ereport(ERROR, (errcode(sqlstate::kMissingBounds), errmsg("%s needs bounds", name),
                        errhint("Write %s(x, lower, upper), or ask a steward to declare the column's: "
                                "health_dp.declare_bounds(). Values outside are clamped to the bounds.",
                                name)));
    const Oid type = linitial_oid(aggregate->aggargtypes);
    const Oid types[] = {type, type, type};
    aggregate->aggfnoid = own_function(name, 3, types);
    aggregate->aggargtypes = list_make3_oid(type, type, type);
    aggregate->args =
        list_make3(linitial(aggregate->args), bound_argument(lower, type, false), bound_argument(upper, type, true));
}

void vet_bounds(Query* query, Aggref* aggregate, Statement* statement) {
    const Place place = {"a bound", query, statement};
    for (int i = 1; i < 3; ++i) {
        auto* target = static_cast<TargetEntry*>(list_nth(aggregate->args, i));
        auto* bound = reinterpret_cast<Node*>(target->expr);
        if (contain_var_clause(bound) || checkExprHasSubLink(bound))
            refuse(sqlstate::kBadBounds, "bounds must not depend on rows",
                   "Write them as numbers or parameters: they are fixed before the first row is read.");
        target->expr = reinterpret_cast<Expr*>(vet_expression(bound, place));
    }
}

// Vets one dp aggregate (a copy, which may then differ from what was written) and counts its measurements.
void vet_aggregate(Query* query, Aggref* aggregate, const SafeRelation& from, Statement* statement) {
    bool with_bounds;
    const AggregateKind kind = classify_aggregate(aggregate, &with_bounds);
    if (aggregate->aggorder != NIL)
        refuse(sqlstate::kUnsupported, "a dp aggregate does not take ORDER BY", "Leave it out: order does not matter.");
    if (aggregate->aggdistinct != NIL) {
        if (kind != AggregateKind::count ||
            !is_owner(from, reinterpret_cast<Node*>(linitial_node(TargetEntry, aggregate->args)->expr)))
            refuse(sqlstate::kUnsupported, "a dp aggregate takes DISTINCT over the patient's column only",
                   "dp_count(DISTINCT patient) counts patients: name the column that says whose row it is.");
    }
    const Place filter = {"FILTER", query, statement};
    const Place argument = {"the argument of a dp aggregate", query, statement};
    aggregate->aggfilter =
        reinterpret_cast<Expr*>(vet_expression(reinterpret_cast<Node*>(aggregate->aggfilter), filter));
    if (kind == AggregateKind::sum || kind == AggregateKind::average) {
        if (with_bounds)
            vet_bounds(query, aggregate, statement);
        else
            add_declared_bounds(query, aggregate, kind == AggregateKind::sum ? "dp_sum" : "dp_avg");
    }
    if (aggregate->args != NIL) {
        auto* value = linitial_node(TargetEntry, aggregate->args);
        value->expr = reinterpret_cast<Expr*>(vet_expression(reinterpret_cast<Node*>(value->expr), argument));
    }
    statement->measurements += kind == AggregateKind::average ? 2 : 1;
}

Aggref* make_marker(Query* query, const SafeRelation& from, Const* text) {
    const Oid types[] = {ANYOID, TEXTOID};
    auto* owner = postgres::copy(linitial_node(Var, from.owners));
    postgres::mark_nulling_joins(query, owner);
    auto* marker = makeNode(Aggref);
    marker->aggfnoid = own_function("release_marker", 2, types);
    marker->aggtype = BYTEAOID;
    marker->aggargtypes = list_make2_oid(owner->vartype, TEXTOID);
    marker->args = list_make2(makeTargetEntry(reinterpret_cast<Expr*>(owner), 1, nullptr, false),
                              makeTargetEntry(reinterpret_cast<Expr*>(text), 2, nullptr, false));
    marker->aggkind = AGGKIND_NORMAL;
    marker->aggno = marker->aggtransno = -1;
    marker->location = -1;
    return marker;
}

void check_block(Query* query, const Statement* statement) {
    if (query->groupingSets != NIL && (!statement->suppressed || postgres::groups_stand_apart(query)))
        refuse(sqlstate::kUnsupported, "GROUPING SETS, ROLLUP and CUBE are not supported in a release",
               "Ask one GROUP BY at a time: each is a release of its own.");
    if (query->groupClause != NIL || query->groupingSets == NIL)
        return;
    // GROUP BY (), which is no GROUP BY.
    if (list_length(expand_grouping_sets(query->groupingSets, query->groupDistinct, -1)) != 1)
        refuse(sqlstate::kUnsupported, "GROUPING SETS of no key but the total are not supported in a release",
               "Leave GROUP BY out.");
    query->groupingSets = NIL;
}

void check_key(Node* key) {
    if (!groupable_type(exprType(key)))
        refuse(sqlstate::kBadType, psprintf("cannot group a release by type %s", format_type_be(exprType(key))),
               "Group by text, a number, a date, uuid or an enum: equal values of these have one spelling.");
    if (const CollationProblem problem = collation_problem(exprCollation(key)); problem.what != nullptr)
        refuse(sqlstate::kBadType, psprintf("cannot group a release under %s", problem.what), problem.hint);
}

// Takes the block's FROM, WHERE, keys and aggregates out of it, as they were written.
Query* take_inner(Query* query, Rewriting* rewriting) {
    Statement* statement = rewriting->statement;
    check_block(query, statement);
    const auto flatten = [query](Node* node) { return postgres::flatten_joins(query, node); };
    query->targetList = reinterpret_cast<List*>(flatten(reinterpret_cast<Node*>(query->targetList)));
    query->havingQual = flatten(query->havingQual);
    query->jointree = castNode(FromExpr, flatten(reinterpret_cast<Node*>(query->jointree)));

    ListCell* cell;
    foreach (cell, query->groupClause)
        rewriting->keys =
            lappend(rewriting->keys, get_sortgroupclause_expr(lfirst_node(SortGroupClause, cell), query->targetList));
    gather_aggregates(reinterpret_cast<Node*>(query->targetList), rewriting);
    gather_aggregates(query->havingQual, rewriting);
    if (list_length(rewriting->aggregates) > kMaxOutputs)
        refuse(sqlstate::kUnsupported, psprintf("a release takes at most %d dp aggregates", kMaxOutputs),
               "Ask in two queries: the budget is split over all of them anyway.");

    // The release itself. It takes over the block's range table; the block gets a new one.
    auto* inner = makeNode(Query);
    inner->commandType = CMD_SELECT;
    inner->querySource = QSRC_ORIGINAL;
    inner->rtable = query->rtable;
    postgres::move_permissions(query, inner);
    inner->jointree = query->jointree;
    inner->hasRowSecurity = query->hasRowSecurity;
    inner->cteList = query->cteList; // for name look-ups while its references are inlined
    inline_ctes(inner, statement);
    inner->cteList = NIL;
    inner->hasSubLinks = query->hasSubLinks;
    inner->hasAggs = true;
    AttrNumber column = 0;
    foreach (cell, query->groupClause) {
        auto* clause = postgres::copy(lfirst_node(SortGroupClause, cell));
        auto* key = static_cast<Expr*>(list_nth(rewriting->keys, column));
        ++column;
        TargetEntry* target = makeTargetEntry(postgres::copy(key), column, psprintf("key %d", column), false);
        clause->tleSortGroupRef = target->ressortgroupref = static_cast<Index>(column);
        inner->targetList = lappend(inner->targetList, target);
        inner->groupClause = lappend(inner->groupClause, clause);
    }
    inner->groupingSets = renumber_sets(query->groupingSets, query->groupClause);
    inner->groupDistinct = query->groupingSets != NIL && query->groupDistinct;
    rewriting->set_column = query->groupingSets != NIL;
    foreach (cell, rewriting->aggregates) {
        ++column;
        inner->targetList = lappend(inner->targetList, makeTargetEntry(postgres::copy(static_cast<Expr*>(lfirst(cell))),
                                                                       column, psprintf("measure %d", column), false));
    }
    return inner;
}

// The block, now above the fence: what it selects comes from one entry, which the caller fills.
RangeTblEntry* leave_outer(Query* query, const Query* inner, Rewriting* rewriting) {
    List* names = NIL;
    ListCell* cell;
    foreach (cell, inner->targetList)
        if (!lfirst_node(TargetEntry, cell)->resjunk)
            names = lappend(names, makeString(lfirst_node(TargetEntry, cell)->resname));
    query->targetList = reinterpret_cast<List*>(above_fence(reinterpret_cast<Node*>(query->targetList), rewriting));
    query->havingQual = above_fence(query->havingQual, rewriting);
    auto* entry = makeNode(RangeTblEntry);
    entry->eref = makeAlias("release", names);
    entry->inFromCl = true;
    auto* reference = makeNode(RangeTblRef);
    reference->rtindex = 1;
    query->rtable = list_make1(entry);
    query->jointree = makeFromExpr(list_make1(reference), query->havingQual);
    query->havingQual = nullptr;
    query->groupClause = NIL;
    query->groupingSets = NIL;
    query->groupDistinct = false;
    query->hasAggs = false;
    query->hasRowSecurity = false;
    return entry;
}

} // namespace

void vet_release(Query* inner, Statement* statement) {
    const bool suppressed = statement->suppressed;
    const int keys = list_length(inner->groupClause);
    List* sets = suppressed ? suppressed_sets(inner) : NIL;
    const bool set_column = inner->groupingSets != NIL;
    if (set_column)
        replace_sets(inner);
    const SafeRelation from = analyse_from(inner, statement);
    if (!from.personal)
        refuse(sqlstate::kUnsupported,
               suppressed ? "sc aggregates need a protected table" : "dp aggregates need a protected table",
               "Over public tables use count, sum and avg: they cost no budget.");
    Bitmapset* keyed = nullptr;
    for (int i = 0; i < keys; ++i) {
        const Place place = {"GROUP BY", inner, statement};
        auto* target = static_cast<TargetEntry*>(list_nth(inner->targetList, i));
        target->expr = reinterpret_cast<Expr*>(vet_expression(reinterpret_cast<Node*>(target->expr), place));
        check_key(reinterpret_cast<Node*>(target->expr));
        keyed = bms_add_members(keyed, pull_varnos(nullptr, reinterpret_cast<Node*>(target->expr)));
    }
    if (suppressed)
        check_suppressed(inner, keys, statement);
    // Keys that come from preserved public rows alone appear whatever the protected rows hold [C10]. A key that comes
    // from no row at all, a constant, appears only where the protected rows hold any: that would tell.
    // A key without columns proves nothing: its group appears only where a protected row does.
    const bool grouped = keys > 0;
    const bool public_keys =
        grouped && keyed != nullptr &&
        bms_is_subset(keyed, preserved_public(inner, reinterpret_cast<Node*>(inner->jointree), from));
    List* measures = NIL;
    int aggregates = 0;
    for (int i = list_length(inner->groupClause); i < list_length(inner->targetList); ++i) {
        auto* aggregate = castNode(Aggref, static_cast<TargetEntry*>(list_nth(inner->targetList, i))->expr);
        if (suppressed)
            measures = lappend(measures, makeString(vet_suppressed_aggregate(inner, aggregate, from, statement)));
        else
            vet_aggregate(inner, aggregate, from, statement);
        ++aggregates;
    }
    if (suppressed && counts_rows(measures))
        check_row_origin(inner, keys);
    auto* text = makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1, static_cast<Datum>(0), true, false);
    Draft* draft =
        suppressed ? make_suppressed_draft(text, statement->releases, keys + (set_column ? 1 : 0), aggregates, grouped,
                                           public_keys, set_column,
                                           describe_suppressed(inner, keys, sets, measures, columns_looked_at(inner)))
                   : make_draft(text, statement->releases, keys, aggregates, grouped, public_keys);
    statement->markers = lappend(statement->markers, draft);
    ++statement->releases;
    if (grouped && !public_keys && !suppressed) {
        ++statement->measurements;
        ++statement->selections;
    }
    const auto column = static_cast<AttrNumber>(list_length(inner->targetList) + 1);
    inner->targetList =
        lappend(inner->targetList, makeTargetEntry(reinterpret_cast<Expr*>(make_marker(inner, from, text)), column,
                                                   pstrdup("release"), true));
}

void rewrite_release(Query* query, Statement* statement) {
    Rewriting rewriting = {query, statement, NIL, NIL, 0, false};
    Query* inner = make_question(take_inner(query, &rewriting), statement);
    check_functions(inner, statement->current_user);
    vet_release(inner, statement);
    check_privileges(inner);
    grammar::rebuild(inner, grammar::Stage::vetted); // the room runs another: this one's errors come early
    place_leaf(query, leave_outer(query, inner, &rewriting), statement);
}

} // namespace health_dp::release
