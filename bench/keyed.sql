-- Identifiers as texts and registration numbers, and a loader who may use the keys of two domains as often as it takes.
CREATE EXTENSION health_dp;
CREATE EXTENSION pgcrypto;
SELECT health_dp.create_key_store(), health_dp.create_key('text'), health_dp.create_key('nir', form => 'nir');
SELECT health_dp.create_project('bench', title => 'Benchmark', legal_basis => 'none', valid => '[2020-01-01,2100-01-01)',
                                epsilon => 1, delta => 0);
CREATE ROLE loader LOGIN;
SELECT health_dp.permit_key_use(d, o, 'loader', 1000000000, 'bench')
  FROM unnest('{text,nir}'::text[]) d, unnest('{pseudonymise,pseudonymise_nir,shift_date,seal}'::text[]) o;
CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO loader;
CREATE TABLE bench.identifier AS SELECT lpad((n::bigint * 7919)::text, 15, '1') AS id FROM generate_series(1, :rows) n;
CREATE TABLE bench.number AS
SELECT (k || lpad((97 - k::bigint % 97)::text, 2, '0'))::health_dp.nir AS nir
  FROM (SELECT (1 + n % 2)::text || lpad((n / 2 % 100)::text, 2, '0') || '0549' || lpad((1 + n / 200 % 900)::text, 3, '0')
               || lpad((1 + n / 180000)::text, 3, '0') AS k
          FROM generate_series(1, :rows / 10) n) q;
GRANT SELECT ON ALL TABLES IN SCHEMA bench TO loader;
VACUUM ANALYZE bench.identifier, bench.number;
