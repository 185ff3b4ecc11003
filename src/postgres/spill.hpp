// Temporary files of PostgreSQL as storage for what core spills, rows and keys: counted, limited by temp_file_limit,
// reported by log_temp_files and pg_stat_database, removed at the end of the statement whatever happens.
#pragma once

#include "core/bounding/spill_store.hpp"

#include "postgres/api.hpp"

namespace health_dp::postgres {

// Errors of the file layer surface as PostgresError: use inside entry() only. The destructor leaves the file to the
// resource owner, because after an error it may be closed already; close() releases it at once.
class TemporaryFile final : public bounding::SpillStore {
  public:
    // The file is made when it is first written, in `context`. `fileset` and `name` make it readable by the other
    // participants of a parallel scan after share(); otherwise it is private.
    explicit TemporaryFile(MemoryContext context, SharedFileSet* fileset = nullptr, const char* name = nullptr);
    // Another participant's shared file, for reading.
    static TemporaryFile open(MemoryContext context, SharedFileSet* fileset, const char* name);

    std::uint64_t append(const char* bytes, std::size_t size) override;
    void read(std::uint64_t offset, char* bytes, std::size_t size) override;

    // Flushes, and lets other participants open it.
    void share();
    void close();

  private:
    void seek(std::uint64_t offset);

    MemoryContext context_;
    SharedFileSet* fileset_;
    char name_[32];
    BufFile* file_ = nullptr;
    std::uint64_t size_ = 0;
    bool moved_ = false; // by reading, away from its end
};

} // namespace health_dp::postgres
