// Opening the tables of a release, and finding the owner of a linked one.
#pragma once

#include "release/vetting/statement.hpp"

namespace health_dp::release {

// Makes a query's next entry one that reads a table with its owner's privileges.
RangeTblEntry* make_reader(Query* query, Oid relation);

// Checks a table's label, walls and grant and wraps it; the owner of a linked table is still pending.
SafeRelation open_table(Query* query, int index, Statement* statement);

// The protected table that a wrapping subquery reads; InvalidOid for anything else.
Oid wrapped_relation(const Query* query, int index);

// Appends the owner of a linked table as a column of its wrapping subquery; returns the Var that holds it.
Var* resolve_link(Query* query, int index, Statement* statement);

// Whether the conjuncts equate every column of the linked table's link with its target's.
bool link_matches(Query* query, int linked, int target, List* conjuncts);

// Whether a condition is an equality, under the type's own operator, of two plain columns.
bool owner_equality(Node* condition, Var** left, Var** right);

} // namespace health_dp::release
