-- What projects have published is kept sealed [C21]: hidden numbers are among it, and whoever copies the disks, or reads
-- backups, has the register. The key is one of the key keeper's, of a domain of its own.

CREATE FUNCTION health_dp.reseal_cells(project_id integer, charge_id bigint, population text, cells bytea,
                                       key_version integer, OUT cells_now bytea, OUT version_now smallint)
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_reseal_cells';
COMMENT ON FUNCTION health_dp.reseal_cells(integer, bigint, text, bytea, integer) IS
    'Internal to seal_suppressed_releases(): cells that are sealed under a version, or not at all where that is 0, sealed under the current one.';
REVOKE EXECUTE ON FUNCTION health_dp.reseal_cells(integer, bigint, text, bytea, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.seal_suppressed_releases() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    sealed bigint;
BEGIN
    PERFORM health_dp.require_custodian();
    IF NOT EXISTS (SELECT FROM health_dp.key_domain d WHERE d.domain = 'health_dp.suppressed_release') THEN
        PERFORM health_dp_guarded.create_key('health_dp.suppressed_release');
    END IF;
    LOCK TABLE health_dp.suppressed_release IN SHARE ROW EXCLUSIVE MODE;
    UPDATE health_dp.suppressed_release s SET (cells, key_version) =
           (SELECT r.cells_now, r.version_now
              FROM health_dp.reseal_cells(s.project_id, s.charge_id, s.population, s.cells, coalesce(s.key_version, 0)) r)
     WHERE s.key_version IS DISTINCT FROM (SELECT v.version FROM health_dp.key_version v
                                            WHERE v.domain = 'health_dp.suppressed_release' AND v.state = 'current');
    GET DIAGNOSTICS sealed = ROW_COUNT;
    RETURN sealed;
END
$$;
COMMENT ON FUNCTION health_dp.seal_suppressed_releases() IS
    'Makes the key that suppressed releases are kept under, unless there is one, and seals all of them under its current version: after an update from 0.1, and after rotate_key(). Returns how many that were. create_key_store() calls it.';
REVOKE EXECUTE ON FUNCTION health_dp.seal_suppressed_releases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.seal_suppressed_releases() TO health_dp_custodian;
