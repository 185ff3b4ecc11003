#include "release/suppressed/row_origin.hpp"

#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/suppressed/join_lookups.hpp"
#include "release/vetting/columns.hpp"

namespace health_dp::release {

namespace {

// A column that there is for each row of a table: which entry of FROM reads the table, and the column's number.
struct Source {
    const RangeTblEntry* entry;
    AttrNumber column;
};

// Whether a patient has one row of this entry at most.
bool is_of_patients(const Query* query, int index) {
    check_stack_depth();
    const RangeTblEntry* entry = rt_fetch(index, query->rtable);
    if (entry->rtekind != RTE_SUBQUERY)
        return false;
    const Query* below = entry->subquery;
    ListCell* cell;
    if (is_wrapper(query, index)) {
        const projects::TableLabel label = table_label(query, index);
        foreach (cell, unique_indexes(wrapped_relation(query, index)))
            if (label.kind == projects::LabelKind::protected_direct &&
                bms_equal(static_cast<Bitmapset*>(lfirst(cell)), bms_make_singleton(label.owner)))
                return true;
        return false;
    }
    if (!makes_groups(below)) {
        const int base = below->setOperations == nullptr ? origin_of(below).base : 0;
        return base != 0 && is_of_patients(below, base);
    }
    List* clauses = below->distinctClause != NIL ? below->distinctClause : below->groupClause;
    foreach (cell, clauses) {
        const Var* key = plain_column(get_sortgroupclause_expr(lfirst_node(SortGroupClause, cell), below->targetList));
        if (key == nullptr || !names_patient(protected_column(below, key)))
            return false;
    }
    return clauses != NIL;
}

struct Gathering {
    const Query* query;
    const Origin* origin;
    List* sources;    // of Source*
    bool of_patients; // looks at what there is once for a patient, too
};

bool gather_sources(Node* node, void* context);

void add_source(Gathering* gathering, const RangeTblEntry* entry, AttrNumber column) {
    ListCell* cell;
    foreach (cell, gathering->sources) {
        const auto* known = static_cast<const Source*>(lfirst(cell));
        if (known->entry == entry && known->column == column)
            return;
    }
    auto* source = static_cast<Source*>(palloc(sizeof(Source)));
    *source = {entry, column};
    gathering->sources = lappend(gathering->sources, source);
}

void gather_column(const Var* column, Gathering* gathering) {
    const RangeTblEntry* entry = rt_fetch(column->varno, gathering->query->rtable);
    if (is_of_patients(gathering->query, column->varno)) {
        gathering->of_patients = true;
        return;
    }
    if (!is_personal(gathering->query, column->varno)) {
        // What is looked up is a function of what it was looked up by.
        ListCell* cell;
        foreach (cell, gathering->origin->lookups) {
            const auto* lookup = static_cast<const Lookup*>(lfirst(cell));
            if (lookup->index == column->varno)
                gather_sources(lookup->other, gathering);
        }
        return;
    }
    const TargetEntry* target = get_tle_by_resno(entry->subquery->targetList, column->varattno);
    if (is_wrapper(gathering->query, column->varno) || target == nullptr || makes_groups(entry->subquery)) {
        add_source(gathering, entry, column->varattno);
        return;
    }
    const Origin origin = origin_of(entry->subquery);
    Gathering below = {entry->subquery, &origin, gathering->sources, gathering->of_patients};
    gather_sources(reinterpret_cast<Node*>(target->expr), &below);
    gathering->sources = below.sources;
    gathering->of_patients = below.of_patients;
}

bool gather_sources(Node* node, void* context) {
    if (node == nullptr || IsA(node, Query)) // sub-selects of conditions are public and look at nothing outside
        return false;
    if (IsA(node, Var) && castNode(Var, node)->varlevelsup == 0) {
        gather_column(castNode(Var, node), static_cast<Gathering*>(context));
        return false;
    }
    return postgres::walk_expression(node, gather_sources, context);
}

void check_one_source(Node* node, const Query* query, const Origin* origin, const char* what) {
    Gathering gathering = {query, origin, NIL, false};
    gather_sources(node, &gathering);
    if (list_length(gathering.sources) + (gathering.of_patients ? 1 : 0) > 1 && gathering.sources != NIL)
        ereport(
            ERROR,
            (errcode(sqlstate::kMixedColumns),
             errmsg("%s of a release that counts rows looks at a column of theirs and at something else", what),
             errdetail("It could choose how many rows a patient brings by what is to be found out about him."),
             errhint("Write one %s for each column, ask for sc_count(DISTINCT patient) alone, or have the table say it "
                     "in a column of its own.",
                     what + 2)));
}

bool is_lookup(const Origin& origin, Node* conjunct) {
    ListCell* cell;
    foreach (cell, origin.lookups)
        if (static_cast<const Lookup*>(lfirst(cell))->conjunct == conjunct)
            return true;
    return false;
}

// The block's own conditions, and those of subqueries whose rows it has.
void check_block(const Query* query, const Origin& origin) {
    check_stack_depth();
    List* conjuncts = NIL;
    Bitmapset* indexes = nullptr;
    gather_conjuncts(reinterpret_cast<Node*>(query->jointree), &conjuncts, &indexes);
    ListCell* cell;
    foreach (cell, conjuncts)
        if (!is_lookup(origin, static_cast<Node*>(lfirst(cell))))
            check_one_source(static_cast<Node*>(lfirst(cell)), query, &origin, "a condition");
    int index = -1;
    while ((index = bms_next_member(indexes, index)) >= 0) {
        const RangeTblEntry* entry = rt_fetch(index, query->rtable);
        if (!is_personal(query, index) || is_wrapper(query, index) || is_of_patients(query, index))
            continue;
        const Origin below = makes_groups(entry->subquery) ? Origin{0, 0, NIL} : origin_of(entry->subquery);
        if (below.base == 0)
            ereport(ERROR, (errcode(sqlstate::kMultipliedRows),
                            errmsg("a release that counts rows does not know which rows subquery \"%s\" has",
                                   entry->eref->aliasname),
                            errhint("Group it by the patient alone, or ask for sc_count(DISTINCT patient) alone.")));
        check_block(entry->subquery, below);
    }
}

} // namespace

void check_row_origin(Query* query, int keys) {
    const Origin origin = origin_of(query);
    if (origin.base == 0)
        ereport(
            ERROR,
            (errcode(sqlstate::kMultipliedRows),
             errmsg("a release that counts rows does not take a join that may multiply them: \"%s\" may bring several "
                    "to one",
                    rt_fetch(origin.unproved, query->rtable)->eref->aliasname),
             errhint("Join it on a unique key of its own, group it by the patient, or ask for sc_count(DISTINCT "
                     "patient) alone.")));
    check_block(query, origin);
    for (int key = 0; key < keys; ++key)
        check_one_source(reinterpret_cast<Node*>(static_cast<TargetEntry*>(list_nth(query->targetList, key))->expr),
                         query, &origin, "a key");
}

} // namespace health_dp::release
