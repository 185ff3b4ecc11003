// The key store's file: read, and replaced as a whole. Only the keeper does either; a lock on the directory keeps
// another server's keeper out.
#pragma once

#include "core/keys/store.hpp"

#include "postgres/boundary.hpp"

#include <optional>
#include <string>

namespace health_dp::keys {

// Errors are thrown as postgres::SqlError kKeyStore.
class StoreFile {
  public:
    // The directory must exist, outside the data directory, the server user's own and closed to everybody else.
    static StoreFile lock(const std::string& directory);
    StoreFile(StoreFile&& other) noexcept;
    StoreFile& operator=(StoreFile&&) = delete;
    StoreFile(const StoreFile&) = delete;
    StoreFile& operator=(const StoreFile&) = delete;
    ~StoreFile();

    // Nothing where there is no file.
    std::optional<core::keys::FileBytes> read() const;

    // When it returns, the new file is on disk and has the old one's name; when it throws, the old one stands.
    void replace(const core::keys::FileBytes& bytes) const;

  private:
    explicit StoreFile(int directory) : directory_(directory) {}

    int directory_;
};

// Whether a path, links resolved, leads into the data directory.
bool is_in_data_directory(const char* path);

} // namespace health_dp::keys
