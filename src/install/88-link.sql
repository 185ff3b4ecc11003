-- What stewards, sources and readers do with linkages (87-linkage.sql).

-- What stewards do. SECURITY DEFINER for the reason that stands at the top of 15-authorisations.sql.

CREATE FUNCTION health_dp.open_linkage(
    linkage name, project name, domain text, pseudonym_domain text, public_key text, key_check text, lifetime interval,
    reader regrole) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    behind health_dp.project := health_dp.lock_project(project);
    reader_name name := (SELECT r.rolname FROM pg_roles r WHERE r.oid = reader);
    own_version integer;
    project_version integer;
    problem text;
BEGIN
    SELECT v.version INTO own_version FROM health_dp.key_version v
     WHERE v.domain = open_linkage.domain AND v.state = 'current';
    SELECT v.version INTO project_version FROM health_dp.key_version v
     WHERE v.domain = open_linkage.pseudonym_domain AND v.state = 'current';
    PERFORM health_dp.public_key_version(public_key);
    problem := CASE
        WHEN coalesce(linkage, '') = '' THEN 'it has no name'
        WHEN own_version IS NULL THEN 'its own domain has no key'
        WHEN project_version IS NULL THEN 'the domain of its pseudonyms has no key'
        WHEN domain = pseudonym_domain THEN 'its own key is destroyed at the end, so pseudonyms cannot be under it'
        WHEN public_key IS NULL THEN 'the third party''s public key is missing'
        WHEN coalesce(key_check, '') !~ '^[0-9a-f]{16}$' THEN 'the third party''s check value is not 16 digits from 0 to f'
        WHEN lifetime IS NULL OR lifetime <= interval '0' OR lifetime > interval '1 year'
            THEN 'its lifetime is not between nothing and a year'
        WHEN reader_name IS NULL THEN 'nobody is named who reads the crosswalk'
        WHEN EXISTS (SELECT FROM health_dp.linkage l WHERE l.name = linkage) THEN 'there is or was one of that name'
        WHEN EXISTS (SELECT FROM health_dp.linkage l
                      WHERE open_linkage.domain IN (l.domain, l.pseudonym_domain)
                         OR l.domain = open_linkage.pseudonym_domain)
            THEN 'its own domain is not its own: another linkage uses or used it'
        WHEN EXISTS (SELECT FROM health_dp.linkage l WHERE l.public_key = open_linkage.public_key)
            THEN 'another linkage has or had this public key, and persons would be the same in both'
    END;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD634', MESSAGE = 'this linkage cannot be opened: ' || problem,
            HINT = 'A custodian makes a key for each linkage here, and the third party one there: health_dp.create_key().';
    END IF;
    INSERT INTO health_dp.linkage (name, project_id, domain, key_version, pseudonym_domain, pseudonym_version, public_key,
                                   key_check, reader, reader_name, expires_at)
        VALUES (linkage, behind.id, domain, own_version, pseudonym_domain, project_version, public_key, key_check, reader,
                reader_name, now() + lifetime);
END
$$;
COMMENT ON FUNCTION health_dp.open_linkage(name, name, text, text, text, text, interval, regrole) IS
    'Opens a linkage for a project: with a domain of its own, the domain of the pseudonyms, the third party''s public key and '
    'the check value of that key, how long it may take, and who reads the crosswalk.';
REVOKE EXECUTE ON FUNCTION health_dp.open_linkage(name, name, text, text, text, text, interval, regrole) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.open_linkage(name, name, text, text, text, text, interval, regrole) TO health_dp_steward;

CREATE FUNCTION health_dp.add_linkage_source(linkage name, source text, role regrole) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage := health_dp.lock_linkage(linkage);
    new_name name := (SELECT r.rolname FROM pg_roles r WHERE r.oid = role);
BEGIN
    PERFORM health_dp.check_linkage_open(target);
    IF coalesce(source, '') = '' OR new_name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD634', MESSAGE = 'a source has a name and a role',
            HINT = 'For example: health_dp.add_linkage_source(''emc2'', ''hcl'', ''hcl_loader'').';
    END IF;
    INSERT INTO health_dp.linkage_source (linkage_id, source, role, role_name)
        VALUES (target.linkage_id, source, role, new_name)
        ON CONFLICT ON CONSTRAINT linkage_source_pkey DO UPDATE
        SET role = EXCLUDED.role, role_name = EXCLUDED.role_name, added_at = now(), added_by = session_user;
END
$$;
COMMENT ON FUNCTION health_dp.add_linkage_source(name, text, regrole) IS
    'Lets a role deliver as a source, or gives the source to another role.';
REVOKE EXECUTE ON FUNCTION health_dp.add_linkage_source(name, text, regrole) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.add_linkage_source(name, text, regrole) TO health_dp_steward;

-- What sources do. SECURITY DEFINER: a source has no privileges on the tables, neither on its own rows nor on others'.
-- PUBLIC keeps EXECUTE: linkage_of_source() looks up which role may, for the session's user, so that nobody's own SECURITY
-- DEFINER function lends it; the key's permission is asked for as well. What they return says nothing of the other sources.

CREATE FUNCTION health_dp.add_to_linkage(
    linkage name, source text, linkage_identifiers health_dp.pseudonym[], local_references text[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage := health_dp.linkage_of_source(linkage, source);
    place bigint;
BEGIN
    PERFORM health_dp.check_linkage_identifiers(target, linkage_identifiers);
    IF cardinality(local_references) IS DISTINCT FROM cardinality(linkage_identifiers)
       OR array_ndims(local_references) > 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD635', MESSAGE = 'there are not as many local references as linkage identifiers',
            HINT = 'Give both as arrays of one order, as docs/link.md shows.';
    END IF;
    SELECT r.place INTO place FROM unnest(local_references) WITH ORDINALITY AS r (value, place)
     WHERE r.value IS NULL OR r.value = '' OR octet_length(r.value) > 200
        OR (octet_length(r.value) >= 15 AND health_dp.looks_like_nir(r.value)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD635',
            MESSAGE = format('local reference %s is missing, longer than 200 bytes, or a French registration number', place),
            HINT = 'A local reference is the source''s own number of the record. Identities never enter the warehouse; a '
                   'record number that only looks like one needs a letter before it.';
    END IF;
    INSERT INTO health_dp.linked_record (linkage_id, source, local_reference, person)
        SELECT target.linkage_id, add_to_linkage.source, d.local_reference, d.person
          FROM ROWS FROM (unnest(local_references),
                          unnest(health_dp.relink(linkage_identifiers, target.domain, target.key_version)))
               AS d (local_reference, person)
        ON CONFLICT ON CONSTRAINT linked_record_pkey DO NOTHING;
    RETURN coalesce(cardinality(local_references), 0);
END
$$;
COMMENT ON FUNCTION health_dp.add_to_linkage(name, text, health_dp.pseudonym[], text[]) IS
    'At the warehouse, by a source: its linkage identifiers, each with the source''s own number of the record. Returns how many '
    'it was given; what was there already, or belongs to somebody opposed, is taken without a word. Counted as link, in '
    'the linkage''s domain.';

CREATE FUNCTION health_dp.oppose_in_linkage(linkage name, source text, linkage_identifiers health_dp.pseudonym[])
    RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage := health_dp.linkage_of_source(linkage, source);
BEGIN
    PERFORM health_dp.check_linkage_identifiers(target, linkage_identifiers);
    INSERT INTO health_dp.linkage_opposition (linkage_id, source, person)
        SELECT target.linkage_id, oppose_in_linkage.source, o
          FROM unnest(health_dp.relink(linkage_identifiers, target.domain, target.key_version)) o
        ON CONFLICT ON CONSTRAINT linkage_opposition_pkey DO NOTHING;
    RETURN coalesce(cardinality(linkage_identifiers), 0);
END
$$;
COMMENT ON FUNCTION health_dp.oppose_in_linkage(name, text, health_dp.pseudonym[]) IS
    'At the warehouse, by a source: linkage identifiers of persons who are opposed. From now on they are in no crosswalk and '
    'no report, whatever source delivered them or will. Counted as link, in the linkage''s domain.';

-- Matching, its result and its end, by stewards and the reader.

CREATE FUNCTION health_dp.match_linkage(linkage name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage := health_dp.lock_linkage(linkage);
    persons health_dp.pseudonym[];
    last health_dp.pseudonym;
BEGIN
    PERFORM health_dp.check_linkage_open(target);
    -- In slices, since an array holds so much and no more. Opposed persons too, whom nothing shows (see linked_record).
    LOOP
        SELECT array_agg(s.person ORDER BY s.person) INTO persons
          FROM (SELECT DISTINCT r.person FROM health_dp.linked_record r
                 WHERE r.linkage_id = target.linkage_id AND r.pseudonym IS NULL
                   AND (last IS NULL OR r.person OPERATOR(health_dp.>) last)
                 ORDER BY r.person LIMIT 100000) s;
        EXIT WHEN persons IS NULL;
        last := persons[cardinality(persons)];
        UPDATE health_dp.linked_record r SET pseudonym = p.pseudonym
          FROM ROWS FROM (unnest(persons),
                          unnest(health_dp.relink(persons, target.pseudonym_domain, target.pseudonym_version)))
               AS p (person, pseudonym)
         WHERE r.linkage_id = target.linkage_id AND r.person OPERATOR(health_dp.=) p.person AND r.pseudonym IS NULL;
    END LOOP;
    DELETE FROM health_dp.linkage_quality q WHERE q.linkage_id = target.linkage_id;
    WITH sure AS (
        SELECT r.person, r.source, count(*) AS records, count(*) OVER (PARTITION BY r.person) AS sources
          FROM health_dp.sure_record r WHERE r.linkage_id = target.linkage_id GROUP BY r.person, r.source
    ), persons_of AS (
        SELECT s.source, sum(s.records)::bigint AS records, count(*) AS persons,
               count(*) FILTER (WHERE s.sources > 1) AS matched, count(*) FILTER (WHERE s.sources = 1) AS unmatched,
               count(*) FILTER (WHERE s.records > 1) AS repeated
          FROM sure s GROUP BY s.source
    ), ambiguous_of AS (
        SELECT g.source, count(*) AS ambiguous
          FROM (SELECT r.source FROM health_dp.linked_record r WHERE r.linkage_id = target.linkage_id
                 GROUP BY r.source, r.local_reference HAVING count(*) > 1) g
         GROUP BY g.source
    ), opposed_of AS (
        SELECT o.source, count(*) AS opposed FROM health_dp.linkage_opposition o
         WHERE o.linkage_id = target.linkage_id GROUP BY o.source
    )
    INSERT INTO health_dp.linkage_quality (linkage_id, source, records, persons, matched, unmatched, repeated, ambiguous,
                                           opposed)
        SELECT target.linkage_id, s.source, health_dp.rounded_count(p.records), health_dp.rounded_count(p.persons),
               health_dp.rounded_count(p.matched), health_dp.rounded_count(p.unmatched),
               health_dp.rounded_count(p.repeated), health_dp.rounded_count(a.ambiguous),
               health_dp.rounded_count(o.opposed)
          FROM health_dp.linkage_source s
          LEFT JOIN persons_of p USING (source)
          LEFT JOIN ambiguous_of a USING (source)
          LEFT JOIN opposed_of o USING (source)
         WHERE s.linkage_id = target.linkage_id;
    UPDATE health_dp.linkage l SET matched_at = clock_timestamp() WHERE l.linkage_id = target.linkage_id;
END
$$;
COMMENT ON FUNCTION health_dp.match_linkage(name) IS
    'Gives each person of a linkage the pseudonym of the project, the same in every source and at every call; call it again '
    'after later deliveries. Counted as link, in the domain of the pseudonyms.';
REVOKE EXECUTE ON FUNCTION health_dp.match_linkage(name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.match_linkage(name) TO health_dp_steward;

-- SECURITY DEFINER and PUBLIC for the reasons above: the reader is named in the table.
CREATE FUNCTION health_dp.crosswalk(linkage name)
    RETURNS TABLE (source text, local_reference text, pseudonym health_dp.pseudonym)
    LANGUAGE plpgsql SECURITY DEFINER ROWS 100000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage;
BEGIN
    SELECT l.* INTO target FROM health_dp.linkage l JOIN pg_roles r ON r.oid = l.reader AND r.rolname = l.reader_name
     WHERE l.name = crosswalk.linkage AND pg_has_role(session_user, l.reader, 'MEMBER') FOR SHARE OF l;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD633',
            MESSAGE = format('role %I reads the crosswalk of no linkage of that name', session_user),
            HINT = 'health_dp.open_linkage() names the role that does.';
    END IF;
    PERFORM health_dp.check_linkage_open(target);
    RETURN QUERY
        SELECT r.source, r.local_reference, r.pseudonym FROM health_dp.sure_record r
         WHERE r.linkage_id = target.linkage_id AND r.pseudonym IS NOT NULL;
END
$$;
COMMENT ON FUNCTION health_dp.crosswalk(name) IS
    'For the reader of a linkage: which record of which source belongs to which pseudonym, as of the last match_linkage(), '
    'without persons who are opposed by now and references given for several persons. Gone when the linkage is closed.';

CREATE FUNCTION health_dp.end_linkage(target health_dp.linkage) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    deleted bigint;
BEGIN
    DELETE FROM health_dp.linkage_opposition o WHERE o.linkage_id = target.linkage_id;
    DELETE FROM health_dp.linked_record r WHERE r.linkage_id = target.linkage_id;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    UPDATE health_dp.linkage l
       SET closed_at = clock_timestamp(), closed_by = session_user, records_deleted = health_dp.rounded_count(deleted)
     WHERE l.linkage_id = target.linkage_id;
END
$$;
COMMENT ON FUNCTION health_dp.end_linkage(health_dp.linkage) IS
    'Internal: deletes records and oppositions, and nothing is taken any more.';
REVOKE EXECUTE ON FUNCTION health_dp.end_linkage(health_dp.linkage) FROM PUBLIC;

CREATE FUNCTION health_dp.close_linkage(linkage name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage := health_dp.lock_linkage(linkage);
BEGIN
    IF target.closed_at IS NOT NULL THEN
        PERFORM health_dp.check_linkage_open(target);
    END IF;
    PERFORM health_dp.end_linkage(target);
END
$$;
COMMENT ON FUNCTION health_dp.close_linkage(name) IS
    'Ends a linkage, expired or not: its records, its oppositions and its crosswalk are deleted. Then both keys are to be '
    'destroyed: the linkage''s own, and the third party''s.';
REVOKE EXECUTE ON FUNCTION health_dp.close_linkage(name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.close_linkage(name) TO health_dp_steward;

CREATE FUNCTION health_dp.purge_linkages() RETURNS SETOF name
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage;
BEGIN
    PERFORM health_dp.require_steward();
    FOR target IN SELECT * FROM health_dp.linkage l
                   WHERE l.closed_at IS NULL AND l.expires_at <= clock_timestamp() ORDER BY l.linkage_id FOR UPDATE LOOP
        PERFORM health_dp.end_linkage(target);
        RETURN NEXT target.name;
    END LOOP;
END
$$;
COMMENT ON FUNCTION health_dp.purge_linkages() IS
    'Closes every linkage that has expired and returns their names; for a daily job.';
REVOKE EXECUTE ON FUNCTION health_dp.purge_linkages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.purge_linkages() TO health_dp_steward;

CREATE FUNCTION health_dp.certify_linkage(linkage name, third_party_certificate jsonb)
    RETURNS health_dp.linkage_certificate
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage := health_dp.lock_linkage(linkage);
    own_id bigint;
    own_destroyed_at timestamptz;
    problem text;
    hint text;
    certificate health_dp.linkage_certificate;
BEGIN
    SELECT c.certificate_id, c.destroyed_at[array_position(c.versions, target.key_version)]
      INTO own_id, own_destroyed_at
      FROM health_dp.key_certificate c
     WHERE c.domain = target.domain AND target.key_version = ANY (c.versions)
     ORDER BY c.certificate_id DESC LIMIT 1;
    IF target.closed_at IS NULL THEN
        problem := 'its records are not deleted';
        hint := 'A steward deletes them: health_dp.close_linkage().';
    ELSIF EXISTS (SELECT FROM health_dp.linkage_certificate c WHERE c.linkage_id = target.linkage_id) THEN
        problem := 'it is certified already';
        hint := 'SELECT * FROM health_dp.linkage_certificate.';
    ELSIF own_id IS NULL OR EXISTS (SELECT FROM health_dp.key_version v
                                     WHERE v.domain = target.domain AND v.state <> 'destroyed') THEN
        problem := 'its own key is not destroyed';
        hint := format('A custodian destroys it here: health_dp.destroy_key(%L).', target.domain);
    ELSIF third_party_certificate IS NULL
          OR NOT coalesce((jsonb_typeof(third_party_certificate->'check_values') = 'array'
                           AND third_party_certificate->'check_values' ? target.key_check
                           AND jsonb_typeof(third_party_certificate->'destroyed_at') = 'array'
                           AND jsonb_array_length(third_party_certificate->'destroyed_at') > 0), false) THEN
        problem := format('there is no certificate of the third party for the key with check value %s', target.key_check);
        hint := 'The third party destroys its key on its server and sends what SELECT to_jsonb(c) FROM '
                'health_dp.key_certificate c says.';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD637',
            MESSAGE = format('linkage "%s" cannot be certified: %s', target.name, problem), HINT = hint;
    END IF;
    INSERT INTO health_dp.linkage_certificate (linkage_id, linkage, records_deleted_at, records_deleted, key_certificate_id,
                                               key_destroyed_at, third_party_certificate, session_role, user_role,
                                               certified_at)
        VALUES (target.linkage_id, target.name, target.closed_at, target.records_deleted, own_id, own_destroyed_at,
                third_party_certificate, session_user,
                coalesce(nullif(current_setting('role'), 'none'), session_user), clock_timestamp())
        RETURNING * INTO certificate;
    RETURN certificate;
END
$$;
COMMENT ON FUNCTION health_dp.certify_linkage(name, jsonb) IS
    'Certifies that a linkage cannot be repeated: its records are deleted, its own key is destroyed on this server, and so is '
    'the third party''s, by the certificate that it gave (key_certificate of its server, as jsonb).';
REVOKE EXECUTE ON FUNCTION health_dp.certify_linkage(name, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.certify_linkage(name, jsonb) TO health_dp_steward;
