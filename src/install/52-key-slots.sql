-- Keys that no organisation makes alone: a version of such a domain has two slots, and two organisations make the key of
-- each (src/core/keys/slots.hpp says how, and why neither of them knows it). Contributions are sealed before they come
-- near the database; it holds who entered what when, and check values [C21]. As with all keys, the key store changes
-- first and the catalogue after it, and the same call made again finishes what was interrupted.

CREATE TABLE health_dp.key_slot (
    domain text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    slot integer NOT NULL,
    made_in integer NOT NULL,
    check_value text,
    CONSTRAINT key_slot_pkey PRIMARY KEY (domain, version, slot),
    CONSTRAINT key_slot_one_or_two CHECK (slot IN (1, 2)),
    CONSTRAINT key_slot_made CHECK (made_in <= version)
);
COMMENT ON TABLE health_dp.key_slot IS 'Two rows per version of a domain whose keys are made of two slots.';
COMMENT ON COLUMN health_dp.key_slot.made_in IS
    'The version whose contributions made the slot''s key: an earlier one where this version took it over.';
COMMENT ON COLUMN health_dp.key_slot.check_value IS 'Of the slot''s key; null until it is made.';
REVOKE ALL ON TABLE health_dp.key_slot FROM PUBLIC;

-- src/keys/catalogue.cpp knows the columns by number: upgrades append columns.
CREATE TABLE health_dp.key_contribution (
    domain text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    slot integer NOT NULL,
    party integer NOT NULL,
    organisation text COLLATE "C" NOT NULL,
    entered_at timestamptz,
    entered_by name,
    check_value text,
    CONSTRAINT key_contribution_pkey PRIMARY KEY (domain, version, slot, party),
    CONSTRAINT key_contribution_two_organisations UNIQUE (domain, version, slot, organisation),
    CONSTRAINT key_contribution_two_of_two CHECK (slot IN (1, 2) AND party IN (1, 2)),
    CONSTRAINT key_contribution_entered CHECK ((entered_at IS NULL) = (entered_by IS NULL)
                                               AND (entered_at IS NULL) = (check_value IS NULL))
);
COMMENT ON TABLE health_dp.key_contribution IS
    'Which organisations make the key of a slot, and which of them have contributed.';
COMMENT ON COLUMN health_dp.key_contribution.check_value IS
    'Of the contribution, as its maker''s receipt has it: another one means that somebody else entered another.';
REVOKE ALL ON TABLE health_dp.key_contribution FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('health_dp.key_slot', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_contribution', '');

CREATE VIEW health_dp.key_slots AS
    SELECT s.domain, s.version, v.state, s.slot, s.check_value, s.made_in, c.organisation, c.entered_at, c.entered_by,
           c.check_value AS contribution
      FROM health_dp.key_slot s
      JOIN health_dp.key_version v ON v.domain = s.domain AND v.version = s.version
      JOIN health_dp.key_contribution c ON c.domain = s.domain AND c.version = s.made_in AND c.slot = s.slot;
COMMENT ON VIEW health_dp.key_slots IS
    'Versions made of two slots: two rows for each slot, one for each organisation, with who entered its contribution when. '
    'Check values of the slot''s key and of the contribution; made_in is the version that the slot''s key was made for.';
REVOKE ALL ON TABLE health_dp.key_slots FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_slots TO health_dp_custodian, health_dp_steward, health_dp_auditor;

-- What the functions below ask of the keeper. None of these judges who may: nobody but the owner may call them.

CREATE FUNCTION health_dp.give_contribution(
    key_id uuid, domain text, version integer, slot integer, party integer, organisation text, is_last boolean,
    new_1 boolean, new_2 boolean, version_before integer, sealed text,
    OUT contribution text, OUT check_value text, OUT slot_1 text, OUT slot_2 text)
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_give_contribution';
COMMENT ON FUNCTION health_dp.give_contribution(uuid, text, integer, integer, integer, text, boolean, boolean, boolean,
                                                integer, text) IS
    'Internal to enter_contribution(): check value of the contribution; once the version is made, of it and its slots.';
REVOKE EXECUTE ON FUNCTION health_dp.give_contribution(uuid, text, integer, integer, integer, text, boolean, boolean,
                                                       boolean, integer, text) FROM PUBLIC;

CREATE FUNCTION health_dp.drop_contributions(key_id uuid, domain text, version integer) RETURNS void
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_drop_contributions';
COMMENT ON FUNCTION health_dp.drop_contributions(uuid, text, integer) IS
    'Internal to withdraw_key_slots(): takes the contributions to a version out of the key store.';
REVOKE EXECUTE ON FUNCTION health_dp.drop_contributions(uuid, text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.missing_contributions(domain text, version integer) RETURNS text
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_keys_missing';
COMMENT ON FUNCTION health_dp.missing_contributions(text, integer) IS
    'Internal to messages: the slots and organisations that a pending version waits for.';
REVOKE EXECUTE ON FUNCTION health_dp.missing_contributions(text, integer) FROM PUBLIC;

-- Which calls fit a domain.

CREATE FUNCTION health_dp.refuse_slots(domain text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM health_dp.key_slot s WHERE s.domain = refuse_slots.domain) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD515',
            MESSAGE = format('the keys of domain "%s" are made of two slots', domain),
            HINT = 'Organisations make its next version together: health_dp.renew_key_slots().';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.refuse_slots(text) IS
    'Internal to rotate_key(): nobody alone makes the next version of what two organisations made.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_slots(text) FROM PUBLIC;

CREATE FUNCTION health_dp.refuse_pending(domain text, version integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pending integer;
BEGIN
    SELECT v.version INTO pending FROM health_dp.key_version v
     WHERE v.domain = refuse_pending.domain AND v.state = 'pending'
       AND (refuse_pending.version IS NULL OR v.version = refuse_pending.version);
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD512',
            MESSAGE = format('key version %s of domain "%s" is pending', pending, domain),
            DETAIL = format('Missing contributions: %s.', health_dp.missing_contributions(domain, pending)),
            HINT = 'Have them entered, health_dp.enter_contribution(), or give the version up: '
                   'health_dp.withdraw_key_slots().';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.refuse_pending(text, integer) IS
    'Internal: errors while this version, or any where it is null, is pending.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_pending(text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.plan_slot(domain text, version integer, slot integer, organisations text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Names as the keeper takes them: without control characters, and without a space at either end that nobody sees.
    IF array_ndims(organisations) IS DISTINCT FROM 1 OR cardinality(organisations) <> 2
        OR (SELECT count(DISTINCT o) FROM unnest(organisations) o
             WHERE octet_length(o) BETWEEN 1 AND 127 AND o = btrim(o) AND o COLLATE "C" !~ '[[:cntrl:]]') <> 2 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD515',
            MESSAGE = format('slot %s needs the names of two organisations', slot),
            HINT = 'Two different names of 1 to 127 bytes: slot_1 => ARRAY[''Hospices civils de Lyon'', ''Cnam''].';
    END IF;
    INSERT INTO health_dp.key_slot (domain, version, slot, made_in) VALUES (domain, version, slot, version);
    INSERT INTO health_dp.key_contribution (domain, version, slot, party, organisation)
        SELECT plan_slot.domain, plan_slot.version, plan_slot.slot, o.party, o.organisation
          FROM unnest(organisations) WITH ORDINALITY o(organisation, party);
END
$$;
COMMENT ON FUNCTION health_dp.plan_slot(text, integer, integer, text[]) IS
    'Internal: a slot of a pending version, and who is to contribute.';
REVOKE EXECUTE ON FUNCTION health_dp.plan_slot(text, integer, integer, text[]) FROM PUBLIC;

-- What custodians do. SECURITY DEFINER, because they have no privileges on the tables and functions above; as in
-- 50-keys.sql, require_custodian() checks the session's user as well.

CREATE FUNCTION health_dp.open_key_slots(
    domain text, slot_1 text[], slot_2 text[], form text DEFAULT 'text') RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_id uuid := gen_random_uuid();
BEGIN
    PERFORM health_dp.require_custodian();
    IF domain IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = 'no domain is named',
            HINT = 'For example the source''s name: health_dp.open_key_slots(''snds'', ...).';
    END IF;
    IF form IS NULL OR form NOT IN ('text', 'nir', 'holder') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = 'there is no such form of an identifier',
            HINT = 'Forms: text, nir, holder. The form of a domain is declared once.';
    END IF;
    -- Refuses what is no name of a domain, and every state of the keeper in which nothing could be entered.
    PERFORM health_dp.stored_key(new_id, domain, 1);
    INSERT INTO health_dp.key_domain (domain, key_id, form) VALUES (domain, new_id, form) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = format('domain "%s" has or had a key', domain),
            HINT = 'A new version of it: health_dp.renew_key_slots(). Otherwise, another name.';
    END IF;
    INSERT INTO health_dp.key_version (domain, version, state) VALUES (domain, 1, 'pending');
    PERFORM health_dp.plan_slot(domain, 1, 1, slot_1);
    PERFORM health_dp.plan_slot(domain, 1, 2, slot_2);
    RETURN 1;
END
$$;
COMMENT ON FUNCTION health_dp.open_key_slots(text, text[], text[], text) IS
    'Makes a domain whose keys have two slots, each made by the two organisations that are named, and returns the version '
    'that waits for their contributions, 1. The form is as for create_key().';
REVOKE EXECUTE ON FUNCTION health_dp.open_key_slots(text, text[], text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.open_key_slots(text, text[], text[], text) TO health_dp_custodian;

CREATE FUNCTION health_dp.renew_key_slots(
    domain text, slot_1 text[] DEFAULT NULL, slot_2 text[] DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    domain_id uuid := health_dp.lock_domain(domain);
    before integer;
    new_version integer;
BEGIN
    IF NOT EXISTS (SELECT FROM health_dp.key_slot s WHERE s.domain = renew_key_slots.domain) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD515',
            MESSAGE = format('the keys of domain "%s" are not made of slots', domain),
            HINT = 'The key keeper makes its next version: health_dp.rotate_key().';
    END IF;
    PERFORM health_dp.refuse_pending(domain, NULL);
    SELECT v.version INTO before FROM health_dp.key_version v
     WHERE v.domain = renew_key_slots.domain AND v.state = 'current';
    IF before IS NULL AND EXISTS (SELECT FROM health_dp.key_version v
                                   WHERE v.domain = renew_key_slots.domain AND v.check_value IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD508',
            MESSAGE = format('the keys of domain "%s" were destroyed', domain),
            HINT = 'Make keys for another domain: health_dp.open_key_slots().';
    END IF;
    IF (slot_1 IS NULL AND slot_2 IS NULL) OR (before IS NULL AND (slot_1 IS NULL OR slot_2 IS NULL)) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD515',
            MESSAGE = format('domain "%s" needs a new key in %s', domain,
                             CASE WHEN before IS NULL THEN 'both slots' ELSE 'a slot' END),
            HINT = 'Name the two organisations of each slot that is renewed: slot_1 => ARRAY[...], slot_2 => ARRAY[...].';
    END IF;
    SELECT max(v.version) + 1 INTO new_version FROM health_dp.key_version v WHERE v.domain = renew_key_slots.domain;
    -- A catalogue that a backup has set back gives no version out that the key store has: others made its key.
    WHILE new_version <= 255
          AND (SELECT k.state FROM health_dp.stored_key(domain_id, domain, new_version) k) IS NOT NULL LOOP
        new_version := new_version + 1;
    END LOOP;
    IF new_version > 255 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = format('domain "%s" has had all its 255 key versions', domain),
            HINT = 'Make keys for another domain: health_dp.open_key_slots().';
    END IF;
    INSERT INTO health_dp.key_version (domain, version, state) VALUES (domain, new_version, 'pending');
    INSERT INTO health_dp.key_slot (domain, version, slot, made_in, check_value)
        SELECT s.domain, new_version, s.slot, s.made_in, s.check_value
          FROM health_dp.key_slot s
         WHERE s.domain = renew_key_slots.domain AND s.version = before
           AND CASE s.slot WHEN 1 THEN slot_1 ELSE slot_2 END IS NULL;
    IF slot_1 IS NOT NULL THEN
        PERFORM health_dp.plan_slot(domain, new_version, 1, slot_1);
    END IF;
    IF slot_2 IS NOT NULL THEN
        PERFORM health_dp.plan_slot(domain, new_version, 2, slot_2);
    END IF;
    RETURN new_version;
END
$$;
COMMENT ON FUNCTION health_dp.renew_key_slots(text, text[], text[]) IS
    'Begins the next version of a domain whose keys have two slots, and returns it. Slots whose organisations are named get '
    'a new key of them, a slot that is null takes its key over. Until all have contributed, the current version stays.';
REVOKE EXECUTE ON FUNCTION health_dp.renew_key_slots(text, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.renew_key_slots(text, text[], text[]) TO health_dp_custodian;

CREATE FUNCTION health_dp.enter_contribution(domain text, slot integer, organisation text, sealed text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    domain_id uuid := health_dp.lock_domain(domain);
    pending integer;
    current_version integer;
    mine health_dp.key_contribution;
    given record;
BEGIN
    SELECT v.version INTO pending FROM health_dp.key_version v
     WHERE v.domain = enter_contribution.domain AND v.state = 'pending';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD513',
            MESSAGE = format('no key version of domain "%s" waits for contributions', domain),
            HINT = 'A custodian begins one: health_dp.open_key_slots() or health_dp.renew_key_slots().';
    END IF;
    SELECT * INTO mine FROM health_dp.key_contribution c
     WHERE c.domain = enter_contribution.domain AND c.version = pending AND c.slot = enter_contribution.slot
       AND c.organisation = enter_contribution.organisation;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD514',
            MESSAGE = format('version %s of domain "%s" expects nothing of this organisation in this slot', pending, domain),
            HINT = format('Missing contributions: %s.', health_dp.missing_contributions(domain, pending));
    END IF;
    IF mine.entered_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD513',
            MESSAGE = format('the contribution of "%s" to slot %s is in already', organisation, slot),
            DETAIL = format('Entered by %I, check value %s.', mine.entered_by, mine.check_value),
            HINT = 'If its check value is not that of your receipt, give the version up: health_dp.withdraw_key_slots().';
    END IF;
    -- One person does not stand for two organisations: that two make a key together is all there is to it.
    IF EXISTS (SELECT FROM health_dp.key_contribution c
                WHERE c.domain = enter_contribution.domain AND c.version = pending AND c.entered_by = session_user
                  AND c.organisation <> enter_contribution.organisation) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD514',
            MESSAGE = format('role %I has contributed for another organisation', session_user),
            HINT = 'Each organisation enters its contribution through a custodian of its own.';
    END IF;
    SELECT v.version INTO current_version FROM health_dp.key_version v
     WHERE v.domain = enter_contribution.domain AND v.state = 'current';
    SELECT * INTO given FROM health_dp.give_contribution(
        domain_id, domain, pending, slot, mine.party, organisation,
        NOT EXISTS (SELECT FROM health_dp.key_contribution c
                     WHERE c.domain = enter_contribution.domain AND c.version = pending AND c.entered_at IS NULL
                       AND (c.slot, c.party) <> (mine.slot, mine.party)),
        (SELECT s.made_in = pending FROM health_dp.key_slot s
          WHERE s.domain = enter_contribution.domain AND s.version = pending AND s.slot = 1),
        (SELECT s.made_in = pending FROM health_dp.key_slot s
          WHERE s.domain = enter_contribution.domain AND s.version = pending AND s.slot = 2),
        coalesce(current_version, 0), coalesce(sealed, ''));
    UPDATE health_dp.key_contribution c
       SET entered_at = clock_timestamp(), entered_by = session_user, check_value = given.contribution
     WHERE c.domain = enter_contribution.domain AND c.version = pending AND (c.slot, c.party) = (mine.slot, mine.party);
    -- Made already, but not all on record: the catalogue is older than the key store, and they enter once more.
    IF given.check_value IS NULL OR EXISTS (SELECT FROM health_dp.key_contribution c
                                             WHERE c.domain = enter_contribution.domain AND c.version = pending
                                               AND c.entered_at IS NULL) THEN
        RETURN format('version %s is pending; missing: %s', pending, health_dp.missing_contributions(domain, pending));
    END IF;
    UPDATE health_dp.key_version v SET state = 'readable', retired_at = now()
     WHERE v.domain = enter_contribution.domain AND v.version = current_version;
    UPDATE health_dp.key_version v SET state = 'current', check_value = given.check_value
     WHERE v.domain = enter_contribution.domain AND v.version = pending;
    UPDATE health_dp.key_slot s SET check_value = CASE s.slot WHEN 1 THEN given.slot_1 ELSE given.slot_2 END
     WHERE s.domain = enter_contribution.domain AND s.version = pending;
    RETURN format('version %s is current', pending);
END
$$;
COMMENT ON FUNCTION health_dp.enter_contribution(text, integer, text, text) IS
    'An organisation''s contribution to the key of a slot, sealed by health_dp_keys, so that no statement ever holds one in '
    'the clear. Returns what is still missing. The last one makes the keys, not undone by ROLLBACK.';
REVOKE EXECUTE ON FUNCTION health_dp.enter_contribution(text, integer, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.enter_contribution(text, integer, text, text) TO health_dp_custodian;

CREATE FUNCTION health_dp.withdraw_key_slots(domain text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    domain_id uuid := health_dp.lock_domain(domain);
    pending integer;
BEGIN
    SELECT v.version INTO pending FROM health_dp.key_version v
     WHERE v.domain = withdraw_key_slots.domain AND v.state = 'pending';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD513',
            MESSAGE = format('no key version of domain "%s" waits for contributions', domain),
            HINT = 'A version that is complete is destroyed: health_dp.destroy_key().';
    END IF;
    PERFORM health_dp.drop_contributions(domain_id, domain, pending);
    UPDATE health_dp.key_version v SET state = 'destroyed', destroyed_at = clock_timestamp()
     WHERE v.domain = withdraw_key_slots.domain AND v.version = pending;
    RETURN pending;
END
$$;
COMMENT ON FUNCTION health_dp.withdraw_key_slots(text) IS
    'Gives up the version that waits for contributions, with those that are in, and returns it. The current version stays. '
    'Its number is not given out again. Not undone by ROLLBACK.';
REVOKE EXECUTE ON FUNCTION health_dp.withdraw_key_slots(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.withdraw_key_slots(text) TO health_dp_custodian;
