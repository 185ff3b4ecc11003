-- Of those who were dispensed an NSAID or paracetamol, how many bled within 30 days? A patient may be in both classes: M = 2.
SET health_dp.project = 'emc2';
SET health_dp.epsilon = 1.5;
SET health_dp.delta = 1e-8;
SET health_dp.max_groups_per_patient = 2;
SET health_dp.max_rows_per_patient = 1;

WITH bleed AS (
    SELECT s.patient_id, s.entry
    FROM care.stay s JOIN ref.diagnosis g ON g.diagnosis = s.diagnosis
    WHERE g.gi_bleed
), exposed AS (
    SELECT d.patient_id, a.class,
           max(CASE WHEN b.entry > d.dispensed_on AND b.entry - d.dispensed_on <= 30 THEN 1 ELSE 0 END) AS bled
    FROM snds.dispensing d
    JOIN ref.atc a ON a.atc = d.atc
    LEFT JOIN bleed b ON b.patient_id = d.patient_id
    WHERE a.class IN ('NSAID', 'paracetamol')
    GROUP BY d.patient_id, a.class
)
SELECT class, dp_count(*) AS patients, dp_sum(bled, 0, 1) AS bleeds,
       round(1000.0 * dp_sum(bled, 0, 1) / dp_count(*), 2) AS per_1000_patients
FROM exposed GROUP BY class ORDER BY class;
