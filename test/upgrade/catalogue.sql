-- Everything that PostgreSQL's catalogue says of the extension's objects, one fact a line, with names in place of OIDs: two
-- databases of the same version print the same. Rows are printed whole, so that nobody has to think of a property.
\set QUIET on
\pset tuples_only on
\pset format unaligned
SET search_path = pg_catalog;

-- A row of the catalogue. Expressions contain OIDs and are printed by PostgreSQL's own functions, below; the rest of what
-- goes is storage. (Options of columns, of which the extension sets none, hold a number of the server's own.)
CREATE FUNCTION pg_temp.named(class regclass, fields jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    reference record;
    field text;
    value jsonb;
BEGIN
    fields := fields - '{oid,relfilenode,attoptions,relpages,reltuples,relallvisible,relfrozenxid,relminmxid,reltoastrelid,attcacheoff,
                         atthasmissing,attmissingval,indcheckxmin,indpred,indexprs}'::text[];
    fields := fields - (SELECT coalesce(array_agg(attname::text), '{}') FROM pg_attribute
                         WHERE attrelid = class AND atttypid = 'pg_node_tree'::regtype);
    FOR reference IN SELECT * FROM pg_get_catalog_foreign_keys() WHERE fktable = class AND cardinality(fkcols) = 1 LOOP
        field := reference.fkcols[1];
        CONTINUE WHEN NOT fields ? field;
        IF reference.is_array THEN
            SELECT jsonb_agg((pg_identify_object(reference.pktable, e.value::oid, 0)).identity ORDER BY e.ordinality)
              INTO value
              FROM regexp_split_to_table(translate(fields ->> field, '[]{}," ', '     '), ' +') WITH ORDINALITY e(value)
             WHERE e.value <> '';
        ELSIF fields ->> field ~ '^[1-9][0-9]*$' THEN
            value := to_jsonb((pg_identify_object(reference.pktable, (fields ->> field)::oid, 0)).identity);
        ELSE
            value := fields -> field;
        END IF;
        fields := jsonb_set(fields, ARRAY[field], coalesce(value, 'null'));
    END LOOP;
    RETURN fields;
END
$$;

CREATE FUNCTION pg_temp.row_of(class regclass, object oid) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    fields jsonb;
BEGIN
    EXECUTE format('SELECT to_jsonb(t) FROM %s t WHERE oid = $1', class) INTO fields USING object;
    RETURN pg_temp.named(class, fields);
END
$$;

CREATE TEMPORARY TABLE object AS
    WITH RECURSIVE found AS (
        SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
         WHERE d.refclassid = 'pg_extension'::regclass AND e.extname = 'health_dp' AND d.deptype = 'e'
        UNION
        SELECT d.classid, d.objid FROM pg_depend d JOIN found f ON d.refclassid = f.classid AND d.refobjid = f.objid
         WHERE d.deptype IN ('a', 'i'))
    SELECT f.classid, f.objid, i.type || ' ' || i.identity AS name,
           EXISTS (SELECT FROM pg_depend d WHERE d.classid = f.classid AND d.objid = f.objid AND d.deptype = 'e') AS member
      FROM found f CROSS JOIN LATERAL pg_identify_object(f.classid, f.objid, 0) i
     -- Named after an OID.
     WHERE NOT EXISTS (SELECT FROM pg_trigger t
                        WHERE f.classid = 'pg_trigger'::regclass AND t.oid = f.objid AND t.tgisinternal)
       AND i.schema IS DISTINCT FROM 'pg_toast';

CREATE TEMPORARY TABLE fact AS
    SELECT format('%s: %s %s', name, CASE WHEN member THEN 'member' END, pg_temp.row_of(classid, objid)) AS line FROM object
    UNION ALL
    SELECT format('%s: column %s', o.name, pg_temp.named('pg_attribute', to_jsonb(a) - 'attrelid'))
      FROM object o JOIN pg_attribute a ON o.classid = 'pg_class'::regclass AND a.attrelid = o.objid AND a.attnum > 0
    UNION ALL
    SELECT format('%s: %s', o.name, d.definition)
      FROM object o CROSS JOIN LATERAL (
          SELECT CASE o.classid
              WHEN 'pg_proc'::regclass THEN concat(pg_get_function_arguments(o.objid), ' ', pg_get_function_sqlbody(o.objid))
              WHEN 'pg_constraint'::regclass THEN pg_get_constraintdef(o.objid)
              WHEN 'pg_trigger'::regclass THEN pg_get_triggerdef(o.objid)
              WHEN 'pg_rewrite'::regclass THEN pg_get_ruledef(o.objid)
              WHEN 'pg_attrdef'::regclass THEN (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE oid = o.objid)
              WHEN 'pg_class'::regclass THEN (SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indexrelid = o.objid)
          END) d(definition)
     WHERE d.definition IS NOT NULL
    UNION ALL
    SELECT format('%s: index %s', o.name, pg_temp.named('pg_index', to_jsonb(i) - 'indexrelid'))
      FROM object o JOIN pg_index i ON o.classid = 'pg_class'::regclass AND i.indexrelid = o.objid
    UNION ALL
    SELECT format('%s: sequence %s', o.name, pg_temp.named('pg_sequence', to_jsonb(s) - 'seqrelid'))
      FROM object o JOIN pg_sequence s ON o.classid = 'pg_class'::regclass AND s.seqrelid = o.objid
    UNION ALL
    SELECT format('%s: aggregate %s', o.name, pg_temp.named('pg_aggregate', to_jsonb(a) - 'aggfnoid'))
      FROM object o JOIN pg_aggregate a ON o.classid = 'pg_proc'::regclass AND a.aggfnoid = o.objid
    UNION ALL
    SELECT format('%s: comment on %s: %s', o.name, d.objsubid, d.description)
      FROM object o JOIN pg_description d ON d.classoid = o.classid AND d.objoid = o.objid
    UNION ALL
    SELECT format('%s: privileges not dumped on %s: %s', o.name, p.objsubid, p.initprivs)
      FROM object o JOIN pg_init_privs p ON p.classoid = o.classid AND p.objoid = o.objid
    UNION ALL
    SELECT format('extension: dumps %s %s', c.relation::regclass, c.condition)
      FROM pg_extension e CROSS JOIN LATERAL unnest(e.extconfig, e.extcondition) c(relation, condition)
     WHERE e.extname = 'health_dp'
    UNION ALL
    SELECT format('extension: %s', pg_temp.named('pg_extension', to_jsonb(e) - 'extconfig' - 'extcondition'))
      FROM pg_extension e WHERE e.extname = 'health_dp';
SELECT regexp_replace(line, '\s+', ' ', 'g') FROM fact;
