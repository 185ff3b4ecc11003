#include "room/own_settings.hpp"

namespace health_dp::room::own_settings {

namespace {

struct Recorded {
    const char* name;
    char* value; // null where the variable has none
};

Recorded* recorded = nullptr;
int recorded_count = 0;

struct Pin {
    const char* name;
    const char* value;
};

// What is not there in this version of PostgreSQL is passed by.
constexpr Pin kPins[] = {
    // What names and functions mean, and what rows are seen.
    {"search_path", "pg_catalog"},
    {"row_security", "on"},
    {"session_replication_role", "origin"},
    // Charges are the ledger's worker's: a room writes nothing.
    {"default_transaction_read_only", "on"},
    {"default_transaction_isolation", "read committed"},
    {"default_transaction_deferrable", "off"},
    // Clocks of sessions; a room's own are armed for each request.
    {"statement_timeout", "0"},
    {"lock_timeout", "0"},
    {"idle_in_transaction_session_timeout", "0"},
    {"idle_session_timeout", "0"},
    {"transaction_timeout", "0"},
    // Counters, of rows, blocks and calls. Activities are pinned to be shown: they are one fixed text.
    {"track_activities", "on"},
    {"track_counts", "off"},
    {"track_functions", "none"},
    {"track_io_timing", "off"},
    {"track_wal_io_timing", "off"},
    {"track_cost_delay_timing", "off"},
    // The log, where parallel workers would write errors with the values of rows.
    {"log_min_messages", "panic"},
    {"log_min_error_statement", "panic"},
    {"client_min_messages", "error"},
    {"log_temp_files", "-1"},
    {"log_lock_waits", "off"},
    {"log_lock_failures", "off"},
    {"log_parser_stats", "off"},
    {"log_planner_stats", "off"},
    {"log_executor_stats", "off"},
    {"log_statement_stats", "off"},
    {"log_duration", "off"},
    {"log_min_duration_statement", "-1"},
    {"log_min_duration_sample", "-1"},
    {"log_statement", "none"},
    {"log_transaction_sample_rate", "0"},
    {"debug_print_parse", "off"},
    {"debug_print_rewritten", "off"},
    {"debug_print_plan", "off"},
    {"trace_sort", "off"},
    {"backtrace_functions", ""},
    // An error must come to the one place that takes it back.
    {"exit_on_error", "off"},
    // Plans.
    {"jit", "off"},
    {"force_parallel_mode", "off"},
    {"debug_parallel_query", "off"},
    {"compute_query_id", "off"},
};

// As the postmaster: for every kind of setting. Becomes the default as well, so that RESET leads nowhere else.
void set(const char* name, const char* value) { SetConfigOption(name, value, PGC_POSTMASTER, PGC_S_OVERRIDE); }

config_generic** all_settings(int* count) {
#if PG_VERSION_NUM >= 160000
    return get_guc_variables(count);
#else
    *count = GetNumConfigOptions();
    return get_guc_variables();
#endif
}

bool came_with_the_connection(const config_generic* setting) {
    return setting->source == PGC_S_GLOBAL || setting->source == PGC_S_DATABASE || setting->source == PGC_S_USER ||
           setting->source == PGC_S_DATABASE_USER;
}

} // namespace

void record() {
    int count = 0;
    config_generic** all = all_settings(&count);
    MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
    recorded = static_cast<Recorded*>(palloc(count * sizeof(Recorded)));
    for (int i = 0; i < count; i++) {
        const char* value = GetConfigOption(all[i]->name, true, false);
        recorded[i] = {all[i]->name, value != nullptr ? pstrdup(value) : nullptr};
    }
    recorded_count = count;
    MemoryContextSwitchTo(caller);
}

void restore_and_pin() {
    int count = 0;
    config_generic** all = all_settings(&count);
    for (int i = 0; i < count; i++) {
        if (!came_with_the_connection(all[i]))
            continue;
        for (int k = 0; k < recorded_count; k++)
            if (recorded[k].value != nullptr && strcmp(recorded[k].name, all[i]->name) == 0)
                set(all[i]->name, recorded[k].value);
    }
    for (const Pin& pin : kPins)
        if (GetConfigOption(pin.name, true, false) != nullptr)
            set(pin.name, pin.value);
}

} // namespace health_dp::room::own_settings
