#include "keys/client.hpp"

#include "keys/keys.hpp"
#include "keys/settings.hpp"
#include "postgres/errors.hpp"

namespace health_dp::keys {

namespace {

// How often a waiting session looks whether the keeper is still there.
constexpr int kLookMs = 200;
// How often it looks whether a keeper that starts is ready, and for a place in a full mailbox.
constexpr int kStartMs = 20;

struct Wait {
    instr_time began;
    int place;
};

int elapsed_ms(const instr_time& began) {
    instr_time now;
    INSTR_TIME_SET_CURRENT(now);
    INSTR_TIME_SUBTRACT(now, began);
    return static_cast<int>(Min(INSTR_TIME_GET_MILLISEC(now), static_cast<double>(INT_MAX)));
}

bool is_over(const Wait& wait) { return elapsed_ms(wait.began) >= settings::key_timeout; }

// Sleeps until the latch is set or the time is over; honours cancel and termination.
void rest(const Wait& wait, int at_most_ms) {
    const int left = Max(settings::key_timeout - elapsed_ms(wait.began), 1);
    (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, Min(left, at_most_ms), PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
}

void check_provided() {
    if (settings::key_provider == nullptr)
        ereport(ERROR, (errcode(sqlstate::kNotLoaded), errmsg("health_dp is not loaded"),
                        errhint("Ask your database administrator to add health_dp to shared_preload_libraries and to "
                                "restart the server.")));
    if (!settings::is_provided())
        ereport(ERROR, (errcode(sqlstate::kNoKeyProvider), errmsg("this server has no key provider"),
                        errhint("Ask your database administrator to set health_dp.key_provider and "
                                "health_dp.key_store, and to restart the server.")));
}

[[noreturn]] void refuse_unavailable(const char* message) {
    ereport(ERROR, (errcode(sqlstate::kKeysUnavailable), errmsg("%s", message),
                    errhint("Try again in a moment; if that does not help, ask your database administrator to look "
                            "into the server's log.")));
    pg_unreachable();
}

// A keeper that starts is waited for; what no waiting would change is an error at once.
void await_phase(const Wait& wait, Task task) {
    for (;;) {
        const Status status = mailbox::status();
        switch (status.phase) {
        case Phase::open:
            return;
        case Phase::absent:
        case Phase::starting:
            if (is_over(wait))
                ereport(ERROR, (errcode(sqlstate::kKeysStarting), errmsg("the key keeper is starting"),
                                errhint("Try again in a moment: the key provider has not yet answered.")));
            rest(wait, kStartMs);
            break;
        case Phase::sealed:
            if (task == Task::enter_share)
                return;
            ereport(ERROR, (errcode(sqlstate::kKeysSealed), errmsg("the keys are sealed"),
                            errhint("Custodians unseal them: each seals a share to health_dp.unsealing_key() with "
                                    "health_dp_keys and enters it with health_dp.enter_share().")));
        case Phase::no_store:
            if (task == Task::enter_share || task == Task::create_store)
                return;
            ereport(ERROR, (errcode(sqlstate::kKeyStore), errmsg("there is no key store yet"),
                            errhint("If there should be one, health_dp.key_store names the wrong directory. Otherwise "
                                    "a custodian makes it: SELECT health_dp.create_key_store();")));
        case Phase::unavailable:
            if (task == Task::enter_share && status.public_key[0] != '\0')
                return;
            postgres::raise(status.reason);
        case Phase::ended:
            refuse_unavailable("the key keeper has ended");
        }
    }
}

void abandon_place(int, Datum place) { mailbox::abandon(DatumGetInt32(place)); }

void await_answer(const Wait& wait, Answer* answer, uint8* secret) {
    while (!mailbox::collect(wait.place, answer, secret)) {
        if (mailbox::status().phase == Phase::ended)
            refuse_unavailable("the key keeper has ended");
        if (is_over(wait))
            refuse_unavailable("the key keeper did not answer in time");
        rest(wait, kLookMs);
    }
}

} // namespace

void ask(const Question& question, Answer* answer, uint8* secret) {
    check_provided();
    Wait wait;
    INSTR_TIME_SET_CURRENT(wait.began);
    await_phase(wait, question.task);
    while ((wait.place = mailbox::post(question)) < 0) {
        if (is_over(wait))
            refuse_unavailable("the key keeper has too many questions waiting");
        rest(wait, kStartMs);
    }

    // From here on the place must be given up however this session ends: error, cancel, or the process's exit.
    PG_ENSURE_ERROR_CLEANUP(abandon_place, Int32GetDatum(wait.place));
    { await_answer(wait, answer, secret); }
    PG_END_ENSURE_ERROR_CLEANUP(abandon_place, Int32GetDatum(wait.place));

    if (answer->refused)
        postgres::raise(answer->refusal);
}

void require_keeper() { check_provided(); }

Status keeper_status() {
    check_provided();
    return mailbox::status();
}

core::SecretBytes derived_key(const core::keys::KeyName& key, core::keys::Purpose purpose) {
    auto derived = core::SecretBytes::allocate(core::keys::derived_bytes(purpose));
    if (!derived.ok())
        postgres::throw_sql_error(sqlstate::kKeysUnavailable, derived.error().message);
    uint8* const bytes = derived.value().bytes().data();
    postgres::call([&] {
        Question question;
        memset(static_cast<void*>(&question), 0, sizeof(question));
        question.task = Task::derive;
        question.key = key;
        question.purpose = purpose;
        Answer answer;
        ask(question, &answer, bytes);
    });
    return std::move(derived).value();
}

} // namespace health_dp::keys
