-- Gastrointestinal bleeding per 1,000 person-years among new users of vitamin K antagonists and of direct oral anticoagulants
-- (180 days of wash-out). A patient has one row in one class, so M = 1 and R = 1 lose nobody.
SET health_dp.project = 'emc2';
SET health_dp.epsilon = 1.5;
SET health_dp.delta = 1e-8;
SET health_dp.max_groups_per_patient = 1;
SET health_dp.max_rows_per_patient = 1;

WITH new_user AS (
    SELECT d.patient_id, a.class, min(d.dispensed_on) AS started
    FROM snds.dispensing d JOIN ref.atc a ON a.atc = d.atc
    WHERE a.class IN ('VKA', 'DOAC')
    GROUP BY d.patient_id, a.class
    HAVING min(d.dispensed_on) >= '2022-07-01'
), last_bleed AS (
    SELECT s.patient_id, max(s.entry) AS bled
    FROM care.stay s JOIN ref.diagnosis g ON g.diagnosis = s.diagnosis
    WHERE g.gi_bleed
    GROUP BY s.patient_id
)
SELECT class, dp_count(*) AS patients,
       dp_sum(CASE WHEN bled >= started THEN 1 ELSE 0 END, 0, 1) AS bleeds,
       round(365250.0 * dp_sum(CASE WHEN bled >= started THEN 1 ELSE 0 END, 0, 1)
             / dp_sum(DATE '2025-01-01' - started, 0, 915), 1) AS per_1000_years
FROM new_user LEFT JOIN last_bleed USING (patient_id)
GROUP BY class ORDER BY class;
