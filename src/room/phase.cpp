#include "room/phase.hpp"

namespace health_dp::room::phase {

namespace {

// SQL makes 1 and 2.
constexpr uint16 kLockClass = 0x4844;

uint32 held = 0; // the room's, in its own process

// Each phase has a tag of its own: nobody waits for the next one's by mistake.
LOCKTAG tag_of(const Slot* slot, uint32 number) {
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, slot->database, static_cast<uint32>(slot - pool->slots), number, kLockClass);
    return tag;
}

} // namespace

void begin(Slot* slot) {
    if (held != 0)
        return;
    uint32 number = pg_atomic_add_fetch_u32(&pool->phases, 1);
    if (number == 0)
        number = pg_atomic_add_fetch_u32(&pool->phases, 1);
    const LOCKTAG tag = tag_of(slot, number);
    // Of the session, in PostgreSQL's words: transactions of the room come and go meanwhile. Held before it is
    // announced.
    (void)LockAcquire(&tag, ExclusiveLock, true, false);
    held = number;
    pg_write_barrier();
    pg_atomic_write_u32(&slot->phase, number);
}

void end(Slot* slot) {
    if (held == 0)
        return;
    const LOCKTAG tag = tag_of(slot, held);
    held = 0;
    pg_atomic_write_u32(&slot->phase, 0);
    LockRelease(&tag, ExclusiveLock, true);
}

void wait_for_end(Slot* slot) {
    const uint32 number = pg_atomic_read_u32(&slot->phase);
    if (number == 0)
        return;
    const LOCKTAG tag = tag_of(slot, number);
    const int timeout = LockTimeout;
    const bool logs = log_lock_waits;
    LockTimeout = 0;
    log_lock_waits = false;
    PG_TRY();
    { (void)LockAcquire(&tag, ShareLock, false, false); }
    PG_FINALLY();
    {
        LockTimeout = timeout;
        log_lock_waits = logs;
    }
    PG_END_TRY();
    LockRelease(&tag, ShareLock, false);
}

} // namespace health_dp::room::phase
