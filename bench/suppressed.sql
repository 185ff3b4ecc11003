-- A table of :rows rows and :rows / 10 patients: 10 regions, 2 sexes, 13 years, nothing that has to be hidden.
CREATE SCHEMA bench;
CREATE UNLOGGED TABLE bench.stay AS
SELECT (hashint8extended(i, 0) & 2147483647) % (:rows / 10) AS patient_id,
       'region ' || (hashint8extended(i, 1) & 2147483647) % 10 AS region,
       CASE WHEN hashint8extended(i, 2) % 2 = 0 THEN 'f' ELSE 'm' END AS sex,
       (2010 + (hashint8extended(i, 3) & 2147483647) % 13)::integer AS year,
       ((hashint8extended(i, 4) & 2147483647) % 60)::integer AS nights
  FROM generate_series(1::bigint, :rows) AS i;
VACUUM (ANALYZE) bench.stay;
SELECT health_dp.protect('bench.stay', 'patient_id'), health_dp.declare_bounds('bench.stay', 'nights', 0, 365);
CREATE ROLE analyst LOGIN;
GRANT USAGE ON SCHEMA bench TO analyst;
SELECT health_dp.create_project(p, title => 'benchmark', legal_basis => 'synthetic data', valid => '[2020-01-01,2100-01-01)', epsilon => 1,
           delta => 0.1, min_cell => 11, releases => '{suppressed}', executions_per_day => 0), health_dp.grant_table(p, 'bench.stay'), health_dp.add_member(p, 'analyst')
  FROM unnest('{patients,rows,sums}'::name[]) AS p;
