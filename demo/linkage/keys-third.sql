SELECT health_dp.create_key('emc2 linkage');
SELECT health_dp.permit_key_use('emc2 linkage', 'evaluate', 'theo', 10000000, project => 'emc2');
SELECT health_dp.public_key('emc2 linkage');
