SELECT coalesce(t.born::text, 'all') AS born, coalesce(t.sex, 'all') AS sex, t.patients AS truth,
       coalesce(s.patients::text, 'hidden') AS suppressed,
       p.patients AS perturbed, p.patients - t.patients AS error,
       CASE WHEN t.born IS NULL OR t.sex IS NULL THEN '' ELSE coalesce(d.patients::text, 'not shown') END AS dp,
       d.patients - t.patients AS error
FROM publish.truth t
LEFT JOIN publish.suppressed s ON (s.born, s.sex) IS NOT DISTINCT FROM (t.born, t.sex)
LEFT JOIN publish.perturbed p ON (p.born, p.sex) IS NOT DISTINCT FROM (t.born, t.sex)
LEFT JOIN publish.dp d ON (d.born, d.sex) = (t.born, t.sex)
ORDER BY t.born, t.sex;
