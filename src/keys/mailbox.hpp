// What sessions and the key keeper share: questions and answers under one lock, held for a few microseconds and never
// across anything that can raise. Keys cross in memory of their own, which is locked, in no core and empty but for the
// moment between the keeper's answer and the session that collects it.
#pragma once

#include "core/keys/store.hpp"

#include "postgres/boundary.hpp"

namespace health_dp::keys {

constexpr int kMaxQuestions = 64; // more sessions than that wait for a vacant place
constexpr int kSealedBytes = 1024;
constexpr int kPublicKeyBytes = 128;

enum class Task : uint8 {
    derive,
    describe,
    create_store,
    add_key,
    destroy_keys,
    renew_root,
    enter_share,
    enter_contribution,
    withdraw
};

struct Question {
    Task task;
    core::keys::KeyName key; // destroy_keys: its identifier and domain
    core::keys::Purpose purpose;
    core::keys::Versions versions; // destroy_keys
    char sealed[kSealedBytes];     // enter_share, enter_contribution: no secret as it is

    // enter_contribution
    core::keys::Place place;
    core::keys::Organisation organisation;
    bool is_last; // the version is then made, of what these say
    core::keys::Origins origins;
};

struct Answer {
    bool refused;
    postgres::SqlError refusal;          // when refused
    bool found;                          // describe: the store knows the version
    core::keys::KeyFacts facts;          // describe, add_key, enter_contribution when found: the version is made
    core::keys::CheckValue contribution; // enter_contribution
    core::keys::SlotChecks slots;        // of the version that is made
    bool changed;                        // destroy_keys: there was something left to destroy
    core::keys::Epoch epoch;
    core::keys::CheckValue old_root; // destroy_keys, renew_root
    core::keys::CheckValue new_root;
};

enum class Phase : uint8 {
    absent,      // not yet run since the server started
    starting,    // asks the provider
    sealed,      // waits for custodians
    unavailable, // see reason
    no_store,    // has the root key, but there is no key store yet
    open,
    ended // comes back by itself
};

struct Status {
    Phase phase;
    postgres::SqlError reason; // while unavailable
    int shares_in;
    int shares_needed; // 0 before the first share says it
    bool has_next_root;
    core::keys::CheckValue root; // no_store, open
    core::keys::Epoch epoch;     // open
    int64 live_keys;
    char public_key[kPublicKeyBytes]; // what custodians seal shares and contributions to
};

namespace mailbox {

// Shared memory: ask for it (in the postmaster), and attach to it (likewise, and again after a crash of any backend:
// whatever was in it is then wiped). Errors where memory cannot be locked.
void request_memory();
void attach_memory();

Status status();

// -- a session's side

// The place of the question, or -1 while all places are taken. Wakes the keeper.
int post(const Question& question);

// True when the answer is there; the place is then vacant again, and the key, if there is one, in `secret` alone.
bool collect(int place, Answer* answer, uint8* secret);

// Gives a place up, whatever its state.
void abandon(int place);

// -- the keeper's side

void report_for_duty();
void publish(const Status& status);

// The next question, or -1. Stable until it is answered.
int take();
const Question& question(int place);

// Where the key for this place goes: core::keys::kMaxDerivedBytes.
uint8* secret(int place);
void answer(int place, const Answer& answer);

// However the keeper ends: sessions that wait find out by themselves.
void leave();

} // namespace mailbox

} // namespace health_dp::keys
