-- The extension's tables and views, closed to PostgreSQL's own roles for everything (pg_read_all_data, pg_write_all_data and
-- whatever later versions add). Those hold no grant that could be revoked, but row-level security holds for them. It is
-- not forced: functions of ours read and write as the owner, and so does whoever restores.

CREATE FUNCTION health_dp.is_granted_to_reader(relation text) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM pg_catalog.pg_class c
                    CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) a
                    WHERE c.oid = pg_catalog.to_regclass(relation) AND a.privilege_type = 'SELECT'
                      AND (a.grantee = 0 OR pg_catalog.pg_has_role(current_user, a.grantee, 'USAGE')))
$$;
COMMENT ON FUNCTION health_dp.is_granted_to_reader(text) IS
    'Internal: whether somebody granted SELECT on it to you, or to a role whose privileges you have.';
-- PUBLIC keeps EXECUTE: policies and views call it with their reader's privileges; pg_class says the same to everybody.

CREATE FUNCTION health_dp.refuse_write() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_catalog.pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('permission denied for table %s', TG_TABLE_NAME),
            HINT = 'What health_dp knows is changed by its functions only.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION health_dp.refuse_write() IS
    'Trigger: nobody but the owner writes, through a view neither.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_write() FROM PUBLIC;

DO $$
DECLARE
    own record;
BEGIN
    FOR own IN
        SELECT c.oid::regclass AS relation, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, c.relkind AS kind,
               pg_catalog.pg_get_viewdef(c.oid) AS definition,
               EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a
                        WHERE a.grantee = 0 AND a.privilege_type = 'SELECT') AS is_public
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                                     AND d.deptype = 'e'
          JOIN pg_catalog.pg_extension e ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                                        AND e.oid = d.refobjid AND e.extname = 'health_dp'
         WHERE c.relkind IN ('r', 'v')
         ORDER BY c.oid
    LOOP
        IF own.kind = 'v' THEN
            CONTINUE WHEN own.is_public; -- chooses its rows by who reads
            -- A security barrier, so that no condition of the reader's sees a row first.
            EXECUTE pg_catalog.format('CREATE OR REPLACE VIEW %s WITH (security_barrier = true) AS SELECT v.* FROM (%s) v '
                'WHERE health_dp.is_granted_to_reader(%L)', own.name, pg_catalog.rtrim(own.definition, ';'), own.name);
            CONTINUE;
        END IF;
        -- Tables that are public are joined in releases, which take no policies.
        IF NOT own.is_public THEN
            EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', own.name);
            EXECUTE pg_catalog.format('CREATE POLICY granted ON %s FOR SELECT USING (health_dp.is_granted_to_reader(%L))',
                                      own.name, own.name);
        END IF;
        -- Through a view that PostgreSQL can write through, the table's owner writes.
        EXECUTE pg_catalog.format('CREATE TRIGGER closed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
            'FOR EACH STATEMENT %s EXECUTE FUNCTION health_dp.refuse_write()', own.name,
            CASE WHEN NOT own.is_public THEN pg_catalog.format('WHEN (pg_catalog.row_security_active(%L::text))', own.name) END);
        EXECUTE pg_catalog.format('COMMENT ON TRIGGER closed ON %s IS ''Nobody but the owner writes.''', own.name);
        EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER closed', own.name);
    END LOOP;
END
$$;

