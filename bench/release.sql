-- A table of :rows rows and :patients patients: one in a hundred has 20 times, one in ten 6 times as many rows as the
-- others; 13 regions. Once in random order, once clustered by patient. Values depend on nothing but their row's number.
CREATE SCHEMA bench;
CREATE UNLOGGED TABLE bench.clustered AS
SELECT patient_id,
       'region ' || (1 + (hashint8extended(patient_id * 1000 + visit, 1) & 2147483647) % 13) AS region,
       ((hashint8extended(patient_id * 1000 + visit, 2) & 2147483647) % 100000) / 100.0::float8 AS amount
  FROM (SELECT patient AS patient_id,
               generate_series(1, (:rows::float8 / :patients / 1.64
                                   * CASE WHEN patient % 100 = 0 THEN 20 WHEN patient % 10 = 0 THEN 6 ELSE 1 END)::int) AS visit
          FROM generate_series(1::bigint, :patients) AS patient) AS visits;
CREATE UNLOGGED TABLE bench.random AS SELECT * FROM bench.clustered ORDER BY hashfloat8extended(amount, patient_id);
VACUUM (ANALYZE) bench.clustered;
VACUUM (ANALYZE) bench.random;
SELECT health_dp.protect('bench.clustered', 'patient_id');
SELECT health_dp.protect('bench.random', 'patient_id');
SELECT health_dp.create_project('bench', title => 'benchmark', legal_basis => 'synthetic data',
                                valid => '[2020-01-01,2100-01-01)', epsilon => 1000000, delta => 0.1,
                                min_cell => 11, releases => '{dp}', min_epsilon => 1, executions_per_day => 0);
SELECT health_dp.grant_table('bench', 'bench.clustered');
SELECT health_dp.grant_table('bench', 'bench.random');
CREATE ROLE analyst LOGIN;
SELECT health_dp.add_member('bench', 'analyst');
GRANT USAGE ON SCHEMA bench TO analyst;
