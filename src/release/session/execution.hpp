// One execution of a statement: its frozen settings, its one charge, and the errors it may show.
#pragma once

#include "core/noise/release_key.hpp"

#include "postgres/api.hpp"
#include "projects/catalogue.hpp"
#include "release/plan/plan.hpp"

namespace health_dp::release {

struct Execution {
    EState* estate; // of a session's; a room's has one for each release
    Execution* next;
    Oid session_user; // who asks
    Oid current_user;
    Oid login_role; // as whom that session was authenticated
    projects::Project project;
    projects::ReleaseKind kind; // of all its releases: suppressed ones have no limits, no epsilon, no keys
    bool exempt;
    int max_groups; // M and R, frozen when the execution starts
    int max_rows;
    projects::DecimalText epsilon;
    projects::DecimalText delta; // "0" where nothing needs it
    int releases;                // in the statement
    int started, completed;
    bool charged, settled;
    struct ReleaseKeys* keys; // one for each release of the statement
    int64 charge_id;
};

// What an execution asks to spend: texts may be empty and numbers 0, which mean the project's defaults.
struct Price {
    const char* epsilon;
    const char* delta;
    int max_groups;
    int max_rows;
};
// Settles ε, δ, M and R within the project's ceilings: kBadEpsilon, kBadDelta, kBadLimit. δ is 0 unless the statement
// selects groups.
void set_price(Execution* execution, const Price& asked, bool selects);

// Errors (kNoProject, kUnknownProject, kProjectChanged) unless the session's project is the one that the statement was
// planned under.
void check_same_project(int32 planned);

// In a room: the execution that all release nodes belong to from now on; null ends it.
void use_execution(Execution* execution);

// The execution a release node belongs to. Elsewhere the first node to ask settles its terms [C9].
Execution* find_execution(EState* estate, const Specification& specification);

// The secret key of one release, drawn when it is first asked for, after the charge. The planner may copy a sub-select
// and with it a release node: copies are the same release, and must draw the same noise [C8]. Throws.
const core::ReleaseKey& release_key(Execution* execution, int index);

// Commits the statement's charge unless that is done; nothing protected may be read before [C12].
void charge_once(Execution* execution, const char* claimed, const char* executed);
// Bookkeeping of failures past the charge [C20].
void note_started(Execution* execution);
void note_completed(Execution* execution);
void note_failed(Execution* execution);
void note_ended(Execution* execution);

// One release of the statement, charged: whatever it raises, at whatever level that is then caught, is a failure of the
// execution, noted where it raises.
template <class Body>
void run_charged(Execution* execution, Body&& body);

// Runs what reads protected rows. Whatever goes wrong in there leaves as one constant message without values or detail,
// to the client and to the log alike [C18]; cancel and shutdown keep their own. `body` must create no C++ object with a
// destructor outside entry().
template <class Body>
void behind_one_message(Body&& body);

[[noreturn]] void raise_constant_failure();
// The constant failure, unless the error is a cancel or a shutdown.
[[noreturn]] void raise_constant_failure(ErrorData* data);

template <class Body>
void run_charged(Execution* execution, Body&& body) {
    charge_once(execution, execution->estate->es_sourceText, nullptr);
    note_started(execution);
    PG_TRY();
    { body(); }
    PG_CATCH();
    {
        note_failed(execution);
        PG_RE_THROW();
    }
    PG_END_TRY();
    note_completed(execution);
}

template <class Body>
void behind_one_message(Body&& body) {
    MemoryContext caller = CurrentMemoryContext;
    PG_TRY();
    { body(); }
    PG_CATCH();
    {
        MemoryContextSwitchTo(caller);
        ErrorData* data = CopyErrorData();
        FlushErrorState();
        raise_constant_failure(data);
    }
    PG_END_TRY();
}

} // namespace health_dp::release
