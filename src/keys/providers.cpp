#include "keys/providers.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "keys/command.hpp"
#include "keys/settings.hpp"
#include "keys/store_file.hpp"
#include "postgres/errors.hpp"

namespace health_dp::keys {

namespace {

using core::keys::Provider;

constexpr const char* kFileHint =
    "The file of the root key is a regular file of the server's user or of root, with mode "
    "0400 or 0600, outside the data directory.";

[[noreturn]] void refuse(const char* message, const char* hint) {
    postgres::throw_sql_error(sqlstate::kKeyProvider, message, hint);
}

// `open_to` is what of the mode may be set beside the owner's.
std::size_t read_file(const char* path, mode_t open_to, std::span<std::uint8_t> target) {
    if (is_in_data_directory(path))
        refuse("the file of the root key is in the data directory", kFileHint);
    const int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        refuse("the file of the root key cannot be opened", kFileHint);
    struct stat status;
    const bool is_safe = fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
                         (status.st_uid == geteuid() || status.st_uid == 0) && (status.st_mode & 077 & ~open_to) == 0;
    std::size_t done = 0;
    ssize_t count = is_safe ? 1 : 0;
    while (count > 0 && done < target.size()) {
        count = read(file, target.data() + done, target.size() - done);
        done += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    close(file);
    if (!is_safe)
        refuse("the file of the root key is open to others, or no regular file", kFileHint);
    if (count < 0)
        refuse("the file of the root key cannot be read", kFileHint);
    return done;
}

std::size_t read_credential(const std::string& name, std::span<std::uint8_t> target) {
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (directory == nullptr || directory[0] != '/')
        refuse("systemd gives this server no credentials",
               "Name it in the server's unit: LoadCredentialEncrypted=NAME:FILE.");
    // Where the service's user is not root, systemd lets it in through an access list, which shows as the group's mode.
    return read_file((std::string(directory) + "/" + name).c_str(), 040, target);
}

std::size_t read_text(const Provider& provider, std::span<std::uint8_t> target) {
    switch (provider.kind) {
    case Provider::Kind::file:
        return read_file(provider.words.front().c_str(), 0, target);
    case Provider::Kind::systemd:
        return read_credential(provider.words.front(), target);
    case Provider::Kind::command:
        return run_command(provider.words, target);
    case Provider::Kind::none:
    case Provider::Kind::custodians:
        break;
    }
    refuse("no key provider is set", "Set health_dp.key_provider.");
}

} // namespace

core::keys::Roots read_roots(const Provider& provider) {
    // One byte more than there may be, to see that there is more.
    auto text = core::SecretBytes::allocate(core::keys::kMaxRootText + 1);
    if (!text.ok())
        refuse(text.error().message, settings::kLockHint);
    const auto locked = text.value().require_locked();
    if (!locked.ok())
        refuse(locked.error().message, settings::kLockHint);
    const std::size_t length = read_text(provider, text.value().bytes());
    auto roots = core::keys::parse_roots(text.value().bytes().first(length));
    if (!roots.ok())
        refuse(roots.error().message,
               "It gives one line, or two while the root key changes: health_dp-root-1, a space, "
               "and 64 digits from 0 to 9 and a to f.");
    return std::move(roots).value();
}

} // namespace health_dp::keys
