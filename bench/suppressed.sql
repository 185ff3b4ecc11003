-- A table of :rows rows and :rows / 10 patients: 10 regions, 2 sexes, 13 years, nothing that has to be hidden.
CREATE SCHEMA bench;
CREATE UNLOGGED TABLE bench.stay AS
SELECT (hashint8extended(i, 0) & 2147483647) % (:rows / 10) AS patient_id,
       'region ' || (hashint8extended(i, 1) & 2147483647) % 10 AS region,
       CASE WHEN hashint8extended(i, 2) % 2 = 0 THEN 'f' ELSE 'm' END AS sex,
       (2010 + (hashint8extended(i, 3) & 2147483647) % 13)::integer AS year,
       ((hashint8extended(i, 4) & 2147483647) % 60)::integer AS nights
  FROM generate_series(1::bigint, :rows) AS i;
-- Codes as unequal as in practice, so that cells of few patients are among them.
CREATE FUNCTION bench.uneven(row_number bigint, seed bigint, codes integer, by float8) RETURNS integer IMMUTABLE LANGUAGE sql AS
'SELECT floor(codes * power((hashint8extended(row_number, seed) & 2147483647) / 2147483648.0, by))::integer';
CREATE UNLOGGED TABLE bench.visit AS
SELECT (hashint8extended(i, 0) & 2147483647) % (:rows / 10) AS patient_id,
       'region ' || bench.uneven(i, 1, 13, 1.4) AS region,
       CASE WHEN hashint8extended(i, 2) % 2 = 0 THEN 'f' ELSE 'm' END AS sex,
       bench.uneven(i, 3, 10, 1.2) AS age_band,
       2018 + bench.uneven(i, 4, 5, 1) AS year,
       'chapter ' || bench.uneven(i, 5, 9, 1.6) AS chapter,
       'code ' || bench.uneven(i, 6, 150, 2) AS code
  FROM generate_series(1::bigint, :rows) AS i;
VACUUM (ANALYZE) bench.stay, bench.visit;
SELECT health_dp.protect('bench.stay', 'patient_id'), health_dp.protect('bench.visit', 'patient_id'), health_dp.declare_bounds('bench.stay', 'nights', 0, 365);
CREATE ROLE analyst LOGIN;
GRANT USAGE ON SCHEMA bench TO analyst;
SELECT health_dp.create_project(p, title => 'benchmark', legal_basis => 'synthetic data', valid => '[2020-01-01,2100-01-01)', epsilon => 1,
           delta => 0.1, min_cell => 11, releases => '{suppressed}', executions_per_day => 0), health_dp.grant_table(p, 'bench.stay'), health_dp.grant_table(p, 'bench.visit'), health_dp.add_member(p, 'analyst')
  FROM unnest('{patients,rows,sums,two,three,five}'::name[]) AS p;
