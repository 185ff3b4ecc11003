#include "postgres/spill.hpp"

#include "postgres/boundary.hpp"

namespace health_dp::postgres {

namespace {
constexpr std::uint64_t kSegmentBytes = 0x40000000; // buffile.c's segments of 1 GB
} // namespace

TemporaryFile::TemporaryFile(MemoryContext context, SharedFileSet* fileset, const char* name)
    : context_(context), fileset_(fileset) {
    strlcpy(name_, name == nullptr ? "" : name, sizeof(name_));
}

TemporaryFile TemporaryFile::open(MemoryContext context, SharedFileSet* fileset, const char* name) {
    TemporaryFile result(context, fileset, name);
    result.file_ = call([&]() -> BufFile* {
        MemoryContext caller = MemoryContextSwitchTo(context);
        BufFile* file = open_shared_file(fileset, name);
        MemoryContextSwitchTo(caller);
        return file;
    });
    return result;
}

std::uint64_t TemporaryFile::append(const char* bytes, std::size_t size) {
    call([&] {
        if (file_ == nullptr) {
            MemoryContext caller = MemoryContextSwitchTo(context_);
            file_ = fileset_ != nullptr ? create_shared_file(fileset_, name_) : BufFileCreateTemp(false);
            MemoryContextSwitchTo(caller);
        }
        if (moved_)
            seek(size_);
        BufFileWrite(file_, const_cast<char*>(bytes), size);
    });
    moved_ = false;
    const std::uint64_t offset = size_;
    size_ += size;
    return offset;
}

void TemporaryFile::seek(std::uint64_t offset) {
    if (BufFileSeek(file_, static_cast<int>(offset / kSegmentBytes), static_cast<off_t>(offset % kSegmentBytes),
                    SEEK_SET) != 0)
        ereport(ERROR, (errcode_for_file_access(), errmsg("could not seek in a temporary file")));
}

void TemporaryFile::read(std::uint64_t offset, char* bytes, std::size_t size) {
    call([&] {
        moved_ = true;
        seek(offset);
        if (BufFileRead(file_, bytes, size) != size)
            ereport(ERROR, (errcode_for_file_access(), errmsg("could not read from a temporary file")));
    });
}

void TemporaryFile::share() {
    call([&] {
        if (file_ != nullptr)
            export_shared_file(file_);
    });
}

void TemporaryFile::close() {
    call([&] {
        if (file_ != nullptr)
            BufFileClose(file_);
    });
    file_ = nullptr;
}

} // namespace health_dp::postgres
