-- Security labels: what a table and a column mean to health_dp. The functions write SECURITY LABELs, and a steward may
-- write them directly: SECURITY LABEL FOR health_dp ON TABLE ref.region IS 'public'. A label alone opens nothing.
-- All functions here run with their caller's rights: PostgreSQL lets only a table's owner label it.

-- What the names in labels stood for when they were given. Not dumped: a restore gives the labels anew, and so fills this.
-- src/projects/label_columns.cpp writes it from the hook of SECURITY LABEL.
CREATE TABLE health_dp.label_column (
    relation oid NOT NULL,
    side oid NOT NULL,
    name name NOT NULL,
    number smallint NOT NULL,
    CONSTRAINT label_column_pkey PRIMARY KEY (relation, side, name)
);
COMMENT ON TABLE health_dp.label_column IS
    'Columns that labels of tables name, by number. A label whose columns have other numbers now closes its table.';
COMMENT ON COLUMN health_dp.label_column.relation IS 'The table that the label is on.';
COMMENT ON COLUMN health_dp.label_column.side IS
    'The table whose column it is: the same, or the target of its link; 0 where the target is still to come.';
REVOKE ALL ON TABLE health_dp.label_column FROM PUBLIC;

CREATE FUNCTION health_dp.record_label(relation oid) RETURNS void
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_labels_record';
COMMENT ON FUNCTION health_dp.record_label(oid) IS
    'Internal to updates: notes which columns the label of a table names now.';
REVOKE EXECUTE ON FUNCTION health_dp.record_label(oid) FROM PUBLIC;

CREATE FUNCTION health_dp.check_label(relation oid, label text) RETURNS void
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_labels_check';
COMMENT ON FUNCTION health_dp.check_label(oid, text) IS
    'Errors unless the label would hold on the table as it is now, the target of its link included. Writes nothing.';
REVOKE EXECUTE ON FUNCTION health_dp.check_label(oid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.check_label(oid, text) TO health_dp_steward;

CREATE FUNCTION health_dp.protection(relation oid) RETURNS text
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_labels_protection';
COMMENT ON FUNCTION health_dp.protection(oid) IS
    'What the table''s label says: protected, protected via, public, or null. Errors when the label fits its table '
    'no more.';
-- PUBLIC keeps EXECUTE: PostgreSQL shows every label to everybody (pg_seclabels).

CREATE FUNCTION health_dp.declared_bound(relation oid, attnum smallint, upper boolean) RETURNS numeric
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_labels_bound';
COMMENT ON FUNCTION health_dp.declared_bound(oid, smallint, boolean) IS
    'The upper (or else lower) bound that the column declares; null when it declares none.';
-- PUBLIC keeps EXECUTE: as above.

CREATE FUNCTION health_dp.declare_public(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF relation IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = 'no table is named',
            HINT = 'Name a table: declare_public(''ref.region'').';
    END IF;
    IF health_dp.has_walls(relation)
       OR EXISTS (SELECT FROM health_dp.protected_tables t WHERE t.relation = declare_public.relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = format('table %s is protected', relation),
            HINT = 'Take its protection away first: health_dp.unprotect().';
    END IF;
    PERFORM health_dp.check_label(relation, 'public');
    EXECUTE format('SECURITY LABEL FOR health_dp ON TABLE %s IS %L', relation, 'public');
END
$$;
COMMENT ON FUNCTION health_dp.declare_public(regclass) IS
    'Declares a table free of personal data: code lists, calendars. Members read it with their own privileges.';
REVOKE EXECUTE ON FUNCTION health_dp.declare_public(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.declare_public(regclass) TO health_dp_steward;

CREATE FUNCTION health_dp.undeclare_public(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF health_dp.protection(relation) IS DISTINCT FROM 'public' THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD201',
            MESSAGE = format('table %s is not declared public', relation),
            HINT = 'Declared tables: SELECT * FROM health_dp.labels.';
    END IF;
    EXECUTE format('SECURITY LABEL FOR health_dp ON TABLE %s IS NULL', relation);
END
$$;
COMMENT ON FUNCTION health_dp.undeclare_public(regclass) IS
    'Takes the declaration back: releases refuse the table from then on.';
REVOKE EXECUTE ON FUNCTION health_dp.undeclare_public(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.undeclare_public(regclass) TO health_dp_steward;

CREATE FUNCTION health_dp.require_column(relation regclass, column_name name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = relation AND a.attname = column_name
                      AND a.attnum > 0 AND NOT a.attisdropped) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_column',
            MESSAGE = format('table %s has no column %I', relation, column_name),
            HINT = 'Name one of the table''s own columns.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.require_column(regclass, name) IS 'Internal: errors unless the table has the column.';
REVOKE EXECUTE ON FUNCTION health_dp.require_column(regclass, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.require_column(regclass, name) TO health_dp_steward;

CREATE FUNCTION health_dp.declare_bounds(relation regclass, column_name name, lower numeric, upper numeric) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    problem text;
BEGIN
    PERFORM health_dp.require_column(relation, column_name);
    problem := CASE
        WHEN lower IS NULL OR upper IS NULL THEN 'a bound is null'
        WHEN lower IN ('NaN', 'Infinity', '-Infinity') OR upper IN ('NaN', 'Infinity', '-Infinity')
            THEN 'a bound is not a finite number'
        WHEN lower >= upper THEN 'the lower bound is not below the upper bound'
        WHEN length(lower::text) > 47 OR length(upper::text) > 47 THEN 'a bound has more than 47 characters'
    END;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD301',
            MESSAGE = format('bounds of column %I: %s', column_name, problem),
            HINT = 'Say between which finite numbers its values lie: declare_bounds(''care.patient'', ''age'', 0, '
                   '120).';
    END IF;
    EXECUTE format('SECURITY LABEL FOR health_dp ON COLUMN %s.%I IS %L', relation, column_name,
                   format('bounds [%s, %s]', lower, upper));
END
$$;
COMMENT ON FUNCTION health_dp.declare_bounds(regclass, name, numeric, numeric) IS
    'Declares between which numbers a column''s values lie, for dp_sum and dp_avg without bounds. Take them from '
    'what the column means, never from the data: values outside are clamped.';
REVOKE EXECUTE ON FUNCTION health_dp.declare_bounds(regclass, name, numeric, numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.declare_bounds(regclass, name, numeric, numeric) TO health_dp_steward;

CREATE FUNCTION health_dp.undeclare_bounds(relation regclass, column_name name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM health_dp.require_column(relation, column_name);
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_seclabel s JOIN pg_catalog.pg_attribute a
                       ON a.attrelid = s.objoid AND a.attnum = s.objsubid
                    WHERE s.provider = 'health_dp' AND s.classoid = 'pg_catalog.pg_class'::regclass
                      AND s.objoid = relation AND a.attname = column_name AND s.label LIKE 'bounds%') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD302',
            MESSAGE = format('column %I of table %s declares no bounds', column_name, relation),
            HINT = 'Declared columns: SELECT * FROM health_dp.labels.';
    END IF;
    EXECUTE format('SECURITY LABEL FOR health_dp ON COLUMN %s.%I IS NULL', relation, column_name);
END
$$;
COMMENT ON FUNCTION health_dp.undeclare_bounds(regclass, name) IS 'Takes a column''s bounds back.';
REVOKE EXECUTE ON FUNCTION health_dp.undeclare_bounds(regclass, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.undeclare_bounds(regclass, name) TO health_dp_steward;

CREATE VIEW health_dp.labels AS
    SELECT s.objoid::regclass AS relation, a.attname AS column_name, s.label
      FROM pg_catalog.pg_seclabel s
      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = s.objoid AND a.attnum = s.objsubid AND s.objsubid <> 0
     WHERE s.provider = 'health_dp' AND s.classoid = 'pg_catalog.pg_class'::regclass;
COMMENT ON VIEW health_dp.labels IS
    'Every label of health_dp: on tables (column_name is null) and on columns.';
REVOKE ALL ON TABLE health_dp.labels FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.labels TO PUBLIC;
