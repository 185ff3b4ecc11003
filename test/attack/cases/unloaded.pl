# With the library loaded late, or not at all, PostgreSQL's own walls stand.
use strict;
use warnings;

[
    { name => 'not loaded: raw reads', clause => 'C15', refused => ['42501', 'ZD001'],
      sql => "SELECT note FROM care.stay; SELECT count(*) FROM care.patient; SELECT EXISTS (SELECT FROM care.stay WHERE patient_id = 4711); SELECT * FROM care.measure_2025; EXPLAIN SELECT * FROM care.stay; COPY care.stay TO STDOUT;" },
    { name => 'not loaded: releases', clause => 'C15', refused => ['42501', 'ZD001'],
      sql => 'SELECT dp_count(*) FROM care.stay; SELECT region, dp_count(*) FROM care.stay GROUP BY region; SELECT dp_sum(1, 0, 1) FROM ref.number;' },
    { name => 'not loaded: a role that was granted SELECT all the same', clause => 'C15', as => 'granted', refused => ['ZD001', '42501'], twins => 1,
      prepare => 'CREATE ROLE granted LOGIN; GRANT SELECT ON care.stay, care.measure, care.measure_2025, care.visit_archive, care.visit TO granted',
      cleanup => 'DROP OWNED BY granted; DROP ROLE granted',
      sql => <<'SQL' },
SELECT note FROM care.stay WHERE patient_id = :id;
SELECT 1 FROM care.stay WHERE patient_id = :id AND false;
SELECT count(*) FROM care.measure WHERE patient_id = :id;
SELECT count(*) FROM care.measure_2025 WHERE patient_id = :id;
SELECT count(*) FROM care.visit_archive WHERE patient_id = :id;
EXPLAIN SELECT 1 FROM care.stay WHERE patient_id = :id;
SELECT health_dp.dp_count(*) FROM care.stay WHERE patient_id = :id;
COPY care.stay TO STDOUT;
SQL
    { name => 'loaded late, by calling a function of it', clause => 'C15', refused => ['42501', 'ZD001'], errors => 4,
      sql => "SELECT health_dp.has_walls('care.stay'::regclass); SELECT dp_count(*) FROM care.stay; SET health_dp.project = 'study'; SELECT dp_count(*) FROM care.stay; LOAD 'health_dp'; SELECT dp_count(*) FROM care.patient;" },
    { name => 'loaded late, for the session', clause => 'C15', refused => ['42501', 'ZD001'],
      prepare => "ALTER ROLE alice SET session_preload_libraries = 'health_dp'", cleanup => 'ALTER ROLE alice RESET session_preload_libraries',
      sql => 'SELECT dp_count(*) FROM care.stay; SELECT note FROM care.stay; SELECT dp_avg(nights, 0, 30) FROM care.stay GROUP BY region;' },
    { name => 'not loaded: the table\'s owner', clause => 'C15', as => 'owner_login', refused => ['ZD001', '42501'], errors => 2,
      prepare => 'CREATE ROLE owner_login LOGIN IN ROLE custodian', cleanup => 'DROP ROLE owner_login',
      sql => 'SET ROLE custodian; SELECT note FROM care.stay; SELECT count(*) FROM care.visit;' },
]
