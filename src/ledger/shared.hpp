// The layout of the ledger's shared memory, for queue.cpp and duty.cpp only. Standard-layout, no pointers.
#pragma once

#include "ledger/queue.hpp"

namespace health_dp::ledger {

constexpr int kMaxDuties = 128; // databases with a worker at the same time

enum class DutyState : uint8 { vacant, starting, on_duty };

struct Duty {
    DutyState state;
    bool dismissed;
    Oid database;
    uint32 generation;
    int process; // process number of the worker on duty
    TimestampTz since;
};

struct Shared {
    uint32 generations;
    TimestampTz first_on_duty; // 0 before the first worker
    int note_count;
    Duty duties[kMaxDuties];
    Request requests[kMaxRequests];
    Note notes[kMaxNotes];
};
static_assert(std::is_standard_layout_v<Shared> && std::is_trivially_copyable_v<Shared>);

extern Shared* shared_memory; // null when the library was not preloaded
extern LWLock* shared_lock;

// Holds the lock for a scope. Nothing in such a scope may call what can raise.
class Locked {
  public:
    Locked() { LWLockAcquire(shared_lock, LW_EXCLUSIVE); }
    ~Locked() { LWLockRelease(shared_lock); }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;
};

constexpr int kNobody = -1;

// Under the lock: the process number of the database's worker on duty, or kNobody.
int worker_process(Oid database);

} // namespace health_dp::ledger
