# shellcheck shell=bash
# What the release benchmarks share. Medians of five runs in one session each; compare within a table only.

settings="SET search_path = public, health_dp; SET health_dp.project = 'bench'; SET health_dp.epsilon = '1';
SET health_dp.delta = '1e-7'; SET health_dp.max_groups_per_patient = 3; SET health_dp.max_rows_per_patient = 20;"

# milliseconds ROLE RUNS SETTINGS QUERY: the median after one run that warms the caches.
milliseconds() {
    local role=$1 runs=$2 extra=$3 query=$4
    {
        printf '%s %s\n%s;\n\\timing on\n' "$settings" "$extra" "$query"
        for ((i = 0; i < runs; i++)); do printf '%s;\n' "$query"; done
    } | psql -XqAt -v ON_ERROR_STOP=1 -U "$role" -o /dev/null >"$HDP_WORK/timing" 2>&1 || { cat "$HDP_WORK/timing"; return 1; }
    sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' "$HDP_WORK/timing" | sort -n |
        awk '{ t[NR] = $1 } END { print NR % 2 ? t[(NR + 1) / 2] : (t[NR / 2] + t[NR / 2 + 1]) / 2 }'
}

plain='SELECT region, count(*), avg(amount) FROM bench.%s GROUP BY region'
private='SELECT region, dp_count(*), dp_avg(amount, 0, 1000) FROM bench.%s GROUP BY region'

# set_server NAME VALUE...: settings that reach rooms, too: they take the server's alone, and new ones with the next room.
set_server() {
    local name
    while [ $# -gt 0 ]; do
        name=$1
        psql -XqAt -c "ALTER SYSTEM SET $name = '$2'" -o /dev/null
        shift 2
    done
    psql -XqAt -c 'SELECT pg_reload_conf()' -o /dev/null
    until [ "$(psql -XqAtc "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'health_dp room'")" = 0 ]; do sleep 0.1; done
}
