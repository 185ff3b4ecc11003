-- What projects have published in suppressed releases: later ones are judged by it. Written by the ledger's worker, in
-- transactions of its own, before a release hands out its first row.

CREATE TABLE health_dp.suppressed_release (
    release_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT suppressed_release_pkey PRIMARY KEY,
    project_id integer NOT NULL,
    charge_id bigint NOT NULL,
    released_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    population text NOT NULL,
    cells bytea NOT NULL,
    policy name NOT NULL,
    patients bigint NOT NULL,
    public_contents text,
    padding bytea NOT NULL DEFAULT '',
    key_version smallint,
    CONSTRAINT suppressed_release_population CHECK (population ~ '^[0-9a-f]{32}$')
);
COMMENT ON TABLE health_dp.suppressed_release IS
    'One row per suppressed release that asked or published something new, on disk before its first row was handed out. Nobody may read the cells: hidden numbers are among them, sealed.';
COMMENT ON COLUMN health_dp.suppressed_release.population IS
    'Digest of the tables, joins and conditions that the release ranges over, row filters included.';
COMMENT ON COLUMN health_dp.suppressed_release.cells IS
    'What the project has asked up to here, and all cells that it has published, with what is hidden: a state, patients and rows for each. Sealed under a key of the key keeper.';
COMMENT ON COLUMN health_dp.suppressed_release.policy IS
    'The suppression policy that held; empty where the project had none, and its min_cell alone did.';
COMMENT ON COLUMN health_dp.suppressed_release.patients IS
    'So many patients a shown cell had at least: the policy''s number, or the project''s min_cell where that is larger.';
COMMENT ON COLUMN health_dp.suppressed_release.public_contents IS
    'What the public tables held that the project''s releases looked at: a digest for each table and set of columns; null in releases of 0.1.';
ALTER TABLE health_dp.suppressed_release ALTER COLUMN padding SET STORAGE EXTERNAL;
COMMENT ON COLUMN health_dp.suppressed_release.padding IS
    'Random bytes of a random length: everybody may ask for the size of the table, and hidden cells are among what is written. Empty in releases of 0.1.';
COMMENT ON COLUMN health_dp.suppressed_release.key_version IS
    'The version of the key of domain health_dp.suppressed_release that the cells are sealed under; null in releases of 0.1 until seal_suppressed_releases().';
CREATE INDEX suppressed_release_project ON health_dp.suppressed_release (project_id, release_id);
COMMENT ON INDEX health_dp.suppressed_release_project IS 'Finds a project''s latest release.';
REVOKE ALL ON TABLE health_dp.suppressed_release FROM PUBLIC;

-- Dumped with their contents: a restored database knows what was published.
SELECT pg_catalog.pg_extension_config_dump('health_dp.suppressed_release', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.suppressed_release', 'release_id'), '');

CREATE FUNCTION health_dp.refuse_register_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'ZD403',
        MESSAGE = format('what was published stays on record: %s of %s refused', lower(TG_OP), TG_TABLE_NAME),
        HINT = 'Another state of the data, or another population, takes another project. To seal what is there under a new key: '
               'health_dp.seal_suppressed_releases().';
END
$$;
COMMENT ON FUNCTION health_dp.refuse_register_change() IS 'Trigger: what suppressed releases have published stays on record.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_register_change() FROM PUBLIC;

CREATE TRIGGER kept BEFORE DELETE ON health_dp.suppressed_release FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_register_change();
COMMENT ON TRIGGER kept ON health_dp.suppressed_release IS 'What was published stays published.';
CREATE TRIGGER kept_as_it_is BEFORE UPDATE ON health_dp.suppressed_release FOR EACH ROW
    WHEN (OLD.key_version IS NOT DISTINCT FROM NEW.key_version OR NEW.key_version IS NULL
          OR (OLD.release_id, OLD.project_id, OLD.charge_id, OLD.released_at, OLD.population, OLD.policy, OLD.patients,
              OLD.public_contents, OLD.padding)
             IS DISTINCT FROM (NEW.release_id, NEW.project_id, NEW.charge_id, NEW.released_at, NEW.population, NEW.policy,
                               NEW.patients, NEW.public_contents, NEW.padding))
    EXECUTE FUNCTION health_dp.refuse_register_change();
COMMENT ON TRIGGER kept_as_it_is ON health_dp.suppressed_release IS
    'What was published stays as it is; it may be sealed under another key version, and nothing else.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.suppressed_release FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_register_change();
COMMENT ON TRIGGER kept_all ON health_dp.suppressed_release IS 'What was published stays published.';
ALTER TABLE health_dp.suppressed_release ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.suppressed_release ENABLE ALWAYS TRIGGER kept_as_it_is;
ALTER TABLE health_dp.suppressed_release ENABLE ALWAYS TRIGGER kept_all;

CREATE VIEW health_dp.suppressed_releases AS
    SELECT s.release_id, p.name AS project, s.released_at, s.charge_id, s.population,
           s.policy, s.patients, pg_catalog.octet_length(s.cells) AS bytes,
           pg_catalog.row_number() OVER (PARTITION BY s.project_id ORDER BY s.release_id) AS number
      FROM health_dp.suppressed_release s LEFT JOIN health_dp.project p ON p.id = s.project_id;
COMMENT ON VIEW health_dp.suppressed_releases IS
    'Suppressed releases for auditors, without their cells. A release that asked and published nothing new is in the ledger only.';
COMMENT ON COLUMN health_dp.suppressed_releases.number IS
    'Which of its project''s it is, as messages to members say: release_id would tell them how many other projects have.';
REVOKE ALL ON TABLE health_dp.suppressed_releases FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.suppressed_releases TO health_dp_auditor;

CREATE TABLE health_dp.public_change (
    project_id integer NOT NULL,
    release_id bigint NOT NULL,
    table_name text NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    accepted_by name NOT NULL DEFAULT session_user,
    CONSTRAINT public_change_pkey PRIMARY KEY (project_id, release_id, table_name)
);
COMMENT ON TABLE health_dp.public_change IS
    'Which changes of public tables stewards have accepted, after which suppressed release of a project.';
REVOKE ALL ON TABLE health_dp.public_change FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.public_change TO health_dp_auditor;
SELECT pg_catalog.pg_extension_config_dump('health_dp.public_change', '');
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON health_dp.public_change FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_register_change();
COMMENT ON TRIGGER kept ON health_dp.public_change IS 'What was accepted stays on record.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.public_change FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_register_change();
COMMENT ON TRIGGER kept_all ON health_dp.public_change IS 'What was accepted stays on record.';
ALTER TABLE health_dp.public_change ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.public_change ENABLE ALWAYS TRIGGER kept_all;

-- A steward's, who answers for what he accepts: counts before and after a change tell of whom it adds or leaves out.
CREATE FUNCTION health_dp.accept_public_change(project name, public_table regclass) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed health_dp.project := health_dp.lock_project(project);
    latest bigint := (SELECT max(s.release_id) FROM health_dp.suppressed_release s WHERE s.project_id = changed.id);
BEGIN
    IF latest IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD107', MESSAGE = format('project "%s" has no suppressed release yet', project),
            HINT = 'Its first release takes public tables as they are.';
    END IF;
    INSERT INTO health_dp.public_change (project_id, release_id, table_name)
        SELECT changed.id, latest, format('%I.%I', n.nspname, c.relname)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = public_table
        ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION health_dp.accept_public_change(name, regclass) IS
    'Lets suppressed releases of a project go on after a public table that they look at has changed, until it changes again after the next one. Numbers that are others than before are refused all the same.';
REVOKE EXECUTE ON FUNCTION health_dp.accept_public_change(name, regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.accept_public_change(name, regclass) TO health_dp_steward;
