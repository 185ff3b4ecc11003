-- What is personal: whose row each row is.
SELECT health_dp.protect('care.patient', 'patient_id');
SELECT health_dp.protect('care.stay', 'patient_id');
SELECT health_dp.protect_via('care.drug_line', 'stay_id', 'care.stay', 'stay_id');
SELECT health_dp.protect('snds.dispensing', 'patient_id');

-- What is not: code lists, a calendar.
SELECT health_dp.declare_public('ref.region');
SELECT health_dp.declare_public('ref.hospital');
SELECT health_dp.declare_public('ref.atc');
SELECT health_dp.declare_public('ref.diagnosis');
SELECT health_dp.declare_public('ref.calendar');
GRANT SELECT ON ALL TABLES IN SCHEMA ref TO alice, bob;

-- Bounds known beforehand, not read from the data.
SELECT health_dp.declare_bounds('care.stay', 'nights', 0, 60);
SELECT health_dp.declare_bounds('snds.dispensing', 'amount', 0, 200);

-- Who may ask what, until when, at which cost.
SELECT health_dp.create_project('emc2',
         title => 'GI bleeding under anticoagulants', legal_basis => 'CNIL 2023-146',
         valid => '[2024-01-01,2034-01-01)', epsilon => 8, delta => 1e-6);
SELECT health_dp.grant_table('emc2', 'care.patient');
SELECT health_dp.grant_table('emc2', 'care.stay');
SELECT health_dp.grant_table('emc2', 'snds.dispensing');
SELECT health_dp.add_member('emc2', 'alice');

-- Two more for later: a small budget, and an authorisation that has ended.
SELECT health_dp.create_project('pilot', title => 'Feasibility', legal_basis => 'CNIL 2023-146',
         valid => '[2024-01-01,2034-01-01)', epsilon => 1, delta => 1e-6);
SELECT health_dp.grant_table('pilot', 'care.stay');
SELECT health_dp.add_member('pilot', 'alice');
SELECT health_dp.create_project('closed', title => 'Ended in 2024', legal_basis => 'CNIL 2023-146',
         valid => '[2023-01-01,2024-12-31)', epsilon => 8, delta => 1e-6);
SELECT health_dp.grant_table('closed', 'care.stay');
SELECT health_dp.add_member('closed', 'alice');
