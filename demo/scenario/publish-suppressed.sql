SET health_dp.project = 'tables';
SELECT p.birth_year / 20 * 20 AS born, p.sex, sc_count(DISTINCT p.patient_id) AS patients
FROM care.patient p JOIN care.stay s ON s.patient_id = p.patient_id
WHERE s.diagnosis = 'K26.0'
GROUP BY CUBE (p.birth_year / 20 * 20, p.sex);
