// The last requests that failed after their charge, for superusers: how far they came and where PostgreSQL or we
// stopped them; never the message, which may hold a value.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

constexpr int kKeptFailures = 64;

struct Failure {
    TimestampTz at;
    Oid database;
    int32 project;
    int64 charge_id;
    int sqlstate;
    char phase[16];
    char routine[64];
};

// Requests shared memory; from _PG_init, when preloaded.
void initialise_failures();

void note_failure(const Failure& failure);

// Copies the kept ones, the latest first; returns their number.
int read_failures(Failure failures[kKeptFailures]);

} // namespace health_dp::release
