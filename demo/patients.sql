-- Patients, and in the scratch schema what is true of each: how much care, which anticoagulant, since when.
\echo 'Patients'
CREATE SCHEMA care;
COMMENT ON SCHEMA care IS 'what the four hospitals know';

CREATE TABLE synthetic.person AS
WITH drawn AS (
    SELECT id,
           synthetic.draw(id, 1) AS u_sex, synthetic.draw(id, 2) AS u_hospital, synthetic.draw(id, 3) AS u_region,
           -- older than the population at large, as in hospitals
           least(97, greatest(1, round(58 + 21 * synthetic.normal(id, 4))))::int AS age,
           synthetic.normal(id, 5) AS frailty
    FROM generate_series(1, :patients) AS id
), placed AS (
    SELECT id, age, frailty,
           CASE WHEN u_sex < 0.54 THEN 'F' ELSE 'M' END AS sex,
           (ARRAY['hcl', 'chru_nancy', 'saint_joseph', 'clb'])
               [1 + width_bucket(u_hospital, synthetic.cumulated('{50, 25, 18, 7}'))] AS hospital,
           u_region
    FROM drawn
)
SELECT id, age, sex, hospital,
       CASE WHEN u_region < 0.70 THEN h.region
            ELSE ('{11, 84, 75, 76, 32, 93, 44, 52, 28, 53, 27, 24, 5}'::smallint[])
                 [1 + width_bucket((u_region - 0.70) / 0.30,
                                   synthetic.cumulated('{15.1, 10.7, 9.1, 8.9, 9.3, 8.8, 8.0, 4.9, 5.1, 4.7, 4.3, 3.6, 2.6}'))]
       END AS region,
       -- how many dispensings in three years: a long tail, a few patients with hundreds
       least(900, round(exp(1.75 + 0.013 * age + 0.95 * frailty)))::int AS dispensings,
       least(120, 1 + floor(exp(-0.35 + 0.012 * age + 0.9 * synthetic.normal(id, 6))))::int AS stays,
       CASE WHEN age < 40 OR synthetic.draw(id, 7) > 0.10 + 0.0016 * (age - 40) THEN NULL
            WHEN synthetic.draw(id, 8) < 0.26 THEN 'VKA' ELSE 'DOAC' END AS anticoagulant,
       -- some were treated before the extract begins: the wash-out of the question has to find them
       '2021-10-01'::date + floor(1188 * synthetic.draw(id, 9))::int AS started,
       180 + floor(900 * synthetic.draw(id, 10))::int AS treated_days,
       -- days to a bleed under treatment: exponential, 40 against 20 per 1,000 person-years below 75, half as many again above
       floor(365.25 * -ln(1 - synthetic.draw(id, 11)) * 1000
             / CASE WHEN synthetic.draw(id, 8) < 0.26 THEN 40 ELSE 20 END
             / CASE WHEN age >= 75 THEN 1.5 ELSE 1 END)::int AS days_to_bleed
FROM placed JOIN ref.hospital h USING (hospital);
ANALYZE synthetic.person;

CREATE TABLE care.patient (
    patient_id bigint PRIMARY KEY,
    sex        text NOT NULL,
    birth_year smallint NOT NULL,
    region     smallint NOT NULL
);
INSERT INTO care.patient SELECT id, sex, 2024 - age, region FROM synthetic.person;
SELECT count(*) AS patients, max(dispensings) AS most_dispensings, max(stays) AS most_stays FROM synthetic.person;
