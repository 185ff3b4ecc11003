-- The ledger: what every project has spent. The ledger's worker writes it, in transactions of its own, so that nothing a
-- session does undoes a charge. Nothing is ever refunded.
-- No foreign keys: a session that holds the row of a key would block the worker, without a deadlock that PostgreSQL could
-- see. No privileges for anybody but auditors, who read.

CREATE TABLE health_dp.ledger_charge (
    charge_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT ledger_charge_pkey PRIMARY KEY,
    project_id integer NOT NULL,
    charged_at timestamptz NOT NULL,
    session_role name NOT NULL,
    user_role name NOT NULL,
    epsilon numeric NOT NULL,
    delta numeric NOT NULL,
    releases integer NOT NULL,
    query text NOT NULL,
    settled_at timestamptz,
    failed_at timestamptz,
    kind text NOT NULL DEFAULT 'dp',
    login_role name NOT NULL,
    executed text,
    interrupted_at timestamptz,
    -- NaN sorts above every number, so that the upper limits exclude it as well.
    CONSTRAINT ledger_charge_kind_known CHECK (kind IN ('dp', 'suppressed')),
    CONSTRAINT ledger_charge_epsilon_positive
        CHECK (CASE kind WHEN 'dp' THEN epsilon > 0 AND epsilon < 'Infinity' ELSE epsilon = 0 AND delta = 0 END),
    CONSTRAINT ledger_charge_delta_small CHECK (delta >= 0 AND delta < 1),
    CONSTRAINT ledger_charge_releases_positive CHECK (releases > 0),
    CONSTRAINT ledger_charge_ends_once CHECK (pg_catalog.num_nonnulls(settled_at, failed_at, interrupted_at) <= 1)
    -- Room on each page for the row version that notes the end of an execution.
) WITH (fillfactor = 80);
COMMENT ON TABLE health_dp.ledger_charge IS
    'One row per charged execution, on disk before the execution read any protected row. Kept for good: nothing is refunded.';
COMMENT ON COLUMN health_dp.ledger_charge.charged_at IS 'By the clock of the server, at the charge.';
COMMENT ON COLUMN health_dp.ledger_charge.session_role IS
    'The session''s user: login_role, unless a superuser''s SET SESSION AUTHORIZATION changed it.';
COMMENT ON COLUMN health_dp.ledger_charge.user_role IS 'On whose rights the query ran: session_role, unless SET ROLE or a '
    'SECURITY DEFINER function changed it.';
COMMENT ON COLUMN health_dp.ledger_charge.releases IS 'How many releases the statement had.';
COMMENT ON COLUMN health_dp.ledger_charge.query IS
    'Beginning of the statement as the session claims to have typed it, at most 1023 bytes.';
COMMENT ON COLUMN health_dp.ledger_charge.settled_at IS
    'When the execution was seen to have delivered its answer.';
COMMENT ON COLUMN health_dp.ledger_charge.failed_at IS
    'When the execution was seen to have failed after its charge.';
COMMENT ON COLUMN health_dp.ledger_charge.kind IS
    'dp, or suppressed: exact numbers with small cells hidden, which cost no epsilon and have no guarantee of differential privacy.';
COMMENT ON COLUMN health_dp.ledger_charge.login_role IS
    'Who logged in; whose executions and failures of the day are counted.';
COMMENT ON COLUMN health_dp.ledger_charge.executed IS
    'Beginning of what ran, said by who ran it, at most 1023 bytes; null where only the session''s word is known.';
COMMENT ON COLUMN health_dp.ledger_charge.interrupted_at IS
    'When the execution was seen to have been cut off by the end of the server: nobody''s failure.';
CREATE INDEX ledger_charge_open ON health_dp.ledger_charge (charged_at)
    WHERE settled_at IS NULL AND failed_at IS NULL AND interrupted_at IS NULL;
COMMENT ON INDEX health_dp.ledger_charge_open IS 'Finds what the end of a server has cut off.';
CREATE INDEX ledger_charge_project ON health_dp.ledger_charge (project_id);
COMMENT ON INDEX health_dp.ledger_charge_project IS 'For auditors, and to make a lost total again from the charges.';
REVOKE ALL ON TABLE health_dp.ledger_charge FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.ledger_charge TO health_dp_auditor;

CREATE TABLE health_dp.ledger_total (
    project_id integer CONSTRAINT ledger_total_pkey PRIMARY KEY,
    epsilon_spent numeric NOT NULL,
    delta_spent numeric NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    CONSTRAINT ledger_total_not_negative CHECK (epsilon_spent >= 0 AND delta_spent >= 0 AND failures >= 0)
    -- Every charge makes a new version of a project's row: keep them on the same page.
) WITH (fillfactor = 10);
COMMENT ON TABLE health_dp.ledger_total IS 'What each project has spent: the sums of its charges, written with them.';
COMMENT ON COLUMN health_dp.ledger_total.failures IS
    'Executions that failed after their charge, since the project was last suspended for them (health_dp.failure_limit).';
REVOKE ALL ON TABLE health_dp.ledger_total FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.ledger_total TO health_dp_auditor;

-- Of this day and of days gone by: nobody's work on a day is undone by the next.
CREATE TABLE health_dp.ledger_day (
    login_role name NOT NULL,
    day date NOT NULL,
    project_id integer NOT NULL,
    executions integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    CONSTRAINT ledger_day_pkey PRIMARY KEY (login_role, day, project_id),
    CONSTRAINT ledger_day_not_negative CHECK (executions >= 0 AND failures >= 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE health_dp.ledger_day IS
    'Executions and failures of each login role and day (UTC), counted with the charges and judged by the next charge.';
COMMENT ON COLUMN health_dp.ledger_day.project_id IS 'The project; 0 in the row of all projects together.';
COMMENT ON COLUMN health_dp.ledger_day.executions IS
    'Charged on the day (health_dp.executions_per_day), of every kind, whatever became of them.';
COMMENT ON COLUMN health_dp.ledger_day.failures IS
    'Seen on the day to have failed after their charge (health_dp.failures_per_day).';
REVOKE ALL ON TABLE health_dp.ledger_day FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.ledger_day TO health_dp_auditor;

-- Dumped with their contents: a restored database knows what was spent.
SELECT pg_catalog.pg_extension_config_dump('health_dp.ledger_charge', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.ledger_charge', 'charge_id'), '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.ledger_total', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.ledger_day', '');

-- Against mistakes of those whom privileges do not stop. A superuser can disable a trigger: then it is no mistake.
CREATE FUNCTION health_dp.refuse_ledger_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'ZD403',
        MESSAGE = format('the ledger is final: %s of %s refused', lower(TG_OP), TG_TABLE_NAME),
        HINT = 'Charges are never refunded. When a budget is used up, a steward may open another project: '
               'health_dp.create_project().';
END
$$;
COMMENT ON FUNCTION health_dp.refuse_ledger_change() IS 'Trigger: what is in the ledger stays.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_ledger_change() FROM PUBLIC;

-- ENABLE ALWAYS: session_replication_role would switch ordinary triggers off.
CREATE TRIGGER final BEFORE UPDATE ON health_dp.ledger_charge FOR EACH ROW
    WHEN (OLD.settled_at IS NOT NULL OR OLD.failed_at IS NOT NULL OR OLD.interrupted_at IS NOT NULL
          OR (OLD.charge_id, OLD.project_id, OLD.charged_at, OLD.session_role, OLD.user_role, OLD.epsilon, OLD.delta,
              OLD.releases, OLD.query, OLD.kind, OLD.login_role, OLD.executed)
             IS DISTINCT FROM
             (NEW.charge_id, NEW.project_id, NEW.charged_at, NEW.session_role, NEW.user_role, NEW.epsilon, NEW.delta,
              NEW.releases, NEW.query, NEW.kind, NEW.login_role, NEW.executed))
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER final ON health_dp.ledger_charge IS 'Only the end of an execution may be added, once.';
CREATE TRIGGER kept BEFORE DELETE ON health_dp.ledger_charge FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept ON health_dp.ledger_charge IS 'Charges are kept for good.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.ledger_charge FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept_all ON health_dp.ledger_charge IS 'Charges are kept for good.';
ALTER TABLE health_dp.ledger_charge ENABLE ALWAYS TRIGGER final;
ALTER TABLE health_dp.ledger_charge ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.ledger_charge ENABLE ALWAYS TRIGGER kept_all;

-- AFTER the update, as for days below: PostgreSQL locks a row for triggers that come before, and a batch of charges to one
-- project would look through more of its own locks with each charge.
CREATE TRIGGER final AFTER UPDATE ON health_dp.ledger_total FOR EACH ROW
    WHEN (NEW.project_id <> OLD.project_id OR NEW.epsilon_spent < OLD.epsilon_spent OR NEW.delta_spent < OLD.delta_spent)
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER final ON health_dp.ledger_total IS 'What was spent only grows.';
CREATE TRIGGER kept BEFORE DELETE ON health_dp.ledger_total FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept ON health_dp.ledger_total IS 'Totals are kept for good.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.ledger_total FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept_all ON health_dp.ledger_total IS 'Totals are kept for good.';
ALTER TABLE health_dp.ledger_total ENABLE ALWAYS TRIGGER final;
ALTER TABLE health_dp.ledger_total ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.ledger_total ENABLE ALWAYS TRIGGER kept_all;

CREATE TRIGGER final AFTER UPDATE ON health_dp.ledger_day FOR EACH ROW
    WHEN ((NEW.login_role, NEW.day, NEW.project_id) IS DISTINCT FROM (OLD.login_role, OLD.day, OLD.project_id)
          OR NEW.executions < OLD.executions OR NEW.failures < OLD.failures)
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER final ON health_dp.ledger_day IS 'What was counted only grows.';
CREATE TRIGGER kept BEFORE DELETE ON health_dp.ledger_day FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept ON health_dp.ledger_day IS 'Days are kept for good.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.ledger_day FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept_all ON health_dp.ledger_day IS 'Days are kept for good.';
ALTER TABLE health_dp.ledger_day ENABLE ALWAYS TRIGGER final;
ALTER TABLE health_dp.ledger_day ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.ledger_day ENABLE ALWAYS TRIGGER kept_all;

-- Runs on its owner's rights, because members have none on the ledger; health_dp.projects chooses the projects by the
-- user who asks (inside a view, current_user is that user). A security barrier, so that no condition of the user's
-- sees the rows of others first.
CREATE VIEW health_dp.budget WITH (security_barrier) AS
    SELECT p.name AS project,
           pg_catalog.trim_scale(p.epsilon) AS epsilon,
           pg_catalog.trim_scale(COALESCE(t.epsilon_spent, 0)) AS epsilon_spent,
           pg_catalog.trim_scale(p.epsilon - COALESCE(t.epsilon_spent, 0)) AS epsilon_left,
           pg_catalog.trim_scale(p.delta) AS delta,
           pg_catalog.trim_scale(COALESCE(t.delta_spent, 0)) AS delta_spent,
           pg_catalog.trim_scale(p.delta - COALESCE(t.delta_spent, 0)) AS delta_left,
           p.valid, p.suspended, pg_catalog.trim_scale(p.min_epsilon) AS min_epsilon
      FROM health_dp.projects p LEFT JOIN health_dp.ledger_total t ON t.project_id = p.id;
COMMENT ON VIEW health_dp.budget IS
    'Budget, spent and left, and the least that an execution costs, of the projects you are a member of; of all projects '
    'for stewards and auditors.';
REVOKE ALL ON TABLE health_dp.budget FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.budget TO PUBLIC;

CREATE VIEW health_dp.charges AS
    SELECT c.charge_id, p.name AS project, c.charged_at, c.session_role, c.user_role, c.epsilon, c.delta, c.releases,
           c.query, c.kind, c.login_role, c.executed,
           CASE WHEN c.settled_at IS NOT NULL THEN 'settled'
                WHEN c.failed_at IS NOT NULL THEN 'failed'
                WHEN c.interrupted_at IS NOT NULL THEN 'interrupted'
                ELSE 'open' END AS status
      FROM health_dp.ledger_charge c LEFT JOIN health_dp.project p ON p.id = c.project_id;
COMMENT ON VIEW health_dp.charges IS
    'The ledger for auditors. Status: settled (the answer was given); failed (error, cancel or lost connection after the '
    'charge); interrupted (cut off by the end of the server); or open (under way, or never read to its end). Only failed '
    'ones count towards health_dp.failures_per_day and health_dp.failure_limit.';
REVOKE ALL ON TABLE health_dp.charges FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.charges TO health_dp_auditor;
