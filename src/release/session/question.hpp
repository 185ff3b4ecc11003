// What of a statement leaves the session: each release's own query, before anything protected was added to it, and the
// values that its parameters stand for. In its place the statement keeps a leaf.
#pragma once

#include "release/vetting/statement.hpp"

namespace health_dp::release {

struct Question {
    int index;   // among the statement's
    int project; // under which the statement is planned
    bool suppressed;
    Query* query; // keys, then aggregates; parameters in the place of `values`
    List* values; // expressions that depend on no row
    List* types;  // of the answer's columns: OIDs, then type modifiers and collations
    List* typmods;
    List* collations;
    List* relations; // OIDs of the tables it reads
};

// Takes the values out of a release's query and keeps a copy of it in `statement->questions`. Returns what is left, to
// be vetted. Gates and row filters are dropped from the copy: the room adds its own.
Query* make_question(Query* inner, Statement* statement);

// Makes `entry` stand for the answer to the statement's latest question.
void place_leaf(Query* outer, RangeTblEntry* entry, Statement* statement);

// While a statement is planned, its questions are found by their index; statements nest. Returns what was there before.
List* exchange_questions(List* questions);

// Replaces every path of a leaf's entry by one whose cost, rows and width are constants.
void add_leaf_path(PlannerInfo* root, RelOptInfo* relation, RangeTblEntry* entry);

bool is_leaf(const Plan* plan);
void register_leaf();

} // namespace health_dp::release
