# Settings that anybody may turn, and expressions of every kind that a release has no rule for, where one patient's row
# meets them.
use strict;
use warnings;

my $deep = 'SELECT dp_count(*) FROM ' . ('(SELECT * FROM ' x 40) . 'care.stay' . (') s' x 40) . ' WHERE patient_id = :id;';

[
    # They are sent along: what a text or a clock means in a room is what it means in the session.
    { name => 'settings that the meaning of values depends on', clause => 'C18', charged => 9, twins => 1,
      sql => <<'SQL' },
SET DateStyle = 'German, DMY'; SELECT dp_count(*) FROM care.patient WHERE CASE WHEN patient_id = :id THEN birth::text LIKE '04.%' ELSE false END;
SET DateStyle = 'SQL, MDY'; SELECT dp_count(*) FROM care.patient WHERE CASE WHEN patient_id = :id THEN birth::text LIKE '03/%' ELSE false END;
SET IntervalStyle = 'sql_standard'; SELECT dp_count(*) FROM care.patient WHERE CASE WHEN patient_id = :id THEN birth + interval '1-2' > '2000-01-01' ELSE false END;
SET IntervalStyle = 'iso_8601'; SELECT dp_count(*) FROM care.patient WHERE CASE WHEN patient_id = :id THEN birth + interval 'P1Y' > '2000-01-01' ELSE false END;
SET TimeZone = 'Pacific/Auckland'; SELECT dp_count(*) FROM care.patient WHERE CASE WHEN patient_id = :id THEN birth::timestamptz > now() ELSE false END;
SET TimeZone = 'XXX167'; SELECT dp_count(*) FROM care.patient WHERE CASE WHEN patient_id = :id THEN (birth + 2000000000)::timestamptz > now() ELSE false END;
SET TimeZone = 'XXX-167'; SELECT dp_count(*) FROM care.patient WHERE CASE WHEN patient_id = :id THEN (birth - 2400000)::timestamptz > now() ELSE false END;
SET extra_float_digits = -15; SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = :id THEN weight = 1.5000000001 ELSE false END;
SET bytea_output = escape; SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = :id THEN note <> '\x00'::bytea::text ELSE false END;
SQL
    { name => 'settings of meaning changed between DECLARE and FETCH', clause => 'C9', charged => 1, twins => 1, lines => qr/\Af\n\z/,
      sql => <<'SQL' },
BEGIN; DECLARE c CURSOR FOR SELECT dp_count(*) IS NULL FROM care.patient WHERE patient_id = :id AND birth::text LIKE '04%' AND birth::timestamptz < now();
SET DateStyle = German; SET IntervalStyle = iso_8601; SET TimeZone = 'XXX167'; SET extra_float_digits = -15; SET bytea_output = escape; FETCH c; COMMIT;
SQL
    { name => 'settings of the planner, of memory and of transactions', clause => 'C20', charged => 5, twins => 1,
      sql => <<'SQL' },
SET work_mem = '64kB'; SET hash_mem_multiplier = 1000; SET temp_buffers = 100; SET effective_io_concurrency = 0; SET plan_cache_mode = force_generic_plan;
SET jit = on; SET jit_above_cost = 0; SET jit_inline_above_cost = 0; SET jit_optimize_above_cost = 0;
SET max_parallel_workers_per_gather = 8; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off;
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id;
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_nestloop = off; SET enable_hashagg = off; SET enable_memoize = off; SET enable_partition_pruning = off; SET constraint_exclusion = on;
SET geqo_threshold = 2; SET from_collapse_limit = 1; SET join_collapse_limit = 1; SET cursor_tuple_fraction = 1; SET seq_page_cost = 1e10; SET transform_null_equals = on;
SELECT dp_count(*) FROM care.stay s JOIN care.patient p ON p.patient_id = s.patient_id JOIN ref.region r ON r.region = s.region WHERE p.patient_id = :id;
SET synchronous_commit = off; SET lock_timeout = '10min'; SET check_function_bodies = off; SET lc_monetary = 'C'; SET default_table_access_method = heap; SET row_security = on;
SELECT dp_count(*) FROM (SELECT patient_id, max(cost) AS m FROM care.stay WHERE patient_id = :id GROUP BY patient_id HAVING max(note) IS NOT NULL) q;
BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT dp_count(*) FROM care.measure WHERE patient_id = :id; COMMIT;
SET default_transaction_read_only = on; SELECT dp_count(*) FROM care.drug WHERE stay_id = :id;
SQL
    { name => 'expressions without a rule, where one row meets them', clause => 'C18', refused => ['ZD004', 'ZD005'], errors => 15, twins => 1,
      sql => <<'SQL' . $deep },
CREATE TEMP SEQUENCE counted; CREATE DOMAIN pg_temp.small AS integer CHECK (VALUE < 70);
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN nextval('counted') > 0 ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN nights::pg_temp.small > 0 ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN (nights, dx) < (1, 'x') ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN ROW(nights, dx) IS NULL ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN s IS DISTINCT FROM NULL ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN xmlelement(name a, note) IS NULL ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN concat(VARIADIC ARRAY[dx, note]) = 'x' ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN json_build_object(dx, note) IS NULL ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN note IS NORMALIZED ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN overlay(note PLACING 'x' FROM nights) = 'x' ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN s.region IN (SELECT region FROM ref.region TABLESAMPLE SYSTEM (10)) ELSE false END;
SELECT dp_count(*) FROM (SELECT patient_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY nights) AS x FROM care.stay WHERE patient_id = :id GROUP BY patient_id) s WHERE x > 1;
SELECT dp_count(*) FROM (SELECT patient_id, max(nights ORDER BY cost) AS x FROM care.stay WHERE patient_id = :id GROUP BY patient_id) s WHERE x > 1;
SELECT dp_count(*) FROM (SELECT patient_id, json_object_agg(dx, note) AS x FROM care.stay WHERE patient_id = :id GROUP BY patient_id) s WHERE x IS NULL;
SQL
]
