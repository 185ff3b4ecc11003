-- Stays in the four hospitals with their main diagnosis, and what was given during them.
\echo 'Hospital stays and the drugs given during them'
CREATE TABLE care.stay (
    stay_id    bigint NOT NULL,
    patient_id bigint NOT NULL,
    hospital   text NOT NULL,
    entry      date NOT NULL,
    nights     int NOT NULL,
    diagnosis  text NOT NULL
);
-- No foreign key to care.patient: a key from outside is a way to ask a protected table whether a patient exists.

-- Planted bleeds: under an anticoagulant, and in the 30 days after a dispensing of an NSAID (12 in 10,000) or of
-- paracetamol (3 in 10,000).
CREATE TABLE synthetic.bleed AS
SELECT id AS patient_id, started + days_to_bleed AS day
FROM synthetic.person
WHERE anticoagulant IS NOT NULL AND days_to_bleed < treated_days
UNION ALL
SELECT patient_id, dispensed_on + 1 + floor(30 * synthetic.draw(line, 32))::int
FROM snds.dispensing JOIN ref.atc USING (atc), LATERAL (SELECT patient_id * 2000 + (dispensed_on - '2022-01-01'::date) AS line) l
WHERE class IN ('NSAID', 'paracetamol')
  AND synthetic.draw(line, 31) < CASE class WHEN 'NSAID' THEN 0.0012 ELSE 0.0003 END;

INSERT INTO care.stay
WITH ordinary AS (
    SELECT p.id * 1000 + k AS stay_id, p.id AS patient_id,
           CASE WHEN synthetic.draw(p.id * 1000 + k, 21) < 0.85 THEN p.hospital ELSE 'hcl' END AS hospital,
           '2022-01-01'::date + floor(1096 * synthetic.draw(p.id * 1000 + k, 22))::int AS entry,
           -- two in five are day cases
           CASE WHEN synthetic.draw(p.id * 1000 + k, 23) < 0.4 THEN 0
                ELSE least(180, 1 + floor(-ln(1 - synthetic.draw(p.id * 1000 + k, 24)) * (3 + p.age / 20.0)))::int END AS nights,
           (ARRAY['Z51.1', 'H25.1', 'I50.1', 'J18.9', 'R07.4', 'S72.0', 'K80.2', 'I48.9', 'C50.9', 'I63.9', 'M16.1', 'E11.9',
                  'J44.1', 'O80.0', 'C34.9', 'I21.9', 'F32.2', 'N18.5', 'K92.2', 'K92.1', 'K26.0'])
               [1 + width_bucket(synthetic.draw(p.id * 1000 + k, 25),
                                 synthetic.cumulated('{14, 9, 8, 8, 7, 6, 6, 6, 5, 5, 5, 4, 4, 4, 3, 3, 2, 1, 0.05, 0.04, 0.02}'))]
               AS diagnosis
    FROM synthetic.person p, generate_series(1, p.stays) AS k
), bleeds AS (
    SELECT b.patient_id * 1000 + 500 + row_number() OVER (PARTITION BY b.patient_id ORDER BY b.day) AS stay_id, b.patient_id,
           p.hospital, b.day AS entry, 2 + floor(9 * synthetic.draw(b.patient_id, 26))::int AS nights,
           (ARRAY['K92.0', 'K92.1', 'K92.2', 'K25.0', 'K25.4', 'K26.0'])
               [1 + floor(6 * synthetic.draw(b.patient_id, 27))::int] AS diagnosis
    FROM synthetic.bleed b JOIN synthetic.person p ON p.id = b.patient_id
    WHERE b.day BETWEEN '2022-01-01' AND '2024-12-31'
)
SELECT * FROM ordinary UNION ALL SELECT * FROM bleeds;
ALTER TABLE care.stay ADD PRIMARY KEY (stay_id);

-- Linked to its patient through the stay, without a patient column of its own.
CREATE TABLE care.drug_line (
    stay_id bigint NOT NULL,
    atc     text NOT NULL,
    doses   int NOT NULL
);
INSERT INTO care.drug_line
SELECT s.stay_id, a.codes[1 + floor(20 * synthetic.draw(s.stay_id * 10 + k, 28))::int],
       1 + floor((1 + s.nights) * 3 * synthetic.draw(s.stay_id * 10 + k, 29))::int
FROM care.stay s, (SELECT array_agg(atc ORDER BY atc) AS codes FROM ref.atc) a,
     generate_series(1, floor(3 * synthetic.draw(s.stay_id, 30))::int) AS k;

SELECT (SELECT count(*) FROM care.stay) AS stays, (SELECT count(*) FROM care.drug_line) AS drug_lines,
       (SELECT count(*) FROM care.stay JOIN ref.diagnosis USING (diagnosis) WHERE gi_bleed) AS bleeds;
