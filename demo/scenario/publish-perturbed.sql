SELECT p.birth_year / 20 * 20 AS born, p.sex,
       perturb_count(count(DISTINCT p.patient_id), cell_key(DISTINCT record_key(p.patient_id::text, 'tables')), 'noisy') AS patients
FROM care.patient p JOIN care.stay s USING (patient_id) WHERE s.diagnosis = 'K26.0'
GROUP BY CUBE (p.birth_year / 20 * 20, p.sex);
