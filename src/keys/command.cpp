#include "keys/command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "keys/settings.hpp"
#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"

namespace health_dp::keys {

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kHint =
    "Run the command of health_dp.key_provider by hand, as the server's user: it has to print "
    "the root key and end with status 0.";

[[noreturn]] void refuse(const char* message) { postgres::throw_sql_error(sqlstate::kKeyProvider, message, kHint); }

// posix_spawn shares memory with its child until the new program runs, where fork would make a copy of every key.
pid_t start(const std::vector<std::string>& words, int output) {
    std::vector<char*> arguments;
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    // The server's sockets and files are nobody else's.
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    pid_t child = -1;
    const int failed = posix_spawn(&child, arguments.front(), &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed == 0 ? child : -1;
}

int milliseconds_until(Clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(left > 0 ? left : 0);
}

// Until the other end is closed, or the target is full; false when time is over.
bool read_until(int input, Clock::time_point deadline, std::span<std::uint8_t> target, std::size_t* done) {
    while (*done < target.size()) {
        pollfd waiting = {input, POLLIN, 0};
        const int left = milliseconds_until(deadline);
        const int ready = poll(&waiting, 1, left);
        if (ready == 0 || left == 0)
            return false;
        if (ready < 0 && errno == EINTR)
            continue;
        const ssize_t count = ready < 0 ? -1 : read(input, target.data() + *done, target.size() - *done);
        if (count <= 0)
            return count == 0;
        *done += static_cast<std::size_t>(count);
    }
    return true;
}

// The exit status, or -1 when time is over; what is left of its process group is then killed.
int end(pid_t child, Clock::time_point deadline, bool at_once) {
    int status = 0;
    pid_t ended = 0;
    while (!at_once && (ended = waitpid(child, &status, WNOHANG)) == 0 && milliseconds_until(deadline) > 0)
        (void)poll(nullptr, 0, 10);
    (void)kill(-child, SIGKILL);
    if (ended == child)
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return -1;
}

} // namespace

std::size_t run_command(const std::vector<std::string>& words, std::span<std::uint8_t> target) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        refuse("no pipe for the command of the key provider");
    const auto deadline = Clock::now() + std::chrono::seconds(settings::key_command_timeout);
    const pid_t child = start(words, ends[1]);
    close(ends[1]);
    std::size_t done = 0;
    const bool in_time = child > 0 && read_until(ends[0], deadline, target, &done);
    close(ends[0]);
    if (child <= 0)
        refuse("the command of the key provider cannot be started");
    const int status = end(child, deadline, !in_time || done == target.size());
    if (done == target.size())
        refuse("the command of the key provider prints more than root keys");
    if (status < 0)
        refuse("the command of the key provider did not end in time");
    if (status != 0)
        refuse("the command of the key provider failed");
    return done;
}

} // namespace health_dp::keys
