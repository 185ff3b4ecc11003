SELECT health_dp.create_key_store();
SELECT health_dp.create_key('tables');
SELECT health_dp.permit_key_use('tables', 'record_key', 'postgres', 1000);
