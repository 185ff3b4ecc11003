// Statements that need a database without connections, where a worker of ours would make them fail: it leaves first.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::postgres {

// Tells the workers of this kind in the database to leave. False when none is left that would.
using Dismiss = bool (*)(Oid database);

// Before a utility statement: DROP, RENAME, SET TABLESPACE of a database, CREATE DATABASE with it as the template.
void dismiss_before_utility(Node* statement, Dismiss dismiss);

} // namespace health_dp::postgres
