#include "tools/keys/files.hpp"

#include "tools/keys/failure.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace health_dp::tools::keys {

namespace {

// The public record of 255 shares has 13,069 characters.
constexpr std::size_t kMaxBytes = 16384;

class Descriptor {
  public:
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() { close(descriptor_); }

    int number() const { return descriptor_; }

  private:
    int descriptor_;
};

int open_to_read(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0)
        fail_system("could not open file \"" + path + "\"");
    return descriptor;
}

bool is_standard_input(const std::string& path) { return path == "-"; }

// Leaves out lines that begin with "#"; returns what remains.
std::size_t drop_comments(std::span<std::uint8_t> text) {
    auto out = text.begin();
    for (auto line = text.begin(); line != text.end();) {
        const auto newline = std::find(line, text.end(), '\n');
        const auto end = newline == text.end() ? newline : newline + 1;
        if (*line != '#')
            out = std::copy(line, end, out);
        line = end;
    }
    return static_cast<std::size_t>(out - text.begin());
}

} // namespace

NewFile::NewFile(std::string path, mode_t mode)
    : path_(std::move(path)), descriptor_(open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)) {
    if (descriptor_ < 0)
        fail_system("could not create file \"" + path_ + "\"");
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), kept_(other.kept_) {}

NewFile::~NewFile() {
    if (descriptor_ < 0)
        return;
    close(descriptor_);
    if (!kept_)
        unlink(path_.c_str());
}

void NewFile::write(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor_, text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            fail_system("could not write file \"" + path_ + "\"");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

void NewFile::sync() {
    if (fsync(descriptor_) != 0)
        fail_system("could not write file \"" + path_ + "\" to disk");
    const std::size_t slash = path_.rfind('/');
    const Descriptor directory(open_to_read(slash == std::string::npos ? "." : path_.substr(0, slash + 1)));
    // Some file systems have no such thing for directories.
    if (fsync(directory.number()) != 0 && errno != EINVAL)
        fail_system("could not write the directory of file \"" + path_ + "\" to disk");
}

TextFile TextFile::read(int descriptor, const std::string& path) {
    core::SecretBytes memory = unwrap(core::SecretBytes::allocate(kMaxBytes), "could not get memory");
    std::size_t size = 0;
    for (;;) {
        const auto rest = memory.bytes().subspan(size);
        if (rest.empty())
            fail("file \"" + path + "\" is too long to be what is asked for");
        const ssize_t got = ::read(descriptor, rest.data(), rest.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            fail_system("could not read file \"" + path + "\"");
        if (got == 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    size = drop_comments(memory.bytes().first(size));
    return {std::move(memory), size};
}

TextFile TextFile::read(const std::string& path) {
    if (is_standard_input(path))
        return read(STDIN_FILENO, path);
    const Descriptor file(open_to_read(path));
    return read(file.number(), path);
}

TextFile TextFile::read_secret(const std::string& path) {
    if (is_standard_input(path))
        return read(STDIN_FILENO, path);
    const Descriptor file(open_to_read(path));
    struct stat status {};
    if (fstat(file.number(), &status) != 0)
        fail_system("could not stat file \"" + path + "\"");
    if (S_ISREG(status.st_mode) && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        warn("file \"" + path + "\" has group or world access");
    return read(file.number(), path);
}

std::string_view TextFile::text() const {
    return {reinterpret_cast<const char*>(memory_.bytes().data()), size_}; // bytes are characters
}

} // namespace health_dp::tools::keys
