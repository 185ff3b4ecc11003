SELECT health_dp.create_project('tables', title => 'Tables for publication', legal_basis => 'CNIL 2023-146',
         valid => '[2024-01-01,2034-01-01)', epsilon => 1, delta => 0, min_cell => 11, releases => '{suppressed}');
SELECT health_dp.grant_table('tables', 'care.patient');
SELECT health_dp.grant_table('tables', 'care.stay');
SELECT health_dp.add_member('tables', 'alice');
SELECT health_dp.create_suppression_policy('noisy', 'Noise of at most 5 in every count', noise_deviation => 5, noise_variance => 2);
