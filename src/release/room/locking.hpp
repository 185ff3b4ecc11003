// Every lock that a request's execution will take, before it is charged.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// Locks the tables of vetted queries, their partitions and children, indexes and TOAST tables, in the order of their
// numbers. lock_timeout holds.
void lock_everything(List* queries);

} // namespace health_dp::release
