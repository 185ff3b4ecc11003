SELECT health_dp.create_key('other study');
SELECT health_dp.permit_key_use('other study', 'pseudonymise', 'loader', 10000000, project => 'emc2');
