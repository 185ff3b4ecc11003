CREATE TEMPORARY TABLE delivery (record text, linkage_identifier health_dp.pseudonym);
\copy delivery FROM pstdin (FORMAT binary)
SELECT health_dp.oppose_in_linkage('emc2', 'cnam', array_agg(linkage_identifier)) AS opposed FROM delivery;
