#include "keys/mailbox.hpp"

#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#include "keys/settings.hpp"
#include "postgres/errors.hpp"

namespace health_dp::keys::mailbox {

namespace {

constexpr const char* kName = "health_dp_keys";
constexpr int kNobody = -1;

enum class PlaceState : uint8 {
    vacant,
    waiting,   // nobody has seen it yet: an abandoned one is simply removed
    taken,     // by the keeper, who alone ends this state
    abandoned, // taken, and its client no longer waits: the keeper clears it away
    answered   // the client collects the answer
};

struct Place {
    PlaceState state;
    uint32 order; // questions are taken as they came
    int client;   // process number of the waiting backend
    Question question;
    Answer answer;
};

struct Shared {
    Status status;
    int keeper; // process number, or kNobody
    uint32 posted;
    Place places[kMaxQuestions];
};
static_assert(std::is_standard_layout_v<Shared> && std::is_trivially_copyable_v<Shared>);

Shared* shared_memory = nullptr;
LWLock* shared_lock = nullptr;

// Mapped by the postmaster, so at the same address in every process. Its lock is the postmaster's: as long as that
// runs, the pages stay in memory; none of its children maps them privately.
using Secret = uint8[core::keys::kMaxDerivedBytes];
Secret* secrets = nullptr;
constexpr std::size_t kSecretBytes = kMaxQuestions * sizeof(Secret);

class Locked {
  public:
    Locked() { LWLockAcquire(shared_lock, LW_EXCLUSIVE); }
    ~Locked() { LWLockRelease(shared_lock); }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;
};

void vacate(int place) {
    sodium_memzero(secrets[place], sizeof(Secret));
    shared_memory->places[place].state = PlaceState::vacant;
}

void map_secrets() {
    void* memory = mmap(nullptr, kSecretBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        ereport(FATAL, (errcode(sqlstate::kKeysUnavailable), errmsg("could not map memory for keys: %m")));
    if (mlock(memory, kSecretBytes) != 0)
        ereport(FATAL, (errcode(sqlstate::kKeysUnavailable), errmsg("could not lock memory for keys: %m"),
                        errhint("%s", settings::kLockHint)));
    if (madvise(memory, kSecretBytes, MADV_DONTDUMP) != 0)
        ereport(FATAL, (errcode(sqlstate::kKeysUnavailable), errmsg("could not keep keys out of core files: %m")));
    secrets = static_cast<Secret*>(memory);
}

} // namespace

void request_memory() {
    RequestAddinShmemSpace(sizeof(Shared));
    RequestNamedLWLockTranche(kName, 1);
}

void attach_memory() {
    if (secrets == nullptr)
        map_secrets();
    bool found = false;
    LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
    shared_memory = static_cast<Shared*>(ShmemInitStruct(kName, sizeof(Shared), &found));
    if (!found) {
        memset(static_cast<void*>(shared_memory), 0, sizeof(Shared));
        shared_memory->keeper = kNobody;
        sodium_memzero(secrets, kSecretBytes);
    }
    shared_lock = &GetNamedLWLockTranche(kName)->lock;
    LWLockRelease(AddinShmemInitLock);
}

Status status() {
    Locked locked;
    return shared_memory->status;
}

int post(const Question& question) {
    int place = -1;
    int keeper = kNobody;
    {
        Locked locked;
        for (int i = 0; i < kMaxQuestions && place < 0; i++)
            if (shared_memory->places[i].state == PlaceState::vacant)
                place = i;
        if (place < 0)
            return -1;
        Place& taken = shared_memory->places[place];
        taken.question = question;
        taken.client = postgres::own_process_number();
        taken.order = shared_memory->posted++;
        taken.state = PlaceState::waiting;
        keeper = shared_memory->keeper;
    }
    if (keeper != kNobody)
        postgres::wake_process(keeper);
    return place;
}

bool collect(int place, Answer* answer, uint8* secret) {
    Locked locked;
    const Place& answered = shared_memory->places[place];
    if (answered.state != PlaceState::answered)
        return false;
    *answer = answered.answer;
    if (secret != nullptr && !answer->refused)
        memcpy(secret, secrets[place], core::keys::derived_bytes(answered.question.purpose));
    vacate(place);
    return true;
}

void abandon(int place) {
    Locked locked;
    if (shared_memory->places[place].state == PlaceState::taken)
        shared_memory->places[place].state = PlaceState::abandoned;
    else
        vacate(place);
}

void report_for_duty() {
    Locked locked;
    shared_memory->keeper = postgres::own_process_number();
    memset(static_cast<void*>(&shared_memory->status), 0, sizeof(Status));
    shared_memory->status.phase = Phase::starting;
}

void publish(const Status& status) {
    Locked locked;
    shared_memory->status = status;
}

int take() {
    Locked locked;
    int next = -1;
    for (int i = 0; i < kMaxQuestions; i++) {
        const Place& place = shared_memory->places[i];
        if (place.state == PlaceState::waiting &&
            (next < 0 || static_cast<int32>(place.order - shared_memory->places[next].order) < 0))
            next = i;
    }
    if (next >= 0)
        shared_memory->places[next].state = PlaceState::taken;
    return next;
}

const Question& question(int place) { return shared_memory->places[place].question; }

uint8* secret(int place) { return secrets[place]; }

void answer(int place, const Answer& answer) {
    int client = kNobody;
    {
        Locked locked;
        Place& taken = shared_memory->places[place];
        if (taken.state == PlaceState::abandoned) {
            vacate(place);
        } else {
            taken.answer = answer;
            taken.state = PlaceState::answered;
            client = taken.client;
        }
    }
    if (client != kNobody)
        postgres::wake_process(client);
}

void leave() {
    Locked locked;
    shared_memory->keeper = kNobody;
    memset(static_cast<void*>(&shared_memory->status), 0, sizeof(Status));
    shared_memory->status.phase = Phase::ended;
    // What it had taken stays unanswered; its clients see that nobody is on duty, and give up.
    for (int i = 0; i < kMaxQuestions; i++) {
        if (shared_memory->places[i].state == PlaceState::abandoned)
            vacate(i);
        else if (shared_memory->places[i].state == PlaceState::taken)
            shared_memory->places[i].state = PlaceState::waiting;
    }
}

} // namespace health_dp::keys::mailbox
