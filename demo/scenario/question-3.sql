-- Use of direct oral anticoagulants by quarter: how many patients, and what a dispensing costs. A patient may be in all twelve
-- quarters, with a box or two a month.
SET health_dp.project = 'emc2';
SET health_dp.epsilon = 2;
SET health_dp.delta = 1e-8;
SET health_dp.max_groups_per_patient = 12;
SET health_dp.max_rows_per_patient = 4;

SELECT c.quarter, dp_count(DISTINCT d.patient_id) AS patients, round(dp_avg(d.amount, 0, 200), 2) AS mean_amount
FROM snds.dispensing d
JOIN ref.atc a ON a.atc = d.atc
JOIN ref.calendar c ON c.day = d.dispensed_on
WHERE a.class = 'DOAC'
GROUP BY c.quarter ORDER BY c.quarter;
