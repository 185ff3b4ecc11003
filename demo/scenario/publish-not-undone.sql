-- Lines of the published table, by sex and by birth, in which a single cell is hidden.
WITH cells AS (SELECT t.born, t.sex, s.patients FROM publish.truth t
               LEFT JOIN publish.suppressed s ON (s.born, s.sex) IS NOT DISTINCT FROM (t.born, t.sex))
SELECT count(*) FROM (
    SELECT FROM cells GROUP BY sex HAVING count(*) FILTER (WHERE patients IS NULL) = 1
    UNION ALL
    SELECT FROM cells GROUP BY born HAVING count(*) FILTER (WHERE patients IS NULL) = 1) lines;
