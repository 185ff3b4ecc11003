-- Walls around protected tables, in PostgreSQL's own terms: nobody but the owner holds a privilege, row-level
-- security is on and forced, and a restrictive policy fails every query that the planner's side has not vetted. They
-- stand while the library is not loaded. The functions that change a table (protect, unprotect) run with their
-- caller's rights: the table's owner agrees by making the steward a member of the owner's role, or a superuser does
-- it. Those that only write projects run as the extension's owner and are below, with their reasons.

CREATE FUNCTION health_dp.gate() RETURNS boolean
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_gate_refuse';
COMMENT ON FUNCTION health_dp.gate() IS
    'Always errors. The condition of the policy around a protected table: immutable, so that it fails while the '
    'query is planned, whatever rows there are.';
-- PUBLIC keeps EXECUTE, because policies run with the reader's privileges and the reader should get gate()'s own
-- message.

CREATE FUNCTION health_dp.has_walls(relation oid) RETURNS boolean
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_protection_has_walls';
COMMENT ON FUNCTION health_dp.has_walls(oid) IS
    'Whether row-level security is on and forced for the table, and its gate stands.';
-- PUBLIC keeps EXECUTE: pg_class and pg_policy say the same to everybody.

CREATE FUNCTION health_dp.protected_ancestor(relation oid) RETURNS oid
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_labels_ancestor';
COMMENT ON FUNCTION health_dp.protected_ancestor(oid) IS
    'A protected table that this one is a partition or an inheritance child of, at any depth; otherwise null.';
-- PUBLIC keeps EXECUTE: pg_inherits and pg_seclabels say the same to everybody.

-- The table itself and everything that inherits from it, partitions of partitions included.
CREATE FUNCTION health_dp.family(relation oid) RETURNS SETOF oid
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE family(member) AS (
        VALUES (relation)
        UNION
        SELECT i.inhrelid FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.member
    )
    SELECT member FROM family
$$;
COMMENT ON FUNCTION health_dp.family(oid) IS 'A table, its partitions and its inheritance children, at every depth.';
-- PUBLIC keeps EXECUTE: pg_inherits says the same to everybody.

-- Roles that row-level security does not hold anyway: they load the data, and whoever made them so trusts them.
CREATE FUNCTION health_dp.bypasses(role oid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = role AND (r.rolsuper OR r.rolbypassrls))
$$;
COMMENT ON FUNCTION health_dp.bypasses(oid) IS 'Whether the role is a superuser or has BYPASSRLS.';
REVOKE EXECUTE ON FUNCTION health_dp.bypasses(oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.bypasses(oid) TO health_dp_steward, health_dp_auditor;

-- A view that is no security_invoker reads with its owner's rights, through invoker views below it as well; so does a
-- rule of a table.
CREATE FUNCTION health_dp.readers(relation regclass) RETURNS TABLE (reader regclass, kind text, reads_as regrole)
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE family AS (
        SELECT m AS oid FROM health_dp.family(relation) m
    ),
    rule(source, reader, kind, owner) AS (
        SELECT d.refobjid, c.oid, c.relkind,
               CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) o
                                      WHERE o.option_name = 'security_invoker' AND o.option_value::boolean)
                    THEN c.relowner END
          FROM pg_catalog.pg_depend d
          JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
          JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
         WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
           AND r.ev_class <> d.refobjid
    ),
    readers(reader, kind, reads_as) AS (
        SELECT r.reader, r.kind, r.owner
          FROM rule r
         WHERE r.source IN (SELECT oid FROM family) AND r.reader NOT IN (SELECT oid FROM family)
        UNION
        SELECT r.reader, r.kind, coalesce(v.reads_as, r.owner)
          FROM readers v JOIN rule r ON r.source = v.reader
         WHERE v.kind = 'v'
    )
    SELECT r.reader::regclass, CASE r.kind WHEN 'm' THEN 'materialized view' WHEN 'v' THEN 'view' ELSE 'a rule of' END,
           r.reads_as::regrole
      FROM readers r
$$;
COMMENT ON FUNCTION health_dp.readers(regclass) IS
    'Views, materialized views and rules of other tables that read a table, at every depth, and with whose rights; null '
    'where whoever asks reads with his own.';
REVOKE EXECUTE ON FUNCTION health_dp.readers(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.readers(regclass) TO health_dp_steward, health_dp_auditor;

-- Whoever could read the table could make any number of views over it, and copies. Neither blocks protect(), which only
-- its owner, or a superuser, might then unblock: behind the walls such a view reads nothing, and a materialized view is
-- no more of a copy than a table that nobody sees. What does block is in the hands of whoever protects the table, or of
-- those who are trusted with every row.
CREATE FUNCTION health_dp.exposures(relation regclass) RETURNS TABLE (exposure text, remedy text, blocks boolean)
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    WITH family AS (
        SELECT c.oid, c.relowner, c.relacl FROM health_dp.family(relation) m JOIN pg_catalog.pg_class c ON c.oid = m
    ),
    grants(holder, what, on_what) AS (
        SELECT a.grantee, a.privilege_type, f.oid::regclass::text
          FROM family f CROSS JOIN LATERAL pg_catalog.aclexplode(f.relacl) a
         WHERE a.grantee <> f.relowner AND NOT health_dp.bypasses(a.grantee)
        UNION ALL
        SELECT a.grantee, a.privilege_type, format('%s (%I)', f.oid::regclass, t.attname)
          FROM family f JOIN pg_catalog.pg_attribute t ON t.attrelid = f.oid AND NOT t.attisdropped
         CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a
         WHERE a.grantee <> f.relowner AND NOT health_dp.bypasses(a.grantee)
    ),
    -- A row of the referencing side that is accepted, or one of the referenced side that cannot be deleted, tells that
    -- the key exists on the other side. Harmless where only the owner can try.
    foreign_keys(name, near, far, tried_with, key) AS (
        SELECT k.conname, k.confrelid, k.conrelid, 'INSERT, UPDATE', k.conindid
          FROM pg_catalog.pg_constraint k JOIN family f ON f.oid = k.confrelid
         WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid NOT IN (SELECT oid FROM family)
        UNION ALL
        SELECT k.conname, k.conrelid, k.confrelid, 'DELETE, UPDATE', NULL
          FROM pg_catalog.pg_constraint k JOIN family f ON f.oid = k.conrelid
         WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid NOT IN (SELECT oid FROM family)
    )
    SELECT format('%s holds %s on %s', CASE g.holder WHEN 0 THEN 'PUBLIC' ELSE 'role ' || g.holder::regrole END,
                  string_agg(DISTINCT g.what, ', ' ORDER BY g.what), g.on_what),
           'REVOKE it', true
      FROM grants g GROUP BY g.holder, g.on_what
    UNION ALL
    SELECT format('%s %s reads it with the rights of %s, whom row-level security does not hold', r.kind, r.reader,
                  r.reads_as),
           CASE r.kind WHEN 'view' THEN 'DROP VIEW, or ALTER VIEW ... SET (security_invoker = true) from PostgreSQL 15 on'
                       ELSE 'DROP RULE' END, true
      FROM health_dp.readers(relation) r JOIN pg_catalog.pg_class c ON c.oid = r.reader
     WHERE r.kind <> 'materialized view' AND c.relowner = r.reads_as AND health_dp.bypasses(r.reads_as)
    UNION ALL
    SELECT format('materialized view %s of role %s is a copy of its rows', c.oid::regclass, c.relowner::regrole),
           'DROP MATERIALIZED VIEW, by its owner or a superuser',
           health_dp.bypasses(c.relowner) OR (SELECT bool_or(pg_has_role(f.relowner, c.relowner, 'USAGE')) FROM family f)
      FROM pg_catalog.pg_class c
     WHERE c.relkind = 'm' AND c.oid IN (SELECT r.reader FROM health_dp.readers(relation) r)
    UNION ALL
    SELECT format('partition or child %s is a foreign table', f.oid::regclass), 'detach it, and copy its rows here', true
      FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.oid AND c.relkind = 'f'
    UNION ALL
    SELECT format('rule %I on %s', r.rulename, r.ev_class::regclass), 'DROP RULE', true
      FROM pg_catalog.pg_rewrite r JOIN family f ON f.oid = r.ev_class
    UNION ALL
    SELECT format('trigger %I on %s calls %s of role %s', t.tgname, f.oid::regclass, p.oid::regprocedure,
                  p.proowner::regrole),
           'DROP TRIGGER, or give the function to the table''s owner', true
      FROM pg_catalog.pg_trigger t JOIN family f ON f.oid = t.tgrelid JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
     WHERE NOT t.tgisinternal AND p.proowner <> f.relowner AND NOT health_dp.bypasses(p.proowner)
    UNION ALL
    SELECT format('foreign key %I between %s and %s lets others than the owner ask which keys exist', k.name,
                  k.near::regclass, k.far::regclass),
           format('revoke %s on %s from others, protect it, or drop the foreign key', k.tried_with, k.far::regclass) ||
           -- Whose table refers to it need not agree.
           coalesce('; dropping ' || k.key::regclass::text || ' with CASCADE, and making it anew, drops it too', ''),
           true
      FROM foreign_keys k
      JOIN pg_catalog.pg_class near ON near.oid = k.near JOIN pg_catalog.pg_class far ON far.oid = k.far
     WHERE NOT health_dp.has_walls(k.far)
       AND (near.relowner <> far.relowner
            OR EXISTS (SELECT FROM pg_catalog.aclexplode(far.relacl) a
                        WHERE a.grantee <> far.relowner AND NOT health_dp.bypasses(a.grantee)
                          AND k.tried_with LIKE '%' || a.privilege_type || '%')
            OR EXISTS (SELECT FROM pg_catalog.pg_attribute t CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a
                        WHERE t.attrelid = k.far AND a.grantee <> far.relowner AND NOT health_dp.bypasses(a.grantee)
                          AND k.tried_with LIKE '%' || a.privilege_type || '%'))
    UNION ALL
    SELECT format('table %s reads it as its parent', i.inhparent::regclass), 'protect the parent instead, or NO INHERIT',
           true
      FROM pg_catalog.pg_inherits i JOIN family f ON f.oid = i.inhrelid
     WHERE i.inhparent NOT IN (SELECT oid FROM family)
$$;
COMMENT ON FUNCTION health_dp.exposures(regclass) IS
    'Ways around the walls of a table that PostgreSQL knows of, and what to do about each: grants, views, rules, '
    'triggers, foreign keys, parents. protect() refuses a table that has one that blocks, and warns of others, which are '
    'copies in the hands of roles that could read the table; auditors look again later.';
REVOKE EXECUTE ON FUNCTION health_dp.exposures(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.exposures(regclass) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.link_target(relation oid) RETURNS oid
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_labels_link_target';
COMMENT ON FUNCTION health_dp.link_target(oid) IS
    'The table that a table protected by a link leads to, as far as its label still names one; otherwise null.';
-- PUBLIC keeps EXECUTE: pg_seclabels says the same to everybody.

-- OFFSET, because PostgreSQL would write through it, into its own catalogue and with the rights of the view's owner, for whoever
-- has pg_write_all_data.
CREATE VIEW health_dp.protected_tables AS
    SELECT s.objoid::regclass AS relation, s.label AS protection, health_dp.link_target(s.objoid)::regclass AS links_to,
           (SELECT pg_catalog.bool_and(health_dp.has_walls(f)) FROM health_dp.family(s.objoid) f) AS walls
      FROM pg_catalog.pg_seclabel s
     WHERE s.provider = 'health_dp' AND s.classoid = 'pg_catalog.pg_class'::regclass AND s.objsubid = 0
       AND s.label ~ '^\s*protected'
    OFFSET 0;
COMMENT ON VIEW health_dp.protected_tables IS
    'Tables that hold patients: how their rows find their patient, and whether the walls around them and all their '
    'partitions and children stand. Where they do not, protect() again puts them up.';
REVOKE ALL ON TABLE health_dp.protected_tables FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.protected_tables TO PUBLIC;

CREATE FUNCTION health_dp.drop_gate(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    policy name;
BEGIN
    FOR policy IN SELECT p.polname FROM pg_catalog.pg_policy p
                   WHERE p.polrelid = relation AND p.polname IN ('health_dp gate', 'health_dp gate, permissive') LOOP
        EXECUTE format('DROP POLICY %I ON %s', policy, relation);
    END LOOP;
END
$$;
COMMENT ON FUNCTION health_dp.drop_gate(regclass) IS 'Internal: drops the gate''s policies, those that are there.';
REVOKE EXECUTE ON FUNCTION health_dp.drop_gate(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.drop_gate(regclass) TO health_dp_steward;

CREATE FUNCTION health_dp.raise_walls(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    member regclass;
    owner oid;
    kind "char";
    found text;
BEGIN
    FOR member, owner, kind IN SELECT c.oid, c.relowner, c.relkind
          FROM health_dp.family(relation) m JOIN pg_catalog.pg_class c ON c.oid = m
    LOOP
        IF NOT pg_has_role(current_user, owner, 'USAGE') THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
                MESSAGE = format('you are not the owner of table %s', member),
                HINT = format('Its owner has to agree: ask for membership in role %s while you protect it, or ask a '
                              'superuser.', owner::regrole);
        END IF;
        CONTINUE WHEN kind = 'f'; -- cannot be locked, and is refused below
        -- Before anything is looked at, so that nothing is granted or attached in between.
        EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', member);
        EXECUTE format('REVOKE ALL ON TABLE %s FROM PUBLIC', member);
    END LOOP;
    SELECT string_agg(e.exposure || ': ' || e.remedy || '.', E'\n' ORDER BY e.exposure COLLATE "C")
      INTO found FROM health_dp.exposures(relation) e WHERE e.blocks;
    IF found IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = format('table %s cannot be protected: there are ways around its walls', relation),
            DETAIL = found,
            HINT = 'Do as the detail says and protect it again; health_dp.exposures() lists the same.';
    END IF;
    FOR member IN SELECT m FROM health_dp.family(relation) m LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', member);
        IF health_dp.has_walls(member) THEN
            CONTINUE;
        END IF;
        PERFORM health_dp.drop_gate(member);
        EXECUTE format('CREATE POLICY "health_dp gate" ON %s AS RESTRICTIVE FOR ALL TO PUBLIC '
                       'USING (health_dp.gate()) WITH CHECK (health_dp.gate())', member);
        -- Where no permissive policy applies, PostgreSQL never looks at the restrictive ones and answers with no rows
        -- instead of an error. This one makes it look.
        EXECUTE format('CREATE POLICY "health_dp gate, permissive" ON %s AS PERMISSIVE FOR ALL TO PUBLIC '
                       'USING (health_dp.gate()) WITH CHECK (health_dp.gate())', member);
    END LOOP;
    SELECT string_agg(e.exposure || ': ' || e.remedy || '.', E'\n' ORDER BY e.exposure COLLATE "C")
      INTO found FROM health_dp.exposures(relation) e WHERE NOT e.blocks;
    IF found IS NOT NULL THEN
        RAISE WARNING USING
            MESSAGE = format('rows of table %s are also where its walls do not reach', relation), DETAIL = found,
            HINT = 'Whoever could read the table until now may have kept rows, in tables too. Have the copies dropped '
                   'before you grant it to a project; health_dp.exposures() lists those that PostgreSQL knows of.';
    END IF;
    SELECT string_agg(DISTINCT format('%s %s, with the rights of %s', r.kind, r.reader, r.reads_as), E'\n')
      INTO found FROM health_dp.readers(relation) r
     WHERE r.kind <> 'materialized view' AND r.reads_as IS NOT NULL AND NOT health_dp.bypasses(r.reads_as);
    IF found IS NOT NULL THEN
        RAISE NOTICE USING
            MESSAGE = format('what read table %s by the rights of others reads it no more', relation), DETAIL = found,
            HINT = 'It may stay: the walls hold for its owner. DROP VIEW or DROP RULE takes it away.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.raise_walls(regclass) IS
    'Internal to protect() and protect_via(): takes PUBLIC''s privileges, refuses what exposes the table, forces '
    'row-level security on it, its partitions and children, puts up the gate, and says who is behind it now.';
REVOKE EXECUTE ON FUNCTION health_dp.raise_walls(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.raise_walls(regclass) TO health_dp_steward;

CREATE FUNCTION health_dp.protect_as(relation regclass, label text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF relation IS NULL OR label IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202', MESSAGE = 'a table or column is not named',
            HINT = 'Name both: protect(''care.patient'', ''patient_id'').';
    END IF;
    PERFORM health_dp.check_label(relation, label);
    PERFORM health_dp.raise_walls(relation);
    EXECUTE format('SECURITY LABEL FOR health_dp ON TABLE %s IS %L', relation, label);
END
$$;
COMMENT ON FUNCTION health_dp.protect_as(regclass, text) IS 'Internal to protect() and protect_via().';
REVOKE EXECUTE ON FUNCTION health_dp.protect_as(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.protect_as(regclass, text) TO health_dp_steward;

CREATE FUNCTION health_dp.protect(relation regclass, owner_column name) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT health_dp.protect_as(relation,
        CASE WHEN owner_column IS NOT NULL THEN format('protected(%I)', owner_column) END)
$$;
COMMENT ON FUNCTION health_dp.protect(regclass, name) IS
    'Protects a table whose column says to which patient each row belongs. From then on it answers inside releases '
    'only, also for its owner; superusers and roles with BYPASSRLS load the data (COPY, too). Again on a protected '
    'table: puts up walls around partitions that came since. Needs the rights of the table''s owner.';
REVOKE EXECUTE ON FUNCTION health_dp.protect(regclass, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.protect(regclass, name) TO health_dp_steward;

CREATE FUNCTION health_dp.protect_via(relation regclass, columns text, target regclass, target_columns text)
    RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    -- Both lists go into the label as they are: the label's parser takes them apart, and refuses whatever is no list.
    SELECT health_dp.protect_as(relation,
        (SELECT format('protected via (%s) to %I.%I(%s)', columns, n.nspname, c.relname, target_columns)
           FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE c.oid = target))
$$;
COMMENT ON FUNCTION health_dp.protect_via(regclass, text, regclass, text) IS
    'Protects a table whose rows belong to the patient of the one row they link to in a protected table. Columns '
    'are comma-separated SQL identifiers; the target''s need a unique index. See protect().';
REVOKE EXECUTE ON FUNCTION health_dp.protect_via(regclass, text, regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.protect_via(regclass, text, regclass, text) TO health_dp_steward;

CREATE FUNCTION health_dp.protect_via(relation regclass, columns name[], target regclass, target_columns name[])
    RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT health_dp.protect_via(relation, (SELECT string_agg(format('%I', c), ', ') FROM unnest(columns) c),
                                 target, (SELECT string_agg(format('%I', c), ', ') FROM unnest(target_columns) c))
$$;
COMMENT ON FUNCTION health_dp.protect_via(regclass, name[], regclass, name[]) IS
    'The same with arrays of column names, spelled as the catalogue has them.';
REVOKE EXECUTE ON FUNCTION health_dp.protect_via(regclass, name[], regclass, name[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.protect_via(regclass, name[], regclass, name[]) TO health_dp_steward;

-- Partitions and children that come after protect(). With the rights of who made them, who owns them. Without the gate,
-- whose policies a restore brings with it, after the partitions: a table with forced row-level security and no policy
-- shows no row and takes none. Where event triggers are off, the planner's side refuses such tables all the same.
CREATE FUNCTION health_dp.close_parts() RETURNS event_trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part regclass;
    kind "char";
    whole regclass;
BEGIN
    -- The other way round: PostgreSQL would hand a protected table's rows out by the privileges of the one above it.
    SELECT f, i.inhparent INTO part, whole
      FROM pg_catalog.pg_event_trigger_ddl_commands() d
     CROSS JOIN LATERAL health_dp.family(d.objid) f
      JOIN pg_catalog.pg_inherits i ON i.inhrelid = f
      JOIN pg_catalog.pg_seclabel s ON s.objoid = f
     WHERE d.classid = 'pg_catalog.pg_class'::regclass AND s.provider = 'health_dp'
       AND s.classoid = 'pg_catalog.pg_class'::regclass AND s.objsubid = 0 AND s.label ~ '^\s*protected'
       AND health_dp.protected_ancestor(f) IS NULL
     LIMIT 1;
    IF whole IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = format('protected table %s cannot be a part of table %s, which is not protected', part, whole),
            HINT = 'Protect the other one instead: unprotect() this one first.';
    END IF;
    FOR part, kind IN
        SELECT DISTINCT c.oid, c.relkind
          FROM pg_catalog.pg_event_trigger_ddl_commands() d
         CROSS JOIN LATERAL health_dp.family(d.objid) f
          JOIN pg_catalog.pg_class c ON c.oid = f
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND c.relkind IN ('r', 'p', 'f')
           AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
           -- The library is asked about parts only: without it, other tables can still be made.
           AND CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)
                    THEN health_dp.protected_ancestor(c.oid) IS NOT NULL END
    LOOP
        IF kind = 'f' THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD202',
                MESSAGE = format('foreign table %s cannot be a part of protected table %s', part,
                                 health_dp.protected_ancestor(part)::regclass),
                HINT = 'Copy its rows here.';
        END IF;
        EXECUTE format('REVOKE ALL ON TABLE %s FROM PUBLIC', part);
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
    END LOOP;
END
$$;
COMMENT ON FUNCTION health_dp.close_parts() IS
    'Event trigger: closes partitions and inheritance children of protected tables as soon as they are such.';
REVOKE EXECUTE ON FUNCTION health_dp.close_parts() FROM PUBLIC;

-- CREATE SCHEMA may create tables.
CREATE EVENT TRIGGER health_dp_close_parts ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE SCHEMA', 'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE')
    EXECUTE FUNCTION health_dp.close_parts();
COMMENT ON EVENT TRIGGER health_dp_close_parts IS
    'Partitions and inheritance children of protected tables are closed from their first moment.';
ALTER EVENT TRIGGER health_dp_close_parts ENABLE ALWAYS;

CREATE FUNCTION health_dp.unprotect(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    member regclass;
    still_used text;
BEGIN
    IF NOT EXISTS (SELECT FROM health_dp.protected_tables t WHERE t.relation = unprotect.relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = format('table %s is not protected', coalesce(relation::text, '(null)')),
            HINT = 'Protected tables: SELECT * FROM health_dp.protected_tables.';
    END IF;
    SELECT string_agg(u.used_by, E'\n' ORDER BY u.used_by COLLATE "C") INTO still_used
      FROM (SELECT format('granted to project %s', g.project) FROM health_dp.granted_tables g
             WHERE g.relation = unprotect.relation
            UNION ALL
            SELECT format('table %s is protected by a link to it', t.relation) FROM health_dp.protected_tables t
             WHERE t.links_to = unprotect.relation) u(used_by);
    IF still_used IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = format('the protection of table %s is still used', relation),
            DETAIL = still_used,
            HINT = 'First health_dp.revoke_table() and health_dp.unprotect() what the detail names.';
    END IF;
    EXECUTE format('SECURITY LABEL FOR health_dp ON TABLE %s IS NULL', relation);
    FOR member IN SELECT m FROM health_dp.family(relation) m LOOP
        PERFORM health_dp.drop_gate(member);
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', member);
        -- Policies of the owner's own keep working.
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = member) THEN
            EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', member);
        END IF;
    END LOOP;
    RAISE NOTICE USING MESSAGE = format('table %s answers its owner again; privileges that protect() revoked stay '
                                        'revoked',
                                        relation);
END
$$;
COMMENT ON FUNCTION health_dp.unprotect(regclass) IS
    'Takes label and walls away; refused while a project holds a grant on the table or another table links to it. '
    'Needs the rights of the table''s owner.';
REVOKE EXECUTE ON FUNCTION health_dp.unprotect(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.unprotect(regclass) TO health_dp_steward;
