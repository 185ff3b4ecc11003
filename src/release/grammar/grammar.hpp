// The closed grammar of what a release may be: a query is built anew by rules, one for each type of node, and only what
// a rule has built gets out. What no rule names cannot get in [C18].
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release::grammar {

enum class Stage {
    arrived, // from a session that nobody believes, before anything else looks at it
    vetted,  // with what vetting has put in; nothing is called but what is admitted
};

// The query built anew, or an error. Nothing of the old one is used afterwards, constants' values aside.
Query* rebuild(const Query* query, Stage stage);

// Rebuilds a vetted query in its place, so that whoever holds it holds what was built.
void rebuild_vetted(Query* query);

// Whether constants of a type may stand in a tree that arrives: their bytes are checked. Others travel as values.
bool is_checked_constant(Oid type);

// The nodes of this extension that plans may hold.
struct OwnNodes {
    const CustomScanMethods* const* methods;
    int count;
};

// Errors unless a plan of a release consists of what a release needs.
void check_plan(const PlannedStmt* statement, const OwnNodes& own);

} // namespace health_dp::release::grammar
