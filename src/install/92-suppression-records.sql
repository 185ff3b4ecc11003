-- Which tables were suppressed or rounded, by whom, and under which rules, for the file of whoever answers for them. Written by the
-- functions themselves, as the owner, in the transaction that asks: what is rolled back was not handed out in a committed
-- transaction, and is not here. No value of a table and no code: names of columns, a digest of the queries, numbers of cells.

CREATE TABLE health_dp.suppression_record (
    record_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT suppression_record_pkey PRIMARY KEY,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    login_role name NOT NULL DEFAULT SESSION_USER,
    acting_role name NOT NULL,
    action text NOT NULL,
    project name,
    policy name,
    rules jsonb NOT NULL,
    tables text[] NOT NULL,
    dimensions text[] NOT NULL,
    measures text[] NOT NULL,
    digest text NOT NULL,
    cells bigint NOT NULL,
    primary_cells bigint NOT NULL,
    secondary_cells bigint NOT NULL,
    CONSTRAINT suppression_record_digest CHECK (digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT suppression_record_cells CHECK (primary_cells >= 0 AND secondary_cells >= 0 AND primary_cells + secondary_cells <= cells)
);
COMMENT ON TABLE health_dp.suppression_record IS
    'One row per table, or tables together, that suppress_table(), suppress_tables(), round_table() or round_tables() gave in a transaction that committed. Read through the view health_dp.suppressions.';
REVOKE ALL ON TABLE health_dp.suppression_record FROM PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('health_dp.suppression_record', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.suppression_record', 'record_id'), '');

CREATE FUNCTION health_dp.refuse_record_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'ZD403',
        MESSAGE = format('which tables were suppressed stays on record: %s of %s refused', lower(TG_OP), TG_TABLE_NAME),
        HINT = 'A table that was suppressed again has a row of its own; which one was published is for your file to say.';
END
$$;
COMMENT ON FUNCTION health_dp.refuse_record_change() IS 'Trigger: which tables were suppressed stays on record.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_record_change() FROM PUBLIC;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON health_dp.suppression_record FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_record_change();
COMMENT ON TRIGGER kept ON health_dp.suppression_record IS 'What is on record stays.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.suppression_record FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_record_change();
COMMENT ON TRIGGER kept_all ON health_dp.suppression_record IS 'What is on record stays.';
ALTER TABLE health_dp.suppression_record ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.suppression_record ENABLE ALWAYS TRIGGER kept_all;

CREATE VIEW health_dp.suppressions AS
    SELECT r.record_id, r.recorded_at, r.login_role, r.acting_role, r.action, r.project, r.policy, r.rules, r.tables, r.dimensions,
           r.measures, r.digest, r.cells, r.primary_cells, r.secondary_cells,
           r.cells - r.primary_cells - r.secondary_cells AS shown_cells
      FROM health_dp.suppression_record r;
COMMENT ON VIEW health_dp.suppressions IS
    'Which tables were suppressed or rounded, when, by whom and under which rules. For officers and auditors, not for readers of the tables: how many cells a policy hid is more than these are told.';
COMMENT ON COLUMN health_dp.suppressions.login_role IS 'Who was connected.';
COMMENT ON COLUMN health_dp.suppressions.acting_role IS 'As whom: after SET ROLE, or inside a SECURITY DEFINER function, another one.';
COMMENT ON COLUMN health_dp.suppressions.policy IS 'The policy''s name; null where a project''s min_cell was the only rule, and where tables were rounded.';
COMMENT ON COLUMN health_dp.suppressions.rules IS
    'The policy''s rules as they were then, a project''s min_cell among them; of tables that were rounded, the base.';
COMMENT ON COLUMN health_dp.suppressions.digest IS
    'SHA-256 of what the cells came from: of each table its query''s text, as it was given (SELECT * FROM its name for a table or view), and of each dimension its hierarchies'', each with a zero byte behind it, and a zero byte behind each dimension.';
COMMENT ON COLUMN health_dp.suppressions.cells IS 'How many cells the tables have, those that they share counted once.';
COMMENT ON COLUMN health_dp.suppressions.primary_cells IS 'Hidden by a rule of the policy.';
COMMENT ON COLUMN health_dp.suppressions.secondary_cells IS 'Hidden to protect others, or because a table published before hides them.';
REVOKE ALL ON TABLE health_dp.suppressions FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.suppressions TO health_dp_steward, health_dp_auditor;
