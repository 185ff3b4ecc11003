-- Security labels: the closed grammar, what a label must fit, and who may write one.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_labels;
SET search_path = regress_labels;
CREATE COLLATION nd (provider = icu, locale = 'und', deterministic = false);
CREATE TABLE patient (patient_id bigint PRIMARY KEY, age integer, born date, "Odd ""name" integer);
CREATE TABLE stay (stay_id integer, part integer, patient_id bigint, nights real, PRIMARY KEY (stay_id, part));
CREATE TABLE line (stay_id integer, part integer, wide bigint, drug text, fuzzy text COLLATE nd, day date);
CREATE TABLE region (code text);
CREATE VIEW view_of_patient AS SELECT * FROM patient;

-- What each label reads like.
SECURITY LABEL FOR health_dp ON TABLE patient IS 'protected(patient_id)';
SECURITY LABEL FOR health_dp ON TABLE patient IS '  protected ( PATIENT_ID )  ';
SECURITY LABEL FOR health_dp ON TABLE patient IS 'protected("Odd ""name")';
SECURITY LABEL FOR health_dp ON TABLE stay IS 'protected(patient_id)';
SECURITY LABEL FOR health_dp ON TABLE line
    IS 'protected via (stay_id, part) to regress_labels.stay(stay_id, part)';
SECURITY LABEL FOR health_dp ON TABLE region IS 'public';
SECURITY LABEL FOR health_dp ON COLUMN patient.age IS 'bounds [0, 120]';
SECURITY LABEL FOR health_dp ON COLUMN stay.nights IS 'bounds[-0.50,+1000.25]';
SECURITY LABEL FOR health_dp ON COLUMN patient.patient_id IS 'identifier';
SECURITY LABEL FOR health_dp ON COLUMN patient.born IS 'quasi-identifier';
SELECT * FROM health_dp.labels WHERE relation::text !~ '\.' ORDER BY relation::text, column_name NULLS FIRST;
SELECT c.relname, health_dp.protection(c.oid) FROM pg_class c
 WHERE c.relnamespace = 'regress_labels'::regnamespace AND c.relkind = 'r' ORDER BY 1;
SELECT health_dp.declared_bound('stay'::regclass, 4::smallint, false) AS lower,
       health_dp.declared_bound('stay'::regclass, 4::smallint, true) AS upper,
       health_dp.declared_bound('stay'::regclass, 1::smallint, true) AS undeclared;

-- What it must not read like.
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
SELECT refusal(format('SECURITY LABEL FOR health_dp ON TABLE line IS %L', label)) FROM (VALUES
    (''), ('secret'), ('publicly'), ('public!'), ('PUBLIC'), ('protected'), ('protected()'), ('protected(drug'),
    ('protected(drug) x'), ('protected(drug, part)'), ('protected(missing)'), ('protected(ctid)'), ('protected("drug)'),
    ('protected("")'), ('protected(1drug)'), ('protected(drug);'), ('protected(day)'), ('protected(fuzzy)'),
    ('protected via (stay_id) to stay(stay_id)'),
    ('protected via (stay_id, part) to regress_labels.stay(stay_id)'),
    ('protected via (stay_id, stay_id) to regress_labels.stay(stay_id, part)'),
    ('protected via () to regress_labels.stay()'),
    ('protected via (stay_id) to regress_labels.stay'),
    ('protected via (missing) to regress_labels.stay(stay_id)'),
    ('protected via (stay_id) to regress_labels.stay(stay_id) where true'),
    ('bounds [0, 1]')) t(label);
SELECT refusal(format('SECURITY LABEL FOR health_dp ON COLUMN line.wide IS %L', label)) FROM (VALUES
    ('bounds [1, 0]'), ('bounds [1, 1.00]'), ('bounds [-0, 0]'), ('bounds [0, NaN]'), ('bounds [0, Infinity]'),
    ('bounds [0, 1e6]'), ('bounds [0]'), ('bounds (0, 1)'), ('bounds [0, 1] x'), ('bounds [., 1]'), ('bounds [1., 2]'),
    ('bounds [0, 123456789012345678901234567890123456789012345678]'), ('identifiers'), ('public')) t(label);
SELECT refusal('SECURITY LABEL FOR health_dp ON COLUMN line.drug IS ''bounds [0, 1]''');
SELECT refusal('SECURITY LABEL FOR health_dp ON VIEW view_of_patient IS ''public''');
SELECT refusal('SECURITY LABEL FOR health_dp ON SCHEMA regress_labels IS ''public''');
CREATE TEMPORARY TABLE passing (patient_id integer);
SELECT refusal('SECURITY LABEL FOR health_dp ON TABLE passing IS ''protected(patient_id)''');

CREATE TABLE coded (code text COLLATE "C" PRIMARY KEY, patient_id bigint);
SECURITY LABEL FOR health_dp ON TABLE coded IS 'protected(patient_id)';
SECURITY LABEL FOR health_dp ON TABLE line IS 'protected via (drug) to regress_labels.coded(code)';
SELECT refusal('SELECT health_dp.protection(''line''::regclass)') AS other_collation;
DROP TABLE coded;

-- A link is judged whenever it is read: a dump restores labels before the indexes they rest on, and catalogues change.
SECURITY LABEL FOR health_dp ON TABLE line IS 'protected via (stay_id) to regress_labels.stay(stay_id)';
SELECT refusal('SELECT health_dp.protection(''line''::regclass)') AS not_unique;
CREATE UNIQUE INDEX partial ON stay (stay_id) WHERE part = 1;
SELECT refusal('SELECT health_dp.protection(''line''::regclass)') AS partial;
ALTER TABLE stay ADD CONSTRAINT deferred UNIQUE (stay_id) DEFERRABLE;
SELECT refusal('SELECT health_dp.protection(''line''::regclass)') AS deferrable;
CREATE UNIQUE INDEX on_expression ON stay ((stay_id + 0));
CREATE INDEX plain ON stay (stay_id);
CREATE UNIQUE INDEX covering ON stay (stay_id, part) INCLUDE (nights);
SELECT refusal('SELECT health_dp.protection(''line''::regclass)') AS none_of_them_fits;
CREATE UNIQUE INDEX fits ON stay (stay_id) INCLUDE (nights);
SELECT health_dp.protection('line'::regclass) AS unique_now;
CREATE TABLE stay_of_one_year () INHERITS (stay);
SELECT refusal('SELECT health_dp.protection(''line''::regclass)') AS with_children;
DROP TABLE stay_of_one_year;
SECURITY LABEL FOR health_dp ON TABLE stay IS NULL;
SELECT refusal('SELECT health_dp.protection(''line''::regclass)') AS target_unprotected;
SECURITY LABEL FOR health_dp ON TABLE stay IS 'public';
SELECT refusal('SELECT health_dp.protection(''line''::regclass)') AS target_public;
SECURITY LABEL FOR health_dp ON TABLE stay IS 'protected(patient_id)';
SELECT refusal('SELECT health_dp.check_label(''line''::regclass,
    ''protected via (wide) to regress_labels.stay(stay_id)'')') AS types_differ;
SELECT refusal('SELECT health_dp.check_label(''line''::regclass,
    ''protected via (stay_id) to regress_labels.nothing(stay_id)'')') AS no_target;
SELECT refusal('SELECT health_dp.check_label(''line''::regclass,
    ''protected via (stay_id) to regress_labels.view_of_patient(age)'')') AS target_a_view;
-- Two links in a circle never reach a patient.
CREATE UNIQUE INDEX ON line (stay_id);
SECURITY LABEL FOR health_dp ON TABLE stay IS 'protected via (stay_id) to regress_labels.line(stay_id)';
SELECT refusal('SELECT health_dp.protection(''line''::regclass)') AS circle;
SECURITY LABEL FOR health_dp ON TABLE stay IS 'protected(patient_id)';
-- Renamed columns and tables, changed types.
ALTER TABLE patient RENAME COLUMN "Odd ""name" TO even;
SELECT refusal('SELECT health_dp.protection(''patient''::regclass)') AS renamed_column;
ALTER TABLE stay RENAME TO visit;
SELECT refusal('SELECT health_dp.protection(''line''::regclass)') AS renamed_target;
ALTER TABLE visit ALTER COLUMN nights TYPE text;
SELECT refusal('SELECT health_dp.declared_bound(''visit''::regclass, 4::smallint, true)') AS changed_type;

-- A name that another column got is not followed, on neither side of a link; whoever renames back, or protects again, opens.
CREATE TABLE person (person bigint PRIMARY KEY, other bigint UNIQUE);
CREATE TABLE act (act integer, person bigint, other bigint);
SECURITY LABEL FOR health_dp ON TABLE person IS 'protected(person)';
SECURITY LABEL FOR health_dp ON TABLE act IS 'protected via (person) to regress_labels.person(person)';
SELECT relation::regclass, side::regclass, name, number FROM health_dp.label_column
 WHERE relation IN ('person'::regclass, 'act'::regclass) ORDER BY 1, 2;
ALTER TABLE person RENAME person TO before;
ALTER TABLE person RENAME other TO person;
SELECT refusal('SELECT health_dp.protection(''person''::regclass)') AS other_owner;
SELECT refusal('SELECT health_dp.protection(''act''::regclass)') AS other_target;
SECURITY LABEL FOR health_dp ON TABLE person IS 'protected(person)';
SELECT health_dp.protection('person'::regclass);
SELECT refusal('SELECT health_dp.protection(''act''::regclass)') AS other_target;
SECURITY LABEL FOR health_dp ON TABLE act IS 'protected via (person) to regress_labels.person(person)';
SELECT health_dp.protection('act'::regclass);
ALTER TABLE act RENAME person TO before;
ALTER TABLE act RENAME other TO person;
SELECT refusal('SELECT health_dp.protection(''act''::regclass)') AS other_side;
ALTER TABLE act RENAME person TO other;
ALTER TABLE act RENAME before TO person;
SELECT health_dp.protection('act'::regclass);
-- A new target of the old one's name is another one.
ALTER TABLE person RENAME TO person_before;
CREATE TABLE person (person bigint PRIMARY KEY);
SECURITY LABEL FOR health_dp ON TABLE person IS 'protected(person)';
SELECT refusal('SELECT health_dp.protection(''act''::regclass)') AS other_table;
-- Links to what is still to come, as dumps have them, know its columns as soon as it has its label.
CREATE TABLE early (person bigint);
SECURITY LABEL FOR health_dp ON TABLE early IS 'protected via (person) to regress_labels.late(id)';
CREATE TABLE late (gone integer, id bigint PRIMARY KEY, other bigint UNIQUE);
SECURITY LABEL FOR health_dp ON TABLE late IS 'protected(id)';
SELECT health_dp.protection('early'::regclass);
ALTER TABLE late RENAME id TO before;
ALTER TABLE late RENAME other TO id;
SELECT refusal('SELECT health_dp.protection(''early''::regclass)') AS other_target;
SECURITY LABEL FOR health_dp ON TABLE late IS NULL;
SELECT count(*) FROM health_dp.label_column WHERE relation = 'late'::regclass;
DROP TABLE early, late, act, person, person_before;

-- The stewards' functions.
SELECT health_dp.declare_bounds('patient', 'age', 1e-6, 1.5e2);
SELECT label FROM health_dp.labels WHERE relation = 'patient'::regclass AND column_name = 'age';
SELECT refusal('SELECT health_dp.declare_bounds(''patient'', ''age'', ' || bounds || ')') FROM (VALUES
    ('120, 0'), ('0, 0'), ('NULL, 1'), ('0, NULL'), ('''NaN'', 1'), ('0, ''NaN'''), ('0, ''Infinity'''),
    ('''-Infinity'', 0'), ('0, 1e60')) t(bounds);
SELECT refusal('SELECT health_dp.declare_bounds(''patient'', ''missing'', 0, 1)');
SELECT refusal('SELECT health_dp.declare_bounds(''patient'', ''ctid'', 0, 1)');
SELECT refusal('SELECT health_dp.declare_bounds(''patient'', ''born'', 0, 1)');
SELECT refusal('SELECT health_dp.declare_bounds(''nowhere'', ''age'', 0, 1)');
SELECT health_dp.undeclare_bounds('patient', 'age');
SELECT refusal('SELECT health_dp.undeclare_bounds(''patient'', ''age'')');
SELECT refusal('SELECT health_dp.undeclare_bounds(''patient'', ''patient_id'')');
SELECT health_dp.undeclare_public('region');
SELECT refusal('SELECT health_dp.undeclare_public(''region'')');
SELECT health_dp.declare_public('region');
SELECT refusal('SELECT health_dp.declare_public(NULL)');
SELECT refusal('SELECT health_dp.declare_public(''view_of_patient'')');

-- Labels are the owner's to write, and the functions are the stewards' to call.
CREATE ROLE regress_labels_steward IN ROLE health_dp_steward;
CREATE ROLE regress_labels_nobody;
GRANT USAGE ON SCHEMA regress_labels TO regress_labels_steward, regress_labels_nobody;
SET ROLE regress_labels_steward;
SELECT refusal('SELECT health_dp.declare_public(''region'')');
SELECT refusal('SELECT health_dp.declare_bounds(''patient'', ''age'', 0, 1)');
SET ROLE regress_labels_nobody;
SELECT refusal('SELECT health_dp.declare_public(''region'')');
SELECT refusal('SECURITY LABEL FOR health_dp ON TABLE region IS ''public''');
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA regress_labels CASCADE;
DROP TABLE passing;
DROP ROLE regress_labels_steward, regress_labels_nobody;
-- Labels go with their tables.
SELECT count(*) FROM pg_seclabels WHERE provider = 'health_dp' AND objname LIKE 'regress_labels%';
