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
    CONSTRAINT suppressed_release_population CHECK (population ~ '^[0-9a-f]{32}$')
);
COMMENT ON TABLE health_dp.suppressed_release IS
    'One row per suppressed release that published something new, on disk before its first row was handed out. Nobody may read the cells: hidden numbers are among them.';
COMMENT ON COLUMN health_dp.suppressed_release.population IS
    'Digest of the tables, joins and conditions that the release ranges over, row filters included.';
COMMENT ON COLUMN health_dp.suppressed_release.cells IS
    'All cells that the project has published up to here, with what is hidden: a state, patients and rows for each.';
COMMENT ON COLUMN health_dp.suppressed_release.policy IS
    'The suppression policy that held; empty where the project had none, and its min_cell alone did.';
COMMENT ON COLUMN health_dp.suppressed_release.patients IS
    'So many patients a shown cell had at least: the policy''s number, or the project''s min_cell where that is larger.';
CREATE INDEX suppressed_release_project ON health_dp.suppressed_release (project_id, release_id);
COMMENT ON INDEX health_dp.suppressed_release_project IS 'Finds a project''s latest release.';
REVOKE ALL ON TABLE health_dp.suppressed_release FROM PUBLIC;

-- Dumped with their contents: a restored database knows what was published.
SELECT pg_catalog.pg_extension_config_dump('health_dp.suppressed_release', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.suppressed_release', 'release_id'), '');

CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON health_dp.suppressed_release FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept ON health_dp.suppressed_release IS 'What was published stays published.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.suppressed_release FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept_all ON health_dp.suppressed_release IS 'What was published stays published.';
ALTER TABLE health_dp.suppressed_release ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.suppressed_release ENABLE ALWAYS TRIGGER kept_all;

CREATE VIEW health_dp.suppressed_releases AS
    SELECT s.release_id, p.name AS project, s.released_at, s.charge_id, s.population,
           s.policy, s.patients, pg_catalog.octet_length(s.cells) AS bytes
      FROM health_dp.suppressed_release s LEFT JOIN health_dp.project p ON p.id = s.project_id;
COMMENT ON VIEW health_dp.suppressed_releases IS
    'Suppressed releases for auditors, without their cells. A release that published nothing new is in the ledger only.';
REVOKE ALL ON TABLE health_dp.suppressed_releases FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.suppressed_releases TO health_dp_auditor;
