// What the postmaster does for keys when it loads the library.
#include "keys/keys.hpp"

#include "keys/keeper.hpp"
#include "keys/mailbox.hpp"
#include "keys/settings.hpp"
#include "postgres/errors.hpp"

namespace health_dp::keys {

namespace {

shmem_startup_hook_type previous_startup = nullptr;

void on_startup() {
    if (previous_startup != nullptr)
        previous_startup();
    mailbox::attach_memory();
}

} // namespace

void initialise() {
    settings::define();
    if (!settings::is_provided() || IsBinaryUpgrade)
        return;
    if (settings::key_store[0] == '\0')
        ereport(ERROR,
                (errcode(sqlstate::kKeyStore), errmsg("health_dp.key_provider is set, health_dp.key_store is not"),
                 errhint("Set health_dp.key_store to a directory outside the data directory, with mode 0700.")));
    postgres::on_shared_memory_request<mailbox::request_memory>();
    previous_startup = shmem_startup_hook;
    shmem_startup_hook = on_startup;
    keeper::employ();
}

} // namespace health_dp::keys
