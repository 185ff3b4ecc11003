// What vetting does for suppressed releases alone: which aggregates, and what they look at.
#include "release/suppressed/suppressed_query.hpp"
#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/plan/plan.hpp"
#include "release/suppressed/population.hpp"
#include "release/vetting/columns.hpp"

namespace health_dp::release {

namespace {

[[noreturn]] void refuse(int code, const char* message, const char* hint) {
    ereport(ERROR, (errcode(code), errmsg("%s", message), errhint("%s", hint)));
    pg_unreachable();
}

void check_choices(Query* query, bool keys);

bool find_choice(Node* node, void* context) {
    auto* query = static_cast<Query*>(context);
    if (node == nullptr)
        return false;
    Var *left, *right;
    if (owner_equality(node, &left, &right) && joins_patients(query, left, right))
        return false;
    if (IsA(node, Query)) {
        check_choices(castNode(Query, node), false);
        return false;
    }
    if (IsA(node, Var) && castNode(Var, node)->varlevelsup == 0 &&
        names_row(protected_column(query, castNode(Var, node))))
        refuse(sqlstate::kPersonalKey, "a suppressed release does not look at who a patient is, or which row is which",
               "Choose and group patients by what many of them have in common; join on the patient only.");
    return postgres::walk_expression(node, find_choice, context);
}

void check_choices(Query* query, bool keys) {
    check_stack_depth();
    ListCell* cell;
    foreach (cell, query->targetList) {
        auto* expression = reinterpret_cast<Node*>(lfirst_node(TargetEntry, cell)->expr);
        if (keys || plain_column(expression) == nullptr)
            find_choice(expression, query);
    }
    find_choice(reinterpret_cast<Node*>(query->jointree), query);
    find_choice(query->havingQual, query);
    for (int index = 1; index <= list_length(query->rtable); ++index) {
        const RangeTblEntry* entry = rt_fetch(index, query->rtable);
        // What reads a protected table itself is ours, with the project's row filter in it.
        if (entry->rtekind == RTE_SUBQUERY && table_label(query, index).kind == projects::LabelKind::none)
            check_choices(entry->subquery, false);
    }
}

int count_relation(Query* query, Oid relation) {
    check_stack_depth();
    int count = 0;
    for (int index = 1; index <= list_length(query->rtable); ++index) {
        const RangeTblEntry* entry = rt_fetch(index, query->rtable);
        if (entry->rtekind == RTE_RELATION && entry->relid == relation)
            ++count;
        else if (entry->rtekind == RTE_SUBQUERY)
            count += count_relation(entry->subquery, relation);
    }
    return count;
}

// A sum is the same whatever the query calls its column: what stands for the column is its name in the table.
char* digest_of_column(const ProtectedColumn& column) {
    const char* name = psprintf("%s.%s",
                                quote_qualified_identifier(get_namespace_name(get_rel_namespace(column.relation)),
                                                           get_rel_name(column.relation)),
                                quote_identifier(get_attname(column.relation, column.number, false)));
    return digest_of_text(name);
}

struct Looking {
    const Query* query;
    List* columns; // of String: digests
};

bool look(Node* node, void* context);

void look_at_column(const Var* variable, Looking* looking) {
    const ProtectedColumn column = protected_column(looking->query, variable);
    if (OidIsValid(column.relation)) {
        Node* digest = reinterpret_cast<Node*>(makeString(digest_of_column(column)));
        looking->columns = list_append_unique(looking->columns, digest);
        return;
    }
    const RangeTblEntry* entry = rt_fetch(variable->varno, looking->query->rtable);
    if (variable->varattno <= 0 || entry->rtekind != RTE_SUBQUERY || entry->subquery->setOperations != nullptr)
        return;
    if (const TargetEntry* target = get_tle_by_resno(entry->subquery->targetList, variable->varattno)) {
        Looking below = {entry->subquery, looking->columns};
        look(reinterpret_cast<Node*>(target->expr), &below);
        looking->columns = below.columns;
    }
}

bool look(Node* node, void* context) {
    if (node == nullptr || IsA(node, Query))
        return false;
    if (IsA(node, Var) && castNode(Var, node)->varlevelsup == 0) {
        look_at_column(castNode(Var, node), static_cast<Looking*>(context));
        return false;
    }
    return postgres::walk_expression(node, look, context);
}

// The columns that conditions and groups look at, those of subqueries among them.
void look_at_conditions(const Query* query, List** columns) {
    check_stack_depth();
    Looking looking = {query, *columns};
    look(reinterpret_cast<Node*>(query->jointree), &looking);
    look(query->havingQual, &looking);
    ListCell* cell;
    foreach (cell, query->groupClause)
        look(get_sortgroupclause_expr(lfirst_node(SortGroupClause, cell), query->targetList), &looking);
    *columns = looking.columns;
    for (int index = 1; index <= list_length(query->rtable); ++index) {
        const RangeTblEntry* entry = rt_fetch(index, query->rtable);
        if (entry->rtekind == RTE_SUBQUERY && table_label(query, index).kind == projects::LabelKind::none)
            look_at_conditions(entry->subquery, columns);
    }
}

// An expression could be anything in disguise, a count of one patient among it.
char* vet_summed(Query* query, Aggref* aggregate) {
    const char* name = own_name(aggregate->aggfnoid);
    auto* value = reinterpret_cast<Node*>(linitial_node(TargetEntry, aggregate->args)->expr);
    const Var* variable = plain_column(value);
    const ProtectedColumn column =
        variable != nullptr ? protected_column(query, variable) : ProtectedColumn{InvalidOid, InvalidAttrNumber};
    if (!OidIsValid(column.relation))
        refuse(
            sqlstate::kUnsupported, psprintf("%s takes a column of a protected table", name),
            "Name the column alone: an expression would be another table, whose small cells nobody sees. What is often "
            "asked for can be a column of the table.");
    if (names_row(column))
        refuse(sqlstate::kPersonalKey, psprintf("%s does not look at who a patient is, or which row is which", name),
               "Add up columns that many patients have in common.");
    if (count_relation(query, column.relation) > 1)
        refuse(sqlstate::kUnsupported, psprintf("%s takes a column of a table that stands in FROM once", name),
               "Leave the second one out.");
    projects::DecimalText lower, upper;
    if (!declared_bounds(query, value, lower, upper))
        ereport(ERROR, (errcode(sqlstate::kMissingBounds), errmsg("%s needs bounds", name),
                        errhint("Ask a steward to declare the column's: health_dp.declare_bounds(). Values outside are "
                                "taken for the bounds.")));
    return psprintf("%s:%s:%s", digest_of_column(column), lower, upper);
}

} // namespace

char* vet_suppressed_aggregate(Query* query, Aggref* aggregate, const SafeRelation& from, Statement* statement) {
    if (aggregate->aggfilter != nullptr)
        refuse(sqlstate::kUnsupported, "an sc aggregate does not take FILTER",
               "What it keeps is a table of its own, whose small cells must be hidden too: put the condition into "
               "GROUP BY.");
    if (aggregate->aggorder != NIL)
        refuse(sqlstate::kUnsupported, "an sc aggregate does not take ORDER BY",
               "Leave it out: order does not matter.");
    bool with_bounds;
    const AggregateKind kind = classify_aggregate(aggregate, &with_bounds);
    if (kind == AggregateKind::suppressed_hidden)
        return pstrdup("hidden");
    if (aggregate->args == NIL)
        return pstrdup("rows");
    auto* argument = linitial_node(TargetEntry, aggregate->args);
    char* measure = nullptr;
    if (kind != AggregateKind::suppressed_count) {
        if (aggregate->aggdistinct != NIL)
            refuse(sqlstate::kUnsupported, psprintf("%s does not take DISTINCT", own_name(aggregate->aggfnoid)),
                   "It adds up the values of all rows.");
        measure = vet_summed(query, aggregate);
    } else if (aggregate->aggdistinct == NIL || !is_owner(from, reinterpret_cast<Node*>(argument->expr)))
        refuse(sqlstate::kUnsupported, "sc_count counts rows or patients",
               "Write sc_count(*), or sc_count(DISTINCT patient) with the column that says whose row it is: join the "
               "table "
               "that a link leads to. For rows without a value, put x IS NULL into GROUP BY.");
    const Place place = {"the argument of an sc aggregate", query, statement};
    argument->expr = reinterpret_cast<Expr*>(vet_expression(reinterpret_cast<Node*>(argument->expr), place));
    return measure != nullptr ? measure : pstrdup("patients");
}

bool counts_rows(List* measures) {
    ListCell* cell;
    foreach (cell, measures)
        if (strcmp(strVal(lfirst(cell)), "patients") != 0 && strcmp(strVal(lfirst(cell)), "hidden") != 0)
            return true;
    return false;
}

void check_suppressed(Query* inner, int keys, const Statement* statement) {
    // Of the target list the keys alone: what is measured has rules of its own.
    List* targets = inner->targetList;
    inner->targetList = list_copy_head(targets, keys);
    check_repeatable(inner, statement);
    // Whoever names the patients of a cell, or of the population, knows all of them but one.
    check_choices(inner, true);
    inner->targetList = targets;
}

List* columns_looked_at(Query* inner) {
    List* looked_at = NIL;
    look_at_conditions(inner, &looked_at);
    if (list_length(looked_at) > kMaxLookedAt)
        refuse(sqlstate::kUnsupported,
               psprintf("conditions and keys of a suppressed release look at %d columns at most", kMaxLookedAt),
               "Ask a simpler question.");
    return looked_at;
}

} // namespace health_dp::release
