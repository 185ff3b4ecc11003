CREATE TABLE response (batch uuid, response bytea);
\copy response FROM pstdin (FORMAT binary)
CREATE TABLE answered WITH (parallel_workers = 4) AS
    SELECT batch, records, identifiers, request, response FROM batch JOIN request USING (batch) JOIN response USING (batch);
CREATE TABLE finalised AS
    SELECT records, finalise(identifiers, request, response, :'public_key', :'source', batch) AS linkage_identifiers
      FROM answered;
COPY (SELECT record, linkage_identifier FROM finalised, unnest(records, linkage_identifiers) AS p(record, linkage_identifier)
       WHERE NOT EXISTS (SELECT FROM patient o WHERE o.record = p.record AND o.is_opposed AND :'source' = 'cnam'))
    TO STDOUT (FORMAT binary) \g :file
COPY (SELECT record, linkage_identifier FROM finalised, unnest(records, linkage_identifiers) AS p(record, linkage_identifier)
       WHERE EXISTS (SELECT FROM patient o WHERE o.record = p.record AND o.is_opposed AND :'source' = 'cnam'))
    TO STDOUT (FORMAT binary) \g :opposed
DROP TABLE batch, request, response, answered, finalised;
