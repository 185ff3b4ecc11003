-- Columns brought to the current version of a domain's key, in the background: batch by batch, each a transaction of its
-- own, with both versions readable meanwhile. A crash loses the batch under way; health_dp.continue_rotation() goes on.
-- Identifiers are opened and made anew inside one call and never come back to SQL, so that it takes no order to reidentify.

CREATE FUNCTION health_dp.renew_sealed(sealed health_dp.sealed, domain text, column_name text DEFAULT 'identifier')
    RETURNS health_dp.sealed
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 160 AS 'MODULE_PATHNAME', 'hdp_rotation_renew_sealed';
COMMENT ON FUNCTION health_dp.renew_sealed(health_dp.sealed, text, text) IS
    'The same identifier sealed with the current version of the domain''s key. Counted as rotate.';
REVOKE EXECUTE ON FUNCTION health_dp.renew_sealed(health_dp.sealed, text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.renew_pseudonym(
    pseudonym health_dp.pseudonym, sealed health_dp.sealed, domain text, column_name text DEFAULT 'identifier')
    RETURNS health_dp.pseudonym
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 90 AS 'MODULE_PATHNAME', 'hdp_rotation_renew_pseudonym';
COMMENT ON FUNCTION health_dp.renew_pseudonym(health_dp.pseudonym, health_dp.sealed, text, text) IS
    'The pseudonym of the same person with the current version of the domain''s key; the one given, where what is sealed is '
    'not its person. Counted as rotate.';
REVOKE EXECUTE ON FUNCTION health_dp.renew_pseudonym(health_dp.pseudonym, health_dp.sealed, text, text) FROM PUBLIC;

CREATE TABLE health_dp.key_rotation (
    rotation_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT key_rotation_pkey PRIMARY KEY,
    domain text COLLATE "C" NOT NULL,
    relation regclass NOT NULL,
    column_name name NOT NULL,
    sealed_as text NOT NULL,
    sealed_column name,
    sealed_in regclass,
    sealed_key name,
    target_version integer NOT NULL,
    batch_pages integer NOT NULL,
    next_page bigint NOT NULL DEFAULT 0,
    changed_in_pass bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    left_over bigint,
    started_by name NOT NULL DEFAULT SESSION_USER,
    started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    last_batch_at timestamptz,
    finished_at timestamptz,
    problem text,
    CONSTRAINT key_rotation_batch_sized CHECK (batch_pages BETWEEN 1 AND 1000000)
);
COMMENT ON TABLE health_dp.key_rotation IS 'Rotations of columns: what is done, and where they go on after a crash.';
COMMENT ON COLUMN health_dp.key_rotation.problem IS 'SQLSTATE that ended the last attempt.';
COMMENT ON COLUMN health_dp.key_rotation.left_over IS
    'Rows that kept an older version, for want of the person''s sealed identifier, at the end.';
REVOKE ALL ON TABLE health_dp.key_rotation FROM PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_rotation', '');
SELECT pg_catalog.pg_extension_config_dump(pg_catalog.pg_get_serial_sequence('health_dp.key_rotation', 'rotation_id'), '');

CREATE VIEW health_dp.key_rotations AS
    SELECT r.rotation_id, r.domain, r.relation, r.column_name, r.target_version, r.changed, r.left_over, r.started_by,
           r.started_at, r.last_batch_at, r.finished_at, r.problem
      FROM health_dp.key_rotation r;
COMMENT ON VIEW health_dp.key_rotations IS
    'Rotations of columns for custodians, stewards and auditors: rows changed so far; finished, or the SQLSTATE of the problem.';
REVOKE ALL ON TABLE health_dp.key_rotations FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_rotations TO health_dp_custodian, health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.rotation_under_way(rotation_id bigint) RETURNS health_dp.key_rotation
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    job health_dp.key_rotation;
BEGIN
    SELECT * INTO job FROM health_dp.key_rotation r WHERE r.rotation_id = rotation_under_way.rotation_id
       AND r.started_by = session_user FOR UPDATE;
    RETURN job;
END
$$;
COMMENT ON FUNCTION health_dp.rotation_under_way(bigint) IS
    'Internal: a rotation of the session''s user, locked until the transaction ends; null where there is none.';
REVOKE EXECUTE ON FUNCTION health_dp.rotation_under_way(bigint) FROM PUBLIC;

-- What the background worker asks of the owner (src/keys/rotation.cpp), and nobody else: the next batch's statement, which it
-- runs with the privileges of whoever started the rotation, and what became of it.
-- Pages in order, so that the whole costs one look at each; rows that change move to other pages and are not looked at twice,
-- since they have the new version. A statement that was under way when the key rotated may still add an old one behind:
-- passes go on until one finds nothing to change.
CREATE FUNCTION health_dp.rotation_batch(
    rotation_id bigint, OUT change text, OUT rest text, OUT until bigint, OUT ends_pass boolean, OUT is_idle boolean)
    RETURNS SETOF record
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    job health_dp.key_rotation := health_dp.rotation_under_way(rotation_id);
    made text;
    source text := '';
    old text;
BEGIN
    IF job.rotation_id IS NULL OR job.finished_at IS NOT NULL THEN
        RETURN;
    END IF;
    until := least(job.next_page + job.batch_pages, 4294967294);
    ends_pass := until >= pg_relation_size(job.relation) / current_setting('block_size')::bigint;
    is_idle := job.changed_in_pass = 0;
    old := format('health_dp.key_version(t.%I) <> %s', job.column_name, job.target_version);
    IF job.sealed_column IS NULL THEN
        made := format('health_dp.renew_sealed(t.%I, %L, %L)', job.column_name, job.domain, job.sealed_as);
    ELSIF job.sealed_in IS NULL THEN
        made := format('health_dp.renew_pseudonym(t.%I, t.%I, %L, %L)', job.column_name, job.sealed_column, job.domain,
                       job.sealed_as);
    ELSE
        made := format('health_dp.renew_pseudonym(t.%I, s.%I, %L, %L)', job.column_name, job.sealed_column, job.domain,
                       job.sealed_as);
        source := format(' JOIN %s s ON s.%I OPERATOR(health_dp.=) t.%I', job.sealed_in, job.sealed_key, job.column_name);
    END IF;
    -- ONLY: places are those of one table. What is made is looked at once more: what did not change stays untouched, and
    -- counts as left over.
    change := format(
        'WITH made AS MATERIALIZED (SELECT t.ctid AS place, %s AS value FROM ONLY %s t%s'
        ' WHERE t.ctid >= ''(%s,0)'' AND t.ctid < ''(%s,0)'' AND %s)'
        ' UPDATE ONLY %s t SET %I = m.value FROM made m WHERE t.ctid = m.place AND health_dp.key_version(m.value) = %s',
        made, job.relation, source, job.next_page, until, old, job.relation, job.column_name, job.target_version);
    rest := format('SELECT pg_catalog.count(*) FROM ONLY %s t WHERE %s', job.relation, old);
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION health_dp.rotation_batch(bigint) IS
    'Internal to the background worker: the next batch of a rotation as SQL; no row when there is nothing left to do.';
REVOKE EXECUTE ON FUNCTION health_dp.rotation_batch(bigint) FROM PUBLIC;

CREATE FUNCTION health_dp.note_rotation(rotation_id bigint, until bigint, rows bigint, ends_pass boolean, rest bigint)
    RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE health_dp.key_rotation r
       SET next_page = CASE WHEN ends_pass THEN 0 ELSE until END, changed = r.changed + rows,
           changed_in_pass = CASE WHEN ends_pass THEN 0 ELSE r.changed_in_pass + rows END,
           last_batch_at = clock_timestamp(), problem = NULL,
           finished_at = CASE WHEN rest IS NOT NULL THEN clock_timestamp() END, left_over = rest
     WHERE r.rotation_id = note_rotation.rotation_id
$$;
COMMENT ON FUNCTION health_dp.note_rotation(bigint, bigint, bigint, boolean, bigint) IS
    'Internal to the background worker: a batch is done; with the number of rows left over, it was the last one.';
REVOKE EXECUTE ON FUNCTION health_dp.note_rotation(bigint, bigint, bigint, boolean, bigint) FROM PUBLIC;

CREATE FUNCTION health_dp.note_rotation_problem(rotation_id bigint, problem text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE health_dp.key_rotation r SET problem = note_rotation_problem.problem
     WHERE r.rotation_id = note_rotation_problem.rotation_id AND r.finished_at IS NULL
$$;
COMMENT ON FUNCTION health_dp.note_rotation_problem(bigint, text) IS
    'Internal to the background worker: what ended an attempt.';
REVOKE EXECUTE ON FUNCTION health_dp.note_rotation_problem(bigint, text) FROM PUBLIC;

CREATE FUNCTION health_dp.launch_rotation(rotation_id bigint) RETURNS void
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_rotation_launch';
COMMENT ON FUNCTION health_dp.launch_rotation(bigint) IS
    'Internal: starts a background worker that runs the rotation as the session''s user, once this transaction has committed.';
REVOKE EXECUTE ON FUNCTION health_dp.launch_rotation(bigint) FROM PUBLIC;

-- SECURITY DEFINER: it writes the table. What is done to the user's table is done later, with the user's own privileges.
CREATE FUNCTION health_dp.start_rotation(
    relation regclass, column_name name, domain text, sealed_as text DEFAULT 'identifier',
    sealed_column name DEFAULT NULL, sealed_in regclass DEFAULT NULL, sealed_key name DEFAULT NULL,
    batch_pages integer DEFAULT 256) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target integer;
    new_rotation bigint;
    type_of CONSTANT text := 'SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1 AND a.attname = $2'
                             ' AND NOT a.attisdropped AND a.attnum > 0';
    column_type oid;
    sealed_type oid;
    key_type oid;
BEGIN
    SELECT v.version INTO target FROM health_dp.key_version v
     WHERE v.domain = start_rotation.domain AND v.state = 'current';
    IF target IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD507', MESSAGE = 'there is no such domain, or it has no current key',
            HINT = 'Ask a custodian: SELECT * FROM health_dp.key_versions.';
    END IF;
    EXECUTE type_of INTO column_type USING relation, column_name;
    EXECUTE type_of INTO sealed_type USING coalesce(sealed_in, relation), sealed_column;
    EXECUTE type_of INTO key_type USING sealed_in, sealed_key;
    -- What the worker will need; it asks again.
    IF NOT has_table_privilege(session_user, relation, 'SELECT')
       OR (column_type IS NOT NULL AND NOT has_column_privilege(session_user, relation, column_name::text, 'UPDATE'))
       OR NOT has_table_privilege(session_user, coalesce(sealed_in, relation), 'SELECT') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = 'rotating takes SELECT and UPDATE on the table, and SELECT on the one with the sealed identifiers',
            HINT = 'Ask the owner of the tables.';
    END IF;
    IF (SELECT count(*) FROM pg_stat_activity a WHERE a.backend_type = 'health_dp rotation') >= 4 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD607', MESSAGE = 'four rotations are running already',
            HINT = 'Try again when one has finished: SELECT * FROM health_dp.key_rotations.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = relation AND c.relkind = 'r') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD607', MESSAGE = 'only tables with rows of their own are rotated',
            HINT = 'Of a partitioned table, rotate each partition.';
    END IF;
    IF (CASE column_type
       WHEN 'health_dp.sealed'::regtype THEN sealed_column IS NULL AND sealed_in IS NULL
       WHEN 'health_dp.pseudonym'::regtype THEN
            sealed_type = 'health_dp.sealed'::regtype
            AND (sealed_in IS NULL OR key_type = 'health_dp.pseudonym'::regtype)
        END) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD607', MESSAGE = 'this column cannot be rotated like that',
            HINT = 'A column of type sealed by itself; a column of type pseudonym with sealed_column, the persons'' sealed '
                   'identifiers, in the same table or in sealed_in, where sealed_key has the pseudonyms.';
    END IF;
    -- Their rows would no longer find their person here.
    IF EXISTS (SELECT FROM health_dp.key_rotation r
                WHERE r.sealed_in = start_rotation.relation AND r.sealed_key = start_rotation.column_name
                  AND r.finished_at IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD607', MESSAGE = 'another column is being rotated by means of this one',
            HINT = 'Let it finish first: SELECT * FROM health_dp.key_rotations.';
    END IF;
    INSERT INTO health_dp.key_rotation (domain, relation, column_name, sealed_as, sealed_column, sealed_in, sealed_key,
                                        target_version, batch_pages)
        VALUES (domain, relation, column_name, sealed_as, sealed_column, sealed_in, sealed_key, target, batch_pages)
        RETURNING rotation_id INTO new_rotation;
    PERFORM health_dp.launch_rotation(new_rotation);
    RETURN new_rotation;
END
$$;
COMMENT ON FUNCTION health_dp.start_rotation(regclass, name, text, text, name, regclass, name, integer) IS
    'Brings a column to the current version of a domain''s key, in the background and with your privileges on the table. '
    'sealed_as: the column name that identifiers were sealed with. Returns its number in health_dp.key_rotations.';
REVOKE EXECUTE ON FUNCTION health_dp.start_rotation(regclass, name, text, text, name, regclass, name, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.continue_rotation(rotation_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    job health_dp.key_rotation := health_dp.rotation_under_way(rotation_id);
BEGIN
    IF job.rotation_id IS NULL OR job.finished_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD607', MESSAGE = 'there is no such unfinished rotation of yours',
            HINT = 'Ask a custodian: SELECT * FROM health_dp.key_rotations.';
    END IF;
    PERFORM health_dp.launch_rotation(rotation_id);
END
$$;
COMMENT ON FUNCTION health_dp.continue_rotation(bigint) IS
    'Goes on with a rotation of yours that a crash, a restart or a problem ended. Harmless while it runs.';
REVOKE EXECUTE ON FUNCTION health_dp.continue_rotation(bigint) FROM PUBLIC;

CREATE FUNCTION health_dp.withdraw_rotation(rotation_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE health_dp.key_rotation r SET finished_at = clock_timestamp(), problem = 'withdrawn'
     WHERE r.rotation_id = withdraw_rotation.rotation_id AND r.finished_at IS NULL
       AND (r.started_by = session_user OR pg_has_role(session_user, 'health_dp_custodian', 'MEMBER'));
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD607', MESSAGE = 'there is no such unfinished rotation of yours',
            HINT = 'Custodians withdraw anybody''s: SELECT * FROM health_dp.key_rotations.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.withdraw_rotation(bigint) IS
    'Ends a rotation where it is, your own or, for custodians, anybody''s. Rows that it changed stay changed.';
REVOKE EXECUTE ON FUNCTION health_dp.withdraw_rotation(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.withdraw_rotation(bigint) TO health_dp_custodian;
