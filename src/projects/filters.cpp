#include "projects/filters.hpp"

#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "projects/catalogue.hpp"
#include "projects/tables.hpp"

namespace health_dp::projects {

namespace {

constexpr const char* kOneByOne = "a row filter reads the table's own columns, one by one";
constexpr const char* kForeignFunction = "a row filter calls only functions of PostgreSQL and of health_dp";

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

[[noreturn]] void refuse(Oid relation, const char* problem) {
    ereport(ERROR, (errcode(sqlstate::kUnsafeExpression), errmsg("%s", problem),
                    errdetail("Table: %s.", get_rel_name(relation)),
                    errhint("Compare columns of the table with constants, as in: hospital IN ('HCL', 'CLB').")));
    pg_unreachable();
}

// Whether making a value of the type out of text runs nothing that a user wrote: domains below it are checked by their
// own conditions, and ranges made canonical by a function. A domain itself is no matter: its condition is checked when
// the value is used, not when it is read.
bool is_read_by_postgres(Oid type) {
    type = getBaseType(type);
    if (type < FirstNormalObjectId)
        return true;
    const Oid element = get_element_type(type);
    if (OidIsValid(element))
        return element < FirstNormalObjectId || type_is_enum(element) ||
               (get_typtype(element) == TYPTYPE_BASE && !OidIsValid(get_element_type(element)));
    return type_is_enum(type) || get_typtype(type) == TYPTYPE_BASE;
}

void require_read_by_postgres(Oid relation, Oid type) {
    if (!is_read_by_postgres(type))
        refuse(relation, psprintf("a row filter has no values of type %s", format_type_be(type)));
}

void check_column(Oid relation, const ColumnRef* reference) {
    auto* last = static_cast<Node*>(llast(reference->fields));
    if (!IsA(last, String))
        refuse(relation, kOneByOne);
    const char* name = strVal(last);
    const AttrNumber column = get_attnum(relation, name);
    if (column != InvalidAttrNumber)
        require_read_by_postgres(relation, get_atttype(relation, column));
    else if (strcmp(name, get_rel_name(relation)) == 0)
        refuse(relation, kOneByOne);
}

// Names of other schemas are types in disguise as well: schema.type('text') is a cast.
void check_call(Oid relation, const FuncCall* call) {
    if (list_length(call->funcname) < 2)
        return;
    const char* schema = strVal(linitial(call->funcname));
    if (list_length(call->funcname) > 2 || (strcmp(schema, "pg_catalog") != 0 && strcmp(schema, kSchema) != 0))
        refuse(relation, kForeignFunction);
}

// Before the analysis, which makes values of literals and would run what a user wrote to do so.
bool check_syntax(Node* node, void* context) {
    if (node == nullptr)
        return false;
    const Oid relation = *static_cast<Oid*>(context);
    switch (nodeTag(node)) {
    case T_SubLink:
        refuse(relation, "a row filter cannot contain a sub-select");
    case T_TypeName:
        require_read_by_postgres(relation, typenameTypeId(nullptr, castNode(TypeName, node)));
        break;
    case T_ColumnRef:
        check_column(relation, castNode(ColumnRef, node));
        break;
    case T_FuncCall:
        check_call(relation, castNode(FuncCall, node));
        break;
    default:
        break;
    }
    return postgres::walk_syntax(node, check_syntax, context);
}

Oid namespace_of_type(Oid type) {
    HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
    if (!HeapTupleIsValid(tuple))
        return InvalidOid;
    const Oid schema = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typnamespace;
    ReleaseSysCache(tuple);
    return schema;
}

bool is_foreign(Oid function, void*) {
    const bool of_postgres = function < FirstNormalObjectId && get_func_namespace(function) == PG_CATALOG_NAMESPACE;
    return !of_postgres && getExtensionOfObject(ProcedureRelationId, function) != own_extension();
}

bool check_part(Node* node, void* context) {
    if (node == nullptr)
        return false;
    const Oid relation = *static_cast<Oid*>(context);
    if (!IsA(node, List) && !IsA(node, CaseWhen)) {
        if (check_functions_in_node(node, is_foreign, nullptr))
            refuse(relation, kForeignFunction);
        // In another session its name is another type's.
        if (isAnyTempNamespace(namespace_of_type(exprType(node))))
            refuse(relation, "a row filter names no temporary type");
    }
    return postgres::walk_expression(node, check_part, context);
}

void require_safe(Oid relation, Node* filter) {
    check_part(filter, &relation);
    if (contain_mutable_functions(filter))
        refuse(relation, "a row filter calls only immutable functions");
    if (bms_is_member(0, columns_of(filter)))
        refuse(relation, kOneByOne);
}

// As the condition of a SELECT that nobody runs: names, types and collations are PostgreSQL's to find.
Node* analyse(Relation relation, Node* condition) {
    SelectStmt* select = makeNode(SelectStmt);
    ResTarget* target = makeNode(ResTarget);
    A_Const* number = makeNode(A_Const);
    number->isnull = true;
    number->location = -1;
    target->val = reinterpret_cast<Node*>(number);
    target->location = -1;
    select->targetList = list_make1(target);
    select->fromClause = list_make1(makeRangeVar(get_namespace_name(RelationGetNamespace(relation)),
                                                 pstrdup(RelationGetRelationName(relation)), -1));
    select->whereClause = condition;
    ParseState* state = make_parsestate(nullptr);
    Query* query = transformStmt(state, reinterpret_cast<Node*>(select));
    free_parsestate(state);
    // The statement names the table, and names can move: under our lock it cannot have.
    if (rt_fetch(1, query->rtable)->relid != RelationGetRelid(relation))
        elog(ERROR, "table \"%s\" was renamed while its row filter was read", RelationGetRelationName(relation));
    return query->jointree->quals;
}

// What the meaning of a text depends on, and that of a deparsed expression.
constexpr const char* kSettings[][2] = {
    {"search_path", "pg_catalog, pg_temp"},
    {"DateStyle", "ISO, YMD"},
    {"IntervalStyle", "postgres"},
    {"TimeZone", "UTC"},
    {"extra_float_digits", "1"},
    {"bytea_output", "hex"},
    {"xmlbinary", "base64"},
    {"xmloption", "content"},
    {"array_nulls", "on"},
    {"quote_all_identifiers", "off"},
    {"standard_conforming_strings", "on"},
    {"backslash_quote", "safe_encoding"},
    {"transform_null_equals", "off"},
    {"lc_monetary", "C"},
};

} // namespace

Bitmapset* columns_of(Node* filter) {
    Bitmapset* numbers = nullptr;
    Bitmapset* columns = nullptr;
    pull_varattnos(filter, 1, &numbers);
    for (int member = -1; (member = bms_next_member(numbers, member)) >= 0;)
        columns = bms_add_member(columns, Max(member + FirstLowInvalidHeapAttributeNumber, 0));
    return columns;
}

Reading begin_reading(Relation relation, bool from_record) {
    Reading reading;
    reading.level = NewGUCNestLevel();
    for (const auto& setting : kSettings)
        if (from_record)
            (void)set_config_option(setting[0], setting[1], PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                                    false);
    GetUserIdAndSecContext(&reading.user, &reading.context);
    SetUserIdAndSecContext(relation->rd_rel->relowner,
                           reading.context | SECURITY_RESTRICTED_OPERATION | SECURITY_LOCAL_USERID_CHANGE);
    return reading;
}

void end_reading(const Reading& reading) {
    SetUserIdAndSecContext(reading.user, reading.context);
    AtEOXact_GUC(false, reading.level);
}

Node* read_filter(Relation relation, const char* text) {
    Node* condition = parse_filter(text);
    Oid number = RelationGetRelid(relation);
    check_syntax(condition, &number);
    condition = analyse(relation, condition);
    require_safe(number, condition);
    return condition;
}

} // namespace health_dp::projects
