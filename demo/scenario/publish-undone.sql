SELECT sex, max(patients) FILTER (WHERE born IS NULL) - sum(patients) FILTER (WHERE born IS NOT NULL) AS in_the_hidden_cell
FROM publish.masked WHERE sex IS NOT NULL
GROUP BY sex HAVING count(*) FILTER (WHERE patients IS NULL) = 1 ORDER BY sex;
