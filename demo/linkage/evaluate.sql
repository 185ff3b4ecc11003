CREATE TABLE request (batch uuid, request bytea) WITH (parallel_workers = 4);
\copy request FROM pstdin (FORMAT binary)
COPY (SELECT batch, health_dp.evaluate(request, 'emc2 linkage') FROM request) TO STDOUT (FORMAT binary) \g :file
DROP TABLE request;
