SELECT health_dp.create_project('emc2', title => 'GI bleeding under anticoagulants', legal_basis => 'CNIL 2023-146',
         valid => '[2024-01-01,2034-01-01)', epsilon => 8);
