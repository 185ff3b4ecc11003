-- What superusers see of rooms, where releases run.

CREATE FUNCTION health_dp.explain_release(question text, member name) RETURNS text
    LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_release_explain';
COMMENT ON FUNCTION health_dp.explain_release(text, name) IS
    'the plans that a room makes for a member''s question, without running it or charging anything, under the session''s health_dp settings; for superusers';
REVOKE EXECUTE ON FUNCTION health_dp.explain_release(text, name) FROM PUBLIC;

CREATE FUNCTION health_dp.room_failures(
    OUT failed_at timestamptz, OUT database name, OUT project_id integer, OUT charge_id bigint, OUT phase text,
    OUT sqlstate text, OUT routine text)
    RETURNS SETOF record LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_room_failures';
COMMENT ON FUNCTION health_dp.room_failures() IS
    'the last 64 releases of the server that failed after their charge: how far they came, and where they stopped; never a message or a value; for superusers';
REVOKE EXECUTE ON FUNCTION health_dp.room_failures() FROM PUBLIC;
