#include "keys/store_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "postgres/errors.hpp"

namespace health_dp::keys {

namespace {

constexpr const char* kName = "health_dp.keys";
constexpr const char* kNewName = "health_dp.keys.new";
constexpr off_t kMaxBytes = 4 << 20;
constexpr const char* kLookHint = "Ask your database administrator to look at health_dp.key_store.";

[[noreturn]] void refuse(const char* message, const char* hint = kLookHint) {
    postgres::throw_sql_error(sqlstate::kKeyStore, message, hint);
}

class File {
  public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ >= 0)
            close(descriptor_);
    }
    int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
};

bool is_private(const struct stat& status) { return status.st_uid == geteuid() && (status.st_mode & 077) == 0; }

void write_all(int descriptor, const core::keys::FileBytes& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t written = write(descriptor, bytes.data() + done, bytes.size() - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            refuse("the key store cannot be written");
        done += static_cast<std::size_t>(written);
    }
}

struct Free {
    void operator()(char* text) const { std::free(text); }
};
using Path = std::unique_ptr<char, Free>;

} // namespace

bool is_in_data_directory(const char* path) {
    const Path resolved(realpath(path, nullptr));
    const Path data(realpath(DataDir, nullptr));
    if (resolved == nullptr || data == nullptr)
        return false;
    const std::size_t length = strlen(data.get());
    return strncmp(resolved.get(), data.get(), length) == 0 &&
           (resolved.get()[length] == '\0' || resolved.get()[length] == '/');
}

StoreFile StoreFile::lock(const std::string& directory) {
    if (is_in_data_directory(directory.c_str()))
        refuse("the key store is in the data directory",
               "Set health_dp.key_store to a directory elsewhere: no backup of the database may hold the keys.");
    StoreFile store(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status;
    if (store.directory_ < 0 || fstat(store.directory_, &status) != 0)
        refuse("the directory of the key store cannot be opened");
    if (!is_private(status))
        refuse("others may enter the directory of the key store",
               "It has to belong to the server's user and be closed to everybody else: chmod 0700.");
    if (flock(store.directory_, LOCK_EX | LOCK_NB) != 0)
        refuse("another server uses this key store", "Give each server a directory of its own in health_dp.key_store.");
    return store;
}

StoreFile::StoreFile(StoreFile&& other) noexcept : directory_(std::exchange(other.directory_, -1)) {}

StoreFile::~StoreFile() {
    if (directory_ >= 0)
        close(directory_);
}

std::optional<core::keys::FileBytes> StoreFile::read() const {
    const File file(openat(directory_, kName, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (file.descriptor() < 0 && errno == ENOENT)
        return std::nullopt;
    struct stat status;
    if (file.descriptor() < 0 || fstat(file.descriptor(), &status) != 0)
        refuse("the key store cannot be opened");
    if (!S_ISREG(status.st_mode) || !is_private(status))
        refuse("the key store is not the server user's own file",
               "It has to be a regular file that belongs to the server's user, with mode 0600.");
    if (status.st_size > kMaxBytes)
        refuse("the key store is too large to be one");
    core::keys::FileBytes bytes(static_cast<std::size_t>(status.st_size));
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t count = ::read(file.descriptor(), bytes.data() + done, bytes.size() - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            refuse("the key store cannot be read");
        done += static_cast<std::size_t>(count);
    }
    return bytes;
}

void StoreFile::replace(const core::keys::FileBytes& bytes) const {
    // Left over where the server stopped in the middle.
    (void)unlinkat(directory_, kNewName, 0);
    {
        const File file(openat(directory_, kNewName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (file.descriptor() < 0)
            refuse("the key store cannot be written");
        write_all(file.descriptor(), bytes);
        // Whatever the setting fsync says: a key that was used must not be lost.
        if (fsync(file.descriptor()) != 0)
            refuse("the key store cannot be written");
    }
    if (renameat(directory_, kNewName, directory_, kName) != 0)
        refuse("the key store cannot be written");
    if (fsync(directory_) != 0)
        refuse("the key store was written, but may not be on disk");
}

} // namespace health_dp::keys
