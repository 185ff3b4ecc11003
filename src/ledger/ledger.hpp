// The client's side of the ledger: hands a charge to the database's ledger worker and waits until it is durable.
#pragma once

#include "postgres/api.hpp"
#include "projects/catalogue.hpp"

namespace health_dp::ledger {

struct Charge {
    int32 project;
    projects::ReleaseKind kind; // suppressed ones cost no epsilon and no delta, and are on record all the same
    Oid session_user;
    Oid current_user;
    Oid login_role;                // who logged in, whatever SET SESSION AUTHORIZATION says: its days are counted [C28]
    projects::DecimalText epsilon; // exact decimal text, positive; "0" of suppressed releases
    projects::DecimalText delta;   // "0" when nothing needs it
    int32 releases;                // how many release nodes the statement has
    const char* query;             // what the session claims to have typed, for the record, truncated; may be null
    const char* executed;          // what runs, said by who runs it, likewise
};

// Returns the identifier of the committed charge. Errors: kBudgetExhausted, kSuspended, kOutsideValidity,
// kUnknownProject, kBadEpsilon (membership, validity and price are judged again by the worker, in the charge's own
// transaction), kExecutionsOfDay, kFailuresOfDay,
// kLedgerUnavailable, kNotLoaded. Uses shared memory and latches only: no XID, no subtransaction, fit for parallel
// mode. Cancel and termination are honoured while waiting; the charge may then have been committed all the same.
int64 charge(const Charge& request);

// Notes that the execution of a charge delivered its answer. A charge of a transaction or subtransaction that aborts
// before this is noted as a failure [C20]. Never waits for the worker and never errors.
void settle(int64 charge_id);

// Notes at once that it failed [C20]: where the error is caught behind a savepoint that is younger than the charge, no
// transaction's end would. Never waits for the worker and never errors.
void fail(int64 charge_id);

// What a suppressed release is about to hand out, for the register that later ones are judged by.
struct Publishing {
    int32 project;
    int64 charge_id;
    int64 previous;         // the project's latest release that this one was judged by; 0 for none
    const char* population; // 32 hexadecimal digits
    const char* policy;     // what held: its name, and the least number of patients
    int64 patients;
    const char* cells; // of the whole project, sealed
    uint64 size;
    uint8 key_version;           // that they are sealed under
    const char* public_contents; // of the tables that it looked at
};

// Returns the release's identifier when it is durable, outside the caller's transaction; or 0, and nothing was written,
// where another release of the project came in between: this one has to be judged anew. Errors: kLedgerUnavailable.
int64 publish(const Publishing& request);

// What a session computes with a key, reserved before it is computed [C23].
struct KeyUse {
    int64 use_id; // 0 for a new entry of the record; otherwise the session's own entry that grows
    const char* domain;
    int32 version;
    const char* operation; // as in health_dp.key_permission
    Oid session_user;
    Oid current_user;
    int64 wanted;
    int64 at_least;     // fewer are no use; 1 or more
    const char* motive; // of an approved order, which reidentify takes; else null
};

struct Reservation {
    int64 use_id; // another one than asked for where the entry could not grow: the day is over
    int64 granted;
};

// Returns when the uses are durably on record and taken off the day's quota. Errors: kKeyUse, kKeyQuota, kOrder,
// kSuspended and kOutsideValidity of the permission's project, kLedgerUnavailable, kNotLoaded. Otherwise as charge().
Reservation reserve(const KeyUse& request);

// Notes how many of an entry's reserved uses were made; the rest goes back into the quota. Never waits for the worker
// and never errors; where the note is lost, the entry keeps all that was reserved.
void finish(int64 use_id, int64 used);

// Requests shared memory and defines settings and hooks. Called once, from _PG_init, in the postmaster only.
void initialise();

} // namespace health_dp::ledger
