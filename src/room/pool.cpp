#include "room/pool.hpp"

#include <csignal>

#include "postgres/versions.hpp"

namespace health_dp::room {

Pool* pool = nullptr;
LWLock* pool_lock = nullptr;

namespace {

constexpr const char* kName = "health_dp_rooms";

// A room that has not reported by then, and that nobody waits for any more, may have died before it could say so.
constexpr int kStartPatienceMs = 10000;

Size pool_bytes() { return offsetof(Pool, slots) + settings::rooms * sizeof(Slot); }

// Everything below runs under the lock.

bool is_working(Slot& slot) { return pg_atomic_read_u32(&slot.working) != 0; }
bool is_taken(Slot& slot) { return slot.visitor != kNobody || is_working(slot); }
bool is_idle(Slot& slot) { return slot.room == Presence::present && !is_taken(slot); }

bool has_lapsed(const Slot& slot) {
    return slot.room == Presence::starting && slot.visitor == kNobody &&
           TimestampDifferenceExceeds(slot.since, GetCurrentTimestamp(), kStartPatienceMs);
}

Slot* own_slot(const Assignment& assignment) {
    Slot& slot = pool->slots[assignment.slot];
    return slot.room != Presence::none && slot.generation == assignment.generation ? &slot : nullptr;
}

bool is_under_ceilings(const Claim& claim) {
    const int member_limit = claim.member_limit > 0 ? claim.member_limit : settings::rooms_per_member;
    const int project_limit = claim.project_limit > 0 ? claim.project_limit : settings::rooms_per_project;
    int of_member = 0;
    int of_project = 0;
    for (int i = 0; i < pool->slot_count; i++) {
        Slot& slot = pool->slots[i];
        if (!is_taken(slot))
            continue;
        of_member += slot.claim.member == claim.member ? 1 : 0;
        // Projects are numbered in each database.
        of_project += slot.claim.project == claim.project && slot.claim.database == claim.database ? 1 : 0;
    }
    return (member_limit == 0 || of_member < member_limit) && (project_limit == 0 || of_project < project_limit);
}

// The first of those who wait and could have a room now; those at a ceiling of theirs hold nobody up.
Waiter* first_waiter() {
    if (pool->waiting == 0)
        return nullptr;
    Waiter* first = nullptr;
    for (Waiter& waiter : pool->waiters)
        if (waiter.used && (first == nullptr || waiter.ticket < first->ticket) && is_under_ceilings(waiter.claim))
            first = &waiter;
    return first;
}

void wake_first_waiter() {
    if (const Waiter* first = first_waiter())
        postgres::wake_process(first->process);
}

void reset_ring(Ring& ring) {
    pg_atomic_write_u64(&ring.written, 0);
    pg_atomic_write_u64(&ring.read, 0);
    pg_atomic_write_u32(&ring.writer_waits, 0);
}

void give(Slot& slot, const Claim& claim, int* number, uint64* visit) {
    slot.visitor = postgres::own_process_number();
    slot.visit = ++pool->visits;
    slot.claim = claim;
    slot.farewell = Farewell::none;
    pg_atomic_write_u32(&slot.phase, 0);
    reset_ring(slot.to_room);
    reset_ring(slot.to_visitor);
    pg_atomic_write_u32(&slot.working, 1);
    *number = static_cast<int>(&slot - pool->slots);
    *visit = slot.visit;
}

// The one that has been idle for the shortest time: the others may come to their idle end.
Slot* idle_room_of(Oid database) {
    Slot* latest = nullptr;
    for (int i = 0; i < pool->slot_count; i++) {
        Slot& slot = pool->slots[i];
        if (is_idle(slot) && !slot.dismissed && slot.database == database &&
            (latest == nullptr || slot.since > latest->since))
            latest = &slot;
    }
    return latest;
}

Slot* vacancy() {
    for (int i = 0; i < pool->slot_count; i++) {
        Slot& slot = pool->slots[i];
        if (slot.visitor == kNobody && (slot.room == Presence::none || has_lapsed(slot)))
            return &slot;
    }
    return nullptr;
}

// The room of another database that has been idle for the longest time makes place, one at a time.
void dismiss_an_idle_room() {
    Slot* longest = nullptr;
    for (int i = 0; i < pool->slot_count; i++) {
        Slot& slot = pool->slots[i];
        if (!is_idle(slot) || slot.database == MyDatabaseId)
            continue;
        if (slot.dismissed)
            return;
        if (longest == nullptr || slot.since < longest->since)
            longest = &slot;
    }
    if (longest == nullptr)
        return;
    longest->dismissed = true;
    postgres::wake_process(longest->room_process);
}

// Nobody is there who would read the answer, and nobody who writes one.
void free_slot(Slot& slot) {
    slot.visit = 0;
    wake_first_waiter();
}

} // namespace

void request_memory() {
    RequestAddinShmemSpace(pool_bytes());
    RequestNamedLWLockTranche(kName, 1);
}

void attach_memory() {
    bool found = false;
    LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
    pool = static_cast<Pool*>(ShmemInitStruct(kName, pool_bytes(), &found));
    if (!found) {
        memset(static_cast<void*>(pool), 0, pool_bytes());
        pool->slot_count = settings::rooms;
        pg_atomic_init_u32(&pool->phases, 0);
        for (int i = 0; i < pool->slot_count; i++) {
            Slot& slot = pool->slots[i];
            slot.visitor = kNobody;
            slot.room_process = kNobody;
            pg_atomic_init_u32(&slot.working, 0);
            pg_atomic_init_u32(&slot.phase, 0);
            for (Ring* ring : {&slot.to_room, &slot.to_visitor}) {
                pg_atomic_init_u64(&ring->written, 0);
                pg_atomic_init_u64(&ring->read, 0);
                pg_atomic_init_u32(&ring->writer_waits, 0);
            }
        }
    }
    pool_lock = &GetNamedLWLockTranche(kName)->lock;
    LWLockRelease(AddinShmemInitLock);
}

Claimed claim(const Claim& claim, int waiter, bool needs_process, int* number, uint64* visit, Assignment* assignment) {
    Locked locked;
    const Waiter* first = first_waiter();
    if (waiter == kNobody ? first != nullptr || !is_under_ceilings(claim) : first != &pool->waiters[waiter])
        return Claimed::nothing;
    if (Slot* idle = idle_room_of(claim.database)) {
        give(*idle, claim, number, visit);
        postgres::wake_process(idle->room_process);
        return Claimed::room;
    }
    Slot* vacant = vacancy();
    if (vacant == nullptr || needs_process)
        dismiss_an_idle_room();
    if (vacant == nullptr)
        return Claimed::nothing;
    vacant->room = Presence::starting;
    vacant->dismissed = false;
    vacant->database = claim.database;
    vacant->generation = ++pool->generations;
    vacant->since = GetCurrentTimestamp();
    give(*vacant, claim, number, visit);
    *assignment = {*number, vacant->generation, vacant->database};
    return Claimed::vacancy;
}

int join_queue(const Claim& claim) {
    Locked locked;
    for (int i = 0; i < kMaxWaiters; i++) {
        if (pool->waiters[i].used)
            continue;
        pool->waiters[i] = {true, ++pool->tickets, postgres::own_process_number(), claim};
        pool->waiting++;
        return i;
    }
    return kNobody;
}

void leave_queue(int waiter) {
    Locked locked;
    pool->waiters[waiter].used = false;
    pool->waiting--;
    // There may be a room for the next one as well.
    wake_first_waiter();
}

bool has_arrived(int number, uint64 visit, bool* gone) {
    Locked locked;
    const Slot& slot = pool->slots[number];
    *gone = slot.visit != visit || slot.room == Presence::none;
    return !*gone && slot.room == Presence::present;
}

void give_up(const Assignment& assignment) {
    Locked locked;
    Slot* slot = own_slot(assignment);
    if (slot == nullptr || slot->room != Presence::starting)
        return;
    slot->room = Presence::none;
    slot->visitor = kNobody;
    pg_atomic_write_u32(&slot->working, 0);
    free_slot(*slot);
}

void end_visit(int number, uint64 visit, bool cancel) {
    Locked locked;
    Slot& slot = pool->slots[number];
    if (slot.visit != visit || slot.visitor != postgres::own_process_number())
        return;
    slot.visitor = kNobody;
    if (slot.room != Presence::present)
        pg_atomic_write_u32(&slot.working, 0);
    if (!is_working(slot)) {
        free_slot(slot);
        return;
    }
    // Under the lock, and so while the room is there and works for this visit: it finishes under the lock as well.
    if (cancel)
        kill(slot.room_pid, SIGINT);
    postgres::wake_process(slot.room_process);
}

void end_all_visits_of(int process) {
    struct Held {
        int slot;
        uint64 visit;
    };
    Held held[settings::kMaxRooms];
    int count = 0;
    {
        Locked locked;
        for (Waiter& waiter : pool->waiters) {
            if (!waiter.used || waiter.process != process)
                continue;
            waiter.used = false;
            pool->waiting--;
        }
        for (int i = 0; i < pool->slot_count; i++)
            if (pool->slots[i].visitor == process)
                held[count++] = {i, pool->slots[i].visit};
        wake_first_waiter();
    }
    for (int i = 0; i < count; i++)
        end_visit(held[i].slot, held[i].visit, true);
}

bool report(const Assignment& assignment) {
    Locked locked;
    Slot* slot = own_slot(assignment);
    if (slot == nullptr || slot->room != Presence::starting)
        return false;
    slot->room = Presence::present;
    slot->room_process = postgres::own_process_number();
    slot->room_pid = MyProcPid;
    slot->since = GetCurrentTimestamp();
    if (slot->visitor != kNobody)
        postgres::wake_process(slot->visitor);
    else
        wake_first_waiter();
    return true;
}

uint64 next_visit(const Assignment& assignment, int* visitor) {
    Locked locked;
    Slot* slot = own_slot(assignment);
    if (slot == nullptr || !is_working(*slot))
        return 0;
    if (slot->visitor != kNobody) {
        *visitor = slot->visitor;
        return slot->visit;
    }
    pg_atomic_write_u32(&slot->working, 0); // the visitor has left before the room saw him
    free_slot(*slot);
    return 0;
}

bool is_attended(const Assignment& assignment, uint64 visit) {
    Locked locked;
    const Slot* slot = own_slot(assignment);
    return slot != nullptr && slot->visit == visit && slot->visitor != kNobody;
}

void finish_visit(const Assignment& assignment, uint64 visit, Farewell farewell) {
    Locked locked;
    Slot* slot = own_slot(assignment);
    if (slot == nullptr || slot->visit != visit)
        return;
    slot->farewell = farewell;
    slot->since = GetCurrentTimestamp();
    pg_write_barrier(); // whoever sees that it has finished sees all it wrote
    pg_atomic_write_u32(&slot->working, 0);
    if (slot->visitor != kNobody)
        postgres::wake_process(slot->visitor);
    else
        free_slot(*slot);
}

bool may_leave(const Assignment& assignment, bool idle) {
    Locked locked;
    Slot* slot = own_slot(assignment);
    if (slot == nullptr)
        return true;
    if (is_taken(*slot) || (!slot->dismissed && !idle))
        return false;
    // Nobody may be given a room that is on its way out; the place is free when its process has ended.
    slot->dismissed = true;
    return true;
}

void end_room(const Assignment& assignment) {
    Locked locked;
    Slot* slot = own_slot(assignment);
    if (slot == nullptr)
        return;
    slot->room = Presence::none;
    slot->room_process = kNobody;
    pg_write_barrier();
    pg_atomic_write_u32(&slot->working, 0);
    if (slot->visitor != kNobody)
        postgres::wake_process(slot->visitor);
    else
        free_slot(*slot);
}

bool dismiss(Oid database) {
    Locked locked;
    bool present = false;
    for (int i = 0; i < pool->slot_count; i++) {
        Slot& slot = pool->slots[i];
        if (slot.room == Presence::none || slot.database != database || has_lapsed(slot))
            continue;
        slot.dismissed = true;
        present = present || slot.visitor == kNobody;
        if (slot.room == Presence::present)
            postgres::wake_process(slot.room_process);
    }
    return present;
}

} // namespace health_dp::room
