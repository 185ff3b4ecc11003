// What clients and workers of the ledger share: waiting requests, workers on duty, notes on how charges ended. All of
// it is plain data under one lock, held for a few microseconds and never across anything that can raise.
#pragma once

#include "ledger/ledger.hpp"
#include "postgres/boundary.hpp"

namespace health_dp::ledger {

constexpr int kMaxRequests = 256; // more sessions than that wait for a vacant place
constexpr int kMaxNotes = 4096;
constexpr int kQueryBytes = 1024; // of a query's text, for the record
constexpr int kMotiveBytes = 256;
constexpr int kPopulationDigits = 32;

enum class Kind : uint8 { charge, key_use, publishing };

struct Answer {
    bool refused;
    int64 number;               // when not refused: of the charge, the release, or the entry in the record of key uses
    int64 granted;              // likewise: uses of a key
    postgres::SqlError refusal; // when refused
};

enum class RequestState : uint8 {
    vacant,
    waiting,   // nobody has seen it yet: an abandoned one is simply removed
    taken,     // by the worker, who alone ends this state
    abandoned, // taken, and its client no longer waits: the worker clears it away
    answered   // the client collects the answer
};

struct Request {
    RequestState state;
    Kind kind;
    Oid database;
    int client; // process number of the waiting backend
    Oid session_user;
    Oid current_user;
    // -- of a charge
    Oid login_role;
    char query[kQueryBytes];
    char executed[kQueryBytes]; // empty for none
    int32 project;
    int32 releases;
    projects::DecimalText epsilon;
    projects::DecimalText delta;
    projects::ReleaseKind release_kind;
    // -- of a suppressed release's publishing, beside `project`
    int64 charge_id;
    int64 previous;
    dsm_handle cells; // a segment of the client's
    uint64 cells_size;
    uint64 contents_size; // of public tables, behind the cells
    char population[kPopulationDigits + 1];
    NameData policy;
    int64 patients;
    uint8 key_version;
    // -- of a use of a key
    int64 use_id;
    int32 version;
    int64 wanted;
    int64 at_least;
    NameData domain; // 1 to 63 bytes, as core/keys/domain.hpp has it
    NameData operation;
    char motive[kMotiveBytes]; // empty for none
    Answer answer;
};

enum class Outcome : uint8 { settled, failed, used };

struct Note {
    Oid database;
    bool taken; // by the worker, for the transaction it has under way
    Outcome outcome;
    int64 number;
    int64 used; // how many, for used
};

namespace queue {

// Shared memory: ask for it (in the postmaster), and attach to it (likewise, and again after a crash of any backend).
void request_memory();
void attach_memory();
bool is_attached();

// -- the client's side

// The place of the request, or -1 while all places are taken. Wakes the database's worker if one is on duty.
int enqueue(const Charge& charge);
int enqueue(const KeyUse& use);
// A publishing whose cells stand in a segment of shared memory.
struct SharedPublishing {
    const Publishing* publishing;
    dsm_handle cells;
};
int enqueue(const SharedPublishing& publishing);

// True when the answer is there; the place is then vacant again.
bool collect(int place, Answer* answer);

// Gives a place up, whatever its state.
void abandon(int place);

void add_note(Oid database, int64 number, Outcome outcome, int64 used = 0);

// -- the worker's side

// Takes all waiting requests of the database and returns their number.
int take_requests(Oid database, int places[kMaxRequests]);

// What a taken request asks. Stable until it is answered.
const Request& request(int place);

// Answers the taken requests and wakes their clients. A charge that nobody waits for any more is noted as failed, a
// reservation as not used.
void answer_requests(int count, const int* places, const Answer* answers);

// Takes the notes of the database; then drops those taken (when `written`) or makes them available again.
int take_notes(Oid database, Note notes[kMaxNotes]);
void release_notes(Oid database, bool written);
int count_notes(Oid database);

} // namespace queue

// Which database has a worker, in the making or at work. At most one worker is on duty for a database: only the one
// whose number and generation the table holds may touch requests.
namespace duty {

struct Assignment {
    int number;
    uint32 generation;
    Oid database;
};

enum class Claim { present, claimed, no_room };

// Claims the duty when the database has no worker: the caller must then start one, or give up the claim.
Claim claim(Oid database, Assignment* assignment);
void give_up(const Assignment& assignment);

// -- the worker's side

// The first worker to report for a claimed duty gets it. False when another one has it, or nobody claims it any more:
// the worker leaves at once.
bool report(Assignment* assignment);

// True when the worker was asked to leave.
bool is_dismissed(const Assignment& assignment);

// When a worker, of whatever database, first came on duty since shared memory was made anew. Nobody charged in between:
// what was open before was cut off by the end of the server that it ran in, be it this one's or, for a standby that was
// promoted, its primary's.
TimestampTz first_on_duty();

// Leaves unless requests came in meanwhile; a dismissed worker leaves all the same, and the clients call another one.
bool leave(const Assignment& assignment);

// However the worker ends: refuses what it had taken, wakes all clients of the database. Harmless when it had left.
void end(const Assignment& assignment);

// -- before somebody needs the database without a worker in it

// Asks the worker of the database to leave; false when there is none any more.
bool dismiss(Oid database);

} // namespace duty

} // namespace health_dp::ledger
