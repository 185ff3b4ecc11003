#include "core/keys/provider.hpp"

#include "keys/settings.hpp"

#include "postgres/boundary.hpp"

namespace health_dp::keys::settings {

char* key_provider = nullptr;
char* key_store = nullptr;
int key_timeout = 10000;
int key_command_timeout = 30;

namespace {

bool check_provider(char** value, void**, GucSource) {
    return postgres::entry([&] {
        const auto provider = core::keys::parse_provider(*value);
        if (provider.ok())
            return true;
        GUC_check_errdetail("%s.", provider.error().message);
        GUC_check_errhint("For example: health_dp.key_provider = 'file:/etc/health_dp/root'.");
        return false;
    });
}

bool check_store(char** value, void**, GucSource) {
    if ((*value)[0] == '\0' || is_absolute_path(*value))
        return true;
    GUC_check_errdetail("The key store is a directory with an absolute path, outside the data directory.");
    GUC_check_errhint("For example: health_dp.key_store = '/var/lib/health_dp'.");
    return false;
}

// PostgreSQL only warns of a value that stood in a file before the setting was defined, and goes on without it. Here
// that would be a server without keys, or with another store's.
void require_valid(const char* name, GucStringCheckHook check) {
    const char* given = GetConfigOption(name, true, false);
    char* value = pstrdup(given == nullptr ? "" : given);
    GUC_check_errdetail_string = nullptr;
    GUC_check_errhint_string = nullptr;
    if (!check(&value, nullptr, PGC_S_FILE))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid value for parameter \"%s\"", name),
                        errdetail_internal("%s", GUC_check_errdetail_string), errhint("%s", GUC_check_errhint_string)));
}

} // namespace

void define() {
    require_valid("health_dp.key_provider", check_provider);
    require_valid("health_dp.key_store", check_store);
    // Where keys come from is part of the machine, not of the database: changed in configuration files only, and shown
    // to nobody who could not read those.
    DefineCustomStringVariable("health_dp.key_provider", "Where the root key comes from.",
                               "file:/path, command:/path arguments, systemd:name, or custodians.", &key_provider, "",
                               PGC_POSTMASTER, GUC_SUPERUSER_ONLY, check_provider, nullptr, nullptr);
    DefineCustomStringVariable("health_dp.key_store", "Directory of the encrypted key store.",
                               "Outside the data directory, so that no backup of the database holds both.", &key_store,
                               "", PGC_POSTMASTER, GUC_SUPERUSER_ONLY, check_store, nullptr, nullptr);
    DefineCustomIntVariable("health_dp.key_timeout", "How long a session waits for the key keeper.", nullptr,
                            &key_timeout, 10000, 100, 600000, PGC_SUSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("health_dp.key_command_timeout", "How long a command may take to give the root key.",
                            nullptr, &key_command_timeout, 30, 1, 600, PGC_POSTMASTER, GUC_SUPERUSER_ONLY | GUC_UNIT_S,
                            nullptr, nullptr, nullptr);
}

bool is_provided() { return key_provider != nullptr && key_provider[0] != '\0'; }

} // namespace health_dp::keys::settings
