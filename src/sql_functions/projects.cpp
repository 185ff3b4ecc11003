// SQL functions on projects: what holds now, as catalogue.hpp sees it. Called through the functions of 10-projects.sql.
#include "postgres/errors.hpp"
#include "projects/catalogue.hpp"
#include "projects/grants.hpp"
#include "release/vetting/row_filters.hpp"

using namespace health_dp;

namespace {

bool sees_everybody(Oid user) {
    for (const char* name : {"health_dp_steward", "health_dp_auditor"}) {
        const Oid role = get_role_oid(name, true);
        if (OidIsValid(role) && has_privs_of_role(user, role))
            return true;
    }
    return false;
}

} // namespace

// check_project(project name) returns void
HDP_FUNCTION(hdp_projects_check) {
    if (PG_ARGISNULL(0))
        ereport(ERROR, (errcode(sqlstate::kNoProject), errmsg("no project is named"),
                        errhint("Your projects: SELECT * FROM health_dp.projects.")));
    const char* name = NameStr(*PG_GETARG_NAME(0));
    projects::Project project;
    if (!projects::find_project(name, &project))
        projects::refuse_unknown_project(name);
    projects::check_usable(project, GetSessionUserId(), GetUserId(), projects::ReleaseKind::dp);
    PG_RETURN_VOID();
}

// is_member(project_id integer, role oid) returns boolean, null for roles whose memberships are none of the caller's
// business. The view health_dp.projects calls this with its reader's privileges, so that everybody may.
HDP_FUNCTION(hdp_projects_is_member) {
    const Oid role = PG_GETARG_OID(1);
    if (!sees_everybody(GetUserId()) && !has_privs_of_role(GetUserId(), role))
        PG_RETURN_NULL();
    PG_RETURN_BOOL(projects::is_member(PG_GETARG_INT32(0), role));
}

// filter_in_force(project_id integer, relation oid) returns text, null for a grant of all rows
HDP_FUNCTION(hdp_projects_filter) {
    const Oid relation = PG_GETARG_OID(1);
    Node* filter = projects::row_filter(PG_GETARG_INT32(0), relation, 1);
    if (filter == nullptr)
        PG_RETURN_NULL();
    release::check_row_filter(filter, relation);
    List* names = deparse_context_for(get_rel_name(relation), relation);
    PG_RETURN_TEXT_P(cstring_to_text(deparse_expression(filter, names, false, false)));
}

// read_row_filter(relation oid, row_filter text, out schema_name name, out table_name name, out condition text, out
// column_names name[], out column_types regtype[])
HDP_FUNCTION(hdp_projects_read_filter) {
    if (PG_ARGISNULL(0))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("no table is named"), errhint("Name a table.")));
    const Oid relation = PG_GETARG_OID(0);
    TupleDesc description = nullptr;
    if (get_call_result_type(fcinfo, nullptr, &description) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "read_row_filter() returns a row");
    Node* filter = nullptr;
    const char* typed = PG_ARGISNULL(1) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(1));
    const projects::FilterRecord record = projects::make_filter_record(relation, typed, &filter);
    if (filter != nullptr)
        release::check_row_filter(filter, relation);
    Datum values[] = {
        NameGetDatum(&record.schema_name), NameGetDatum(&record.table_name), 0,
        PointerGetDatum(construct_array(record.names, record.columns, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR)),
        PointerGetDatum(construct_array(record.types, record.columns, REGTYPEOID, sizeof(Oid), true, TYPALIGN_INT))};
    bool nulls[] = {false, false, record.condition == nullptr, false, false};
    if (record.condition != nullptr)
        values[2] = CStringGetTextDatum(record.condition);
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(description), values, nulls)));
}

// Statement trigger on the tables of projects, members and grants.
HDP_FUNCTION(hdp_projects_changed) {
    if (!CALLED_AS_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED), errmsg("not called as a trigger")));
    // Every plan of a release names this table in relationOids, so every session plans its releases anew.
    CacheInvalidateRelcacheByRelid(projects::project_catalogue_oid());
    PG_RETURN_POINTER(nullptr);
}
