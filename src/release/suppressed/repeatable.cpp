// What makes a suppressed release the same question at every execution: two populations that differ by a patient tell
// about that patient, so nothing may decide over rows that somebody can change and the population's text does not show.
#include "postgres/errors.hpp"
#include "postgres/owners.hpp"
#include "postgres/trees.hpp"
#include "release/suppressed/suppressed_query.hpp"

namespace health_dp::release {

namespace {

[[noreturn]] void refuse(const char* message, const char* hint) {
    ereport(ERROR, (errcode(sqlstate::kNotRepeatable), errmsg("%s", message), errhint("%s", hint)));
    pg_unreachable();
}

// Written by name, and whoever drops an object and makes another of its name has changed what is written.
bool is_name_of_object(Oid type) {
    switch (type) {
    case REGPROCOID:
    case REGPROCEDUREOID:
    case REGOPEROID:
    case REGOPERATOROID:
    case REGCLASSOID:
    case REGCOLLATIONOID:
    case REGTYPEOID:
    case REGROLEOID:
    case REGNAMESPACEOID:
    case REGCONFIGOID:
    case REGDICTIONARYOID:
        return true;
    default:
        return false;
    }
}

bool belongs_to(Oid owner, const Statement* statement) {
    for (const Oid user : {statement->session_user, statement->current_user})
        if (!superuser_arg(user) && is_member_of_role(user, owner))
            return true;
    return false;
}

// An enum's order, a domain's base: a type of one's own means something else from one day to the next.
void check_type(Oid type, const Statement* statement) {
    if (const Oid element = get_element_type(type); OidIsValid(element))
        type = element;
    if (is_name_of_object(type))
        refuse(psprintf("a suppressed release does not take values of type %s", format_type_be(type)),
               "What has a name today may be something else tomorrow: write numbers or texts.");
    if (type < FirstNormalObjectId)
        return;
    HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for type %u", type);
    const auto* form = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
    const bool theirs =
        belongs_to(form->typowner, statement) || belongs_to(postgres::owner_of_schema(form->typnamespace), statement);
    ReleaseSysCache(tuple);
    if (theirs)
        refuse(psprintf("a suppressed release does not take values of type %s, which the role that asks can change",
                        format_type_be(type)),
               "Use a type of PostgreSQL's, or one that belongs, with its schema, to a role you are no member of.");
}

bool find_change(Node* node, void* context) {
    if (node == nullptr)
        return false;
    const auto* statement = static_cast<const Statement*>(context);
    switch (nodeTag(node)) {
    // Where values come from.
    case T_Var:
    case T_Const:
    case T_FuncExpr:
    case T_OpExpr:
    case T_RelabelType:
    case T_CoerceViaIO:
    case T_ArrayExpr:
        check_type(exprType(node), statement);
        break;
    case T_Param:
        if (castNode(Param, node)->paramkind == PARAM_EXTERN)
            refuse("a suppressed release does not take parameters", "Write their values as literals.");
        break;
    case T_Query: {
        auto* query = castNode(Query, node);
        // Which rows it keeps is the plan's choice, where their order leaves one.
        if (query->limitCount != nullptr || query->limitOffset != nullptr)
            refuse("a suppressed release does not take LIMIT or OFFSET",
                   "Which rows it keeps may change from one execution to the next: ask a steward for a public table of "
                   "those you mean, or write a condition.");
        return postgres::walk_query(query, find_change, context, 0);
    }
    default:
        break;
    }
    return postgres::walk_expression(node, find_change, context);
}

} // namespace

void check_repeatable(Query* inner, const Statement* statement) {
    if (contain_mutable_functions(reinterpret_cast<Node*>(inner)))
        refuse("a suppressed release does not depend on the clock or on settings",
               "Write dates as literals of the column's own type, instead of now(), CURRENT_DATE or a conversion that "
               "depends on the time zone or on DateStyle.");
    find_change(reinterpret_cast<Node*>(inner), const_cast<Statement*>(statement));
}

} // namespace health_dp::release
