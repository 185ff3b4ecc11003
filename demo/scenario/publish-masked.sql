-- The true table, which a superuser can read, and the same with each number below 11 masked alone.
CREATE SCHEMA publish;
CREATE TABLE publish.truth AS
SELECT p.birth_year / 20 * 20 AS born, p.sex, count(DISTINCT p.patient_id) AS patients
FROM care.patient p JOIN care.stay s USING (patient_id) WHERE s.diagnosis = 'K26.0'
GROUP BY CUBE (p.birth_year / 20 * 20, p.sex);
CREATE TABLE publish.masked AS SELECT born, sex, patients !< 11 AS patients FROM publish.truth;
CREATE VIEW publish.masked_table AS
SELECT born, max(patients) FILTER (WHERE sex = 'F') AS female, max(patients) FILTER (WHERE sex = 'M') AS male,
       max(patients) FILTER (WHERE sex IS NULL) AS patients
FROM publish.masked GROUP BY born;
