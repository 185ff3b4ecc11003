-- One protected row, and a project that can ask for a long time.
CREATE EXTENSION health_dp;
CREATE SCHEMA bench;
CREATE TABLE bench.one AS SELECT 1::bigint AS patient_id;
SELECT health_dp.protect('bench.one', 'patient_id') \g /dev/null
SELECT health_dp.create_project('bench', title => 'benchmark', legal_basis => 'synthetic data',
                                valid => '[2020-01-01,2100-01-01)', epsilon => 1000000, delta => 0.1,
                                min_cell => 11, releases => '{dp}', min_epsilon => 1e-6, executions_per_day => 0) \g /dev/null
SELECT health_dp.grant_table('bench', 'bench.one') \g /dev/null
CREATE ROLE analyst LOGIN;
SELECT health_dp.add_member('bench', 'analyst') \g /dev/null
GRANT USAGE ON SCHEMA bench TO analyst;
