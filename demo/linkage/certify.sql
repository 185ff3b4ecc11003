SELECT linkage, records_deleted, records_deleted_at, key_destroyed_at,
       third_party_certificate->'domain' AS third_party_domain, third_party_certificate->'destroyed_at' AS third_party_destroyed,
       third_party_certificate->'old_root' AS third_party_old_root, session_role
  FROM health_dp.certify_linkage('emc2', :'certificate');
