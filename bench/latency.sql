-- 100 rows, once plain and once protected.
CREATE EXTENSION health_dp;
CREATE SCHEMA bench;
CREATE TABLE bench.plain AS SELECT i, 0 AS n FROM generate_series(1, 100) AS i;
ALTER TABLE bench.plain ADD PRIMARY KEY (i);
CREATE TABLE bench.stay AS SELECT i AS patient_id FROM generate_series(1::bigint, 100) AS i;
SELECT health_dp.protect('bench.stay', 'patient_id');
SELECT health_dp.create_project('bench', title => 'benchmark', legal_basis => 'synthetic data',
                                valid => '[2020-01-01,2100-01-01)', epsilon => 1000000, delta => 0.1,
                                min_cell => 11, releases => '{dp}', min_epsilon => 0.01, executions_per_day => 0);
SELECT health_dp.grant_table('bench', 'bench.stay');
CREATE ROLE analyst LOGIN;
SELECT health_dp.add_member('bench', 'analyst');
GRANT USAGE ON SCHEMA bench TO analyst;
GRANT SELECT, UPDATE ON bench.plain TO analyst;
