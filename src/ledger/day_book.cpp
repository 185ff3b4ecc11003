#include "postgres/api.hpp"

#include "ledger/day_book.hpp"
#include "ledger/settings.hpp"
#include "ledger/statements.hpp"
#include "postgres/errors.hpp"

namespace health_dp::ledger::day_book {

namespace {

constexpr int32 kAllProjects = 0;

// Counts first and looks at the result: rows locked by the update are judged in their latest version, so that even two
// writers could not both make the last execution of a day. Not ON CONFLICT DO UPDATE: that locks each row before it
// changes it, and a batch of charges would read back what it has locked, more of it with each charge.
Statement count_execution = {"UPDATE health_dp.ledger_day SET executions = executions + 1"
                             " WHERE login_role = $1 AND day = $2 AND project_id IN (0, $3)"
                             " RETURNING project_id, executions, failures",
                             3,
                             {NAMEOID, DATEOID, INT4OID},
                             nullptr};

Statement open_day = {"INSERT INTO health_dp.ledger_day AS d (login_role, day, project_id, executions)"
                      " SELECT $1, $2, v.project_id, 1 FROM (VALUES (0), ($3)) AS v(project_id)"
                      " WHERE NOT EXISTS (SELECT FROM health_dp.ledger_day AS e"
                      " WHERE e.login_role = $1 AND e.day = $2 AND e.project_id = v.project_id)"
                      " RETURNING project_id, executions, failures",
                      3,
                      {NAMEOID, DATEOID, INT4OID},
                      nullptr};

struct Day {
    DateADT date;
    int32 executions; // this one included, over all projects
    int32 executions_in_project;
    int32 failures; // over all projects
};

void read_rows(uint64 rows, Day* day) {
    bool is_null = false;
    for (uint64 row = 0; row < rows; row++) {
        const int32 executions = DatumGetInt32(result(row, 2, &is_null));
        if (DatumGetInt32(result(row, 1, &is_null)) == kAllProjects) {
            day->executions = executions;
            day->failures = DatumGetInt32(result(row, 3, &is_null));
        } else {
            day->executions_in_project = executions;
        }
    }
}

Day count(const projects::Project& project, NameData& login_role) {
    constexpr uint64 kRows = 2; // over all projects, and in this one
    Day day = {projects::today(), 0, 0, 0};
    Datum values[] = {NameGetDatum(&login_role), DateADTGetDatum(day.date), Int32GetDatum(project.id)};
    const uint64 rows = execute(count_execution, values);
    read_rows(rows, &day);
    if (rows < kRows)
        read_rows(execute(open_day, values), &day);
    return day;
}

} // namespace

void judge(const projects::Project& project, NameData& login_role) {
    const Day day = count(project, login_role);
    projects::DateText tomorrow;
    projects::print_date(day.date + 1, tomorrow);

    if (settings::failures_per_day > 0 && day.failures >= settings::failures_per_day)
        ereport(ERROR,
                (errcode(sqlstate::kFailuresOfDay),
                 errmsg("role \"%s\" has no further release today: %d executions failed after their charge",
                        NameStr(login_role), day.failures),
                 errdetail("Nothing was charged. The day ends with the beginning of %s, at midnight UTC.", tomorrow),
                 errhint("Cancelled executions count, and lost connections. Ask your database administrator "
                         "(health_dp.failures_per_day), or tomorrow.")));

    const bool has_own = project.executions_per_day != projects::kServersNumber;
    const int32 limit = has_own ? project.executions_per_day : settings::executions_per_day;
    const int32 executions = has_own ? day.executions_in_project : day.executions;
    if (limit > 0 && executions > limit)
        ereport(ERROR,
                (errcode(sqlstate::kExecutionsOfDay),
                 has_own ? errmsg("role \"%s\" has used up today's executions in project \"%s\": %d",
                                  NameStr(login_role), NameStr(project.name), limit)
                         : errmsg("role \"%s\" has used up today's executions: %d", NameStr(login_role), limit),
                 errdetail("Nothing was charged. The day ends with the beginning of %s, at midnight UTC.", tomorrow),
                 errhint("Keep results with CREATE TABLE AS and work on those. A steward may set another number: "
                         "health_dp.limit_executions().")));
}

} // namespace health_dp::ledger::day_book
