-- Who may use which key, how often, and the record of every use [C23]. A pseudonymisation function is an oracle: all French
-- registration numbers are a few hours of one core. So nobody may call one by default; a custodian permits one operation
-- with one domain's key to one role, so many times a day; beyond a thousand a day it takes a project that a steward opened
-- and that is valid and not suspended. The ledger's worker judges and records each use before it is made, in transactions
-- of its own, so that ROLLBACK undoes neither the record nor the quota.
-- No foreign keys, as in the ledger (40-ledger.sql).

CREATE TABLE health_dp.key_permission (
    permission_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT key_permission_pkey PRIMARY KEY,
    domain text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    member regrole NOT NULL,
    member_name name NOT NULL,
    per_day bigint NOT NULL,
    project_id integer,
    permitted_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    permitted_by name NOT NULL DEFAULT SESSION_USER,
    CONSTRAINT key_permission_once UNIQUE (domain, operation, member),
    CONSTRAINT key_permission_per_day_positive CHECK (per_day > 0),
    CONSTRAINT key_permission_bulk_has_project CHECK (per_day <= 1000 OR project_id IS NOT NULL),
    CONSTRAINT key_permission_operation_known CHECK (operation IN (
        'pseudonymise', 'seal', 'reidentify', 'pseudonymise_nir', 'shift_date', 'blind', 'evaluate', 'finalise', 'link',
        'rotate', 'record_key'))
);
COMMENT ON TABLE health_dp.key_permission IS
    'Which role may do what with a domain''s key, how often a day. Written by custodians'' functions only.';
COMMENT ON COLUMN health_dp.key_permission.member IS
    'The role, and whoever has its privileges: they share its quota.';
COMMENT ON COLUMN health_dp.key_permission.member_name IS
    'The role''s name when it was permitted. A role that was renamed, or dropped and replaced, may nothing any more.';
COMMENT ON COLUMN health_dp.key_permission.project_id IS
    'The authorisation behind it: the permission ends and rests with that project. Needed for more than 1,000 uses a day.';
REVOKE ALL ON TABLE health_dp.key_permission FROM PUBLIC;

CREATE TABLE health_dp.key_use (
    use_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT key_use_pkey PRIMARY KEY,
    day date NOT NULL,
    used_at timestamptz NOT NULL,
    session_role name NOT NULL,
    user_role name NOT NULL,
    domain text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    operation text COLLATE "C" NOT NULL,
    permission_id bigint NOT NULL,
    project_id integer,
    order_id bigint,
    reserved bigint NOT NULL,
    used bigint,
    finished_at timestamptz,
    CONSTRAINT key_use_reserved_positive CHECK (reserved > 0),
    CONSTRAINT key_use_within_reserved CHECK (used BETWEEN 0 AND reserved AND (used IS NULL) = (finished_at IS NULL))
) WITH (fillfactor = 70);
COMMENT ON TABLE health_dp.key_use IS
    'One row per statement, process and key that computed with it, on disk before it did. Kept for good. The statement is '
    'not on record: identifiers may stand in it.';
COMMENT ON COLUMN health_dp.key_use.reserved IS 'Uses the statement was granted; it takes more as it goes.';
COMMENT ON COLUMN health_dp.key_use.used IS
    'Uses it made, noted at its end. Null while it runs, and after a crash: then all that was reserved counts.';
COMMENT ON COLUMN health_dp.key_use.order_id IS 'The approved order of a reidentification, with its motive.';
CREATE INDEX key_use_domain ON health_dp.key_use (domain, used_at);
COMMENT ON INDEX health_dp.key_use_domain IS 'For auditors: what was done with a domain''s key, in order.';
REVOKE ALL ON TABLE health_dp.key_use FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_use TO health_dp_auditor;

CREATE TABLE health_dp.key_use_day (
    permission_id bigint NOT NULL,
    day date NOT NULL,
    used bigint NOT NULL,
    CONSTRAINT key_use_day_pkey PRIMARY KEY (permission_id, day),
    CONSTRAINT key_use_day_not_negative CHECK (used >= 0)
) WITH (fillfactor = 10);
COMMENT ON TABLE health_dp.key_use_day IS 'What each permission has used of its quota, by day (UTC).';
REVOKE ALL ON TABLE health_dp.key_use_day FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_use_day TO health_dp_auditor;

CREATE TABLE health_dp.reidentification_order (
    order_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT reidentification_order_pkey PRIMARY KEY,
    domain text COLLATE "C" NOT NULL,
    motive text NOT NULL,
    at_most bigint NOT NULL,
    opened bigint NOT NULL DEFAULT 0,
    requested_by name NOT NULL,
    requester oid NOT NULL,
    requested_at timestamptz NOT NULL,
    approved_by name,
    approved_at timestamptz,
    approver oid,
    expires_at timestamptz,
    CONSTRAINT reidentification_order_motive_said CHECK (octet_length(motive) BETWEEN 10 AND 255),
    CONSTRAINT reidentification_order_within CHECK (at_most > 0 AND opened BETWEEN 0 AND at_most),
    CONSTRAINT reidentification_order_two_people CHECK (approved_by <> requested_by AND approver <> requester),
    CONSTRAINT reidentification_order_approval
        CHECK ((approved_by IS NULL) = (approved_at IS NULL) AND (approved_by IS NULL) = (expires_at IS NULL))
);
COMMENT ON COLUMN health_dp.reidentification_order.requester IS
    'Number of the role: neither a namesake of one that was dropped nor the same person under another name is somebody else.';
COMMENT ON TABLE health_dp.reidentification_order IS
    'Orders to open sealed identifiers: one person asks and says why, another one, a custodian, approves.';
CREATE INDEX reidentification_order_asked ON health_dp.reidentification_order (domain, requested_by);
COMMENT ON INDEX health_dp.reidentification_order_asked IS 'For the worker, which looks for the order behind a use.';
REVOKE ALL ON TABLE health_dp.reidentification_order FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('health_dp.key_permission', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.key_permission', 'permission_id'), '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_use', '');
SELECT pg_catalog.pg_extension_config_dump(pg_catalog.pg_get_serial_sequence('health_dp.key_use', 'use_id'), '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_use_day', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.reidentification_order', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.reidentification_order', 'order_id'), '');

-- Against mistakes of those whom privileges do not stop, as for the ledger.
CREATE TRIGGER final BEFORE UPDATE ON health_dp.key_use FOR EACH ROW
    WHEN (OLD.used IS NOT NULL OR NEW.reserved < OLD.reserved
          OR (OLD.use_id, OLD.day, OLD.used_at, OLD.session_role, OLD.user_role, OLD.domain, OLD.version, OLD.operation,
              OLD.permission_id, OLD.project_id, OLD.order_id)
             IS DISTINCT FROM
             (NEW.use_id, NEW.day, NEW.used_at, NEW.session_role, NEW.user_role, NEW.domain, NEW.version, NEW.operation,
              NEW.permission_id, NEW.project_id, NEW.order_id))
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER final ON health_dp.key_use IS 'An entry grows until its end is noted, once.';
CREATE TRIGGER kept BEFORE DELETE ON health_dp.key_use FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept ON health_dp.key_use IS 'Uses are kept for good.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.key_use FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept_all ON health_dp.key_use IS 'Uses are kept for good.';
ALTER TABLE health_dp.key_use ENABLE ALWAYS TRIGGER final;
ALTER TABLE health_dp.key_use ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.key_use ENABLE ALWAYS TRIGGER kept_all;

-- The SQL functions that an operation stands for.
CREATE FUNCTION health_dp.functions_of(operation text) RETURNS SETOF regprocedure
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.oid::regprocedure
      FROM pg_catalog.pg_proc p
     WHERE p.pronamespace = 'health_dp'::regnamespace
       AND p.proname = ANY (CASE functions_of.operation
                            WHEN 'seal' THEN '{seal_identifier}'
                            WHEN 'reidentify' THEN '{reidentify,reidentify_nir,ask_reidentification}'
                            WHEN 'blind' THEN '{blind,is_identifier}'
                            WHEN 'link' THEN '{}'
                            WHEN 'rotate' THEN '{renew_sealed,renew_pseudonym,start_rotation,continue_rotation,withdraw_rotation}'
                            ELSE ARRAY[functions_of.operation] END::name[])
$$;
COMMENT ON FUNCTION health_dp.functions_of(text) IS 'Internal: the functions that permit_key_use() of an operation opens.';
REVOKE EXECUTE ON FUNCTION health_dp.functions_of(text) FROM PUBLIC;

-- SECURITY DEFINER, as in 50-keys.sql: custodians have no privileges on the tables, nor may they grant EXECUTE themselves.
CREATE FUNCTION health_dp.permit_key_use(
    domain text, operation text, member regrole, per_day bigint, project name DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    behind integer;
    role_name name := (SELECT r.rolname FROM pg_catalog.pg_roles r WHERE r.oid = member);
    opened regprocedure;
BEGIN
    PERFORM health_dp.lock_domain(domain);
    IF operation IS NULL OR operation NOT IN ('pseudonymise', 'seal', 'reidentify', 'pseudonymise_nir', 'shift_date',
                                              'blind', 'evaluate', 'finalise', 'link', 'rotate', 'record_key') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD602', MESSAGE = 'there is no such operation with a key',
            HINT = 'Operations: pseudonymise, seal, reidentify, pseudonymise_nir, shift_date, blind, evaluate, finalise, '
                   'link, rotate, record_key.';
    END IF;
    IF role_name IS NULL OR role_name LIKE 'pg\_%' THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD602',
            MESSAGE = CASE WHEN role_name IS NULL THEN 'no role is named'
                           ELSE format('predefined role %I cannot be permitted to use a key', role_name) END,
            HINT = 'Name the role of a person, a team or a load job.';
    END IF;
    IF per_day IS NULL OR per_day < 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD602', MESSAGE = 'uses a day are a number from 1 on',
            HINT = 'To end a permission: health_dp.forbid_key_use().';
    END IF;
    IF project IS NOT NULL THEN
        SELECT p.id INTO behind FROM health_dp.project p WHERE p.name = permit_key_use.project;
        IF behind IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD102', MESSAGE = format('there is no project %I', project),
                HINT = 'A steward opens one: health_dp.create_project().';
        END IF;
    ELSIF per_day > 1000 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD602', MESSAGE = 'more than 1,000 uses a day need a project',
            HINT = 'Name the authorisation behind it: permit_key_use(..., project => ''emc2'').';
    END IF;
    INSERT INTO health_dp.key_permission AS k (domain, operation, member, member_name, per_day, project_id)
        VALUES (permit_key_use.domain, permit_key_use.operation, permit_key_use.member, role_name, permit_key_use.per_day,
                behind)
        ON CONFLICT ON CONSTRAINT key_permission_once DO UPDATE
        SET member_name = EXCLUDED.member_name, per_day = EXCLUDED.per_day, project_id = EXCLUDED.project_id,
            permitted_at = now(), permitted_by = session_user;
    FOR opened IN SELECT f FROM health_dp.functions_of(operation) f LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', opened, role_name);
    END LOOP;
END
$$;
COMMENT ON FUNCTION health_dp.permit_key_use(text, text, regrole, bigint, name) IS
    'Permits a role an operation with a domain''s key, so many times a day, or changes what it was permitted. More than 1,000 '
    'a day need a project, whose end or suspension ends the permission.';
REVOKE EXECUTE ON FUNCTION health_dp.permit_key_use(text, text, regrole, bigint, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.permit_key_use(text, text, regrole, bigint, name) TO health_dp_custodian;

CREATE FUNCTION health_dp.forbid_key_use(domain text, operation text, member name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    closed regprocedure;
BEGIN
    PERFORM health_dp.lock_domain(domain);
    DELETE FROM health_dp.key_permission k
     WHERE k.domain = forbid_key_use.domain AND k.operation = forbid_key_use.operation
       AND k.member_name = forbid_key_use.member;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD602', MESSAGE = 'there is no such permission',
            HINT = 'Permissions: SELECT * FROM health_dp.key_permissions.';
    END IF;
    IF NOT EXISTS (SELECT FROM health_dp.key_permission k
                    WHERE k.operation = forbid_key_use.operation AND k.member_name = forbid_key_use.member)
       AND EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = forbid_key_use.member) THEN
        FOR closed IN SELECT f FROM health_dp.functions_of(operation) f LOOP
            EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM %I', closed, member);
        END LOOP;
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.forbid_key_use(text, text, name) IS
    'Ends a permission, from the next use on. The name is the one health_dp.key_permissions shows.';
REVOKE EXECUTE ON FUNCTION health_dp.forbid_key_use(text, text, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.forbid_key_use(text, text, name) TO health_dp_custodian;

CREATE VIEW health_dp.key_permissions AS
    SELECT k.domain, k.operation, k.member_name AS member, k.per_day,
           COALESCE((SELECT d.used FROM health_dp.key_use_day d
                      WHERE d.permission_id = k.permission_id
                        AND d.day = (pg_catalog.clock_timestamp() AT TIME ZONE 'UTC')::date), 0) AS used_today,
           p.name AS project, k.permitted_at, k.permitted_by,
           EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = k.member AND r.rolname = k.member_name)
           AND (p.id IS NULL OR (NOT p.suspended AND (pg_catalog.clock_timestamp() AT TIME ZONE 'UTC')::date <@ p.valid))
           AND (k.project_id IS NULL OR p.id IS NOT NULL) AS in_force,
           ARRAY(SELECT r.rolname FROM pg_catalog.pg_roles r
                  WHERE NOT r.rolsuper AND r.oid <> k.member AND pg_catalog.pg_has_role(r.oid, k.member, 'USAGE')
                  ORDER BY r.rolname) AS stands_for
      FROM health_dp.key_permission k LEFT JOIN health_dp.project p ON p.id = k.project_id;
COMMENT ON VIEW health_dp.key_permissions IS
    'Who may do what with which key, how often a day, and how often they did today. stands_for: further roles that have the '
    'member''s privileges and share its quota. in_force is false once the role was dropped or renamed, or the project is '
    'over or suspended.';
REVOKE ALL ON TABLE health_dp.key_permissions FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_permissions TO health_dp_custodian, health_dp_steward, health_dp_auditor;

CREATE VIEW health_dp.key_uses AS
    SELECT u.use_id, u.used_at, u.session_role, u.user_role, u.domain, u.version, u.operation,
           COALESCE(u.used, u.reserved) AS uses, u.used IS NOT NULL AS is_final, p.name AS project, o.motive
      FROM health_dp.key_use u
      LEFT JOIN health_dp.project p ON p.id = u.project_id
      LEFT JOIN health_dp.reidentification_order o ON o.order_id = u.order_id;
COMMENT ON VIEW health_dp.key_uses IS
    'The record of key uses: who, which key and version, how many, when. Where is_final is false, the statement still runs, '
    'or its end was lost in a crash, and uses are all that it had reserved.';
REVOKE ALL ON TABLE health_dp.key_uses FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_uses TO health_dp_custodian, health_dp_auditor;

-- Reidentification takes two people and a motive. SECURITY DEFINER: whoever asks has no privilege on the table, nor has
-- whoever approves.
CREATE FUNCTION health_dp.ask_reidentification(domain text, motive text, at_most bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_order bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM health_dp.key_domain d WHERE d.domain = ask_reidentification.domain) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD507', MESSAGE = 'there is no such domain',
            HINT = 'Ask a custodian: SELECT DISTINCT domain FROM health_dp.key_versions.';
    END IF;
    IF motive IS NULL OR octet_length(motive) NOT BETWEEN 10 AND 255 OR at_most IS NULL OR at_most < 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD604', MESSAGE = 'an order needs a motive of 10 to 255 bytes and a number from 1 on',
            HINT = 'For example: ask_reidentification(''emc2'', ''batch recall: inform the treating doctors'', 20).';
    END IF;
    INSERT INTO health_dp.reidentification_order (domain, motive, at_most, requested_by, requester, requested_at)
        VALUES (domain, motive, at_most, session_user, (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user), clock_timestamp()) RETURNING order_id INTO new_order;
    RETURN new_order;
END
$$;
COMMENT ON FUNCTION health_dp.ask_reidentification(text, text, bigint) IS
    'Asks to open at most so many sealed identifiers of a domain, and says why. Returns the number of the order, which a '
    'custodian other than you approves.';
REVOKE EXECUTE ON FUNCTION health_dp.ask_reidentification(text, text, bigint) FROM PUBLIC;

CREATE FUNCTION health_dp.approve_reidentification(order_id bigint, valid_for interval DEFAULT '7 days') RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked health_dp.reidentification_order;
BEGIN
    PERFORM health_dp.require_custodian();
    SELECT * INTO asked FROM health_dp.reidentification_order o
     WHERE o.order_id = approve_reidentification.order_id FOR UPDATE;
    IF NOT FOUND OR asked.approved_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD604', MESSAGE = 'there is no such order that waits for approval',
            HINT = 'Orders: SELECT * FROM health_dp.reidentification_orders.';
    END IF;
    IF asked.requested_by = session_user OR asked.requester = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD604', MESSAGE = 'nobody approves an order of their own',
            HINT = 'Another custodian approves it.';
    END IF;
    IF valid_for IS NULL OR valid_for <= interval '0' OR clock_timestamp() + valid_for > clock_timestamp() + interval '90 days' THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD604', MESSAGE = 'an approval holds for some time, at most 90 days',
            HINT = 'For example: approve_reidentification(1, ''7 days'').';
    END IF;
    UPDATE health_dp.reidentification_order o
       SET approved_by = session_user, approver = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user), approved_at = clock_timestamp(),
           expires_at = clock_timestamp() + valid_for
     WHERE o.order_id = asked.order_id;
END
$$;
COMMENT ON FUNCTION health_dp.approve_reidentification(bigint, interval) IS
    'A custodian approves an order of somebody else. Until it expires, that person opens as many identifiers as it says.';
REVOKE EXECUTE ON FUNCTION health_dp.approve_reidentification(bigint, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.approve_reidentification(bigint, interval) TO health_dp_custodian;

-- Runs on its owner's rights; whoever asked sees their own orders, in a security barrier.
CREATE VIEW health_dp.reidentification_orders WITH (security_barrier) AS
    SELECT o.order_id, o.domain, o.motive, o.at_most, o.opened, o.requested_by, o.requested_at, o.approved_by, o.approved_at,
           o.expires_at
      FROM health_dp.reidentification_order o
     WHERE o.requested_by = SESSION_USER
        OR pg_catalog.pg_has_role(current_user, 'health_dp_custodian', 'USAGE')
        OR pg_catalog.pg_has_role(current_user, 'health_dp_auditor', 'USAGE');
COMMENT ON VIEW health_dp.reidentification_orders IS
    'Orders to reidentify: your own; all for custodians and auditors. Motive, how many, who asked and who approved.';
REVOKE ALL ON TABLE health_dp.reidentification_orders FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.reidentification_orders TO PUBLIC;
