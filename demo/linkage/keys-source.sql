SELECT health_dp.create_key(:'source', form => 'nir');
SELECT health_dp.permit_key_use(:'source', operation, 'lena', 10000000, project => 'emc2')
  FROM unnest('{blind,finalise}'::text[]) operation;
