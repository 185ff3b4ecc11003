#include "postgres/api.hpp"

#include "ledger/book.hpp"
#include "ledger/day_book.hpp"
#include "ledger/key_book.hpp"
#include "ledger/settings.hpp"
#include "ledger/statements.hpp"
#include "postgres/errors.hpp"

namespace health_dp::ledger::book {

namespace {

constexpr const char* kSchema = "health_dp";

// The comparison and the addition in one statement: a row locked by the update is judged in its latest version, so that
// even two writers could not spend the same budget twice. Numeric arithmetic is exact [C14].
Statement spend = {"UPDATE health_dp.ledger_total AS t"
                   " SET epsilon_spent = t.epsilon_spent + $2, delta_spent = t.delta_spent + $3"
                   " FROM health_dp.project AS p WHERE t.project_id = $1 AND p.id = $1"
                   " AND t.epsilon_spent + $2 <= p.epsilon AND t.delta_spent + $3 <= p.delta",
                   3,
                   {INT4OID, NUMERICOID, NUMERICOID},
                   nullptr};

// From the charges, not from zero: a total that somebody lost must not open the budget again.
Statement open_total = {"INSERT INTO health_dp.ledger_total (project_id, epsilon_spent, delta_spent)"
                        " SELECT $1, COALESCE(pg_catalog.sum(epsilon), 0), COALESCE(pg_catalog.sum(delta), 0)"
                        " FROM health_dp.ledger_charge WHERE project_id = $1"
                        " HAVING NOT EXISTS (SELECT FROM health_dp.ledger_total WHERE project_id = $1)",
                        1,
                        {INT4OID},
                        nullptr};

Statement book_charge = {
    "INSERT INTO health_dp.ledger_charge"
    " (project_id, charged_at, session_role, user_role, epsilon, delta, releases, query, kind,"
    " login_role, executed)"
    " VALUES ($1, pg_catalog.clock_timestamp(), $2, $3, $4, $5, $6, $7, $8, $9,"
    " NULLIF($10, '')) RETURNING charge_id",
    10,
    {INT4OID, NAMEOID, NAMEOID, NUMERICOID, NUMERICOID, INT4OID, TEXTOID, TEXTOID, NAMEOID, TEXTOID},
    nullptr};

// Only on top of what the release was judged by.
Statement book_publishing = {
    "INSERT INTO health_dp.suppressed_release (project_id, charge_id, population, cells, policy, patients,"
    " public_contents, padding, key_version) SELECT $1, $2, $3, $4, $6, $7, $8, $9, $10 WHERE $5 ="
    " (SELECT COALESCE(pg_catalog.max(release_id), 0) FROM health_dp.suppressed_release WHERE project_id = $1)"
    " RETURNING release_id",
    10,
    {INT4OID, INT8OID, TEXTOID, BYTEAOID, INT8OID, NAMEOID, INT8OID, TEXTOID, BYTEAOID, INT2OID},
    nullptr};

Statement read_rest = {"SELECT pg_catalog.trim_scale(p.epsilon - t.epsilon_spent)::pg_catalog.text,"
                       " pg_catalog.trim_scale(p.delta - t.delta_spent)::pg_catalog.text"
                       " FROM health_dp.project AS p LEFT JOIN health_dp.ledger_total AS t ON t.project_id = p.id"
                       " WHERE p.id = $1",
                       1,
                       {INT4OID},
                       nullptr};

Statement mark_interrupted_before = {
    "UPDATE health_dp.ledger_charge SET interrupted_at = pg_catalog.clock_timestamp()"
    " WHERE charged_at < $1 AND settled_at IS NULL AND failed_at IS NULL AND interrupted_at IS NULL",
    1,
    {TIMESTAMPTZOID},
    nullptr};

Statement mark_settled = {"UPDATE health_dp.ledger_charge SET settled_at = pg_catalog.clock_timestamp()"
                          " WHERE charge_id = ANY ($1) AND settled_at IS NULL AND failed_at IS NULL"
                          " AND interrupted_at IS NULL",
                          1,
                          {INT8ARRAYOID},
                          nullptr};

// Counted on the day on which they are seen, and not on that of their charge: who lets yesterday's charges fail today
// gets no further one today.
Statement mark_failed = {
    "WITH failed AS (UPDATE health_dp.ledger_charge SET failed_at = pg_catalog.clock_timestamp()"
    " WHERE charge_id = ANY ($1) AND settled_at IS NULL AND failed_at IS NULL AND interrupted_at IS NULL"
    " RETURNING project_id, login_role),"
    " of_day AS (INSERT INTO health_dp.ledger_day AS d (login_role, day, project_id, failures)"
    " SELECT f.login_role, $2, COALESCE(f.project_id, 0), pg_catalog.count(*)::pg_catalog.int4 FROM failed AS f"
    " GROUP BY GROUPING SETS ((f.login_role), (f.login_role, f.project_id))"
    " ON CONFLICT (login_role, day, project_id) DO UPDATE SET failures = d.failures + EXCLUDED.failures),"
    " counted AS (SELECT project_id, pg_catalog.count(*)::pg_catalog.int4 AS failures FROM failed GROUP BY project_id)"
    " UPDATE health_dp.ledger_total AS t SET failures = t.failures + c.failures"
    " FROM counted AS c WHERE t.project_id = c.project_id",
    2,
    {INT8ARRAYOID, DATEOID},
    nullptr};

Statement find_failing = {"SELECT 1 FROM health_dp.ledger_total WHERE failures >= $1 LIMIT 1", 1, {INT4OID}, nullptr};

// The count begins anew, so that a project which a steward resumes has its whole limit again.
Statement suspend_failing = {
    "WITH reached AS (UPDATE health_dp.ledger_total SET failures = 0 WHERE failures >= $1 RETURNING project_id)"
    " UPDATE health_dp.project AS p SET suspended = true, suspended_because = pg_catalog.format("
    "'%s executions failed after they had been charged (health_dp.failure_limit)', $1)"
    " FROM reached AS r WHERE p.id = r.project_id AND NOT p.suspended RETURNING p.name::pg_catalog.text",
    1,
    {INT4OID},
    nullptr};

// Locks the tables once for the whole transaction, so that a table which somebody else holds costs one lock timeout and
// not one a request. In a database without the extension anybody may own a schema of that name, and a superuser's
// worker must not run the triggers of tables found there.
void lock_tables() {
    const struct {
        const char* name;
        LOCKMODE mode;
    } tables[] = {{"ledger_charge", RowExclusiveLock},
                  {"ledger_total", RowExclusiveLock},
                  {"ledger_day", RowExclusiveLock},
                  {"project", AccessShareLock},
                  {"project_member", AccessShareLock},
                  {"key_permission", AccessShareLock},
                  {"key_use", RowExclusiveLock},
                  {"key_use_day", RowExclusiveLock},
                  {"reidentification_order", RowExclusiveLock},
                  {"suppressed_release", RowExclusiveLock}};
    const Oid extension = get_extension_oid("health_dp", true);
    for (const auto& table : tables) {
        RangeVar* name = makeRangeVar(pstrdup(kSchema), pstrdup(table.name), -1);
        const Oid relation = OidIsValid(extension) ? RangeVarGetRelid(name, table.mode, true) : InvalidOid;
        if (!OidIsValid(relation) || getExtensionOfObject(RelationRelationId, relation) != extension)
            ereport(ERROR, (errcode(sqlstate::kLedgerUnavailable),
                            errmsg("the extension health_dp is not installed in this database"),
                            errhint("Ask your database administrator: CREATE EXTENSION health_dp.")));
        // Behind the first table's lock, which an update takes as well, and before a table that the old version lacks.
        if (&table == tables)
            projects::require_own_version();
    }
}

[[noreturn]] void refuse_exhausted(const projects::Project& project, const Request& request) {
    Datum id = Int32GetDatum(project.id);
    if (execute(read_rest, &id) != 1)
        projects::refuse_unknown_project(NameStr(project.name));
    ereport(ERROR, (errcode(sqlstate::kBudgetExhausted),
                    errmsg("the budget of project \"%s\" does not cover this query", NameStr(project.name)),
                    errdetail("It costs epsilon %s and delta %s; left are epsilon %s and delta %s.", request.epsilon,
                              request.delta, text_result(0, 1), text_result(0, 2)),
                    errhint("Ask for less with health_dp.epsilon and health_dp.delta if that is left: SELECT * FROM "
                            "health_dp.budget. What is spent is spent; a steward may open another project.")));
    pg_unreachable();
}

Datum to_numeric(const char* digits) {
    return DirectFunctionCall3(numeric_in, CStringGetDatum(digits), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

// Judges one charge, on what is committed now, and books it. Raises when the answer is no.
int64 judge_charge(const Request& request) {
    projects::Project project;
    if (!projects::find_project_by_id(request.project, &project))
        ereport(ERROR, (errcode(sqlstate::kUnknownProject), errmsg("the project does not exist any more")));
    projects::check_usable(project, request.session_user, request.current_user, request.release_kind);
    if (request.release_kind == projects::ReleaseKind::dp)
        projects::check_price(project, request.epsilon);

    NameData login_role;
    namestrcpy(&login_role, GetUserNameFromId(request.login_role, false));
    day_book::judge(project, login_role);

    Datum epsilon = to_numeric(request.epsilon);
    Datum delta = to_numeric(request.delta);
    Datum spending[] = {Int32GetDatum(project.id), epsilon, delta};
    if (execute(spend, spending) == 0 && (execute(open_total, spending) == 0 || execute(spend, spending) == 0))
        refuse_exhausted(project, request);

    NameData session_role;
    NameData user_role;
    namestrcpy(&session_role, GetUserNameFromId(request.session_user, false));
    namestrcpy(&user_role, GetUserNameFromId(request.current_user, false));
    Datum charge[] = {
        Int32GetDatum(project.id),
        NameGetDatum(&session_role),
        NameGetDatum(&user_role),
        epsilon,
        delta,
        Int32GetDatum(request.releases),
        CStringGetTextDatum(request.query),
        CStringGetTextDatum(request.release_kind == projects::ReleaseKind::suppressed ? "suppressed" : "dp"),
        NameGetDatum(&login_role),
        CStringGetTextDatum(request.executed)};
    if (execute(book_charge, charge) != 1)
        elog(ERROR, "a charge was not booked");
    bool is_null = false;
    return DatumGetInt64(result(0, 1, &is_null));
}

// Whoever asks for the size of the table, before a release and after it, sees this as well. A release that publishes
// nothing new is not written again: nobody averages it away.
bytea* random_padding() {
    uint16 length;
    if (!pg_strong_random(&length, sizeof(length)))
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
    auto* padding = static_cast<bytea*>(palloc(VARHDRSZ + static_cast<Size>(length)));
    SET_VARSIZE(padding, VARHDRSZ + length);
    if (!pg_strong_random(VARDATA(padding), length))
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
    return padding;
}

int64 judge_publishing(const Request& request) {
    dsm_segment* segment = dsm_attach(request.cells);
    if (segment == nullptr) // its client has gone
        ereport(ERROR, (errcode(sqlstate::kLedgerUnavailable), errmsg("the release was given up")));
    auto* cells = static_cast<bytea*>(palloc(VARHDRSZ + request.cells_size));
    SET_VARSIZE(cells, VARHDRSZ + request.cells_size);
    const auto* bytes = static_cast<const char*>(dsm_segment_address(segment));
    memcpy(VARDATA(cells), bytes, request.cells_size);
    text* contents = cstring_to_text_with_len(bytes + request.cells_size, static_cast<int>(request.contents_size));
    dsm_detach(segment);
    Datum values[] = {Int32GetDatum(request.project),          Int64GetDatum(request.charge_id),
                      CStringGetTextDatum(request.population), PointerGetDatum(cells),
                      Int64GetDatum(request.previous),         NameGetDatum(&request.policy),
                      Int64GetDatum(request.patients),         PointerGetDatum(contents),
                      PointerGetDatum(random_padding()),       Int16GetDatum(request.key_version)};
    if (execute(book_publishing, values) != 1)
        return 0; // another release of the project came in between
    bool is_null = false;
    return DatumGetInt64(result(0, 1, &is_null));
}

Datum to_array(int count, const Note* notes, Outcome outcome, int* matching) {
    Datum* numbers = static_cast<Datum*>(palloc(sizeof(Datum) * Max(count, 1)));
    *matching = 0;
    for (int i = 0; i < count; i++)
        if (notes[i].outcome == outcome)
            numbers[(*matching)++] = Int64GetDatum(notes[i].number);
    return PointerGetDatum(
        construct_array(numbers, *matching, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

void suspend_projects() {
    Datum limit = Int32GetDatum(settings::failure_limit);
    if (settings::failure_limit == 0 || execute(find_failing, &limit) == 0)
        return;
    const uint64 suspended = execute(suspend_failing, &limit);
    for (uint64 i = 0; i < suspended; i++)
        ereport(LOG, (errmsg("health_dp suspends project \"%s\": %d executions failed after they had been charged",
                             text_result(i, 1), settings::failure_limit)));
}

void write_notes(int count, const Note* notes) {
    int matching = 0;
    Datum settled = to_array(count, notes, Outcome::settled, &matching);
    if (matching > 0)
        execute(mark_settled, &settled);
    Datum failed[] = {to_array(count, notes, Outcome::failed, &matching), DateADTGetDatum(projects::today())};
    if (matching > 0) {
        execute(mark_failed, failed);
        suspend_projects();
    }
    key_book::write_notes(count, notes);
}

void judge(const Request& request, Answer* answer) {
    switch (request.kind) {
    case Kind::charge:
        answer->number = judge_charge(request);
        return;
    case Kind::publishing:
        answer->number = judge_publishing(request);
        return;
    case Kind::key_use:
        key_book::judge(request, answer);
        return;
    }
}

bool is_ours(const ErrorData* error) {
    return ERRCODE_TO_CATEGORY(error->sqlerrcode) == MAKE_SQLSTATE('Z', 'D', '0', '0', '0');
}

// What our own conditions say goes to the client; anything else PostgreSQL has to say, into the server's log.
void refuse(Answer* answer, const ErrorData* error) {
    answer->refused = true;
    answer->refusal = {};
    postgres::SqlError& refusal = answer->refusal;
    if (is_ours(error)) {
        refusal.sqlstate = error->sqlerrcode;
        strlcpy(refusal.message, error->message, sizeof(refusal.message));
        strlcpy(refusal.detail, error->detail != nullptr ? error->detail : "", sizeof(refusal.detail));
        strlcpy(refusal.hint, error->hint != nullptr ? error->hint : "", sizeof(refusal.hint));
        return;
    }
    refusal.sqlstate = sqlstate::kLedgerUnavailable;
    strlcpy(refusal.message, "the ledger could not be written", sizeof(refusal.message));
    strlcpy(refusal.detail, "Nothing was charged, and nothing was read.", sizeof(refusal.detail));
    strlcpy(refusal.hint, "Ask your database administrator to look into the server's log.", sizeof(refusal.hint));
}

void log_failure(const ErrorData* error) {
    if (is_ours(error))
        return;
    ereport(LOG, (errcode(error->sqlerrcode), errmsg("health_dp could not write its ledger: %s", error->message),
                  error->detail != nullptr ? errdetail_internal("%s", error->detail) : 0));
}

// Runs the body in a subtransaction, so that its failure undoes nothing else; returns the failure, or null.
template <class Body>
const ErrorData* attempt(Body&& body) {
    MemoryContext context = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    const ErrorData* failure = nullptr;
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(context);
    try {
        postgres::call([&] {
            body();
            ReleaseCurrentSubTransaction();
        });
    } catch (const postgres::PostgresError& error) {
        failure = error.data;
    }
    // After the handler: it holds a C++ object, and a rollback may raise.
    if (failure != nullptr)
        RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
    return failure;
}

void judge_all(int count, const int* places, Answer* answers) {
    const ErrorData* blocked = nullptr;
    for (int i = 0; i < count; i++) {
        const ErrorData* failure = blocked;
        if (failure == nullptr)
            failure = attempt([&] { judge(queue::request(places[i]), &answers[i]); });
        if (failure == nullptr)
            continue;
        if (failure != blocked)
            log_failure(failure);
        refuse(&answers[i], failure);
        // Somebody holds rows of the ledger: the others do not wait one after the other for the same.
        if (failure->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE || failure->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED)
            blocked = failure;
    }
}

// Runs the body in a transaction of its own; returns the failure, or null when it is committed.
template <class Body>
const ErrorData* in_transaction(Body&& body) {
    const ErrorData* failure = nullptr;
    try {
        postgres::call([&] {
            SetCurrentStatementStartTimestamp();
            StartTransactionCommand();
            SPI_connect();
            lock_tables();
            // SPI wants one to stand on; every statement takes a newer one of its own.
            PushActiveSnapshot(GetTransactionSnapshot());
            body();
            PopActiveSnapshot();
            SPI_finish();
            CommitTransactionCommand();
        });
        return nullptr;
    } catch (const postgres::PostgresError& error) {
        failure = error.data;
    }
    log_failure(failure);
    AbortCurrentTransaction();
    return failure;
}

} // namespace

void write(int count, const int* places, Answer* answers, int note_count, const Note* notes, bool* notes_written) {
    for (int i = 0; i < count; i++)
        answers[i] = {};
    bool noted = false;
    const ErrorData* failure = in_transaction([&] {
        // First the notes: a project that they suspend, or a member whose day is over, gets no further charge.
        if (note_count > 0) {
            const ErrorData* not_noted = attempt([&] { write_notes(note_count, notes); });
            noted = not_noted == nullptr;
            if (!noted)
                log_failure(not_noted);
        }
        judge_all(count, places, answers);
    });
    *notes_written = failure == nullptr && noted;
    for (int i = 0; failure != nullptr && i < count; i++)
        if (!answers[i].refused)
            refuse(&answers[i], failure);
}

bool mark_interrupted(TimestampTz before) {
    Datum moment = TimestampTzGetDatum(before);
    return in_transaction([&] { execute(mark_interrupted_before, &moment); }) == nullptr;
}

} // namespace health_dp::ledger::book
