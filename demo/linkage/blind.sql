-- A random name for each batch; the arrays keep the order. What leaves are the names and the requests.
CREATE TABLE batch WITH (parallel_workers = 4) AS
    SELECT gen_random_uuid() AS batch, array_agg(record) AS records, array_agg(nir) AS identifiers
      FROM (SELECT record, nir, row_number() OVER () / 1000 AS n FROM patient WHERE is_identifier(nir, :'source')) p
     GROUP BY n;
CREATE TABLE request AS SELECT batch, blind(identifiers, :'source', batch) AS request FROM batch;
COPY request TO STDOUT (FORMAT binary) \g :file
