-- Measures of an extract: how far its patients hide among one another. For people who may read the table anyway: all of this
-- runs with the caller's rights, and a protected table answers here what it answers everywhere outside a release. PUBLIC
-- keeps EXECUTE for that reason. A measure says nothing of other tables that an attacker may have, and is no release.
--
-- An equivalence class is the set of rows that agree in all quasi-identifiers. NULL is a value like any other: it agrees with
-- NULL only. With `patient`, a class is as large as it has patients, and a value as frequent as it has patients; all rows
-- whose patient is NULL count as one patient's.

CREATE FUNCTION health_dp.measured_columns(relation regclass, columns text[]) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    problem text := CASE WHEN relation IS NULL THEN 'no table is named'
                         WHEN coalesce(cardinality(columns), 0) = 0 THEN 'no quasi-identifier is named'
                         WHEN array_position(columns, NULL) IS NOT NULL THEN 'the name of a column is null' END;
    missing text;
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD642',
            MESSAGE = problem,
            HINT = 'Name a table or view and its columns: k_anonymity(''extract.stay'', ''{age_band,department}'').';
    END IF;
    SELECT c INTO missing FROM unnest(columns) WITH ORDINALITY AS u(c, place)
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                        WHERE a.attrelid = relation AND a.attname::text = c AND a.attnum > 0 AND NOT a.attisdropped)
     ORDER BY place LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_column',
            MESSAGE = format('table %s has no column %I', relation, missing),
            HINT = 'Name one of the table''s own columns.';
    END IF;
    RETURN (SELECT string_agg(format('r.%I', c), ', ' ORDER BY place) FROM unnest(columns) WITH ORDINALITY AS u(c, place));
END
$$;
COMMENT ON FUNCTION health_dp.measured_columns(regclass, text[]) IS
    'Internal: the columns as an expression list over r; errors unless the table has them.';

CREATE FUNCTION health_dp.measured_weight(relation regclass, patient text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF patient IS NULL THEN
        RETURN 'count(*)';
    END IF;
    RETURN format('count(DISTINCT %1$s) + CASE WHEN count(*) > count(%1$s) THEN 1 ELSE 0 END',
                  health_dp.measured_columns(relation, ARRAY[patient]));
END
$$;
COMMENT ON FUNCTION health_dp.measured_weight(regclass, text) IS
    'Internal: how much a group of rows r counts, as an expression: its rows, or its patients.';

CREATE FUNCTION health_dp.k_anonymity(relation regclass, quasi_identifiers text[], threshold integer DEFAULT 11,
                                      patient text DEFAULT NULL)
    RETURNS TABLE (k bigint, classes bigint, rows bigint, classes_below bigint, rows_below bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF threshold IS NULL OR threshold < 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD642',
            MESSAGE = 'the threshold of k-anonymity is not a positive number',
            HINT = 'Leave it out: 11 is usual.';
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT min(size), count(*), coalesce(sum(n), 0)::bigint,
                count(*) FILTER (WHERE size < $1), coalesce(sum(n) FILTER (WHERE size < $1), 0)::bigint
           FROM (SELECT %s AS size, count(*) AS n FROM %s r GROUP BY %s) c',
        health_dp.measured_weight(relation, patient), relation, health_dp.measured_columns(relation, quasi_identifiers))
        USING threshold;
END
$$;
COMMENT ON FUNCTION health_dp.k_anonymity(regclass, text[], integer, text) IS
    'k-anonymity (Samarati 2001, Sweeney 2002) of a table or view: k, the size of the smallest equivalence class (null '
    'without rows), the number of classes and rows, and how many classes below the threshold there are, with how many '
    'rows. With the column that holds the patient, sizes count patients.';

CREATE FUNCTION health_dp.l_diversity(relation regclass, quasi_identifiers text[], sensitive text, c numeric DEFAULT 3,
                                      patient text DEFAULT NULL)
    RETURNS TABLE (distinct_l bigint, entropy_l double precision, recursive_l bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF c IS NULL OR NOT c > 0 OR c IN ('NaN', 'Infinity') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD642',
            MESSAGE = 'c of recursive (c, l)-diversity is not a positive number',
            HINT = 'Leave c out: 3 is usual.';
    END IF;
    -- The frequencies of a class in descending order: `below` adds a value's up with those of all rarer ones.
    RETURN QUERY EXECUTE format(
        'WITH cell AS (
             SELECT dense_rank() OVER (ORDER BY %1$s) AS class, %3$s AS n FROM %4$s r GROUP BY %1$s, %2$s),
         ranked AS (
             SELECT class, n, sum(n) OVER (PARTITION BY class) AS total, max(n) OVER (PARTITION BY class) AS most,
                    sum(n) OVER (PARTITION BY class ORDER BY n DESC
                                 ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS below
               FROM cell),
         measured AS (
             SELECT count(*) AS different, -sum(n / total * ln(n / total))::double precision AS entropy,
                    count(*) FILTER (WHERE most < $1 * below) AS recursive
               FROM ranked GROUP BY class)
         SELECT min(different), exp(min(entropy)), greatest(min(recursive), CASE WHEN count(*) > 0 THEN 1 END) FROM measured',
        health_dp.measured_columns(relation, quasi_identifiers), health_dp.measured_columns(relation, ARRAY[sensitive]),
        health_dp.measured_weight(relation, patient), relation)
        USING c;
END
$$;
COMMENT ON FUNCTION health_dp.l_diversity(regclass, text[], text, numeric, text) IS
    'l-diversity (Machanavajjhala et al. 2007) of a table or view, each as of its worst equivalence class: the number of '
    'distinct sensitive values; the largest l of entropy l-diversity; the largest l of recursive (c, l)-diversity, which '
    'asks that the most frequent value be less than c times as frequent as the l-th most frequent and all rarer ones '
    'together. With the column that holds the patient, frequencies count patients: one patient''s several values are still '
    'several, so look at k_anonymity() by patient first. Null without rows.';

CREATE FUNCTION health_dp.t_closeness(relation regclass, quasi_identifiers text[], sensitive text,
                                      ordered boolean DEFAULT NULL, patient text DEFAULT NULL)
    RETURNS double precision
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    quasi text := health_dp.measured_columns(relation, quasi_identifiers);
    value text := health_dp.measured_columns(relation, ARRAY[sensitive]);
    weight text := health_dp.measured_weight(relation, patient);
    query text := format(
        'WITH cell AS (
             SELECT dense_rank() OVER (ORDER BY %1$s) AS class, dense_rank() OVER (ORDER BY %2$s) AS place,
                    (%3$s)::double precision AS n
               FROM %4$s r GROUP BY %1$s, %2$s),
         overall AS (
             SELECT place, n / sum(n) OVER () AS q
               FROM (SELECT dense_rank() OVER (ORDER BY %2$s) AS place, (%3$s)::double precision AS n
                       FROM %4$s r GROUP BY %2$s) v),
         class AS (SELECT class, sum(n) AS total FROM cell GROUP BY class) ', quasi, value, weight, relation);
    t double precision;
BEGIN
    IF ordered IS NULL THEN
        SELECT ty.typcategory = 'N' INTO ordered FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid
         WHERE a.attrelid = relation AND a.attname::text = sensitive AND a.attnum > 0;
    END IF;
    IF ordered THEN
        -- How much has to be carried past each value, over one less than the number of values.
        EXECUTE query || '
            SELECT max(distance) FROM (
                SELECT coalesce(sum(abs(carried)) / nullif(count(*) - 1, 0), 0) AS distance FROM (
                    SELECT class, sum(coalesce(cell.n, 0) / total - q) OVER (PARTITION BY class ORDER BY place) AS carried
                      FROM class CROSS JOIN overall LEFT JOIN cell USING (class, place)) d
                 GROUP BY class) e' INTO t;
    ELSE
        -- What a class has too much of is what it lacks elsewhere: half the sum of all differences.
        EXECUTE query || '
            SELECT max(distance) FROM (
                SELECT sum(greatest(n / total - q, 0)) AS distance
                  FROM cell JOIN class USING (class) JOIN overall USING (place) GROUP BY class) e' INTO t;
    END IF;
    RETURN t;
END
$$;
COMMENT ON FUNCTION health_dp.t_closeness(regclass, text[], text, boolean, text) IS
    't-closeness (Li, Li and Venkatasubramanian 2007) of a table or view: the largest earth mover''s distance, 0 to 1, '
    'between the sensitive values of an equivalence class and those of the whole table. Numbers are at the ordered '
    'distance (values next to each other are near; NULL stands behind the largest), everything else at the equal one '
    '(total variation), unless told by ordered. With the column that holds the patient, frequencies count patients. Null '
    'without rows. The ordered distance takes time in proportion to classes times distinct values.';
