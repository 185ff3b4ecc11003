-- A temporary table is in no write-ahead log; what is kept of the identifiers is what stands for them.
CREATE TEMPORARY TABLE delivery (record text, linkage_identifier health_dp.pseudonym);
\copy delivery FROM pstdin (FORMAT binary)
SELECT health_dp.add_to_linkage('emc2', :'source', array_agg(linkage_identifier), array_agg(record)) AS delivered FROM delivery;
