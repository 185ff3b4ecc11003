// The client's side of the ledger: hands a charge to the database's ledger worker and waits until it is durable.
#pragma once

#include "postgres/api.hpp"
#include "projects/catalogue.hpp"

namespace health_dp::ledger {

struct Charge {
    int32 project;
    Oid session_user;
    Oid current_user;
    projects::DecimalText epsilon; // exact decimal text, positive
    projects::DecimalText delta;   // "0" when nothing needs it
    int32 releases;                // how many release nodes the statement has
    const char* query;             // text for the record, truncated; may be null
};

// Returns the identifier of the committed charge. Errors: kBudgetExhausted, kSuspended, kOutsideValidity,
// kUnknownProject (membership and validity are judged again by the worker, in the charge's own transaction),
// kLedgerUnavailable, kNotLoaded. Uses shared memory and latches only: no XID, no subtransaction, fit for parallel
// mode. Cancel and termination are honoured while waiting; the charge may then have been committed all the same.
int64 charge(const Charge& request);

// Notes that the execution of a charge delivered its answer. A charge of a transaction or subtransaction that aborts
// before this is noted as a failure [C20]. Never waits for the worker and never errors.
void settle(int64 charge_id);

// Requests shared memory and defines settings and hooks. Called once, from _PG_init, in the postmaster only.
void initialise();

} // namespace health_dp::ledger
