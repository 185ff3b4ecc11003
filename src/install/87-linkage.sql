-- Linkage: records of several sources that belong to one person get one pseudonym, and afterwards nobody can repeat it.
-- Sources deliver linkage identifiers (86-voprf.sql) with record numbers of their own. What is stored is the identifier's
-- pseudonym in a domain that belongs to this linkage alone; a person's pseudonym in the warehouse follows from that one, in
-- the project's domain. When the linkage's key is destroyed, rows in backups and in the write-ahead log are worth nothing
-- [C22]. Nobody but the owner reads the tables.
-- Why a pseudonym and not a random number: the same person delivered later gets the same one without a table that says so,
-- it carries the version of its key, and it becomes unlinkable for good when the project's key is destroyed. A random
-- number has none of the three.
-- No foreign keys, as in 10-projects.sql.

CREATE TABLE health_dp.linkage (
    linkage_id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT linkage_pkey PRIMARY KEY,
    name name NOT NULL CONSTRAINT linkage_name_key UNIQUE,
    project_id integer NOT NULL,
    domain text COLLATE "C" NOT NULL CONSTRAINT linkage_domain_key UNIQUE,
    key_version integer NOT NULL,
    pseudonym_domain text COLLATE "C" NOT NULL,
    pseudonym_version integer NOT NULL,
    public_key text COLLATE "C" NOT NULL CONSTRAINT linkage_public_key_key UNIQUE,
    key_check text COLLATE "C" NOT NULL,
    reader regrole NOT NULL,
    reader_name name NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    opened_by name NOT NULL DEFAULT SESSION_USER,
    expires_at timestamptz NOT NULL,
    changes bigint NOT NULL DEFAULT 0,
    matched_at timestamptz,
    closed_at timestamptz,
    closed_by name,
    records_deleted bigint,
    CONSTRAINT linkage_name_said CHECK (name <> ''),
    CONSTRAINT linkage_domains_differ CHECK (domain <> pseudonym_domain),
    CONSTRAINT linkage_is_temporary CHECK (expires_at > opened_at AND expires_at <= opened_at + interval '1 year'),
    CONSTRAINT linkage_closed CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);
COMMENT ON TABLE health_dp.linkage IS
    'One row per linkage; stays after its end, with what it was done under. Read through the view health_dp.linkages.';
COMMENT ON COLUMN health_dp.linkage.project_id IS 'The authorisation to link.';
COMMENT ON COLUMN health_dp.linkage.domain IS
    'The domain of this linkage alone, here: its key hides the linkage identifiers, and is destroyed at the end.';
COMMENT ON COLUMN health_dp.linkage.pseudonym_domain IS 'The domain of the pseudonyms that persons get.';
COMMENT ON COLUMN health_dp.linkage.public_key IS
    'Of the third party, for this linkage alone; sources check responses against it.';
COMMENT ON COLUMN health_dp.linkage.key_check IS
    'Check value of the third party''s key, from its key_versions: its certificate of destruction has to name it.';
COMMENT ON COLUMN health_dp.linkage.reader IS 'The role that reads the crosswalk.';
COMMENT ON COLUMN health_dp.linkage.changes IS
    'Counts what must not pass by concurrent deliveries: a transaction with an older snapshot fails instead.';
COMMENT ON COLUMN health_dp.linkage.records_deleted IS 'To the nearest ten, null below 11.';
REVOKE ALL ON TABLE health_dp.linkage FROM PUBLIC;

CREATE TABLE health_dp.linkage_source (
    linkage_id integer NOT NULL,
    source text COLLATE "C" NOT NULL,
    role regrole NOT NULL,
    role_name name NOT NULL,
    added_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    added_by name NOT NULL DEFAULT SESSION_USER,
    CONSTRAINT linkage_source_pkey PRIMARY KEY (linkage_id, source),
    CONSTRAINT linkage_source_said CHECK (source <> '')
);
COMMENT ON TABLE health_dp.linkage_source IS 'Who delivers what to a linkage.';
COMMENT ON COLUMN health_dp.linkage_source.role_name IS
    'The role''s name when it was added. A role that was renamed, or dropped and replaced, delivers nothing any more.';
REVOKE ALL ON TABLE health_dp.linkage_source FROM PUBLIC;

CREATE TABLE health_dp.linked_record (
    linkage_id integer NOT NULL,
    source text COLLATE "C" NOT NULL,
    local_reference text COLLATE "C" NOT NULL,
    person health_dp.pseudonym NOT NULL,
    pseudonym health_dp.pseudonym,
    CONSTRAINT linked_record_pkey PRIMARY KEY (linkage_id, source, local_reference, person)
);
CREATE INDEX linked_record_person ON health_dp.linked_record (linkage_id, person);
COMMENT ON INDEX health_dp.linked_record_person IS 'For matching, a slice of the persons at a time.';
COMMENT ON TABLE health_dp.linked_record IS
    'Records of open linkages, those of opposed persons included, which nothing shows: were they not written, the counters of '
    'pg_stat_user_tables would tell a source who is opposed elsewhere. person is never a linkage identifier, but its '
    'pseudonym under the linkage''s own key.';
COMMENT ON COLUMN health_dp.linked_record.pseudonym IS 'Of the person in the warehouse; null until matched.';
REVOKE ALL ON TABLE health_dp.linked_record FROM PUBLIC;

CREATE TABLE health_dp.linkage_opposition (
    linkage_id integer NOT NULL,
    source text COLLATE "C" NOT NULL,
    person health_dp.pseudonym NOT NULL,
    CONSTRAINT linkage_opposition_pkey PRIMARY KEY (linkage_id, person, source)
);
COMMENT ON TABLE health_dp.linkage_opposition IS
    'Persons who are opposed, by the source that said so: no record of theirs, from any source, leaves the linkage.';
REVOKE ALL ON TABLE health_dp.linkage_opposition FROM PUBLIC;

CREATE TABLE health_dp.linkage_quality (
    linkage_id integer NOT NULL,
    source text COLLATE "C" NOT NULL,
    records bigint,
    persons bigint,
    matched bigint,
    unmatched bigint,
    repeated bigint,
    ambiguous bigint,
    opposed bigint,
    CONSTRAINT linkage_quality_pkey PRIMARY KEY (linkage_id, source)
);
COMMENT ON TABLE health_dp.linkage_quality IS
    'What the last match_linkage() found, already to the nearest ten: the exact numbers are kept nowhere.';
REVOKE ALL ON TABLE health_dp.linkage_quality FROM PUBLIC;

CREATE TABLE health_dp.linkage_certificate (
    certificate_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT linkage_certificate_pkey PRIMARY KEY,
    linkage_id integer NOT NULL CONSTRAINT linkage_certificate_once UNIQUE,
    linkage name NOT NULL,
    records_deleted_at timestamptz NOT NULL,
    records_deleted bigint,
    key_certificate_id bigint NOT NULL,
    key_destroyed_at timestamptz NOT NULL,
    third_party_certificate jsonb NOT NULL,
    session_role name NOT NULL,
    user_role name NOT NULL,
    certified_at timestamptz NOT NULL
);
COMMENT ON TABLE health_dp.linkage_certificate IS
    'That a linkage cannot be repeated. Deleted rows are still in backups and in the write-ahead log until those are gone; '
    'what makes them worthless is that both keys are destroyed.';
COMMENT ON COLUMN health_dp.linkage_certificate.records_deleted IS 'To the nearest ten, null below 11.';
COMMENT ON COLUMN health_dp.linkage_certificate.key_certificate_id IS
    'Of the linkage''s own key, in health_dp.key_certificate: it holds once the old root key named there is destroyed.';
COMMENT ON COLUMN health_dp.linkage_certificate.third_party_certificate IS
    'Of the key behind the linkage identifiers, as the third party gave it. This server saw that it names that key, and '
    'nothing more.';
REVOKE ALL ON TABLE health_dp.linkage_certificate FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.linkage_certificate TO health_dp_custodian, health_dp_steward, health_dp_auditor;

SELECT pg_catalog.pg_extension_config_dump('health_dp.linkage', '');
SELECT pg_catalog.pg_extension_config_dump(pg_catalog.pg_get_serial_sequence('health_dp.linkage', 'linkage_id'), '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.linkage_source', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.linked_record', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.linkage_opposition', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.linkage_quality', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.linkage_certificate', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.linkage_certificate', 'certificate_id'), '');

-- Internal.

CREATE FUNCTION health_dp.relink(pseudonyms health_dp.pseudonym[], domain text, version integer)
    RETURNS health_dp.pseudonym[]
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 100000 AS 'MODULE_PATHNAME', 'hdp_linkage_relink';
COMMENT ON FUNCTION health_dp.relink(health_dp.pseudonym[], text, integer) IS
    'Internal: the pseudonym of each pseudonym in a further domain. Counted as link, for whoever called the function of '
    'linkage.';
REVOKE EXECUTE ON FUNCTION health_dp.relink(health_dp.pseudonym[], text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.rounded_count(exact bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN exact >= 11 THEN ((exact + 5) / 10) * 10 END
$$;
COMMENT ON FUNCTION health_dp.rounded_count(bigint) IS
    'Internal: a number of persons as it may be shown, to the nearest ten, and null from 0 to 10. Each number of a report is '
    'rounded by itself, so that a total does not give back what is missing from its parts.';
REVOKE EXECUTE ON FUNCTION health_dp.rounded_count(bigint) FROM PUBLIC;

CREATE FUNCTION health_dp.looks_like_nir(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN n.number ~ '^[1-478][0-9]{4}([0-9]{2}|2[AB])[0-9]{8}$'
                THEN 97 - left(replace(replace(n.number, '2A', '19'), '2B', '18'), 13)::bigint % 97
                     = right(n.number, 2)::integer
                ELSE false END
      FROM (SELECT upper(regexp_replace(value, '[[:space:].]', '', 'g'))) n(number)
$$;
COMMENT ON FUNCTION health_dp.looks_like_nir(text) IS
    'Internal: whether a text is a French registration number with the key that fits, in any spelling.';
REVOKE EXECUTE ON FUNCTION health_dp.looks_like_nir(text) FROM PUBLIC;

CREATE FUNCTION health_dp.check_linkage_open(linkage health_dp.linkage) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF linkage.closed_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD632',
            MESSAGE = format('linkage "%s" was closed on %s', linkage.name, linkage.closed_at::date),
            HINT = 'What was deleted does not come back; another linkage: health_dp.open_linkage().';
    END IF;
    IF clock_timestamp() >= linkage.expires_at THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD631',
            MESSAGE = format('linkage "%s" expired on %s', linkage.name, linkage.expires_at::date),
            HINT = 'A steward deletes what it holds: health_dp.purge_linkages(). Another linkage: '
                   'health_dp.open_linkage().';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.check_linkage_open(health_dp.linkage) IS
    'Internal: errors once a linkage is closed or expired.';
REVOKE EXECUTE ON FUNCTION health_dp.check_linkage_open(health_dp.linkage) FROM PUBLIC;

CREATE FUNCTION health_dp.lock_linkage(linkage name) RETURNS health_dp.linkage
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_linkage health_dp.linkage;
BEGIN
    PERFORM health_dp.require_steward();
    UPDATE health_dp.linkage l SET changes = l.changes + 1 WHERE l.name = linkage RETURNING * INTO found_linkage;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD630',
            MESSAGE = format('there is no linkage %s', coalesce('"' || linkage || '"', '(null)')),
            HINT = 'Linkages: SELECT name FROM health_dp.linkages.';
    END IF;
    RETURN found_linkage;
END
$$;
COMMENT ON FUNCTION health_dp.lock_linkage(name) IS
    'Internal: the linkage, locked until the transaction ends; an error for anybody but stewards.';
REVOKE EXECUTE ON FUNCTION health_dp.lock_linkage(name) FROM PUBLIC;

-- The same error whether there is no such linkage, no such source or another role's: a source learns nothing of others.
CREATE FUNCTION health_dp.linkage_of_source(linkage name, source text) RETURNS health_dp.linkage
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_linkage health_dp.linkage;
BEGIN
    SELECT l.* INTO found_linkage
      FROM health_dp.linkage l
      JOIN health_dp.linkage_source s USING (linkage_id)
      JOIN pg_roles r ON r.oid = s.role AND r.rolname = s.role_name
     WHERE l.name = linkage_of_source.linkage AND s.source = linkage_of_source.source
       AND pg_has_role(session_user, s.role, 'MEMBER')
       FOR SHARE OF l;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD633',
            MESSAGE = format('role %I delivers nothing as that source to a linkage of that name', session_user),
            HINT = 'Ask a steward for health_dp.add_linkage_source(), and connect as the role it names.';
    END IF;
    PERFORM health_dp.check_linkage_open(found_linkage);
    RETURN found_linkage;
END
$$;
COMMENT ON FUNCTION health_dp.linkage_of_source(name, text) IS
    'Internal: the open linkage, for the role registered for the source only.';
REVOKE EXECUTE ON FUNCTION health_dp.linkage_of_source(name, text) FROM PUBLIC;

CREATE FUNCTION health_dp.check_linkage_identifiers(
    linkage health_dp.linkage, linkage_identifiers health_dp.pseudonym[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    needed smallint := health_dp.public_key_version(linkage.public_key);
BEGIN
    IF array_ndims(linkage_identifiers) > 1 OR array_position(linkage_identifiers, NULL::health_dp.pseudonym) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD635',
            MESSAGE = 'a linkage identifier is NULL, or the array has several dimensions',
            HINT = 'Leave out records without one: WHERE linkage_identifier IS NOT NULL.';
    END IF;
    IF EXISTS (SELECT FROM unnest(linkage_identifiers) i WHERE health_dp.key_version(i) <> needed) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD636',
            MESSAGE = 'a linkage identifier was made with another version of the third party''s key than this linkage''s',
            HINT = 'Have the batch evaluated and finalised with the public key that health_dp.linkages shows.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.check_linkage_identifiers(health_dp.linkage, health_dp.pseudonym[]) IS
    'Internal: errors on identifiers that cannot be this linkage''s.';
REVOKE EXECUTE ON FUNCTION health_dp.check_linkage_identifiers(health_dp.linkage, health_dp.pseudonym[]) FROM PUBLIC;

-- Internal to match_linkage() and crosswalk(); nobody but the owner reads it.
CREATE VIEW health_dp.sure_record AS
    SELECT r.linkage_id, r.source, r.local_reference, r.person, r.pseudonym
      FROM (SELECT d.*, pg_catalog.count(*) OVER (PARTITION BY d.linkage_id, d.source, d.local_reference) AS persons
              FROM health_dp.linked_record d) r
     WHERE r.persons = 1
       AND NOT EXISTS (SELECT FROM health_dp.linkage_opposition o
                        WHERE o.linkage_id = r.linkage_id AND o.person OPERATOR(health_dp.=) r.person);
COMMENT ON VIEW health_dp.sure_record IS
    'Internal: records without those of opposed persons, and without references that a source gave for several persons.';
REVOKE ALL ON TABLE health_dp.sure_record FROM PUBLIC;

-- Sources and readers see the linkages they have a part in, and the public key with it. The view runs with its owner's
-- rights on the tables; security_barrier keeps conditions of the reader's away from other rows.
CREATE VIEW health_dp.linkages WITH (security_barrier) AS
    SELECT l.name, p.name AS project, s.state, l.opened_at, l.expires_at, l.matched_at, l.closed_at, l.public_key,
           l.domain, l.pseudonym_domain, l.reader_name AS reader,
           CASE s.state
           WHEN 'expired' THEN 'overdue: a steward deletes its records, health_dp.purge_linkages()'
           WHEN 'closed' THEN
               CASE WHEN EXISTS (SELECT FROM health_dp.key_version v WHERE v.domain = l.domain AND v.state <> 'destroyed')
                    THEN 'a custodian destroys its key here, health_dp.destroy_key()'
                    ELSE 'the third party destroys its key and certifies it; then health_dp.certify_linkage()' END
           WHEN 'matched' THEN 'the reader reads health_dp.crosswalk(), then health_dp.close_linkage()'
           WHEN 'open' THEN 'sources deliver, health_dp.add_to_linkage(); then health_dp.match_linkage()'
           END AS next_step
      FROM health_dp.linkage l
      LEFT JOIN health_dp.project p ON p.id = l.project_id
     CROSS JOIN LATERAL (SELECT CASE
            WHEN EXISTS (SELECT FROM health_dp.linkage_certificate c WHERE c.linkage_id = l.linkage_id) THEN 'certified'
            WHEN l.closed_at IS NOT NULL THEN 'closed'
            WHEN l.expires_at <= pg_catalog.clock_timestamp() THEN 'expired'
            WHEN l.matched_at IS NOT NULL THEN 'matched'
            ELSE 'open' END) s (state)
     WHERE pg_catalog.pg_has_role(current_user, 'health_dp_steward', 'USAGE')
        OR pg_catalog.pg_has_role(current_user, 'health_dp_custodian', 'USAGE')
        OR pg_catalog.pg_has_role(current_user, 'health_dp_auditor', 'USAGE')
        OR EXISTS (SELECT FROM health_dp.linkage_source t JOIN pg_catalog.pg_roles r ON r.oid = t.role
                    WHERE t.linkage_id = l.linkage_id AND r.rolname = t.role_name
                      AND pg_catalog.pg_has_role(current_user, r.oid, 'USAGE'))
        OR EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = l.reader AND r.rolname = l.reader_name
                      AND pg_catalog.pg_has_role(current_user, r.oid, 'USAGE'));
COMMENT ON VIEW health_dp.linkages IS
    'The linkages you have a part in; all for stewards, custodians and auditors: state (open, matched, expired, closed, '
    'certified), until when, the public key that sources use, and what comes next.';
REVOKE ALL ON TABLE health_dp.linkages FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.linkages TO PUBLIC;

CREATE VIEW health_dp.linkage_sources AS
    SELECT l.name AS linkage, s.source, s.role_name AS role, s.added_at, s.added_by,
           EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = s.role AND r.rolname = s.role_name) AS in_force
      FROM health_dp.linkage_source s JOIN health_dp.linkage l USING (linkage_id);
COMMENT ON VIEW health_dp.linkage_sources IS
    'The sources of every linkage and who delivers for them. in_force is false once the role was dropped or renamed.';
REVOKE ALL ON TABLE health_dp.linkage_sources FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.linkage_sources TO health_dp_steward, health_dp_auditor;

CREATE VIEW health_dp.linkage_report AS
    SELECT l.name AS linkage, q.source, q.records, q.persons, q.matched, q.unmatched, q.repeated, q.ambiguous, q.opposed,
           l.matched_at
      FROM health_dp.linkage_quality q JOIN health_dp.linkage l USING (linkage_id);
COMMENT ON VIEW health_dp.linkage_report IS
    'How well each source was matched, at the last match_linkage(): records in the crosswalk, persons behind them, persons that '
    'other sources have as well or do not have, persons with several records, references left out because they were given '
    'for several persons, and persons the source said are opposed. To the nearest ten; null is anything from 0 to 10.';
REVOKE ALL ON TABLE health_dp.linkage_report FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.linkage_report TO health_dp_steward, health_dp_auditor;
