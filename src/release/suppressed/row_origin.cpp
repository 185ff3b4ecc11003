#include "release/suppressed/row_origin.hpp"

#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/suppressed/padding.hpp"
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
        const Var* key = same_column(get_sortgroupclause_expr(lfirst_node(SortGroupClause, cell), below->targetList));
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
    List* presences;  // outer joins that were looked into already
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

void gather_conditions(Gathering* gathering, List* conjuncts) {
    ListCell* cell;
    foreach (cell, conjuncts)
        if (!finds_owner(gathering->query, static_cast<Node*>(lfirst(cell))))
            gather_sources(static_cast<Node*>(lfirst(cell)), gathering);
}

// Whether an outer join's optional side has a row says how its conditions came out, even where the column is not null.
void gather_presence(int index, Gathering* gathering) {
    ListCell* cell;
    foreach (cell, gathering->origin->outer_joins) {
        const auto* outer = static_cast<const OuterJoin*>(lfirst(cell));
        if (!bms_is_member(index, outer->optional) || list_member_ptr(gathering->presences, outer))
            continue;
        gathering->presences = lappend(gathering->presences, const_cast<OuterJoin*>(outer));
        // With the base on this side, and nobody's rows on the other, only rows count in which they hold.
        if (!bms_is_member(gathering->origin->base, outer->optional) || outer->owned)
            gather_conditions(gathering, outer->conjuncts);
    }
}

// What is looked up is a function of what it was looked up by.
void gather_lookups(int index, Gathering* gathering) {
    ListCell* cell;
    foreach (cell, gathering->origin->lookups) {
        const auto* lookup = static_cast<const Lookup*>(lfirst(cell));
        if (lookup->index == index)
            gather_sources(lookup->other, gathering);
    }
}

void gather_column(const Var* column, Gathering* gathering) {
    const RangeTblEntry* entry = rt_fetch(column->varno, gathering->query->rtable);
    gather_presence(column->varno, gathering);
    if (is_of_patients(gathering->query, column->varno)) {
        gathering->of_patients = true;
        return;
    }
    if (!is_personal(gathering->query, column->varno)) {
        gather_lookups(column->varno, gathering);
        return;
    }
    const TargetEntry* target = get_tle_by_resno(entry->subquery->targetList, column->varattno);
    if (is_wrapper(gathering->query, column->varno) || target == nullptr || makes_groups(entry->subquery)) {
        add_source(gathering, entry, column->varattno);
        return;
    }
    const Origin origin = origin_of(entry->subquery);
    Gathering below = {entry->subquery, &origin, gathering->sources, gathering->of_patients, NIL};
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

void check_gathered(const Gathering& gathering, const char* what) {
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

void check_one_source(Node* node, const Query* query, const Origin* origin, const char* what) {
    Gathering gathering = {query, origin, NIL, false, NIL};
    gather_sources(node, &gathering);
    check_gathered(gathering, what);
}

bool is_lookup(const Origin& origin, Node* conjunct) {
    ListCell* cell;
    foreach (cell, origin.lookups)
        if (static_cast<const Lookup*>(lfirst(cell))->conjunct == conjunct)
            return true;
    return false;
}

// A row for which nothing is found is left out, unless an outer join keeps it.
bool filters(const Origin& origin, int index) {
    ListCell* cell;
    foreach (cell, origin.outer_joins) {
        const auto* outer = static_cast<const OuterJoin*>(lfirst(cell));
        if (bms_is_member(index, outer->optional) && !bms_is_member(origin.base, outer->optional))
            return false;
    }
    return true;
}

// What an entry is looked up by is one condition: pairs of values, in a list of them, are one over two columns.
void check_lookups(const Query* query, const Origin& origin) {
    int index = -1;
    const From from = read_from(reinterpret_cast<Node*>(query->jointree));
    while ((index = bms_next_member(from.entries, index)) >= 0) {
        if (!filters(origin, index))
            continue;
        Gathering gathering = {query, &origin, NIL, false, NIL};
        ListCell* cell;
        foreach (cell, origin.lookups) {
            const auto* lookup = static_cast<const Lookup*>(lfirst(cell));
            if (lookup->index == index && !finds_owner(query, lookup->conjunct))
                gather_sources(is_personal(query, index) ? lookup->conjunct : lookup->other, &gathering);
        }
        check_gathered(gathering, "a condition");
    }
}

void refuse_padding(const Query* query, const Origin& origin) {
    if (origin.padded)
        ereport(
            ERROR,
            (errcode(sqlstate::kMultipliedRows),
             errmsg("a release that counts rows does not take conditions on the optional side of an outer join: they "
                    "choose which rows of \"%s\" are found",
                    rt_fetch(origin.unproved, query->rtable)->eref->aliasname),
             errdetail("Each patient would bring one row where none is chosen, and as many as are chosen where some "
                       "are: the conditions would say how many."),
             errhint("Use an inner join, join on the patient alone, or ask for sc_count(DISTINCT patient) alone.")));
}

// The block's own conditions, and those of subqueries whose rows it has.
void check_block(const Query* query, const Origin& origin) {
    check_stack_depth();
    const From from = read_from(reinterpret_cast<Node*>(query->jointree));
    check_lookups(query, origin);
    ListCell* cell;
    foreach (cell, all_conjuncts(from))
        if (!is_lookup(origin, static_cast<Node*>(lfirst(cell))))
            check_one_source(static_cast<Node*>(lfirst(cell)), query, &origin, "a condition");
    int index = -1;
    while ((index = bms_next_member(from.entries, index)) >= 0) {
        const RangeTblEntry* entry = rt_fetch(index, query->rtable);
        if (!is_personal(query, index) || is_wrapper(query, index) || is_of_patients(query, index))
            continue;
        const Origin below = makes_groups(entry->subquery) ? Origin{0, 0, false, NIL, NIL} : origin_of(entry->subquery);
        refuse_padding(entry->subquery, below);
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
    refuse_padding(query, origin);
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
