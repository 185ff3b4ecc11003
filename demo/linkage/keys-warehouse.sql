SELECT health_dp.create_key('emc2 linkage');
SELECT health_dp.create_key('emc2');
SELECT health_dp.permit_key_use('emc2 linkage', 'link', role, 10000000, project => 'emc2')
  FROM unnest('{hcl,clb,nancy,joseph,cnam}'::regrole[]) role;
SELECT health_dp.permit_key_use('emc2', 'link', 'sophie', 10000000, project => 'emc2');
