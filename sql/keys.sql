-- Keys on a server without a key provider: what is there, who may call it, and how it says what is missing. With
-- providers, see test/tap/keys_*.pl.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_keys;
SET search_path = regress_keys;
CREATE FUNCTION refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN format('%s: %s HINT: %s', state, message, hint);
END
$$;
CREATE ROLE regress_keys_custodian IN ROLE health_dp_custodian;
CREATE ROLE regress_keys_steward IN ROLE health_dp_steward;
CREATE ROLE regress_keys_nobody;
GRANT USAGE ON SCHEMA regress_keys TO PUBLIC;

-- Everything that needs a key says that there is none to be had.
SET SESSION AUTHORIZATION regress_keys_custodian;
SELECT refusal('SELECT health_dp.' || call) FROM (VALUES
    ('create_key_store()'), ('create_key(''emc2'')'), ('unsealing_key()'), ('enter_share(''x'')'), ('renew_root()'),
    ('keeper_status()')) t(call);
SELECT refusal('TABLE health_dp.key_status');
-- Arguments that need no keeper to be wrong.
SELECT refusal('SELECT health_dp.' || call) FROM (VALUES
    ('create_key(NULL)'), ('create_key('''')'), ('create_key('' emc2'')'), ('create_key(''emc2 '')'),
    ('create_key(E''em\nc2'')'), ('create_key(repeat(''x'', 64))'), ('rotate_key(NULL)'), ('rotate_key(''emc2'')'),
    ('destroy_key(''emc2'')'), ('destroy_key(''emc2'', 1)'), ('verify_key(''emc2'', 1)'), ('verify_key(''emc2'', 0)'),
    ('verify_key(''emc2'', 256)')) t(call);
-- Nor have versions that organisations make together.
SELECT refusal('SELECT health_dp.' || call) FROM (VALUES
    ('open_key_slots(''snds'', ARRAY[''a'', ''b''], ARRAY[''a'', ''c''])'), ('open_key_slots(NULL, NULL, NULL)'),
    ('open_key_slots('' snds'', NULL, NULL)'), ('renew_key_slots(''snds'')'),
    ('enter_contribution(''snds'', 1, ''a'', ''x'')'), ('withdraw_key_slots(''snds'')')) t(call);
SELECT count(*) FROM health_dp.key_slots;
SELECT count(*) FROM health_dp.key_versions;
SELECT count(*) FROM health_dp.key_certificate;
-- Custodians reach keys through their functions only, and no data.
SELECT refusal(statement) FROM (VALUES
    ('SELECT health_dp.store_key(gen_random_uuid(), ''x'', 1)'), ('SELECT health_dp.make_store()'),
    ('SELECT health_dp.check_of_key(''x'', 1)'), ('INSERT INTO health_dp.key_domain VALUES (''x'', gen_random_uuid())'),
    ('UPDATE health_dp.key_version SET state = ''readable'''), ('DELETE FROM health_dp.key_slot'),
    ('UPDATE health_dp.key_contribution SET entered_by = ''x'''), ('SELECT health_dp.missing_contributions(''x'', 1)'),
    ('DELETE FROM health_dp.key_certificate'),
    ('TABLE health_dp.ledger_charge'), ('SELECT health_dp.declare_public(''pg_class'')')) t(statement);

-- Nobody else reaches them at all; stewards and auditors see what there is.
SET SESSION AUTHORIZATION regress_keys_steward;
SELECT refusal('SELECT health_dp.create_key(''emc2'')');
SELECT count(*) FROM health_dp.key_versions;
SET SESSION AUTHORIZATION regress_keys_nobody;
SELECT refusal('SELECT health_dp.create_key(''emc2'')');
SELECT refusal('TABLE health_dp.key_versions');
RESET SESSION AUTHORIZATION;
SELECT p.oid::regprocedure AS open_to_everybody FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
 WHERE d.classid = 'pg_proc'::regclass AND has_function_privilege('public', p.oid, 'EXECUTE')
   AND p.prosrc ~ '^hdp_keys_|custodian|key_domain' ORDER BY 1;

-- Where keys come from is decided in files, and seen by those who could read them.
SELECT refusal('SET health_dp.key_provider = ''custodians''');
SELECT refusal('SET health_dp.key_store = ''/tmp''');
SET SESSION AUTHORIZATION regress_keys_nobody;
-- The words are PostgreSQL's, and differ between its versions.
SELECT left(refusal('SHOW health_dp.key_provider'), 5), left(refusal('SHOW health_dp.key_store'), 5);
SELECT count(*) FROM pg_settings WHERE name IN ('health_dp.key_provider', 'health_dp.key_store');
RESET SESSION AUTHORIZATION;

SET client_min_messages = warning;
DROP SCHEMA regress_keys CASCADE;
DROP ROLE regress_keys_custodian, regress_keys_steward, regress_keys_nobody;
