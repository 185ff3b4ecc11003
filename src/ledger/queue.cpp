#include "postgres/api.hpp"

#include "ledger/shared.hpp"

namespace health_dp::ledger {

Shared* shared_memory = nullptr;
LWLock* shared_lock = nullptr;

namespace {

constexpr const char* kName = "health_dp_ledger";

// Under the lock. A full table drops the note: a charge then counts neither as settled nor as failed, and a use of a
// key as all that was reserved.
void append_note(Oid database, Outcome outcome, int64 number, int64 used) {
    if (shared_memory->note_count < kMaxNotes)
        shared_memory->notes[shared_memory->note_count++] = {database, false, outcome, number, used};
}

// Under the lock: accepted, and nobody is there to make use of it. The execution that a charge paid for will not take
// place; of an entry that was to grow, the session that knows how much it used has noted that already.
void note_unwanted(const Request& request, const Answer& answer) {
    if (answer.refused)
        return;
    if (request.kind == Kind::publishing)
        return; // stays on record: it may have been about to be handed out
    if (request.kind == Kind::charge)
        append_note(request.database, Outcome::failed, answer.number, 0);
    else if (request.use_id != answer.number)
        append_note(request.database, Outcome::used, answer.number, 0);
}

void copy_query(char (&target)[kQueryBytes], const char* query) {
    if (query == nullptr)
        query = "";
    // Cut between characters, not between the bytes of one.
    const int length = pg_mbcliplen(query, static_cast<int>(strlen(query)), kQueryBytes - 1);
    memcpy(target, query, length);
    target[length] = '\0';
}

} // namespace

namespace queue {

void request_memory() {
    RequestAddinShmemSpace(sizeof(Shared));
    RequestNamedLWLockTranche(kName, 1);
}

void attach_memory() {
    bool found = false;
    LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
    shared_memory = static_cast<Shared*>(ShmemInitStruct(kName, sizeof(Shared), &found));
    if (!found)
        memset(static_cast<void*>(shared_memory), 0, sizeof(Shared));
    shared_lock = &GetNamedLWLockTranche(kName)->lock;
    LWLockRelease(AddinShmemInitLock);
}

bool is_attached() { return shared_memory != nullptr; }

namespace {

// A vacant place, filled in by `fill` under the lock.
template <class Fill>
int enqueue_request(Fill&& fill) {
    int place = -1;
    int worker = kNobody;
    {
        Locked locked;
        for (int i = 0; i < kMaxRequests && place < 0; i++)
            if (shared_memory->requests[i].state == RequestState::vacant)
                place = i;
        if (place < 0)
            return -1;
        Request& request = shared_memory->requests[place];
        request.database = MyDatabaseId;
        request.client = postgres::own_process_number();
        fill(request);
        request.state = RequestState::waiting;
        worker = worker_process(MyDatabaseId);
    }
    if (worker != kNobody)
        postgres::wake_process(worker);
    return place;
}

} // namespace

int enqueue(const Charge& charge) {
    return enqueue_request([&](Request& request) {
        request.kind = Kind::charge;
        request.project = charge.project;
        request.session_user = charge.session_user;
        request.current_user = charge.current_user;
        request.login_role = charge.login_role;
        request.releases = charge.releases;
        request.release_kind = charge.kind;
        memcpy(request.epsilon, charge.epsilon, sizeof(request.epsilon));
        memcpy(request.delta, charge.delta, sizeof(request.delta));
        copy_query(request.query, charge.query);
        copy_query(request.executed, charge.executed);
    });
}

int enqueue(const SharedPublishing& shared) {
    return enqueue_request([&](Request& request) {
        const Publishing& publishing = *shared.publishing;
        request.kind = Kind::publishing;
        request.project = publishing.project;
        request.charge_id = publishing.charge_id;
        request.previous = publishing.previous;
        request.cells = shared.cells;
        request.cells_size = publishing.size;
        request.contents_size = strlen(publishing.public_contents);
        strlcpy(request.population, publishing.population, sizeof(request.population));
        namestrcpy(&request.policy, publishing.policy);
        request.patients = publishing.patients;
        request.key_version = publishing.key_version;
    });
}

int enqueue(const KeyUse& use) {
    return enqueue_request([&](Request& request) {
        request.kind = Kind::key_use;
        request.use_id = use.use_id;
        request.session_user = use.session_user;
        request.current_user = use.current_user;
        namestrcpy(&request.domain, use.domain);
        namestrcpy(&request.operation, use.operation);
        request.version = use.version;
        request.wanted = use.wanted;
        request.at_least = use.at_least;
        strlcpy(request.motive, use.motive != nullptr ? use.motive : "", sizeof(request.motive));
    });
}

bool collect(int place, Answer* answer) {
    Locked locked;
    Request& request = shared_memory->requests[place];
    if (request.state != RequestState::answered)
        return false;
    *answer = request.answer;
    request.state = RequestState::vacant;
    return true;
}

void abandon(int place) {
    Locked locked;
    Request& request = shared_memory->requests[place];
    if (request.state == RequestState::taken) {
        request.state = RequestState::abandoned;
        return;
    }
    if (request.state == RequestState::answered)
        note_unwanted(request, request.answer);
    request.state = RequestState::vacant;
}

void add_note(Oid database, int64 number, Outcome outcome, int64 used) {
    int worker = kNobody;
    {
        Locked locked;
        append_note(database, outcome, number, used);
        // The worker looks by itself once a second; a nearly full table does not wait for that.
        if (shared_memory->note_count >= kMaxNotes / 2)
            worker = worker_process(database);
    }
    if (worker != kNobody)
        postgres::wake_process(worker);
}

int take_requests(Oid database, int places[kMaxRequests]) {
    Locked locked;
    int count = 0;
    for (int i = 0; i < kMaxRequests; i++) {
        Request& request = shared_memory->requests[i];
        if (request.state != RequestState::waiting || request.database != database)
            continue;
        request.state = RequestState::taken;
        places[count++] = i;
    }
    return count;
}

const Request& request(int place) { return shared_memory->requests[place]; }

void answer_requests(int count, const int* places, const Answer* answers) {
    for (int i = 0; i < count; i++) {
        int client = kNobody;
        {
            Locked locked;
            Request& request = shared_memory->requests[places[i]];
            if (request.state == RequestState::abandoned) {
                note_unwanted(request, answers[i]);
                request.state = RequestState::vacant;
            } else {
                request.answer = answers[i];
                request.state = RequestState::answered;
                client = request.client;
            }
        }
        if (client != kNobody)
            postgres::wake_process(client);
    }
}

int take_notes(Oid database, Note notes[kMaxNotes]) {
    Locked locked;
    int count = 0;
    for (int i = 0; i < shared_memory->note_count; i++) {
        Note& note = shared_memory->notes[i];
        if (note.database != database)
            continue;
        note.taken = true;
        notes[count++] = note;
    }
    return count;
}

void release_notes(Oid database, bool written) {
    Locked locked;
    int kept = 0;
    for (int i = 0; i < shared_memory->note_count; i++) {
        Note note = shared_memory->notes[i];
        if (note.database == database && note.taken) {
            if (written)
                continue;
            note.taken = false;
        }
        shared_memory->notes[kept++] = note;
    }
    shared_memory->note_count = kept;
}

int count_notes(Oid database) {
    Locked locked;
    int count = 0;
    for (int i = 0; i < shared_memory->note_count; i++)
        if (shared_memory->notes[i].database == database)
            count++;
    return count;
}

} // namespace queue

} // namespace health_dp::ledger
