SET health_dp.project = 'emc2';
SET health_dp.epsilon = 1;
SET health_dp.delta = 1e-7;
SET health_dp.max_groups_per_patient = 1;                 -- a patient was born once, and has one sex
SELECT p.birth_year / 20 * 20 AS born, p.sex, dp_count(DISTINCT p.patient_id) AS patients
FROM care.patient p JOIN care.stay s ON s.patient_id = p.patient_id
WHERE s.diagnosis = 'K26.0'
GROUP BY p.birth_year / 20 * 20, p.sex;
