#include "postgres/api.hpp"

#include "ledger/outstanding.hpp"
#include "ledger/queue.hpp"

namespace health_dp::ledger::outstanding {

namespace {

struct Entry {
    int64 charge_id;
    SubTransactionId subtransaction;
};

Entry* entries = nullptr; // in TopMemoryContext
int count = 0;
int capacity = 0;

// Notes the charges of the subtransaction and of all those within it, which have higher numbers, as failed.
void fail_from(SubTransactionId subtransaction) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (entries[i].subtransaction >= subtransaction)
            queue::add_note(MyDatabaseId, entries[i].charge_id, Outcome::failed);
        else
            entries[kept++] = entries[i];
    }
    count = kept;
}

void on_transaction(XactEvent event, void*) {
    switch (event) {
    case XACT_EVENT_ABORT:
        fail_from(TopSubTransactionId);
        break;
    case XACT_EVENT_COMMIT:
    case XACT_EVENT_PREPARE:
        // Its portals are closed by now. What was neither settled nor aborted was never read to its end: no failure.
        count = 0;
        break;
    default:
        break;
    }
}

void on_subtransaction(SubXactEvent event, SubTransactionId own, SubTransactionId parent, void*) {
    if (event == SUBXACT_EVENT_ABORT_SUB)
        fail_from(own);
    if (event == SUBXACT_EVENT_COMMIT_SUB)
        for (int i = 0; i < count; i++)
            if (entries[i].subtransaction == own)
                entries[i].subtransaction = parent;
}

} // namespace

void reserve() {
    constexpr int kFirst = 16;
    if (count < capacity)
        return;
    if (entries == nullptr) {
        entries = static_cast<Entry*>(MemoryContextAlloc(TopMemoryContext, kFirst * sizeof(Entry)));
        capacity = kFirst;
        RegisterXactCallback(on_transaction, nullptr);
        RegisterSubXactCallback(on_subtransaction, nullptr);
        return;
    }
    entries = static_cast<Entry*>(repalloc(entries, 2 * static_cast<Size>(capacity) * sizeof(Entry)));
    capacity *= 2;
}

void add(int64 charge_id) { entries[count++] = {charge_id, GetCurrentSubTransactionId()}; }

bool remove(int64 charge_id) {
    for (int i = count - 1; i >= 0; i--) {
        if (entries[i].charge_id != charge_id)
            continue;
        entries[i] = entries[--count];
        return true;
    }
    return false;
}

} // namespace health_dp::ledger::outstanding
