// One execution of a statement in a room: its terms, its one charge, and the errors it may show.
#pragma once

#include "core/noise/release_key.hpp"

#include "postgres/api.hpp"
#include "projects/catalogue.hpp"
#include "release/plan/plan.hpp"

namespace health_dp::release {

struct Execution {
    Oid session_user; // who asks
    Oid current_user;
    Oid login_role; // as whom that session was authenticated
    projects::Project project;
    projects::ReleaseKind kind; // of all its releases: suppressed ones have no limits, no epsilon, no keys
    bool exempt;
    int max_groups; // M and R
    int max_rows;
    projects::DecimalText epsilon;
    projects::DecimalText delta; // "0" where nothing needs it
    int releases;                // in the statement
    bool answers_in_words;       // what is raised now is one of a suppressed release's documented answers [C18]
    bool overtaken;              // what the suppressed release was judged by is no longer the latest: it runs again
    const char* public_contents; // of the suppressed release that runs, for the register
    struct ReleaseKeys* keys;    // one for each release of the statement
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

// The execution that all release nodes of this process belong to from now on; null ends it.
void use_execution(Execution* execution);
Execution* current_execution();

// The secret key of one release, drawn when it is first asked for, after the charge. The planner may copy a sub-select
// and with it a release node: copies are the same release, and must draw the same noise [C8]. Throws.
const core::ReleaseKey& release_key(Execution* execution, int index);

// Commits the statement's charge; nothing protected may be read before [C12].
void charge(Execution* execution, const char* claimed, const char* executed);

// What a session says of a release that failed in its room after the charge: no values, no detail [C18].
[[noreturn]] void raise_constant_failure();

} // namespace health_dp::release
