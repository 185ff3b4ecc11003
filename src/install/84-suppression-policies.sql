-- Policies of small-cell suppression: each rule is a column, and each column may be overridden in a policy of one's own.
-- src/suppression/policy.cpp knows the columns by number: upgrades append columns.

CREATE TABLE health_dp.suppression_policy (
    name name NOT NULL CONSTRAINT suppression_policy_pkey PRIMARY KEY,
    patients integer NOT NULL DEFAULT 0,
    units integer NOT NULL DEFAULT 0,
    dominance_contributors integer NOT NULL DEFAULT 0,
    dominance_percent integer NOT NULL DEFAULT 100,
    p_percent integer NOT NULL DEFAULT 0,
    hides_zeros boolean NOT NULL DEFAULT false,
    no_class_disclosure boolean NOT NULL DEFAULT false,
    virtual_sums boolean NOT NULL DEFAULT true,
    singletons boolean NOT NULL DEFAULT true,
    interval_lowest integer NOT NULL DEFAULT 1,
    other_percent integer NOT NULL DEFAULT 10,
    cost text NOT NULL DEFAULT 'values',
    rounding_base integer NOT NULL DEFAULT 0,
    noise_deviation integer NOT NULL DEFAULT 0,
    noise_variance double precision NOT NULL DEFAULT 0,
    preset boolean NOT NULL DEFAULT false,
    description text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    changed_by name NOT NULL DEFAULT SESSION_USER,
    CONSTRAINT suppression_policy_name CHECK (name <> ''),
    CONSTRAINT suppression_policy_patients CHECK (patients BETWEEN 0 AND 1000000 AND units BETWEEN 0 AND 1000000),
    CONSTRAINT suppression_policy_dominance
        CHECK (dominance_contributors BETWEEN 0 AND 1000 AND dominance_percent BETWEEN 1 AND 100),
    CONSTRAINT suppression_policy_p_percent CHECK (p_percent BETWEEN 0 AND 100),
    CONSTRAINT suppression_policy_interval CHECK (interval_lowest BETWEEN 0 AND 1),
    CONSTRAINT suppression_policy_other CHECK (other_percent BETWEEN 0 AND 100),
    CONSTRAINT suppression_policy_cost CHECK (cost IN ('values', 'cells', 'logarithms')),
    CONSTRAINT suppression_policy_rounding CHECK (rounding_base BETWEEN 0 AND 1000),
    -- A count of 1 can fall by 1 only; with mean 0 its variance stays below the deviation. NaN sorts above all numbers.
    CONSTRAINT suppression_policy_noise
        CHECK (noise_deviation = 0 AND noise_variance = 0
               OR noise_deviation BETWEEN 1 AND 100 AND noise_variance > 0 AND noise_variance < noise_deviation),
    CONSTRAINT suppression_policy_description CHECK (pg_catalog.btrim(description) <> ''),
    CONSTRAINT suppression_policy_rule
        CHECK (patients > 0 OR units > 0 OR dominance_contributors > 0 OR p_percent > 0 OR hides_zeros OR no_class_disclosure
               OR rounding_base > 1 OR noise_deviation > 0)
);
COMMENT ON TABLE health_dp.suppression_policy IS
    'One row per policy of small-cell suppression. Presets are where institutions start from; none is law. Written by the stewards'' functions only; read through the view health_dp.suppression_policies.';
COMMENT ON COLUMN health_dp.suppression_policy.patients IS 'A shown cell has at least so many patients, or none; 0 for no such rule.';
COMMENT ON COLUMN health_dp.suppression_policy.units IS 'And so many of each further unit (stays, establishments); 0 for no such rule.';
COMMENT ON COLUMN health_dp.suppression_policy.dominance_contributors IS 'n of the (n,k) rule: a cell is hidden whose n largest contributors make more than k percent of it; 0 for no such rule.';
COMMENT ON COLUMN health_dp.suppression_policy.dominance_percent IS 'k of the (n,k) rule.';
COMMENT ON COLUMN health_dp.suppression_policy.p_percent IS 'A cell is hidden from which its second contributor could learn the first one''s value to within p percent; 0 for no such rule.';
COMMENT ON COLUMN health_dp.suppression_policy.hides_zeros IS 'Whether cells of no patient are hidden. Where they are shown, everybody knows that a hidden cell has 1 patient or more.';
COMMENT ON COLUMN health_dp.suppression_policy.no_class_disclosure IS 'Along revealing dimensions neither 0 nor 100 percent is shown: that everybody in a group has a disease tells it of each.';
COMMENT ON COLUMN health_dp.suppression_policy.virtual_sums IS 'The cells that a line hides by rule stay unknown together as well, not only each alone.';
COMMENT ON COLUMN health_dp.suppression_policy.singletons IS 'Whoever is the only patient of a cell knows it, and must not learn another cell from it.';
COMMENT ON COLUMN health_dp.suppression_policy.interval_lowest IS 'A hidden count cannot be told from any other from here (0 or 1) up to the threshold minus 1.';
COMMENT ON COLUMN health_dp.suppression_policy.other_percent IS 'Other measures of a hidden cell stay unknown by so many percent of their value.';
COMMENT ON COLUMN health_dp.suppression_policy.cost IS 'What hiding beyond the rules avoids: values (many patients), cells, or logarithms (between the two).';
COMMENT ON COLUMN health_dp.suppression_policy.rounding_base IS 'Counts that are shown are rounded to multiples of it; 0 for none.';
COMMENT ON COLUMN health_dp.suppression_policy.noise_deviation IS 'Cell-key perturbation: the largest deviation; 0 for a policy without noise.';
COMMENT ON COLUMN health_dp.suppression_policy.noise_variance IS 'Cell-key perturbation: the variance of the noise.';
COMMENT ON COLUMN health_dp.suppression_policy.preset IS 'Comes with the extension, and is not to be changed: base your own on it.';
COMMENT ON CONSTRAINT suppression_policy_name ON health_dp.suppression_policy IS 'it has no name';
COMMENT ON CONSTRAINT suppression_policy_patients ON health_dp.suppression_policy IS 'patients and units are numbers from 0 to 1000000';
COMMENT ON CONSTRAINT suppression_policy_dominance ON health_dp.suppression_policy IS 'dominance_contributors is from 0 to 1000, dominance_percent from 1 to 100';
COMMENT ON CONSTRAINT suppression_policy_p_percent ON health_dp.suppression_policy IS 'p_percent is from 0 to 100';
COMMENT ON CONSTRAINT suppression_policy_interval ON health_dp.suppression_policy IS 'interval_lowest is 0 or 1';
COMMENT ON CONSTRAINT suppression_policy_other ON health_dp.suppression_policy IS 'other_percent is from 0 to 100';
COMMENT ON CONSTRAINT suppression_policy_cost ON health_dp.suppression_policy IS 'cost is values, cells or logarithms';
COMMENT ON CONSTRAINT suppression_policy_rounding ON health_dp.suppression_policy IS 'rounding_base is from 0 to 1000';
COMMENT ON CONSTRAINT suppression_policy_noise ON health_dp.suppression_policy IS 'noise_deviation is from 1 to 100 and noise_variance above 0 and below it, or both are 0';
COMMENT ON CONSTRAINT suppression_policy_description ON health_dp.suppression_policy IS 'it has no description';
COMMENT ON CONSTRAINT suppression_policy_rule ON health_dp.suppression_policy IS 'it has no rule: give it one, such as patients => 11, or base it on another policy';
REVOKE ALL ON TABLE health_dp.suppression_policy FROM PUBLIC;

CREATE TABLE health_dp.project_suppression (
    project_id integer NOT NULL CONSTRAINT project_suppression_pkey PRIMARY KEY,
    policy name NOT NULL,
    set_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    set_by name NOT NULL DEFAULT SESSION_USER
);
COMMENT ON TABLE health_dp.project_suppression IS
    'Which policy of suppression a project uses. A project without a row uses its min_cell as the one threshold.';
REVOKE ALL ON TABLE health_dp.project_suppression FROM PUBLIC;

-- Presets come with the extension, so that a dump that held them as well would not restore.
SELECT pg_catalog.pg_extension_config_dump('health_dp.suppression_policy', 'WHERE NOT preset');
SELECT pg_catalog.pg_extension_config_dump('health_dp.project_suppression', '');

CREATE FUNCTION health_dp.suppression_presets() RETURNS TABLE (
        name name, patients integer, units integer, dominance_contributors integer, dominance_percent integer,
        p_percent integer, hides_zeros boolean, no_class_disclosure boolean, virtual_sums boolean, singletons boolean,
        interval_lowest integer, other_percent integer, cost text, rounding_base integer)
    LANGUAGE c STRICT VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_presets';
COMMENT ON FUNCTION health_dp.suppression_presets() IS 'Internal: the presets as the library knows them.';
REVOKE EXECUTE ON FUNCTION health_dp.suppression_presets() FROM PUBLIC;

INSERT INTO health_dp.suppression_policy (name, patients, units, dominance_contributors, dominance_percent, p_percent,
        hides_zeros, no_class_disclosure, virtual_sums, singletons, interval_lowest, other_percent, cost, rounding_base,
        preset, description)
    SELECT p.*, true, d.description
      FROM health_dp.suppression_presets() p
      LEFT JOIN (VALUES
          ('casd_health'::name, 'Secure access to health data in France: 11 patients and 11 stays, neither 0 nor 100 percent. Practice, not law.'),
          ('insee', 'French business statistics: 3 contributors, none above 85 percent. Practice, not law.'),
          ('pcornet', 'PCORnet and the programmes of CMS: counts from 1 to 10 are not shown. Practice, not law.'),
          ('nhs', 'Hospital statistics of the NHS: counts from 1 to 7 are not shown, others rounded to 5. Practice, not law.'),
          ('ohdsi', 'The default smallest cell of OHDSI''s tools: 5. Practice, not law.')
      ) AS d(name, description) ON d.name = p.name;

CREATE VIEW health_dp.suppression_policies AS
    SELECT p.name, p.patients, p.units, p.dominance_contributors, p.dominance_percent, p.p_percent, p.hides_zeros,
           p.no_class_disclosure, p.virtual_sums, p.singletons, p.interval_lowest, p.other_percent, p.cost,
           p.rounding_base, p.noise_deviation, p.noise_variance, p.preset, p.description, p.changed_at, p.changed_by
      FROM health_dp.suppression_policy p;
COMMENT ON VIEW health_dp.suppression_policies IS
    'Policies of small-cell suppression, presets and your institution''s own. No secret: protection holds against readers who know the policy.';
REVOKE ALL ON TABLE health_dp.suppression_policies FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.suppression_policies TO PUBLIC;

-- Through the view projects, which shows each reader his own.
CREATE VIEW health_dp.project_suppression_policies WITH (security_barrier) AS
    SELECT p.name AS project, s.policy, greatest(p.min_cell, y.patients) AS patients, s.set_at, s.set_by
      FROM health_dp.projects p
      LEFT JOIN health_dp.project_suppression s ON s.project_id = p.id
      LEFT JOIN health_dp.suppression_policy y ON y.name = s.policy;
COMMENT ON VIEW health_dp.project_suppression_policies IS
    'The policy of suppression of your projects, and the smallest cell that follows: the larger of the policy''s and of the project''s own. Policy is null where min_cell is the only rule.';
REVOKE ALL ON TABLE health_dp.project_suppression_policies FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.project_suppression_policies TO PUBLIC;

-- What stewards do with policies. SECURITY DEFINER as for projects: they write tables that nobody may write directly.

CREATE FUNCTION health_dp.refuse_suppression_policy(policy name, because text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'ZD702', MESSAGE = format('suppression policy %s makes no sense: %s',
            coalesce(quote_ident(policy), '(null)'), because),
        HINT = 'As in: create_suppression_policy(''ours'', based_on => ''casd_health'', description => ''...'', patients => 20).';
END
$$;
COMMENT ON FUNCTION health_dp.refuse_suppression_policy(name, text) IS 'Internal: says what is wrong with a policy.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_suppression_policy(name, text) FROM PUBLIC;

CREATE FUNCTION health_dp.lock_suppression_policy(policy name) RETURNS health_dp.suppression_policy
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_policy health_dp.suppression_policy;
BEGIN
    SELECT * INTO found_policy FROM health_dp.suppression_policy p WHERE p.name = policy FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD701',
            MESSAGE = format('there is no suppression policy %s', coalesce(quote_ident(policy), '(null)')),
            HINT = 'Policies: SELECT name FROM health_dp.suppression_policies.';
    END IF;
    RETURN found_policy;
END
$$;
COMMENT ON FUNCTION health_dp.lock_suppression_policy(name) IS
    'Internal: the policy, locked until the transaction ends.';
REVOKE EXECUTE ON FUNCTION health_dp.lock_suppression_policy(name) FROM PUBLIC;

CREATE FUNCTION health_dp.create_suppression_policy(name name, description text, based_on name DEFAULT NULL,
    patients integer DEFAULT NULL, units integer DEFAULT NULL, dominance_contributors integer DEFAULT NULL,
    dominance_percent integer DEFAULT NULL, p_percent integer DEFAULT NULL, hides_zeros boolean DEFAULT NULL,
    no_class_disclosure boolean DEFAULT NULL, virtual_sums boolean DEFAULT NULL, singletons boolean DEFAULT NULL,
    interval_lowest integer DEFAULT NULL, other_percent integer DEFAULT NULL, cost text DEFAULT NULL,
    rounding_base integer DEFAULT NULL, noise_deviation integer DEFAULT NULL,
    noise_variance double precision DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    base health_dp.suppression_policy;
    broken text;
BEGIN
    PERFORM health_dp.require_steward();
    IF based_on IS NOT NULL THEN
        base := health_dp.lock_suppression_policy(based_on);
    END IF;
    INSERT INTO health_dp.suppression_policy AS p (name, description, patients, units, dominance_contributors,
            dominance_percent, p_percent, hides_zeros, no_class_disclosure, virtual_sums, singletons, interval_lowest,
            other_percent, cost, rounding_base, noise_deviation, noise_variance)
        VALUES (coalesce(create_suppression_policy.name, ''), coalesce(create_suppression_policy.description, ''),
            coalesce(create_suppression_policy.patients, base.patients, 0),
            coalesce(create_suppression_policy.units, base.units, 0),
            coalesce(create_suppression_policy.dominance_contributors, base.dominance_contributors, 0),
            coalesce(create_suppression_policy.dominance_percent, base.dominance_percent, 100),
            coalesce(create_suppression_policy.p_percent, base.p_percent, 0),
            coalesce(create_suppression_policy.hides_zeros, base.hides_zeros, false),
            coalesce(create_suppression_policy.no_class_disclosure, base.no_class_disclosure, false),
            coalesce(create_suppression_policy.virtual_sums, base.virtual_sums, true),
            coalesce(create_suppression_policy.singletons, base.singletons, true),
            coalesce(create_suppression_policy.interval_lowest, base.interval_lowest, 1),
            coalesce(create_suppression_policy.other_percent, base.other_percent, 10),
            coalesce(create_suppression_policy.cost, base.cost, 'values'),
            coalesce(create_suppression_policy.rounding_base, base.rounding_base, 0),
            coalesce(create_suppression_policy.noise_deviation, base.noise_deviation, 0),
            coalesce(create_suppression_policy.noise_variance, base.noise_variance, 0))
        ON CONFLICT ON CONSTRAINT suppression_policy_pkey DO NOTHING;
    IF NOT FOUND THEN
        PERFORM health_dp.refuse_suppression_policy(create_suppression_policy.name, 'there is one of this name already');
    END IF;
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
    PERFORM health_dp.refuse_suppression_policy(create_suppression_policy.name, obj_description(c.oid, 'pg_constraint'))
       FROM pg_constraint c WHERE c.conrelid = 'health_dp.suppression_policy'::regclass AND c.conname = broken;
END
$$;
COMMENT ON FUNCTION health_dp.create_suppression_policy IS
    'Makes a policy of small-cell suppression from another one, each rule of which may be overridden; without based_on, it has the rules that are named, one at least.';
REVOKE EXECUTE ON FUNCTION health_dp.create_suppression_policy FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.create_suppression_policy TO health_dp_steward;

CREATE FUNCTION health_dp.alter_suppression_policy(name name, description text DEFAULT NULL,
    patients integer DEFAULT NULL, units integer DEFAULT NULL, dominance_contributors integer DEFAULT NULL,
    dominance_percent integer DEFAULT NULL, p_percent integer DEFAULT NULL, hides_zeros boolean DEFAULT NULL,
    no_class_disclosure boolean DEFAULT NULL, virtual_sums boolean DEFAULT NULL, singletons boolean DEFAULT NULL,
    interval_lowest integer DEFAULT NULL, other_percent integer DEFAULT NULL, cost text DEFAULT NULL,
    rounding_base integer DEFAULT NULL, noise_deviation integer DEFAULT NULL,
    noise_variance double precision DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    altered health_dp.suppression_policy;
    broken text;
BEGIN
    PERFORM health_dp.require_steward();
    altered := health_dp.lock_suppression_policy(alter_suppression_policy.name);
    IF altered.preset THEN
        PERFORM health_dp.refuse_suppression_policy(altered.name, 'presets stay as they are, base your own on it');
    END IF;
    UPDATE health_dp.suppression_policy p
       SET description = coalesce(alter_suppression_policy.description, p.description),
           patients = coalesce(alter_suppression_policy.patients, p.patients),
           units = coalesce(alter_suppression_policy.units, p.units),
           dominance_contributors = coalesce(alter_suppression_policy.dominance_contributors, p.dominance_contributors),
           dominance_percent = coalesce(alter_suppression_policy.dominance_percent, p.dominance_percent),
           p_percent = coalesce(alter_suppression_policy.p_percent, p.p_percent),
           hides_zeros = coalesce(alter_suppression_policy.hides_zeros, p.hides_zeros),
           no_class_disclosure = coalesce(alter_suppression_policy.no_class_disclosure, p.no_class_disclosure),
           virtual_sums = coalesce(alter_suppression_policy.virtual_sums, p.virtual_sums),
           singletons = coalesce(alter_suppression_policy.singletons, p.singletons),
           interval_lowest = coalesce(alter_suppression_policy.interval_lowest, p.interval_lowest),
           other_percent = coalesce(alter_suppression_policy.other_percent, p.other_percent),
           cost = coalesce(alter_suppression_policy.cost, p.cost),
           rounding_base = coalesce(alter_suppression_policy.rounding_base, p.rounding_base),
           noise_deviation = coalesce(alter_suppression_policy.noise_deviation, p.noise_deviation),
           noise_variance = coalesce(alter_suppression_policy.noise_variance, p.noise_variance),
           changed_at = now(), changed_by = session_user
     WHERE p.name = altered.name;
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
    PERFORM health_dp.refuse_suppression_policy(alter_suppression_policy.name, obj_description(c.oid, 'pg_constraint'))
       FROM pg_constraint c WHERE c.conrelid = 'health_dp.suppression_policy'::regclass AND c.conname = broken;
END
$$;
COMMENT ON FUNCTION health_dp.alter_suppression_policy IS
    'Overrides rules of a policy that is no preset, from the next suppression on; what is left out stays.';
REVOKE EXECUTE ON FUNCTION health_dp.alter_suppression_policy FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.alter_suppression_policy TO health_dp_steward;

CREATE FUNCTION health_dp.drop_suppression_policy(name name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    dropped health_dp.suppression_policy;
BEGIN
    PERFORM health_dp.require_steward();
    dropped := health_dp.lock_suppression_policy(drop_suppression_policy.name);
    IF dropped.preset THEN
        PERFORM health_dp.refuse_suppression_policy(dropped.name, 'presets stay');
    END IF;
    IF EXISTS (SELECT FROM health_dp.project_suppression s WHERE s.policy = dropped.name) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD702', MESSAGE = format('projects use suppression policy %I', dropped.name),
            HINT = 'Which ones: SELECT * FROM health_dp.project_suppression_policies. Give them another one: set_suppression_policy().';
    END IF;
    DELETE FROM health_dp.suppression_policy p WHERE p.name = dropped.name;
END
$$;
COMMENT ON FUNCTION health_dp.drop_suppression_policy(name) IS
    'Drops a policy that no project uses and that is no preset.';
REVOKE EXECUTE ON FUNCTION health_dp.drop_suppression_policy(name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.drop_suppression_policy(name) TO health_dp_steward;

CREATE FUNCTION health_dp.set_suppression_policy(project name, policy name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed health_dp.project := health_dp.lock_project(project);
    chosen health_dp.suppression_policy;
BEGIN
    DELETE FROM health_dp.project_suppression s WHERE s.project_id = changed.id;
    IF policy IS NOT NULL THEN
        -- Locked, so that it cannot be dropped at the same time.
        chosen := health_dp.lock_suppression_policy(policy);
        INSERT INTO health_dp.project_suppression (project_id, policy) VALUES (changed.id, chosen.name);
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.set_suppression_policy(name, name) IS
    'Says which policy of suppression a project uses; null: its min_cell alone. The project''s min_cell holds beside any policy: the larger threshold counts.';
REVOKE EXECUTE ON FUNCTION health_dp.set_suppression_policy(name, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.set_suppression_policy(name, name) TO health_dp_steward;
