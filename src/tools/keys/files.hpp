// Files that hold shares and records: text, with lines of comment that begin with "#".
#pragma once

#include "core/secret_bytes.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>

namespace health_dp::tools::keys {

// A file that was not there before; gone again unless it was kept.
class NewFile {
  public:
    static constexpr mode_t kSecret = 0600;
    static constexpr mode_t kPublic = 0644;

    NewFile(std::string path, mode_t mode);
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    NewFile(NewFile&& other) noexcept;
    NewFile& operator=(NewFile&&) = delete;
    ~NewFile();

    const std::string& path() const { return path_; }
    void write(std::string_view text); // straight to the file: nothing is buffered
    void sync();                       // on disk, with its name
    void keep() { kept_ = true; }

  private:
    std::string path_;
    int descriptor_;
    bool kept_ = false;
};

// The text of a file without its comments, in guarded memory. "-" is standard input.
class TextFile {
  public:
    static TextFile read(const std::string& path);
    static TextFile read_secret(const std::string& path); // warns where others may read the file as well

    std::string_view text() const;

  private:
    TextFile(core::SecretBytes memory, std::size_t size) : memory_(std::move(memory)), size_(size) {}
    static TextFile read(int descriptor, const std::string& path);

    core::SecretBytes memory_;
    std::size_t size_;
};

} // namespace health_dp::tools::keys
