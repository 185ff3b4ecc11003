SELECT health_dp.open_linkage('emc2', project => 'emc2', domain => 'emc2 linkage', pseudonym_domain => 'emc2',
         public_key => :'public_key', key_check => :'check', lifetime => '30 days', reader => 'loader');
SELECT health_dp.add_linkage_source('emc2', source, source::regrole)
  FROM unnest('{hcl,clb,nancy,joseph,cnam}'::text[]) source;
