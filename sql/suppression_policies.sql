-- Policies of suppression: presets, policies of one's own, what projects use, what is refused.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_policies;
SET search_path = regress_policies;
CREATE ROLE regress_policy_steward LOGIN IN ROLE health_dp_steward;
CREATE ROLE regress_policy_reader LOGIN;
GRANT USAGE ON SCHEMA regress_policies TO PUBLIC;
CREATE FUNCTION refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', state || ': ' || message, 'HINT: ' || nullif(hint, ''));
END
$$;

-- None of the presets is law.
SELECT name, patients, units, dominance_contributors AS n, dominance_percent AS k, p_percent AS p, hides_zeros AS zeros,
       no_class_disclosure AS classes, virtual_sums AS sums, singletons, interval_lowest AS low, other_percent AS other, cost,
       rounding_base AS rounding, noise_deviation AS noise
  FROM health_dp.suppression_policies WHERE preset ORDER BY name;
SELECT count(*) AS presets, count(*) FILTER (WHERE description LIKE '%Practice, not law.') AS not_law
  FROM health_dp.suppression_policies WHERE preset;

SET SESSION AUTHORIZATION regress_policy_steward;
SELECT health_dp.create_suppression_policy('regress_ours', 'as CASD, but 20', based_on => 'casd_health', patients => 20,
    p_percent => 10, cost => 'cells', noise_deviation => 5, noise_variance => 2);
SELECT health_dp.create_suppression_policy('regress_bare', 'one rule', units => 1);
SELECT health_dp.alter_suppression_policy('regress_bare', units => 0, dominance_contributors => 2, dominance_percent => 90, hides_zeros => true,
    virtual_sums => false, singletons => false, interval_lowest => 0, other_percent => 5, rounding_base => 10);
SELECT name, patients, units, dominance_contributors AS n, dominance_percent AS k, p_percent AS p, hides_zeros AS zeros,
       no_class_disclosure AS classes, virtual_sums AS sums, singletons, interval_lowest AS low, other_percent AS other, cost,
       rounding_base AS rounding, noise_deviation AS noise, noise_variance AS variance, changed_by
  FROM health_dp.suppression_policies WHERE name LIKE 'regress%' ORDER BY name \gx

SELECT arguments, refusal(format('SELECT health_dp.create_suppression_policy(%s)', arguments)) FROM (VALUES
    ($$NULL, 'x', patients => 11$$), ($$'', 'x', patients => 11$$), ($$'regress_x', NULL, patients => 11$$), ($$'regress_x', ' ', patients => 11$$),
    ($$'regress_x', 'x'$$), ($$'regress_x', 'x', based_on => 'nhs', patients => 0, rounding_base => 0$$),
    ($$'regress_ours', 'again', patients => 11$$), ($$'nhs', 'again', patients => 11$$), ($$'regress_x', 'x', based_on => 'nobody'$$),
    ($$'regress_x', 'x', patients => -1$$), ($$'regress_x', 'x', units => 1000001$$),
    ($$'regress_x', 'x', dominance_percent => 0$$), ($$'regress_x', 'x', p_percent => 101$$),
    ($$'regress_x', 'x', interval_lowest => 2$$), ($$'regress_x', 'x', other_percent => 101$$),
    ($$'regress_x', 'x', cost => 'gold'$$), ($$'regress_x', 'x', rounding_base => -5$$),
    ($$'regress_x', 'x', noise_deviation => 5$$), ($$'regress_x', 'x', noise_deviation => 5, noise_variance => 'NaN'$$),
    ($$'regress_x', 'x', noise_deviation => 2, noise_variance => 2$$)
) AS t(arguments);
SELECT statement, refusal(statement) FROM (VALUES
    ($$SELECT health_dp.alter_suppression_policy('casd_health', patients => 5)$$),
    ($$SELECT health_dp.alter_suppression_policy('nobody', patients => 5)$$),
    ($$SELECT health_dp.alter_suppression_policy('regress_bare', cost => 'gold')$$),
    ($$SELECT health_dp.drop_suppression_policy('casd_health')$$),
    ($$SELECT health_dp.drop_suppression_policy(NULL)$$)
) AS t(statement);

-- What projects use: the larger of the two thresholds.
SELECT health_dp.create_project('regress_policies', 't', 'b', '[2020-01-01,2999-01-01)', 1, min_cell => 15, releases => '{suppressed}') > 0 AS ok;
SELECT project, policy, patients FROM health_dp.project_suppression_policies WHERE project = 'regress_policies';
SELECT health_dp.set_suppression_policy('regress_policies', 'casd_health');
SELECT project, policy, patients, set_by FROM health_dp.project_suppression_policies WHERE project = 'regress_policies';
SELECT health_dp.set_suppression_policy('regress_policies', 'regress_ours');
SELECT project, policy, patients, set_by FROM health_dp.project_suppression_policies WHERE project = 'regress_policies';
SELECT statement, refusal(statement) FROM (VALUES
    ($$SELECT health_dp.drop_suppression_policy('regress_ours')$$),
    ($$SELECT health_dp.set_suppression_policy('regress_policies', 'nobody')$$),
    ($$SELECT health_dp.set_suppression_policy('regress_nobody', 'nhs')$$)
) AS t(statement);
SELECT health_dp.set_suppression_policy('regress_policies', NULL);
SELECT project, policy, patients, set_by FROM health_dp.project_suppression_policies WHERE project = 'regress_policies';
SELECT health_dp.drop_suppression_policy('regress_ours');

-- Everybody may read policies; only stewards change them, and only through the functions.
SET SESSION AUTHORIZATION regress_policy_reader;
SELECT count(*) > 5 AS readable FROM health_dp.suppression_policies;
SELECT count(*) AS projects FROM health_dp.project_suppression_policies;
SELECT statement, refusal(statement) FROM (VALUES
    ($$SELECT health_dp.create_suppression_policy('x', 'x')$$),
    ($$SELECT health_dp.alter_suppression_policy('regress_bare', patients => 5)$$),
    ($$SELECT health_dp.drop_suppression_policy('regress_bare')$$),
    ($$SELECT health_dp.set_suppression_policy('regress_policies', NULL)$$),
    ($$SELECT * FROM health_dp.suppression_policy$$),
    ($$SELECT * FROM health_dp.project_suppression$$)
) AS t(statement);

RESET SESSION AUTHORIZATION;
-- Presets come with the extension: a dump holds the others only.
SELECT extcondition[array_position(extconfig, 'health_dp.suppression_policy'::regclass::oid)] AS dumped,
       extcondition[array_position(extconfig, 'health_dp.project_suppression'::regclass::oid)] AS uses
  FROM pg_extension WHERE extname = 'health_dp';
SELECT health_dp.drop_suppression_policy('regress_bare');
DELETE FROM health_dp.project WHERE name LIKE 'regress%';
SET client_min_messages = warning;
DROP SCHEMA regress_policies CASCADE;
DROP ROLE regress_policy_steward, regress_policy_reader;
