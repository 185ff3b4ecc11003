#include "projects/grants.hpp"

#include "postgres/errors.hpp"
#include "projects/catalogue.hpp"

namespace health_dp::projects {

namespace {

// A syntax error's position counts within our wrapping; show it within that text instead of within the caller's.
void relocate_error(void* wrapped) {
    const int position = geterrposition();
    if (position > 0) {
        errposition(0);
        internalerrposition(position);
        internalerrquery((const char*)wrapped);
    }
}

[[noreturn]] void refuse_form() {
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("a row filter is one boolean expression"),
                    errhint("Write a condition over the table's columns, as in: hospital IN ('HCL', 'CLB').")));
    pg_unreachable();
}

// The expression of "SELECT expression", which must be nothing more than that.
Node* parse_bare_select(char* text) {
    ErrorContextCallback callback;
    callback.callback = relocate_error;
    callback.arg = text;
    callback.previous = error_context_stack;
    error_context_stack = &callback;
    List* statements = raw_parser(text, RAW_PARSE_DEFAULT);
    error_context_stack = callback.previous;

    if (list_length(statements) != 1)
        refuse_form();
    const Node* statement = linitial_node(RawStmt, statements)->stmt;
    if (!IsA(statement, SelectStmt))
        refuse_form();
    const SelectStmt* select = (const SelectStmt*)statement;
    const bool bare = select->op == SETOP_NONE && select->distinctClause == NIL && select->intoClause == nullptr &&
                      select->fromClause == NIL && select->whereClause == nullptr && select->groupClause == NIL &&
                      select->havingClause == nullptr && select->windowClause == NIL && select->valuesLists == NIL &&
                      select->sortClause == NIL && select->limitOffset == nullptr && select->limitCount == nullptr &&
                      select->lockingClause == NIL && select->withClause == nullptr;
    if (!bare || list_length(select->targetList) != 1)
        refuse_form();
    const ResTarget* target = linitial_node(ResTarget, select->targetList);
    if (target->name != nullptr || target->indirection != NIL)
        refuse_form();
    return target->val;
}

// Takes the expression out of a syntax tree, so that no text of the steward's is ever part of a statement that runs.
// The text must be one expression with parentheses around it, where a comma or a name after it shows as what it is, and
// without them, where it cannot close ours and open its own. The newline ends a comment that would swallow our
// parenthesis.
Node* parse_filter(const char* filter) {
    parse_bare_select(psprintf("SELECT %s", filter));
    return parse_bare_select(psprintf("SELECT (%s\n)", filter));
}

void create_policy(Oid relation, int32 project_id, Node* condition) {
    CreatePolicyStmt* statement = makeNode(CreatePolicyStmt);
    statement->policy_name = project_policy_name(project_id);
    statement->table = makeRangeVar(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation), -1);
    statement->cmd_name = pstrdup("select");
    statement->permissive = true;
    RoleSpec* everybody = makeNode(RoleSpec);
    everybody->roletype = ROLESPEC_PUBLIC;
    everybody->location = -1;
    statement->roles = list_make1(everybody);
    statement->qual = condition;
    const ObjectAddress policy = CreatePolicy(statement);
    CommandCounterIncrement();
    // The statement names the table, and names can move: under our lock they cannot have.
    if (get_relation_policy_oid(relation, statement->policy_name, true) != policy.objectId)
        elog(ERROR, "table \"%s\" was renamed while it was granted", get_rel_name(relation));
}

void require_safe(Oid relation_oid, Node* filter) {
    if (filter == nullptr)
        return;
    const char* problem = nullptr;
    if (checkExprHasSubLink(filter))
        problem = "a row filter cannot contain a sub-select";
    else if (contain_mutable_functions(filter))
        problem = "a row filter calls only immutable functions";
    else {
        Bitmapset* columns = nullptr;
        pull_varattnos(filter, 1, &columns);
        for (int member = -1; (member = bms_next_member(columns, member)) >= 0;)
            if (member + FirstLowInvalidHeapAttributeNumber <= 0)
                problem = "a row filter reads the table's own columns, one by one";
    }
    if (problem != nullptr)
        ereport(ERROR, (errcode(sqlstate::kUnsafeExpression), errmsg("%s", problem),
                        errdetail("Table: %s.", get_rel_name(relation_oid)),
                        errhint("Compare columns of the table with constants, as in: hospital IN ('HCL', 'CLB').")));
}

} // namespace

void write_row_filter(int32 project_id, Oid relation, const char* filter) {
    LockRelationOid(relation, AccessExclusiveLock);
    if (get_rel_name(relation) == nullptr)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("the table does not exist any more"),
                        errhint("Name a table that exists.")));
    Node* condition = parse_filter(filter == nullptr ? "true" : filter);
    // Permissive as it is, a policy of the filter alone would open the table once DROP EXTENSION had taken the gate
    // away. With the gate in it, it stays shut whoever reads, and goes when the gate goes, after a restore as well.
    FuncCall* gate = makeFuncCall(list_make2(makeString(pstrdup("health_dp")), makeString(pstrdup("gate"))), NIL,
                                  COERCE_EXPLICIT_CALL, -1);
    condition = (Node*)makeBoolExpr(AND_EXPR, list_make2(gate, condition), -1);
    create_policy(relation, project_id, condition);
    require_safe(relation, row_filter(project_id, relation, 1));
}

} // namespace health_dp::projects
