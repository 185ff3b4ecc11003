// SQL functions on projects: what holds now, as catalogue.hpp sees it. Called through the functions of 10-projects.sql.
#include "postgres/errors.hpp"
#include "projects/catalogue.hpp"
#include "projects/grants.hpp"

using namespace health_dp;

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

// is_member(project_id integer, role oid) returns boolean
HDP_FUNCTION(hdp_projects_is_member) { PG_RETURN_BOOL(projects::is_member(PG_GETARG_INT32(0), PG_GETARG_OID(1))); }

// grant_in_force(project_id integer, relation oid) returns boolean
HDP_FUNCTION(hdp_projects_is_granted) { PG_RETURN_BOOL(projects::is_granted(PG_GETARG_INT32(0), PG_GETARG_OID(1))); }

// filter_in_force(project_id integer, relation oid) returns text, null for a grant of all rows
HDP_FUNCTION(hdp_projects_filter) {
    const Oid relation = PG_GETARG_OID(1);
    Node* filter = projects::row_filter(PG_GETARG_INT32(0), relation, 1);
    if (filter == nullptr)
        PG_RETURN_NULL();
    List* names = deparse_context_for(get_rel_name(relation), relation);
    PG_RETURN_TEXT_P(cstring_to_text(deparse_expression(filter, names, false, false)));
}

// write_row_filter(project_id integer, relation oid, row_filter text) returns void
HDP_FUNCTION(hdp_projects_write_filter) {
    char* filter = PG_ARGISNULL(2) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(2));
    projects::write_row_filter(PG_GETARG_INT32(0), PG_GETARG_OID(1), filter);
    PG_RETURN_VOID();
}

// Statement trigger on the tables of projects, members and grants.
HDP_FUNCTION(hdp_projects_changed) {
    if (!CALLED_AS_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED), errmsg("not called as a trigger")));
    // Every plan of a release names this table in relationOids, so every session plans its releases anew.
    CacheInvalidateRelcacheByRelid(projects::project_catalogue_oid());
    PG_RETURN_POINTER(nullptr);
}
