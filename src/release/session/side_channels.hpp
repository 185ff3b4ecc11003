// Side doors through which a plan or its execution could be watched.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// Whether the roles at work may read protected tables anyway: both bypass row-level security.
bool is_exempt();

// Errors (kObservation) while a setting prints plans or sizes to whoever listens, or EXPLAIN is at work. Exempt roles
// may watch: they may read the tables anyway.
void refuse_observers(bool exempt);

// The answer to whoever reads a protected table, or a part of one, outside a release.
[[noreturn]] void refuse_protected(Oid relation);

void install_observation_hooks();

// Runs what reads protected rows below `state` uncounted: in the statistics, pg_stat_get_xact_tuples_returned() of an
// index would be the exact number of matches, the TOAST index's counters the number of long values looked at, and
// pg_stat_database.temp_bytes the number of rows spilled. Exempt roles are counted as ever.
template <class Body>
void uncounted(PlanState* state, Body&& body);

// For relations that are open already; those opened while counting is off are left out by PostgreSQL itself.
void stop_counting(PlanState* state);

template <class Body>
void uncounted(PlanState* state, Body&& body) {
    if (is_exempt()) {
        body();
        return;
    }
    const bool counting = pgstat_track_counts;
    // pg_stat_statements takes the difference of these over utility statements, CREATE TABLE AS and FETCH among them.
    const BufferUsage buffers = pgBufferUsage;
    const WalUsage wal = pgWalUsage;
    stop_counting(state);
    pgstat_track_counts = false;
    PG_TRY();
    { body(); }
    PG_FINALLY();
    {
        // A parallel worker closes its files on its way out.
        pgstat_track_counts = counting && !IsParallelWorker();
        pgBufferUsage = buffers;
        pgWalUsage = wal;
    }
    PG_END_TRY();
}

} // namespace health_dp::release
