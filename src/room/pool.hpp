// The pool's shared memory, and who has which room. For src/room only; the sides of a conversation are visit.hpp and
// guest.hpp. One fixed place for each room with all it needs: making shared memory as one goes dominated the time.
//
// A place is used by a room (process of ours) and a visitor (session). Either may end at any moment, so each has a mark
// of its own: the place is given to the next visitor only when the last one has left *and* the room has finished with
// what it asked, and until then nobody touches the rings.
#pragma once

#include "postgres/api.hpp"

#include "room/pool_settings.hpp"
#include "room/visit.hpp"

namespace health_dp::room {

constexpr int kNobody = -1;
constexpr std::size_t kRingBytes = 64 * 1024; // a power of two, for positions that run over
constexpr int kMaxWaiters = 512;
constexpr int kFrameKeyBytes = 32;

// One writer, one reader. Positions only grow.
struct Ring {
    pg_atomic_uint64 written;
    pg_atomic_uint64 read;
    pg_atomic_uint32 writer_waits; // the reader wakes the writer only when that has said so
    char bytes[kRingBytes];
};

enum class Presence : uint8 { none, starting, present };

// Why a room answers nothing. Said by the room, raised in the session.
enum class Farewell : uint8 { none, role_missing, role_not_nobody, damaged };

struct Slot {
    Presence room;
    bool dismissed;    // the room leaves as soon as it has nothing to do
    Oid database;      // of the room
    uint32 generation; // of the room: a process that comes late finds another one
    int room_process;  // process number; set while present
    int room_pid;
    TimestampTz since; // start of the room, then end of its last work

    int visitor;  // process number of the session, or kNobody
    uint64 visit; // never used twice while the server runs
    Claim claim;
    Farewell farewell;
    pg_atomic_uint32 working; // the room has not finished with the visit
    pg_atomic_uint32 phase;   // number of the phase lock that the room holds, 0: none

    Ring to_room;
    Ring to_visitor;
};

struct Waiter {
    bool used;
    uint64 ticket;
    int process;
    Claim claim;
};

struct Pool {
    uint32 generations;
    uint64 visits;
    uint64 tickets;
    pg_atomic_uint32 phases;
    bool has_key;
    uint8 key[kFrameKeyBytes]; // of the frames' check values
    int waiting;
    Waiter waiters[kMaxWaiters];
    int slot_count;
    Slot slots[FLEXIBLE_ARRAY_MEMBER];
};
static_assert(std::is_standard_layout_v<Pool>);

extern Pool* pool; // null when the library was not preloaded
extern LWLock* pool_lock;

// Holds the lock for a scope. Nothing in such a scope may call what can raise.
class Locked {
  public:
    Locked() { LWLockAcquire(pool_lock, LW_EXCLUSIVE); }
    ~Locked() { LWLockRelease(pool_lock); }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;
};

void request_memory();
void attach_memory();

// A room on its way: what its process is told.
struct Assignment {
    int slot;
    uint32 generation;
    Oid database;
};

// ---- the session's side

enum class Claimed : uint8 {
    room,    // an idle one, given to the caller
    vacancy, // a place for a new one, given to the caller: start it
    nothing  // not now
};
// For the waiter (an index, or kNobody for somebody who does not wait yet): what is free, unless others came first.
// `needs_process`: the last room could not be started; then an idle one of another database gives way as well.
Claimed claim(const Claim& claim, int waiter, bool needs_process, int* slot, uint64* visit, Assignment* assignment);

// kNobody when too many wait.
int join_queue(const Claim& claim);
void leave_queue(int waiter);

// True once the room is there; `gone` when its process has ended instead, or the place is no longer the visit's.
bool has_arrived(int slot, uint64 visit, bool* gone);

// The room was not started: its place is vacant again.
void give_up(const Assignment& assignment);

// The visitor leaves. With `cancel`, the room stops what it is doing for the visit.
void end_visit(int slot, uint64 visit, bool cancel);

// Whatever this process has of the pool: at its end.
void end_all_visits_of(int process);

// ---- the room's side

// False: somebody else has the place by now.
bool report(const Assignment& assignment);
// The visit that waits for this room; 0 when there is none.
uint64 next_visit(const Assignment& assignment, int* visitor);
bool is_attended(const Assignment& assignment, uint64 visit);
void finish_visit(const Assignment& assignment, uint64 visit, Farewell farewell);
// True when the room may leave: nobody has it, and it is asked to, or `idle`.
bool may_leave(const Assignment& assignment, bool idle);
void end_room(const Assignment& assignment);

// Asks the idle rooms of the database to leave; false when none without a visitor is left.
bool dismiss(Oid database);

} // namespace health_dp::room
