#include "keys/vault.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include "keys/keeper.hpp"
#include "keys/settings.hpp"
#include "postgres/errors.hpp"

namespace health_dp::keys::keeper {

namespace {

constexpr int kRestartSeconds = 2;
// How often it asks a provider again that had no root key to give.
constexpr int kRetryMs = 5000;
// It wakes up for questions; this is only to notice what no latch tells.
constexpr int kLookMs = 60000;

// Reached by the callback at the process's end, which runs past every frame.
Vault* vault = nullptr;

// Wipes and frees whatever it holds, also after FATAL.
void leave_post(int, Datum) {
    delete vault;
    vault = nullptr;
    mailbox::leave();
}

void hide_from_cores() {
    // Also from debuggers of the server's own user, and from /proc.
    const rlimit none = {0, 0};
    if (prctl(PR_SET_DUMPABLE, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
        ereport(FATAL, (errcode(sqlstate::kKeysUnavailable), errmsg("the key keeper cannot be kept out of cores: %m")));
}

void log_phase(const Status& status) {
    switch (status.phase) {
    case Phase::open:
        ereport(LOG, (errmsg("health_dp: the keys are ready, key store in epoch %llu",
                             static_cast<unsigned long long>(status.epoch))));
        break;
    case Phase::sealed:
        ereport(LOG, (errmsg("health_dp: the keys are sealed until custodians enter their shares")));
        break;
    case Phase::no_store:
        ereport(LOG, (errmsg("health_dp: there is no key store yet")));
        break;
    case Phase::unavailable:
        ereport(LOG, (errcode(status.reason.sqlstate), errmsg("health_dp: no keys: %s", status.reason.message),
                      status.reason.hint[0] != '\0' ? errhint("%s", status.reason.hint) : 0));
        break;
    case Phase::absent:
    case Phase::starting:
    case Phase::ended:
        break;
    }
}

// Publishes what changed; the log hears of phases only.
void tell(Status* last) {
    const Status status = vault->status();
    const bool is_news = status.phase != last->phase || strcmp(status.reason.message, last->reason.message) != 0;
    mailbox::publish(status);
    *last = status;
    if (is_news)
        log_phase(status);
}

void open_vault() {
    postgres::entry([] { vault->open(); });
}

Answer refused(const postgres::SqlError& error) {
    Answer answer;
    memset(static_cast<void*>(&answer), 0, sizeof(answer));
    answer.refused = true;
    answer.refusal = error;
    return answer;
}

Answer serve(int place) {
    return postgres::entry([&] {
        try {
            return vault->serve(mailbox::question(place),
                                std::span(mailbox::secret(place), core::keys::kMaxDerivedBytes));
        } catch (const postgres::SqlError& error) {
            return refused(error);
        }
    });
}

[[noreturn]] void work() {
    Status last;
    memset(static_cast<void*>(&last), 0, sizeof(last));
    for (;;) {
        CHECK_FOR_INTERRUPTS();
        if (last.phase == Phase::absent || last.phase == Phase::unavailable) {
            open_vault();
            tell(&last);
        }
        int place;
        while ((place = mailbox::take()) >= 0) {
            const Answer answer = serve(place);
            // Whoever has the answer finds the status that goes with it.
            tell(&last);
            mailbox::answer(place, answer);
            CHECK_FOR_INTERRUPTS();
        }
        const int wait = last.phase == Phase::unavailable ? kRetryMs : kLookMs;
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, wait, PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
    }
}

} // namespace

void employ() {
    BackgroundWorker worker;
    memset(&worker, 0, sizeof(worker));
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS;
    // On a standby as well, where pseudonyms are computed and no key is ever made.
    worker.bgw_start_time = BgWorkerStart_PostmasterStart;
    worker.bgw_restart_time = kRestartSeconds;
    strlcpy(worker.bgw_library_name, "health_dp", sizeof(worker.bgw_library_name));
    strlcpy(worker.bgw_function_name, "hdp_keys_main", sizeof(worker.bgw_function_name));
    strlcpy(worker.bgw_type, "health_dp key keeper", sizeof(worker.bgw_type));
    strlcpy(worker.bgw_name, "health_dp key keeper", sizeof(worker.bgw_name));
    RegisterBackgroundWorker(&worker);
}

void run() {
    hide_from_cores();
    before_shmem_exit(leave_post, Datum(0));
    mailbox::report_for_duty();
    postgres::entry([] {
        auto provider = core::keys::parse_provider(settings::key_provider);
        if (!provider.ok())
            postgres::throw_sql_error(sqlstate::kKeyProvider, provider.error().message);
        vault = new Vault(std::move(provider).value(), settings::key_store);
    });
    work();
}

} // namespace health_dp::keys::keeper

HDP_WORKER(hdp_keys_main) {
    // die waits for a moment that allows to end: never between the key store's file and its directory.
    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    health_dp::keys::keeper::run();
}
