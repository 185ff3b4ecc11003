#include "release/vetting/privileges.hpp"

#include "postgres/trees.hpp"

namespace health_dp::release {

namespace {

bool check_function(Oid function, void* context) {
    const Oid role = *static_cast<Oid*>(context);
    if (!postgres::may_execute(function, role))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied for function %s", get_func_name(function))));
    return false;
}

bool check_functions_walker(Node* node, void* context) {
    if (node == nullptr)
        return false;
    if (check_functions_in_node(node, check_function, context))
        return true;
    if (IsA(node, Query))
        return postgres::walk_query(castNode(Query, node), check_functions_walker, context, 0);
    return postgres::walk_expression(node, check_functions_walker, context);
}

bool check_privileges_walker(Node* node, void* context) {
    if (node == nullptr)
        return false;
    if (IsA(node, Query)) {
        postgres::check_permissions(castNode(Query, node));
        return postgres::walk_query(castNode(Query, node), check_privileges_walker, context, 0);
    }
    return postgres::walk_expression(node, check_privileges_walker, context);
}

} // namespace

void check_functions(Query* query, Oid role) { check_functions_walker(reinterpret_cast<Node*>(query), &role); }

void check_privileges(Query* query) { check_privileges_walker(reinterpret_cast<Node*>(query), nullptr); }

} // namespace health_dp::release
