#include "ledger/key_book.hpp"

#include "ledger/statements.hpp"
#include "postgres/errors.hpp"

namespace health_dp::ledger::key_book {

namespace {

// A day is UTC's, by the clock: a session can neither move it with its time zone nor stay in yesterday's transaction.
#define HDP_TODAY "(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC')::pg_catalog.date"

Statement find_permissions = {
    "SELECT k.permission_id, k.member::pg_catalog.oid, k.member_name, k.project_id, k.per_day,"
    " GREATEST(0, k.per_day - COALESCE(d.used, 0)) FROM health_dp.key_permission AS k"
    " LEFT JOIN health_dp.key_use_day AS d ON d.permission_id = k.permission_id AND d.day = " HDP_TODAY
    " WHERE k.domain = $1 AND k.operation = $2 ORDER BY k.permission_id",
    2,
    {TEXTOID, TEXTOID},
    nullptr};

Statement take_from_day = {"INSERT INTO health_dp.key_use_day AS d (permission_id, day, used) VALUES ($1, " HDP_TODAY
                           ", $2) ON CONFLICT (permission_id, day) DO UPDATE SET used = d.used + EXCLUDED.used",
                           2,
                           {INT8OID, INT8OID},
                           nullptr};

Statement grow_entry = {"UPDATE health_dp.key_use SET reserved = reserved + $3"
                        " WHERE use_id = $1 AND permission_id = $2 AND day = " HDP_TODAY " AND used IS NULL"
                        " AND order_id IS NOT DISTINCT FROM NULLIF($4, 0)"
                        " RETURNING use_id",
                        4,
                        {INT8OID, INT8OID, INT8OID, INT8OID},
                        nullptr};

Statement new_entry = {
    "INSERT INTO health_dp.key_use (day, used_at, session_role, user_role, domain, version, operation, permission_id,"
    " project_id, order_id, reserved) VALUES (" HDP_TODAY ", pg_catalog.clock_timestamp(), $1, $2, $3, $4, $5,"
    " $6, NULLIF($7, 0), NULLIF($8, 0), $9) RETURNING use_id",
    9,
    {NAMEOID, NAMEOID, TEXTOID, INT4OID, TEXTOID, INT8OID, INT4OID, INT8OID, INT8OID},
    nullptr};

Statement find_order = {
    "SELECT order_id, at_most - opened FROM health_dp.reidentification_order"
    " WHERE domain = $1 AND requested_by = $2 AND requester = $4 AND motive = $3 AND approved_at IS NOT NULL"
    " AND expires_at > pg_catalog.clock_timestamp() AND opened < at_most ORDER BY order_id LIMIT 1",
    4,
    {TEXTOID, NAMEOID, TEXTOID, OIDOID},
    nullptr};

Statement take_from_order = {"UPDATE health_dp.reidentification_order SET opened = opened + $2 WHERE order_id = $1",
                             2,
                             {INT8OID, INT8OID},
                             nullptr};

// What was reserved and not used goes back: into the day it was taken from, and into its order.
Statement end_entries = {
    "WITH ended AS (UPDATE health_dp.key_use AS u SET used = LEAST(n.used, u.reserved),"
    " finished_at = pg_catalog.clock_timestamp() FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS n "
    "(use_id, used)"
    " WHERE u.use_id = n.use_id AND u.used IS NULL"
    " RETURNING u.permission_id, u.day, u.order_id, u.reserved - u.used AS unused),"
    " orders AS (UPDATE health_dp.reidentification_order AS o SET opened = GREATEST(0, o.opened - e.unused)"
    " FROM (SELECT order_id, pg_catalog.sum(unused)::pg_catalog.int8 AS unused FROM ended GROUP BY order_id) AS e"
    " WHERE o.order_id = e.order_id AND e.unused > 0)"
    " UPDATE health_dp.key_use_day AS d SET used = GREATEST(0, d.used - e.unused)"
    " FROM (SELECT permission_id, day, pg_catalog.sum(unused)::pg_catalog.int8 AS unused FROM ended"
    " GROUP BY permission_id, day) AS e"
    " WHERE d.permission_id = e.permission_id AND d.day = e.day AND e.unused > 0",
    2,
    {INT8ARRAYOID, INT8ARRAYOID},
    nullptr};

#undef HDP_TODAY

struct Permission {
    int64 id;
    int32 project; // 0 for none
    int64 per_day;
    int64 left; // today
};

struct Order {
    int64 id; // 0 where none is needed
    int64 left;
};

Datum text(const NameData& name) { return CStringGetTextDatum(NameStr(name)); }

// The first permission that stands for both users and has enough left; otherwise the first that stands for both. Both
// users: a permitted role's SECURITY DEFINER function does not lend its permission to its callers.
bool find_permission(const Request& request, Permission* found) {
    Datum question[] = {text(request.domain), text(request.operation)};
    const uint64 count = execute(find_permissions, question);
    SPITupleTable* rows = SPI_tuptable;
    bool matches = false;
    for (uint64 i = 0; i < count; i++) {
        bool is_null = false;
        const auto column = [&](int number) { return SPI_getbinval(rows->vals[i], rows->tupdesc, number, &is_null); };
        const Oid member = DatumGetObjectId(column(2));
        const char* member_name = NameStr(*DatumGetName(column(3)));
        if (!projects::stands_for(request.session_user, member, member_name) ||
            !projects::stands_for(request.current_user, member, member_name))
            continue;
        const int64 left = DatumGetInt64(column(6));
        const bool is_enough = left >= request.at_least;
        if (matches && !is_enough)
            continue;
        matches = true;
        const int64 id = DatumGetInt64(column(1));
        const int64 per_day = DatumGetInt64(column(5));
        const Datum project = column(4);
        *found = {id, is_null ? 0 : DatumGetInt32(project), per_day, left};
        if (is_enough)
            break;
    }
    return matches;
}

Permission judge_permission(const Request& request) {
    Permission permission;
    if (!find_permission(request, &permission))
        ereport(ERROR, (errcode(sqlstate::kKeyUse),
                        errmsg("you may not use the key of domain \"%s\" to %s", NameStr(request.domain),
                               NameStr(request.operation)),
                        errhint("A custodian permits it with health_dp.permit_key_use(); the current user and the "
                                "session's user both need it.")));
    if (permission.project != 0) {
        projects::Project project;
        if (!projects::find_project_by_id(permission.project, &project))
            ereport(ERROR, (errcode(sqlstate::kKeyUse), errmsg("the permission's project does not exist any more")));
        projects::check_open(project);
    }
    if (permission.left < request.at_least)
        ereport(ERROR, (errcode(sqlstate::kKeyQuota),
                        errmsg("today's uses of the key of domain \"%s\" to %s are used up", NameStr(request.domain),
                               NameStr(request.operation)),
                        errdetail("Permitted are %lld a day; left are %lld, asked for are %lld.",
                                  static_cast<long long>(permission.per_day), static_cast<long long>(permission.left),
                                  static_cast<long long>(request.at_least)),
                        errhint("Days begin at midnight UTC. A custodian may permit more: "
                                "health_dp.permit_key_use().")));
    return permission;
}

Order judge_order(const Request& request, NameData* requested_by) {
    Datum question[] = {text(request.domain), NameGetDatum(requested_by), CStringGetTextDatum(request.motive),
                        ObjectIdGetDatum(request.session_user)};
    bool is_null = false;
    Order order = {0, 0};
    if (execute(find_order, question) == 1)
        order = {DatumGetInt64(result(0, 1, &is_null)), DatumGetInt64(result(0, 2, &is_null))};
    if (order.left < request.at_least)
        ereport(ERROR, (errcode(sqlstate::kOrder),
                        errmsg("no approved order of yours covers this reidentification in domain \"%s\"",
                               NameStr(request.domain)),
                        errhint("Ask for one with health_dp.ask_reidentification(), have a custodian approve it, and "
                                "give the same motive: SELECT * FROM health_dp.reidentification_orders.")));
    return order;
}

} // namespace

void judge(const Request& request, Answer* answer) {
    const Permission permission = judge_permission(request);
    NameData session_role;
    NameData user_role;
    namestrcpy(&session_role, GetUserNameFromId(request.session_user, false));
    namestrcpy(&user_role, GetUserNameFromId(request.current_user, false));
    Order order = {0, PG_INT64_MAX};
    if (strcmp(NameStr(request.operation), "reidentify") == 0)
        order = judge_order(request, &session_role);

    const int64 granted = Min(Min(request.wanted, permission.left), order.left);
    Datum taking[] = {Int64GetDatum(permission.id), Int64GetDatum(granted)};
    execute(take_from_day, taking);
    if (order.id != 0) {
        Datum opening[] = {Int64GetDatum(order.id), Int64GetDatum(granted)};
        execute(take_from_order, opening);
    }
    Datum growth[] = {Int64GetDatum(request.use_id), Int64GetDatum(permission.id), Int64GetDatum(granted),
                      Int64GetDatum(order.id)};
    bool is_null = false;
    if (request.use_id == 0 || execute(grow_entry, growth) == 0) {
        Datum entry[] = {NameGetDatum(&session_role),       NameGetDatum(&user_role), text(request.domain),
                         Int32GetDatum(request.version),    text(request.operation),  Int64GetDatum(permission.id),
                         Int32GetDatum(permission.project), Int64GetDatum(order.id),  Int64GetDatum(granted)};
        if (execute(new_entry, entry) != 1)
            elog(ERROR, "the use of a key was not put on record");
    }
    answer->number = DatumGetInt64(result(0, 1, &is_null));
    answer->granted = granted;
}

void write_notes(int count, const Note* notes) {
    Datum* numbers = static_cast<Datum*>(palloc(sizeof(Datum) * Max(count, 1)));
    Datum* used = static_cast<Datum*>(palloc(sizeof(Datum) * Max(count, 1)));
    int matching = 0;
    for (int i = 0; i < count; i++) {
        if (notes[i].outcome != Outcome::used)
            continue;
        numbers[matching] = Int64GetDatum(notes[i].number);
        used[matching++] = Int64GetDatum(notes[i].used);
    }
    if (matching == 0)
        return;
    const auto array = [&](Datum* values) {
        return PointerGetDatum(
            construct_array(values, matching, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
    };
    Datum ended[] = {array(numbers), array(used)};
    execute(end_entries, ended);
}

} // namespace health_dp::ledger::key_book
