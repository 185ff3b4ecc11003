-- All parties of a linkage on one server, and a batch of 1,000 identifiers a row.
CREATE EXTENSION health_dp;
CREATE ROLE custodian LOGIN IN ROLE health_dp_custodian;
CREATE ROLE linker LOGIN IN ROLE health_dp_steward;
GRANT CREATE ON SCHEMA public TO linker;
CREATE TABLE batch WITH (parallel_workers = 16) AS
    SELECT gen_random_uuid() AS batch, array_agg('r' || n) AS records, array_agg(number || lpad((97 - number % 97)::text, 2, '0'))
           AS identifiers
      FROM generate_series(1, :identifiers) n
     CROSS JOIN LATERAL (SELECT (1 + n % 2) * 1000000000000 + (30 + n % 70) * 10000000000 + (1 + n % 12) * 100000000
                              + (1 + n % 19) * 1000000 + (1 + n % 990) * 1000 + 1 + n / 990 % 999) p(number)
     GROUP BY n / 1000;
ALTER TABLE batch OWNER TO linker;
\c - custodian
SELECT health_dp.create_key_store();
SELECT health_dp.create_key('source', 'nir'), health_dp.create_key('third'), health_dp.create_key('here'),
       health_dp.create_key('bench');
\c - linker
SELECT health_dp.create_project('bench', title => 'Benchmark', legal_basis => 'none', valid => '[2020-01-01,2120-01-01)',
         epsilon => 1);
\c - custodian
SELECT health_dp.permit_key_use(domain, operation, 'linker', 1000000000, project => 'bench')
  FROM (VALUES ('source', 'blind'), ('source', 'finalise'), ('third', 'evaluate'), ('here', 'link'), ('bench', 'link'))
       p(domain, operation);
SELECT health_dp.public_key('third') AS public_key \gset
\c - linker
SELECT health_dp.open_linkage('bench', project => 'bench', domain => 'here', pseudonym_domain => 'bench',
         public_key => :'public_key', key_check => '0000000000000000', lifetime => '1 day', reader => 'linker');
SELECT health_dp.add_linkage_source('bench', 'source', 'linker');
