-- Blind pseudonymisation and linkage on a server without a key provider: who may call what, and what needs no key. With
-- keys, see test/tap/voprf_two_clusters.pl and test/tap/linkage_two_clusters.pl.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_linkage;
SET search_path = regress_linkage;
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
CREATE ROLE regress_linkage_steward IN ROLE health_dp_steward;
CREATE ROLE regress_linkage_nobody;
GRANT USAGE ON SCHEMA regress_linkage TO PUBLIC;

-- What goes from party to party is read as strictly without a key.
SELECT refusal('SELECT health_dp.public_key_version(''' || key || ''')') FROM (VALUES (''), ('HDPV1'), ('HDPS1-0000-0000'),
    ('HDPV1-0000-0000-0000')) k(key);
SELECT refusal('SELECT health_dp.' || call) FROM (VALUES
    ('blind(''{a}'', ''nowhere'', ''00000000-0000-0000-0000-000000000000'')'),
    ('blind(''{}'', ''nowhere'', ''00000000-0000-0000-0000-000000000000'')'),
    ('evaluate('''', ''nowhere'')'), ('evaluate(''\x4844505651010001'', ''nowhere'')'),
    ('is_identifier(''a'', ''nowhere'')'), ('public_key(''nowhere'')')) c(call);

-- Numbers of persons as a report shows them: no small one, and no exact one.
SELECT n, health_dp.rounded_count(n) FROM (VALUES (NULL), (0), (10), (11), (14), (15), (104), (105), (106)) v(n);

-- What a source must not give for its record's number.
SELECT value, health_dp.looks_like_nir(value) FROM (VALUES ('269054958815780'), ('2 69 05 49 588 157 80'),
    ('2.69.05.49.588.157.80'), ('253072A07300443'), ('253072b07300470'), ('269054958815781'), ('26905495881578'),
    ('HCL-000123'), (''), ('569054958815780')) v(value);
-- Whatever this says is one, the type nir takes.
SELECT count(*) FILTER (WHERE health_dp.looks_like_nir(id::text)) AS seen, count(*) AS numbers
  FROM (SELECT (n || lpad((97 - n % 97)::text, 2, '0'))::health_dp.nir FROM (VALUES (1400101001001), (2991299990999),
        (1550733063017)) v(n)) t(id);

-- Without a linkage, whoever asks hears the same.
SET SESSION AUTHORIZATION regress_linkage_nobody;
SELECT refusal('SELECT health_dp.' || call) FROM (VALUES ('add_to_linkage(''x'', ''y'', ''{}'', ''{}'')'),
    ('oppose_in_linkage(''x'', ''y'', ''{}'')'), ('crosswalk(''x'')'), ('match_linkage(''x'')'), ('close_linkage(''x'')'),
    ('purge_linkages()'), ('certify_linkage(''x'', ''{}'')'), ('add_linkage_source(''x'', ''y'', ''regress_linkage_nobody'')'),
    ('relink(''{}'', ''x'', 1)'), ('lock_linkage(''x'')'), ('rounded_count(1)')) c(call);
SELECT count(*) FROM health_dp.linkages;
SELECT refusal('TABLE health_dp.' || name) FROM (VALUES ('linkage'), ('linkage_source'), ('linked_record'),
    ('linkage_opposition'), ('linkage_quality'), ('linkage_certificate'), ('sure_record'), ('linkage_sources'), ('linkage_report')) t(name);
SET SESSION AUTHORIZATION regress_linkage_steward;
SELECT refusal('SELECT health_dp.' || call) FROM (VALUES ('match_linkage(''x'')'), ('match_linkage(NULL)'),
    ('close_linkage(''x'')'), ('certify_linkage(''x'', ''{}'')'),
    ('open_linkage(''x'', ''none'', ''a'', ''b'', '''', '''', ''1 day'', ''regress_linkage_nobody'')')) c(call);
SELECT * FROM health_dp.purge_linkages();
SELECT count(*) FROM health_dp.linkage_report;
RESET SESSION AUTHORIZATION;
SELECT p.oid::regprocedure AS open_to_everybody FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
 WHERE d.classid = 'pg_proc'::regclass AND has_function_privilege('public', p.oid, 'EXECUTE')
   AND p.prosrc ~ 'hdp_voprf|hdp_linkage|linkage_|hdp_direct_call' ORDER BY 1;

SET client_min_messages = warning;
DROP SCHEMA regress_linkage CASCADE;
DROP ROLE regress_linkage_steward, regress_linkage_nobody;
