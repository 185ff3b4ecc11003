-- Keys: which domain has which versions, and what became of them. No key is ever in the database [C21]: the catalogue has
-- names, states and check values, the key keeper has the rest. Making and destroying a key changes the key store first
-- and the catalogue after it; a crash in between leaves a key that nobody used, or a destruction that is not yet on record,
-- and the same call made again finishes it.
-- Custodians alone may do any of it: whoever decides what a project may see (the steward) makes no keys, and whoever
-- makes keys reads no data.
-- src/keys/catalogue.cpp knows the columns by number: upgrades append columns.

CREATE FUNCTION health_dp.own_database() RETURNS oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.oid FROM pg_database d WHERE d.datname = current_database()
$$;
COMMENT ON FUNCTION health_dp.own_database() IS 'Internal: the number of this database.';
REVOKE EXECUTE ON FUNCTION health_dp.own_database() FROM PUBLIC;

CREATE TABLE health_dp.key_domain (
    domain text COLLATE "C" CONSTRAINT key_domain_pkey PRIMARY KEY,
    key_id uuid NOT NULL CONSTRAINT key_domain_key_id_key UNIQUE,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    created_by name NOT NULL DEFAULT SESSION_USER,
    form text NOT NULL DEFAULT 'text',
    database oid NOT NULL DEFAULT health_dp.own_database(),
    CONSTRAINT key_domain_form_known CHECK (form IN ('text', 'nir', 'holder'))
);
COMMENT ON TABLE health_dp.key_domain IS
    'One row per domain: who shares its pseudonyms, a project or a source. A domain stays when its keys are destroyed, so '
    'that its name never comes to mean another key.';
COMMENT ON COLUMN health_dp.key_domain.key_id IS
    'Names its keys in the key store; random, so that the same domain in another database has other keys.';
COMMENT ON COLUMN health_dp.key_domain.database IS
    'The database that may use its keys. A copy of it has another number, and its own, empty record of uses: until a '
    'custodian calls health_dp.adopt_keys() there, nobody uses them.';
COMMENT ON COLUMN health_dp.key_domain.form IS
    'What identifies a person in this domain: text, as it stands; nir, a French registration number in any spelling; holder, '
    'a policy-holder''s number, birth date, sex and rank among twins, separated by |. Different spellings of one identifier '
    'have one pseudonym because they have one canonical form.';
REVOKE ALL ON TABLE health_dp.key_domain FROM PUBLIC;

CREATE TABLE health_dp.key_version (
    domain text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    check_value text,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    created_by name NOT NULL DEFAULT SESSION_USER,
    retired_at timestamptz,
    destroyed_at timestamptz,
    CONSTRAINT key_version_pkey PRIMARY KEY (domain, version),
    CONSTRAINT key_version_one_byte CHECK (version BETWEEN 1 AND 255),
    CONSTRAINT key_version_state_known CHECK (state IN ('pending', 'current', 'readable', 'destroyed')),
    -- A version that was withdrawn while it was pending never had a key to check.
    CONSTRAINT key_version_checked CHECK ((check_value IS NOT NULL) = (state <> 'pending') OR state = 'destroyed'),
    CONSTRAINT key_version_times CHECK ((destroyed_at IS NOT NULL) = (state = 'destroyed')
                                        AND (retired_at IS NOT NULL OR state <> 'readable'))
);
CREATE UNIQUE INDEX key_version_current ON health_dp.key_version (domain) WHERE state = 'current';
COMMENT ON INDEX health_dp.key_version_current IS 'One version makes new pseudonyms.';
COMMENT ON TABLE health_dp.key_version IS
    'One row per key version. current makes new pseudonyms; readable is for those made before; destroyed is for nothing; '
    'pending waits for contributions.';
COMMENT ON COLUMN health_dp.key_version.check_value IS
    'Tells keys apart and tells nothing about them: two that differ are different keys.';
REVOKE ALL ON TABLE health_dp.key_version FROM PUBLIC;

CREATE TABLE health_dp.key_certificate (
    certificate_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT key_certificate_pkey PRIMARY KEY,
    domain text COLLATE "C" NOT NULL,
    key_id uuid NOT NULL,
    versions integer[] NOT NULL,
    check_values text[] NOT NULL,
    destroyed_at timestamptz[] NOT NULL,
    epoch bigint NOT NULL,
    old_root text,
    new_root text,
    session_role name NOT NULL,
    user_role name NOT NULL,
    certified_at timestamptz NOT NULL
);
COMMENT ON TABLE health_dp.key_certificate IS
    'What was destroyed, for good: no backup of data and key store brings it back, once the old root key is gone as well.';
COMMENT ON COLUMN health_dp.key_certificate.destroyed_at IS
    'When the key store lost each version, by the clock of the server.';
COMMENT ON COLUMN health_dp.key_certificate.epoch IS 'Of the key store, afterwards.';
COMMENT ON COLUMN health_dp.key_certificate.old_root IS
    'Check value of the root key that opens older copies of the key store, and has to be destroyed where it is kept. '
    'Null for a certificate made up after an interruption.';
COMMENT ON COLUMN health_dp.key_certificate.new_root IS 'Check value of the root key that the key store is under since.';
COMMENT ON COLUMN health_dp.key_certificate.session_role IS 'Who was connected.';
REVOKE ALL ON TABLE health_dp.key_certificate FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_certificate TO health_dp_custodian, health_dp_steward, health_dp_auditor;

-- Dumped with their contents: without the identifiers, no key of the store would be found again.
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_domain', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_version', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_certificate', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.key_certificate', 'certificate_id'), '');

-- What the functions below ask of the keeper. None of these judges who may: nobody but the owner may call them.

CREATE FUNCTION health_dp.keeper_status(
    OUT provider text, OUT state text, OUT problem text, OUT shares_in integer, OUT shares_needed integer,
    OUT root text, OUT has_new_root boolean, OUT epoch bigint, OUT keys bigint)
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_keys_status';
COMMENT ON FUNCTION health_dp.keeper_status() IS 'Internal to the view key_status.';
REVOKE EXECUTE ON FUNCTION health_dp.keeper_status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.keeper_status() TO health_dp_custodian, health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.make_store() RETURNS void
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_make_store';
COMMENT ON FUNCTION health_dp.make_store() IS 'Internal to create_key_store().';
REVOKE EXECUTE ON FUNCTION health_dp.make_store() FROM PUBLIC;

CREATE FUNCTION health_dp.store_key(key_id uuid, domain text, version integer) RETURNS text
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_store';
COMMENT ON FUNCTION health_dp.store_key(uuid, text, integer) IS
    'Internal to create_key() and rotate_key(): makes the key unless the store has it, and returns its check value.';
REVOKE EXECUTE ON FUNCTION health_dp.store_key(uuid, text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.stored_key(
    key_id uuid, domain text, version integer,
    OUT state text, OUT check_value text, OUT epoch bigint, OUT destroyed_at timestamptz)
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_keys_stored';
COMMENT ON FUNCTION health_dp.stored_key(uuid, text, integer) IS
    'Internal to destroy_key(): what the key store says about a version; null when it never had it.';
REVOKE EXECUTE ON FUNCTION health_dp.stored_key(uuid, text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.erase_keys(
    key_id uuid, domain text, versions integer[], OUT epoch bigint, OUT old_root text, OUT new_root text)
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_erase';
COMMENT ON FUNCTION health_dp.erase_keys(uuid, text, integer[]) IS
    'Internal to destroy_key(): takes versions out of the key store, which moves to the next root key.';
REVOKE EXECUTE ON FUNCTION health_dp.erase_keys(uuid, text, integer[]) FROM PUBLIC;

CREATE FUNCTION health_dp.move_root(OUT epoch bigint, OUT old_root text, OUT new_root text)
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_move_root';
COMMENT ON FUNCTION health_dp.move_root() IS 'Internal to renew_root().';
REVOKE EXECUTE ON FUNCTION health_dp.move_root() FROM PUBLIC;

CREATE FUNCTION health_dp.check_of_key(domain text, version integer) RETURNS text
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_keys_check';
COMMENT ON FUNCTION health_dp.check_of_key(text, integer) IS
    'Internal to verify_key(): the check value of the key as this session gets it from the keeper.';
REVOKE EXECUTE ON FUNCTION health_dp.check_of_key(text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.give_share(share text) RETURNS void
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_give_share';
COMMENT ON FUNCTION health_dp.give_share(text) IS 'Internal to enter_share().';
REVOKE EXECUTE ON FUNCTION health_dp.give_share(text) FROM PUBLIC;

-- What custodians do. SECURITY DEFINER, because they have no privileges on the tables and functions above; PostgreSQL has
-- checked that the current user may EXECUTE, and require_custodian() checks the session's user as well, so that a
-- custodian's own SECURITY DEFINER function does not lend the right to its callers.

CREATE FUNCTION health_dp.require_custodian() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(session_user, 'health_dp_custodian', 'MEMBER') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('role %I is not a custodian', session_user),
            HINT = 'Connect as a member of health_dp_custodian.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.require_custodian() IS 'Internal: errors unless the session''s user is a custodian.';
REVOKE EXECUTE ON FUNCTION health_dp.require_custodian() FROM PUBLIC;

CREATE FUNCTION health_dp.lock_domain(domain text) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_id uuid;
BEGIN
    PERFORM health_dp.require_custodian();
    SELECT d.key_id INTO found_id FROM health_dp.key_domain d WHERE d.domain = lock_domain.domain FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD507',
            MESSAGE = format('there is no domain %s', coalesce('"' || domain || '"', '(null)')),
            HINT = 'Domains: SELECT DISTINCT domain FROM health_dp.key_versions.';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION health_dp.lock_domain(text) IS
    'Internal: the identifier of a domain, locked until the transaction ends; an error for anybody but custodians.';
REVOKE EXECUTE ON FUNCTION health_dp.lock_domain(text) FROM PUBLIC;

CREATE FUNCTION health_dp.create_key_store() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM health_dp.require_custodian();
    PERFORM health_dp.make_store();
    PERFORM health_dp_guarded.seal_suppressed_releases();
END
$$;
COMMENT ON FUNCTION health_dp.create_key_store() IS
    'Makes the server''s key store, once, in the directory health_dp.key_store and under the root key, and in it the key '
    'that suppressed releases are kept under. Not undone by ROLLBACK.';
REVOKE EXECUTE ON FUNCTION health_dp.create_key_store() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.create_key_store() TO health_dp_custodian;

CREATE FUNCTION health_dp.create_key(domain text, form text DEFAULT 'text') RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_id uuid := gen_random_uuid();
BEGIN
    PERFORM health_dp.require_custodian();
    IF domain IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = 'no domain is named',
            HINT = 'For example the project''s name: health_dp.create_key(''emc2'').';
    END IF;
    IF form IS NULL OR form NOT IN ('text', 'nir', 'holder') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = 'there is no such form of an identifier',
            HINT = 'Forms: text, nir, holder. The form of a domain is declared once.';
    END IF;
    INSERT INTO health_dp.key_domain (domain, key_id, form) VALUES (domain, new_id, form) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = format('domain "%s" has or had a key', domain),
            HINT = 'A new version of its key: health_dp.rotate_key(). After its destruction, another name.';
    END IF;
    INSERT INTO health_dp.key_version (domain, version, state, check_value)
        VALUES (domain, 1, 'current', health_dp.store_key(new_id, domain, 1));
    RETURN 1;
END
$$;
COMMENT ON FUNCTION health_dp.create_key(text, text) IS
    'Makes the first key of a domain, random and like no other, and returns its version, 1. The form says what identifies a '
    'person there, for good: text, nir or holder.';
REVOKE EXECUTE ON FUNCTION health_dp.create_key(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.create_key(text, text) TO health_dp_custodian;

CREATE FUNCTION health_dp.rotate_key(domain text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    domain_id uuid := health_dp.lock_domain(domain);
    new_version integer;
BEGIN
    PERFORM health_dp.refuse_slots(domain);
    UPDATE health_dp.key_version v SET state = 'readable', retired_at = now()
     WHERE v.domain = rotate_key.domain AND v.state = 'current';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD508',
            MESSAGE = format('the keys of domain "%s" were destroyed', domain),
            HINT = 'Make a key for another domain: health_dp.create_key().';
    END IF;
    SELECT max(v.version) + 1 INTO new_version FROM health_dp.key_version v WHERE v.domain = rotate_key.domain;
    IF new_version > 255 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = format('domain "%s" has had all its 255 key versions', domain),
            HINT = 'Make a key for another domain: health_dp.create_key().';
    END IF;
    INSERT INTO health_dp.key_version (domain, version, state, check_value)
        VALUES (domain, new_version, 'current', health_dp.store_key(domain_id, domain, new_version));
    RETURN new_version;
END
$$;
COMMENT ON FUNCTION health_dp.rotate_key(text) IS
    'Makes the next version of a domain''s key and returns it. New pseudonyms carry it; those made before stay readable '
    'until destroy_key() of their version.';
REVOKE EXECUTE ON FUNCTION health_dp.rotate_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.rotate_key(text) TO health_dp_custodian;

CREATE FUNCTION health_dp.destroy_key(domain text, version integer DEFAULT NULL) RETURNS health_dp.key_certificate
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    domain_id uuid := health_dp.lock_domain(domain);
    doomed integer[];
    change record;
    certificate health_dp.key_certificate;
BEGIN
    PERFORM health_dp.refuse_pending(domain, version);
    SELECT array_agg(v.version ORDER BY v.version) INTO doomed
      FROM health_dp.key_version v
     WHERE v.domain = destroy_key.domain AND v.state <> 'destroyed'
       AND (destroy_key.version IS NULL OR v.version = destroy_key.version);
    IF doomed IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD507',
            MESSAGE = format('domain "%s" has no such key left', domain),
            HINT = 'Versions: SELECT * FROM health_dp.key_versions. Certificates: SELECT * FROM '
                   'health_dp.key_certificate.';
    END IF;
    IF version IS NOT NULL AND EXISTS (SELECT FROM health_dp.key_version v
                                        WHERE v.domain = destroy_key.domain AND v.version = destroy_key.version
                                          AND v.state = 'current') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = format('version %s is the current key of domain "%s"', version, domain),
            HINT = 'Make the next one first, health_dp.rotate_key(), or destroy them all: leave the version out.';
    END IF;
    SELECT * INTO change FROM health_dp.erase_keys(domain_id, domain, doomed);
    INSERT INTO health_dp.key_certificate (domain, key_id, versions, check_values, destroyed_at, epoch, old_root,
                                           new_root, session_role, user_role, certified_at)
        SELECT destroy_key.domain, domain_id, doomed, array_agg(v.check_value ORDER BY v.version),
               array_agg(k.destroyed_at ORDER BY v.version), change.epoch, change.old_root, change.new_root,
               session_user, coalesce(nullif(current_setting('role'), 'none'), session_user), clock_timestamp()
          FROM health_dp.key_version v, health_dp.stored_key(domain_id, v.domain, v.version) k
         WHERE v.domain = destroy_key.domain AND v.version = ANY (doomed)
           AND k.state = 'destroyed' AND k.check_value = v.check_value
        HAVING count(*) = cardinality(doomed)
        RETURNING * INTO certificate;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD506',
            MESSAGE = format('the key store does not know the keys of domain "%s" as the catalogue does', domain),
            HINT = 'It is another server''s, or its backup is older than the database''s: nothing is certified.';
    END IF;
    UPDATE health_dp.key_version v SET state = 'destroyed', destroyed_at = k.destroyed_at
      FROM health_dp.stored_key(domain_id, destroy_key.domain, doomed[1]) k
     WHERE v.domain = destroy_key.domain AND v.version = ANY (doomed);
    RETURN certificate;
END
$$;
COMMENT ON FUNCTION health_dp.destroy_key(text, integer) IS
    'Destroys a version of a domain''s key, or all of them, and returns the certificate. Takes a new root key, under which '
    'the rest of the key store goes on. Not undone by ROLLBACK.';
REVOKE EXECUTE ON FUNCTION health_dp.destroy_key(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.destroy_key(text, integer) TO health_dp_custodian;

CREATE FUNCTION health_dp.adopt_keys() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    adopted bigint;
BEGIN
    PERFORM health_dp.require_custodian();
    UPDATE health_dp.key_domain d SET database = health_dp.own_database()
     WHERE d.database <> health_dp.own_database();
    GET DIAGNOSTICS adopted = ROW_COUNT;
    RETURN adopted;
END
$$;
COMMENT ON FUNCTION health_dp.adopt_keys() IS
    'After a restore, or in a copy that is meant to be one: this database may use the keys of the one it was made from. '
    'Returns how many domains that is. Uses are counted apart from then on: adopt where the original is gone, or trusted alike.';
REVOKE EXECUTE ON FUNCTION health_dp.adopt_keys() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.adopt_keys() TO health_dp_custodian;

CREATE FUNCTION health_dp.renew_root(OUT epoch bigint, OUT old_root text, OUT new_root text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM health_dp.require_custodian();
    SELECT * INTO epoch, old_root, new_root FROM health_dp.move_root();
END
$$;
COMMENT ON FUNCTION health_dp.renew_root() IS
    'Moves the key store to the new root key that the provider gives beside the old one, or that custodians entered. '
    'Domains keep their keys. Not undone by ROLLBACK.';
REVOKE EXECUTE ON FUNCTION health_dp.renew_root() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.renew_root() TO health_dp_custodian;

CREATE FUNCTION health_dp.verify_key(domain text, version integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM health_dp.require_custodian();
    RETURN health_dp.check_of_key(domain, version)
         = (SELECT v.check_value FROM health_dp.key_version v
             WHERE v.domain = verify_key.domain AND v.version = verify_key.version);
END
$$;
COMMENT ON FUNCTION health_dp.verify_key(text, integer) IS
    'Whether the key that a session gets from the keeper is the one that the catalogue knows. Errors say why there is none.';
REVOKE EXECUTE ON FUNCTION health_dp.verify_key(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.verify_key(text, integer) TO health_dp_custodian;

CREATE FUNCTION health_dp.unsealing_key() RETURNS text
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_keys_unsealing_key';
COMMENT ON FUNCTION health_dp.unsealing_key() IS
    'The public key to which custodians seal shares and contributions with health_dp_keys; another one after every start.';
REVOKE EXECUTE ON FUNCTION health_dp.unsealing_key() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.unsealing_key() TO health_dp_custodian;

CREATE FUNCTION health_dp.enter_share(share text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    status record;
BEGIN
    PERFORM health_dp.require_custodian();
    PERFORM health_dp.give_share(share);
    SELECT * INTO status FROM health_dp.keeper_status();
    RETURN CASE WHEN status.shares_in > 0
                THEN format('%s: %s of %s shares are in', status.state, status.shares_in, status.shares_needed)
                WHEN status.has_new_root THEN format('%s: a new root key is in', status.state)
                ELSE status.state END;
END
$$;
COMMENT ON FUNCTION health_dp.enter_share(text) IS
    'A custodian''s share of the root key, sealed by health_dp_keys, so that no statement ever holds one in the clear. '
    'Returns what is still missing.';
REVOKE EXECUTE ON FUNCTION health_dp.enter_share(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.enter_share(text) TO health_dp_custodian;

CREATE VIEW health_dp.key_status AS
    SELECT s.provider, s.state, s.problem, s.shares_in, s.shares_needed, s.root, s.has_new_root, s.epoch, s.keys
      FROM health_dp.keeper_status() s;
COMMENT ON VIEW health_dp.key_status IS
    'The key keeper now: its provider; open, sealed, no key store, starting, ended or unavailable, and then why; shares '
    'that are in; check value of the root key, and whether a new one is there; epoch of the key store and live keys in it, '
    'each slot''s counted.';
REVOKE ALL ON TABLE health_dp.key_status FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_status TO health_dp_custodian, health_dp_steward, health_dp_auditor;

CREATE VIEW health_dp.key_versions AS
    SELECT v.domain, v.version, v.state, v.check_value, v.created_at, v.created_by, v.retired_at, v.destroyed_at
      FROM health_dp.key_version v;
COMMENT ON VIEW health_dp.key_versions IS 'The keys of every domain, for custodians, stewards and auditors.';
REVOKE ALL ON TABLE health_dp.key_versions FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_versions TO health_dp_custodian, health_dp_steward, health_dp_auditor;
