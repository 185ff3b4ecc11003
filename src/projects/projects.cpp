// Projects and their members: who may release now.
#include "postgres/errors.hpp"
#include "projects/catalogue.hpp"
#include "projects/tables.hpp"

namespace health_dp::projects {

namespace {

void read_decimal(const Scan& scan, HeapTuple tuple, AttrNumber column, DecimalText text) {
    bool is_null = false;
    Datum value = read_column(scan, tuple, column, &is_null);
    text[0] = '\0';
    if (is_null)
        return;
    Datum trimmed = DirectFunctionCall1(numeric_trim_scale, value);
    const char* digits = DatumGetCString(DirectFunctionCall1(numeric_out, trimmed));
    // The table's CHECK constraints keep numbers short; a truncated number would be another number.
    if (strlcpy(text, digits, sizeof(DecimalText)) >= sizeof(DecimalText))
        elog(ERROR, "a number of a project has more than %zu characters", sizeof(DecimalText) - 1);
}

bool has_kind(Datum releases, const char* kind) {
    Datum* kinds = nullptr;
    bool* nulls = nullptr;
    int count = 0;
    deconstruct_array(DatumGetArrayTypeP(releases), TEXTOID, -1, false, TYPALIGN_INT, &kinds, &nulls, &count);
    for (int i = 0; i < count; i++)
        if (!nulls[i] && strcmp(TextDatumGetCString(kinds[i]), kind) == 0)
            return true;
    return false;
}

void read_validity(Datum valid, Project* project) {
    RangeType* range = DatumGetRangeTypeP(valid);
    RangeBound lower;
    RangeBound upper;
    bool empty = false;
    range_deserialize(lookup_type_cache(RangeTypeGetOid(range), TYPECACHE_RANGE_INFO), range, &lower, &upper, &empty);
    // Canonical date ranges are [first day, first day after). The table accepts no others; if one came in all the same,
    // the project is valid on no day.
    if (empty || lower.infinite || upper.infinite) {
        project->valid_from = project->valid_until = 0;
        return;
    }
    project->valid_from = DatumGetDateADT(lower.val);
    project->valid_until = DatumGetDateADT(upper.val);
}

void read_project(const Scan& scan, HeapTuple tuple, Project* project) {
    bool is_null = false;
    const auto column = [&](AttrNumber number) {
        Datum value = read_column(scan, tuple, number, &is_null);
        if (is_null)
            elog(ERROR, "column %d of a project is null", number);
        return value;
    };
    const auto number_or = [&](AttrNumber number, int32 otherwise) {
        Datum value = read_column(scan, tuple, number, &is_null);
        return is_null ? otherwise : DatumGetInt32(value);
    };
    memset(project, 0, sizeof(*project));
    project->id = DatumGetInt32(column(project_column::id));
    namestrcpy(&project->name, NameStr(*DatumGetName(column(project_column::name))));
    project->suspended = DatumGetBool(column(project_column::suspended));
    project->releases_dp = has_kind(column(project_column::releases), "dp");
    project->releases_suppressed = has_kind(column(project_column::releases), "suppressed");
    read_validity(column(project_column::valid), project);
    project->min_cell = DatumGetInt32(column(project_column::min_cell));
    project->default_groups = DatumGetInt32(column(project_column::default_groups));
    project->max_groups = DatumGetInt32(column(project_column::max_groups));
    project->default_rows = DatumGetInt32(column(project_column::default_rows));
    project->max_rows = DatumGetInt32(column(project_column::max_rows));
    read_decimal(scan, tuple, project_column::default_epsilon, project->default_epsilon);
    read_decimal(scan, tuple, project_column::max_epsilon, project->max_epsilon);
    read_decimal(scan, tuple, project_column::default_delta, project->default_delta);
    read_decimal(scan, tuple, project_column::max_delta, project->max_delta);
    read_decimal(scan, tuple, project_column::min_epsilon, project->min_epsilon);
    project->executions_per_day = number_or(project_column::executions_per_day, kServersNumber);
    project->time_limit_ms = number_or(project_column::time_limit_ms, 0);
    project->memory_kb = number_or(project_column::memory_kb, 0);
    project->temp_limit_kb = number_or(project_column::temp_limit_kb, 0);
}

bool find_by(ScanKeyData* key, const char* index, Project* project) {
    Scan scan = begin_scan("project", index, key, 1);
    HeapTuple tuple = next_tuple(scan);
    const bool found = HeapTupleIsValid(tuple);
    if (found)
        read_project(scan, tuple, project);
    end_scan(scan);
    return found;
}

// has_privs_of_role, whose shortcut for superusers would make every superuser a member of every project.
bool has_role(Oid role, Oid member) {
    if (role == member)
        return true;
    return superuser_arg(role) ? is_member_of_role_nosuper(role, member) : has_privs_of_role(role, member);
}

Datum to_numeric(const char* digits) {
    return DirectFunctionCall3(numeric_in, CStringGetDatum(digits), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

} // namespace

DateADT today() {
    const TimestampTz now = GetCurrentTimestamp();
    int64 days = now / USECS_PER_DAY;
    if (now % USECS_PER_DAY < 0)
        days--;
    return static_cast<DateADT>(days);
}

const char* print_date(DateADT date, DateText text) {
    int year = 0;
    int month = 0;
    int day = 0;
    j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
    snprintf(text, sizeof(DateText), "%04d-%02d-%02d", year, month, day);
    return text;
}

Oid project_catalogue_oid() { return own_relation("project"); }

bool find_project(const char* name, Project* project) {
    // A longer name is nobody's: truncated, it could be somebody else's.
    if (strlen(name) >= NAMEDATALEN)
        return false;
    NameData key_name;
    namestrcpy(&key_name, name);
    ScanKeyData key;
    ScanKeyInit(&key, project_column::name, BTEqualStrategyNumber, F_NAMEEQ, NameGetDatum(&key_name));
    return find_by(&key, "project_name_key", project);
}

bool find_project_by_id(int32 id, Project* project) {
    ScanKeyData key;
    ScanKeyInit(&key, project_column::id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(id));
    return find_by(&key, "project_pkey", project);
}

bool stands_for(Oid role, Oid entered, const char* entered_name) {
    const char* current_name = GetUserNameFromId(entered, true);
    return current_name != nullptr && strcmp(current_name, entered_name) == 0 && has_role(role, entered);
}

bool is_member(int32 project_id, Oid role) {
    ScanKeyData key;
    ScanKeyInit(&key, member_column::project_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(project_id));
    Scan scan = begin_scan("project_member", "project_member_pkey", &key, 1);
    bool found = false;
    HeapTuple tuple;
    while (!found && HeapTupleIsValid(tuple = next_tuple(scan))) {
        bool is_null = false;
        const Oid member = DatumGetObjectId(read_column(scan, tuple, member_column::member, &is_null));
        const char* recorded = NameStr(*DatumGetName(read_column(scan, tuple, member_column::member_name, &is_null)));
        found = stands_for(role, member, recorded);
    }
    end_scan(scan);
    return found;
}

void refuse_unknown_project(const char* name) {
    ereport(ERROR, (errcode(sqlstate::kUnknownProject),
                    errmsg("project \"%s\" does not exist, or you are not a member of it", name),
                    errhint("Your projects: SELECT * FROM health_dp.projects. A steward adds you with "
                            "health_dp.add_member().")));
    pg_unreachable();
}

void check_open(const Project& project) {
    if (project.suspended)
        ereport(ERROR, (errcode(sqlstate::kSuspended), errmsg("project \"%s\" is suspended", NameStr(project.name)),
                        errhint("Ask a steward to resume it: health_dp.resume_project().")));

    const DateADT date = today();
    DateText text;
    if (date < project.valid_from)
        ereport(ERROR, (errcode(sqlstate::kOutsideValidity),
                        errmsg("project \"%s\" is not valid before %s", NameStr(project.name),
                               print_date(project.valid_from, text)),
                        errhint("Days begin at midnight UTC.")));
    if (date >= project.valid_until)
        ereport(ERROR,
                (errcode(sqlstate::kOutsideValidity),
                 errmsg("project \"%s\" expired on %s", NameStr(project.name), print_date(project.valid_until, text)),
                 errhint("Ask a steward to extend it: health_dp.extend_project().")));
}

void check_price(const Project& project, const DecimalText& epsilon) {
    if (!DatumGetBool(DirectFunctionCall2(numeric_lt, to_numeric(epsilon), to_numeric(project.min_epsilon))))
        return;
    ereport(ERROR,
            (errcode(sqlstate::kBadEpsilon),
             errmsg("health_dp.epsilon = %s is below the project's least epsilon of %s", epsilon, project.min_epsilon),
             errhint("SET health_dp.epsilon to %s or more: a statement that costs next to nothing could be "
                     "repeated without end.",
                     project.min_epsilon)));
}

void check_usable(const Project& project, Oid session_user, Oid current_user, ReleaseKind kind) {
    // Both: inside a SECURITY DEFINER function the current user is its owner, and the caller would ask on the owner's
    // rights; after SET ROLE it is the other way round.
    if (!is_member(project.id, session_user) || !is_member(project.id, current_user))
        refuse_unknown_project(NameStr(project.name));

    // Who writes the authorisations does not use them.
    const Oid steward = get_role_oid("health_dp_steward", true);
    if (OidIsValid(steward) &&
        (is_member_of_role_nosuper(session_user, steward) || is_member_of_role_nosuper(current_user, steward)))
        ereport(ERROR, (errcode(sqlstate::kUnknownProject), errmsg("a steward cannot release from a project"),
                        errhint("Connect as a role that is not a member of health_dp_steward.")));

    check_open(project);

    const bool suppressed = kind == ReleaseKind::suppressed;
    if (suppressed ? !project.releases_suppressed : !project.releases_dp)
        ereport(ERROR,
                (errcode(sqlstate::kReleaseKind),
                 errmsg("project \"%s\" does not permit %s releases", NameStr(project.name),
                        suppressed ? "suppressed" : "differentially private"),
                 errhint("Its permitted kinds of release: SELECT releases FROM health_dp.projects. They are what "
                         "create_project(releases => ...) says.")));
}

} // namespace health_dp::projects
