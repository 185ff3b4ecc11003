// The planner's side of a release: from a query block with dp aggregates to a vetted, rewritten one.
#pragma once

#include "postgres/api.hpp"
#include "projects/catalogue.hpp"
#include "release/plan/aggregates.hpp"

namespace health_dp::release {

// Everything that is true of the statement being planned.
struct Statement {
    const projects::Project* project;
    Oid session_user; // who asks
    Oid current_user;
    bool suppressed;  // its releases are suppressed ones; else all are differentially private
    bool exempt;      // both roles bypass row-level security: may read protected tables outside releases
    bool unfiltered;  // only looked at for errors, and never run: row filters are not read
    int releases;     // found so far
    int measurements; // noisy vectors and selections that share ε
    int selections;   // partition selections that share δ
    List* markers;    // Const nodes to be completed once all of the above is known
    List* questions;  // what a room is asked (release/session/question.hpp)
    List* ancestors;  // the Query nodes around the one being looked at, innermost first
    int sub_selects;  // how many sub-selects of conditions deep the vetting is
};

// Rewrites a block that has dp or sc aggregates at its level: query becomes post-processing over what a release gives.
void rewrite_release(Query* query, Statement* statement);

// Proves a release's own query patient-safe: its target list are the keys, then the aggregates, then (added here) the
// marker. A suppressed release's grouping sets become one more key, which stands for them.
void vet_release(Query* inner, Statement* statement);

// The rows a release ranges over, proved patient-safe.
struct SafeRelation {
    bool personal;            // some of its rows have an owner
    List* owners;             // Vars that hold the owner, all equal; null only in preserved public rows without a match
    Bitmapset* personal_rels; // range table indexes whose rows have owners
    int pending;              // range table index of a linked table whose owner is still to be found, or 0
};

// Proves the FROM clause of a release (or a subquery in one) patient-safe or errors; opens its tables for the project.
SafeRelation analyse_from(Query* query, Statement* statement);

// Whether an expression is the owner of the rows, compared by the owner's own equality [C16].
bool is_owner(const SafeRelation& from, Node* expression);

// Range table indexes of public relations whose every row is preserved, whatever the protected ones hold: their columns
// make a complete public domain of keys [C10].
Bitmapset* preserved_public(Query* query, Node* jointree, const SafeRelation& all);

// Any entry of a range table in a release.
SafeRelation open_relation(Query* query, int index, Statement* statement);

// Whether an expression or query has a dp or sc aggregate, at any level.
bool asks_release(Node* node);

// A sub-select in an expression: must be public, uncorrelated and admissible throughout.
void analyse_public_query(Query* query, Statement* statement);

// Replaces references to WITH queries in a release's FROM and conditions by their text, so that the fence holds
// everything personal. `statement->ancestors` are the queries around `query`.
void inline_ctes(Query* query, Statement* statement);

// Where in the statement an expression stands, for messages.
struct Place {
    const char* name; // "WHERE", "GROUP BY", ...
    Query* query;
    Statement* statement;
};

// Vets an expression and returns its total version; errors kUnsafeExpression otherwise.
Node* vet_expression(Node* expression, const Place& place);

// An expression that releases do not take, in the user's words.
const char* describe_node(const Node* node);

// Top-level AND conjuncts of a condition.
List* conjuncts_of(Node* condition);

} // namespace health_dp::release
