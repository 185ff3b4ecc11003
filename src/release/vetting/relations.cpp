// Opens the tables of a release: what the label says they are, whether the project may see them, and whose rows they
// hold. A protected table becomes a subquery that reads it as its owner, with the project's row filter in its WHERE
// (so that outer joins keep their meaning) and, for linked tables, the owner as one more column. The planner pulls such
// subqueries up: they cost nothing.
#include "release/vetting/relations.hpp"
#include "postgres/errors.hpp"
#include "postgres/owners.hpp"
#include "postgres/trees.hpp"
#include "release/vetting/collations.hpp"
#include "release/vetting/row_filters.hpp"

namespace health_dp::release {

RangeTblEntry* make_reader(Query* query, Oid relation) {
    Relation opened = table_open(relation, AccessShareLock);
    auto* entry = makeNode(RangeTblEntry);
    entry->rtekind = RTE_RELATION;
    entry->relid = relation;
    entry->relkind = opened->rd_rel->relkind;
    entry->rellockmode = AccessShareLock;
    entry->inh = true;
    entry->inFromCl = true;
    List* names = NIL;
    for (int column = 0; column < RelationGetNumberOfAttributes(opened); ++column) {
        Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(opened), column);
        names = lappend(names, makeString(pstrdup(attribute->attisdropped ? "" : NameStr(attribute->attname))));
    }
    entry->eref = makeAlias(RelationGetRelationName(opened), names);
    table_close(opened, NoLock);
    query->rtable = lappend(query->rtable, entry);
    postgres::read_as(query, entry, postgres::owner_of(relation));
    return entry;
}

namespace {

[[noreturn]] void refuse_relation(Oid relation, int code, const char* problem, const char* hint) {
    ereport(ERROR, (errcode(code), errmsg("table \"%s\" %s", get_rel_name(relation), problem), errhint("%s", hint)));
    pg_unreachable();
}

// Patients are told apart by their own type's equality, under the column's collation.
void check_owner(Oid relation, const Var* owner) {
    const CollationProblem problem = collation_problem(owner->varcollid);
    if (problem.what != nullptr)
        refuse_relation(relation, sqlstate::kUnsafeExpression, psprintf("tells patients apart by %s", problem.what),
                        "Ask the DBA for the column under COLLATE \"C\".");
}

RangeTblRef* reference(int index) {
    auto* node = makeNode(RangeTblRef);
    node->rtindex = index;
    return node;
}

Var* column_var(int index, Oid relation, AttrNumber column) {
    Oid type, collation;
    int32 typmod;
    get_atttypetypmodcoll(relation, column, &type, &typmod, &collation);
    return makeVar(index, column, type, typmod, collation, 0);
}

Node* equality(Var* left, Var* right) {
    TypeCacheEntry* type = lookup_type_cache(left->vartype, TYPECACHE_EQ_OPR);
    return reinterpret_cast<Node*>(make_opclause(type->eq_opr, BOOLOID, false, reinterpret_cast<Expr*>(left),
                                                 reinterpret_cast<Expr*>(right), InvalidOid, left->varcollid));
}

List* all_columns(Oid relation) {
    Relation opened = table_open(relation, NoLock);
    List* targets = NIL;
    for (AttrNumber column = 1; column <= RelationGetNumberOfAttributes(opened); ++column) {
        Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(opened), column - 1);
        Expr* expression;
        if (attribute->attisdropped)
            expression = reinterpret_cast<Expr*>(makeNullConst(INT4OID, -1, InvalidOid));
        else
            expression = reinterpret_cast<Expr*>(
                makeVar(1, column, attribute->atttypid, attribute->atttypmod, attribute->attcollation, 0));
        targets = lappend(targets, makeTargetEntry(expression, column, pstrdup(NameStr(attribute->attname)), false));
    }
    table_close(opened, NoLock);
    return targets;
}

// The members' lack of write access is what keeps the neighbouring relation of [C1] meaningful: nobody who asks may
// change, reference or watch the rows.
void check_no_grip(Oid relation, const Statement* statement) {
    const AclMode grip = ACL_INSERT | ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE | ACL_REFERENCES | ACL_TRIGGER;
    const Oid users[] = {statement->session_user, statement->current_user};
    ListCell* cell;
    foreach (cell, find_all_inheritors(relation, AccessShareLock, nullptr))
        for (Oid user : users)
            if (!superuser_arg(user) && pg_class_aclmask(lfirst_oid(cell), user, grip, ACLMASK_ANY) != 0)
                refuse_relation(
                    lfirst_oid(cell), sqlstate::kProtected, "can be changed by the role that asks",
                    "Members of a project may hold no privilege on protected tables: ask with another role.");
}

bool may_change(Oid user, Oid relation) {
    const AclMode grip = ACL_INSERT | ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE | ACL_TRIGGER;
    return !superuser_arg(user) && (is_member_of_role(user, postgres::owner_of(relation)) ||
                                    is_member_of_role(user, postgres::owner_of_schema(get_rel_namespace(relation))) ||
                                    pg_class_aclmask(relation, user, grip, ACLMASK_ANY) != 0 ||
                                    pg_attribute_aclcheck_all(relation, user, ACL_INSERT, ACLMASK_ANY) == ACLCHECK_OK ||
                                    pg_attribute_aclcheck_all(relation, user, ACL_UPDATE, ACLMASK_ANY) == ACLCHECK_OK);
}

// Whoever changes a public table between two exact releases chooses the patients by which they differ; and his own
// table's pages show whether a protected row led there.
void check_not_theirs(Oid relation, const Statement* statement) {
    ListCell* cell;
    foreach (cell, find_all_inheritors(relation, AccessShareLock, nullptr))
        if (may_change(statement->session_user, lfirst_oid(cell)) ||
            may_change(statement->current_user, lfirst_oid(cell)))
            refuse_relation(
                lfirst_oid(cell), sqlstate::kUnsupported, "is public, yet the role that asks can change it",
                "Ask the DBA to give it, in a schema of another owner, to a role you are no member of, and to "
                "take away your privileges to change it.");
}

// Labels sit on local tables, but any of their partitions may be elsewhere: conditions would travel there.
void check_local(Oid relation) {
    ListCell* cell;
    foreach (cell, find_all_inheritors(relation, AccessShareLock, nullptr))
        if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_FOREIGN_TABLE)
            refuse_relation(lfirst_oid(cell), sqlstate::kUnsupported, "is a foreign table",
                            "Releases send nothing to other servers: copy its rows here.");
}

// A protected table that became a partition or child of a public one gives up no row through it.
void check_no_protected_part(Oid relation) {
    ListCell* cell;
    foreach (cell, find_all_inheritors(relation, AccessShareLock, nullptr))
        if (lfirst_oid(cell) != relation &&
            (projects::is_protected(lfirst_oid(cell)) || projects::has_walls(lfirst_oid(cell))))
            refuse_relation(
                relation, sqlstate::kNotPatientSafe,
                psprintf("is public, yet protected table \"%s\" is a part of it", get_rel_name(lfirst_oid(cell))),
                "Ask the DBA to detach it.");
}

// Policies beside ours: a release would not know what they mean to keep out.
bool has_other_policies(Oid relation) {
    Relation opened = table_open(relation, NoLock);
    bool found = false;
    ListCell* cell;
    if (opened->rd_rsdesc != nullptr)
        foreach (cell, opened->rd_rsdesc->policies)
            found = found || !projects::is_our_policy(static_cast<RowSecurityPolicy*>(lfirst(cell))->policy_name);
    table_close(opened, NoLock);
    return found;
}

void wrap(Query* query, RangeTblEntry* entry, Statement* statement) {
    const Oid relation = entry->relid;
    auto* inner = makeNode(Query);
    inner->commandType = CMD_SELECT;
    inner->querySource = QSRC_ORIGINAL;
    make_reader(inner, relation)->inh = entry->inh;
    inner->targetList = all_columns(relation);
    inner->jointree = makeFromExpr(list_make1(reference(1)), row_filter(inner, relation, 1, statement));

    // The entry's own permissions must not be checked against the member, who holds none.
    postgres::drop_permissions(query, entry);
    entry->rtekind = RTE_SUBQUERY;
    entry->subquery = inner;
    entry->security_barrier = false;
    entry->relid = InvalidOid;
    entry->relkind = 0;
    entry->rellockmode = 0;
    entry->inh = false;
    entry->securityQuals = NIL; // the gate
}

} // namespace

Oid wrapped_relation(const Query* query, int index) {
    const RangeTblEntry* entry = rt_fetch(index, query->rtable);
    if (entry->rtekind != RTE_SUBQUERY || entry->subquery->rtable == NIL)
        return InvalidOid;
    const RangeTblEntry* base = rt_fetch(1, entry->subquery->rtable);
    return base->rtekind == RTE_RELATION ? base->relid : InvalidOid;
}

SafeRelation open_table(Query* query, int index, Statement* statement) {
    RangeTblEntry* entry = rt_fetch(index, query->rtable);
    const Oid relation = entry->relid;
    SafeRelation safe = {false, NIL, nullptr, 0};
    if (entry->tablesample != nullptr)
        refuse_relation(relation, sqlstate::kUnsupported, "is read with TABLESAMPLE inside a release",
                        "Sampling shows which rows exist; leave it out.");
    projects::TableLabel label;
    projects::read_table_label(relation, &label);
    const bool personal =
        label.kind == projects::LabelKind::protected_direct || label.kind == projects::LabelKind::protected_via;
    if (const Oid parent = personal ? InvalidOid : projects::protected_ancestor(relation); OidIsValid(parent))
        refuse_relation(relation, sqlstate::kNotPatientSafe,
                        psprintf("is a partition or a child of protected table \"%s\"", get_rel_name(parent)),
                        psprintf("Ask about \"%s\", with a condition that selects the part.", get_rel_name(parent)));
    switch (label.kind) {
    case projects::LabelKind::none:
        refuse_relation(relation, sqlstate::kNotPatientSafe, "is neither protected nor public",
                        "Ask a steward: health_dp.declare_public() for code lists and calendars, "
                        "health_dp.protect() for personal data.");
    case projects::LabelKind::public_table:
        check_local(relation);
        check_no_protected_part(relation);
        check_not_theirs(relation, statement);
        if (entry->securityQuals != NIL)
            refuse_relation(relation, sqlstate::kUnsupported, "is public, yet has row-level policies",
                            "Drop the policies, or do not declare it public.");
        return safe;
    case projects::LabelKind::protected_direct:
    case projects::LabelKind::protected_via:
        break;
    }
    check_local(relation);
    if (!projects::has_walls(relation))
        refuse_relation(relation, sqlstate::kBadLabel, "is labelled but not walled off",
                        "Ask a steward to run health_dp.protect() again.");
    if (has_other_policies(relation))
        refuse_relation(relation, sqlstate::kBadLabel, "has row-level policies that are not health_dp's",
                        "Express them as the project's row filter (health_dp.grant_table), and drop them.");
    if (!projects::is_granted(statement->project->id, relation))
        refuse_relation(relation, sqlstate::kNotGranted,
                        psprintf("is not granted to project \"%s\"", NameStr(statement->project->name)),
                        "Ask a steward: health_dp.grant_table().");
    const Oid through = postgres::reads_as(query, entry);
    if (OidIsValid(through) && through != statement->current_user)
        refuse_relation(relation, sqlstate::kProtected, "is reached through a view that reads with its owner's rights",
                        "Make the view WITH (security_invoker = true).");
    check_no_grip(relation, statement);
    wrap(query, entry, statement);
    safe.personal = true;
    safe.personal_rels = bms_make_singleton(index);
    if (label.kind == projects::LabelKind::protected_direct) {
        safe.owners = list_make1(column_var(index, relation, label.owner));
        check_owner(relation, linitial_node(Var, safe.owners));
    } else
        safe.pending = index;
    return safe;
}

Var* resolve_link(Query* query, int index, Statement* statement) {
    RangeTblEntry* entry = rt_fetch(index, query->rtable);
    Query* inner = entry->subquery;
    Oid relation = wrapped_relation(query, index);
    int at = 1;
    projects::TableLabel label;
    projects::read_table_label(relation, &label);
    while (label.kind == projects::LabelKind::protected_via) {
        const Oid target = label.target;
        make_reader(inner, target);
        const int next = list_length(inner->rtable);
        inner->jointree->fromlist = lappend(inner->jointree->fromlist, reference(next));
        for (int i = 0; i < label.link_columns; ++i)
            inner->jointree->quals =
                make_and_qual(inner->jointree->quals,
                              equality(column_var(at, relation, label.from[i]), column_var(next, target, label.to[i])));
        // A row whose target the project may not see is out of the project's sight as well, joined or not.
        if (projects::is_granted(statement->project->id, target))
            inner->jointree->quals = make_and_qual(inner->jointree->quals, row_filter(inner, target, next, statement));
        relation = target;
        at = next;
        projects::read_table_label(relation, &label);
    }
    if (label.kind != projects::LabelKind::protected_direct) // a label is read with those that it leads to
        elog(ERROR, "the label of relation %u leads nowhere", relation);
    Var* owner = column_var(at, relation, label.owner);
    check_owner(relation, owner);
    const auto column = static_cast<AttrNumber>(list_length(inner->targetList) + 1);
    inner->targetList = lappend(
        inner->targetList, makeTargetEntry(reinterpret_cast<Expr*>(owner), column, pstrdup("health_dp owner"), false));
    entry->eref = postgres::copy(entry->eref);
    entry->eref->colnames = lappend(entry->eref->colnames, makeString(pstrdup("health_dp owner")));
    return makeVar(index, column, owner->vartype, owner->vartypmod, owner->varcollid, 0);
}

bool link_matches(Query* query, int linked, int target, List* conjuncts) {
    projects::TableLabel label;
    projects::read_table_label(wrapped_relation(query, linked), &label);
    if (label.kind != projects::LabelKind::protected_via || wrapped_relation(query, target) != label.target)
        return false;
    for (int i = 0; i < label.link_columns; ++i) {
        bool found = false;
        ListCell* cell;
        foreach (cell, conjuncts) {
            Var *left, *right;
            if (!owner_equality(static_cast<Node*>(lfirst(cell)), &left, &right))
                continue;
            const auto joins = [&](const Var* from, const Var* to) {
                return from->varno == linked && from->varattno == label.from[i] && to->varno == target &&
                       to->varattno == label.to[i];
            };
            found = found || joins(left, right) || joins(right, left);
        }
        if (!found)
            return false;
    }
    return label.link_columns > 0;
}

} // namespace health_dp::release
