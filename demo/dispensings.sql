-- What pharmacies dispensed over three years, as the national insurance knows it: several million rows, in parts, so that
-- one sees it move.
\echo 'Dispensings of the national insurance'
BEGIN; -- in the transaction that creates the table, its rows need no write-ahead log
CREATE SCHEMA snds;
COMMENT ON SCHEMA snds IS 'what the national insurance knows';

CREATE TABLE snds.dispensing (
    patient_id   bigint NOT NULL,
    dispensed_on date NOT NULL,
    atc          text NOT NULL,
    boxes        int NOT NULL,
    amount       numeric(8, 2) NOT NULL
);

CREATE FUNCTION synthetic.dispense(first bigint, last bigint) RETURNS text LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO snds.dispensing
    WITH ordinary AS (
        SELECT p.id, p.id * 1000 + k AS line,
               '2022-01-01'::date + floor(1096 * synthetic.draw(p.id * 1000 + k, 41))::int AS dispensed_on,
               CASE WHEN synthetic.draw(p.id * 1000 + k, 42) < 0.22 THEN 'N02BE01'
                    -- three patients in ten take NSAIDs, an eighth of the time
                    WHEN synthetic.draw(p.id * 1000 + k, 42) < 0.345 AND synthetic.draw(p.id, 43) < 0.3
                         THEN ('{M01AE01,M01AE03,M01AB05}'::text[])[1 + floor(3 * synthetic.draw(p.id, 44))::int]
                    -- everything else comes back: four chronic treatments a patient
                    ELSE ('{A02BC01,A10BA02,C07AB07,C09AA05,C10AA05,H03AA01,J01CA04,N05BA12,N06AB06,R03AC02}'::text[])
                         [1 + floor(10 * synthetic.draw(p.id * 4 + floor(4 * synthetic.draw(p.id * 1000 + k, 45))::bigint, 46))::int]
               END AS atc
        FROM synthetic.person p, generate_series(1, p.dispensings) AS k
        WHERE p.id BETWEEN first AND last
    ), anticoagulants AS (
        -- a box or two a month until the treatment, or the bleed, ends it
        SELECT p.id, p.id * 1000 + 900 + k AS line, p.started + 30 * k AS dispensed_on,
               CASE p.anticoagulant
                   WHEN 'VKA' THEN ('{B01AA02,B01AA03,B01AA07}'::text[])[1 + width_bucket(synthetic.draw(p.id, 47), '{0.3, 0.8}'::float8[])]
                   ELSE ('{B01AF02,B01AF01,B01AE07}'::text[])[1 + width_bucket(synthetic.draw(p.id, 47), '{0.65, 0.93}'::float8[])]
               END AS atc
        FROM synthetic.person p, generate_series(0, least(p.treated_days, p.days_to_bleed) / 30) AS k
        WHERE p.id BETWEEN first AND last AND p.anticoagulant IS NOT NULL
          AND p.started + 30 * k BETWEEN '2022-01-01' AND '2024-12-31'
    ), lines AS (
        SELECT id, line, dispensed_on, atc FROM ordinary UNION ALL SELECT id, line, dispensed_on, atc FROM anticoagulants
    )
    SELECT id, dispensed_on, atc, boxes, boxes * price
    FROM lines JOIN ref.atc USING (atc), LATERAL (SELECT 1 + floor(2.5 * synthetic.draw(line, 48) ^ 2)::int AS boxes) b;
    SELECT format('  %s patients, %s MB, %s s', last, pg_relation_size('snds.dispensing') / 1024 / 1024,
                  round(extract(epoch FROM clock_timestamp() - now())));
END;

\pset tuples_only on
\pset format unaligned
SELECT format('SELECT synthetic.dispense(%s, %s)', count(*) * part / 8 + 1, count(*) * (part + 1) / 8)
FROM synthetic.person, generate_series(0, 7) AS part GROUP BY part ORDER BY part \gexec
\pset tuples_only off
\pset format aligned
COMMIT;
SELECT count(*) AS dispensings, count(DISTINCT patient_id) AS of_patients FROM snds.dispensing;
