// How a DBA sees why a release is slow: the plans that a room makes of a member's question, and never runs.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// The member whose question is being explained to a superuser; InvalidOid at all other times.
Oid explained_member();

// A room's plan, as text.
void take_explanation(StringInfo frame);

} // namespace health_dp::release
