#include "tools/keys/terminal.hpp"

#include "tools/keys/failure.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

namespace health_dp::tools::keys {

namespace {

// A terminal hands over lines of up to 4,096 characters.
constexpr std::size_t kMaxLine = 4096;

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

volatile std::sig_atomic_t caught_signal = 0;

void remember_signal(int number) { caught_signal = number; }

// From here to its end: no echo, and signals interrupt the waiting for characters instead of ending the process. They
// are blocked except while it waits: one that came between prompt and waiting would otherwise be caught and never
// noticed.
class QuietTerminal {
  public:
    QuietTerminal() : descriptor_(open("/dev/tty", O_RDWR | O_CLOEXEC)) {
        if (descriptor_ < 0)
            fail("there is no terminal to read the share from",
                 "Name a file that holds it, or \"-\" for standard input.");
        if (tcgetattr(descriptor_, &before_) != 0)
            fail_system("could not set up the terminal");
        sigset_t caught;
        sigemptyset(&caught);
        for (const int number : kSignals)
            sigaddset(&caught, number);
        sigprocmask(SIG_BLOCK, &caught, &mask_);
        struct sigaction action {};
        action.sa_handler = remember_signal; // without SA_RESTART
        for (std::size_t i = 0; i < kSignals.size(); ++i)
            sigaction(kSignals[i], &action, &actions_[i]);
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(descriptor_, TCSAFLUSH, &quiet);
    }
    QuietTerminal(const QuietTerminal&) = delete;
    QuietTerminal& operator=(const QuietTerminal&) = delete;
    QuietTerminal(QuietTerminal&&) = delete;
    QuietTerminal& operator=(QuietTerminal&&) = delete;
    ~QuietTerminal() {
        say("\n"); // in place of the one that was not echoed
        tcsetattr(descriptor_, TCSAFLUSH, &before_);
        for (std::size_t i = 0; i < kSignals.size(); ++i)
            sigaction(kSignals[i], &actions_[i], nullptr);
        close(descriptor_);
        sigprocmask(SIG_SETMASK, &mask_, nullptr);
        // Now as if nothing had been caught.
        if (caught_signal != 0)
            raise(static_cast<int>(std::exchange(caught_signal, 0)));
    }

    void say(const char* text) const {
        // A prompt that does not come out is no reason not to read.
        [[maybe_unused]] const ssize_t written = write(descriptor_, text, std::strlen(text));
    }

    // False at the end of the line, of the file, or of patience.
    bool read_character(std::uint8_t& character) const {
        pollfd terminal{descriptor_, POLLIN, 0};
        if (ppoll(&terminal, 1, nullptr, &mask_) < 0) {
            if (errno != EINTR)
                fail_system("could not wait for the terminal");
            return false;
        }
        const ssize_t got = read(descriptor_, &character, 1);
        if (got < 0 && errno != EINTR)
            fail_system("could not read from the terminal");
        return got == 1 && character != '\n';
    }

  private:
    int descriptor_;
    termios before_{};
    std::array<struct sigaction, kSignals.size()> actions_{};
    sigset_t mask_{};
};

} // namespace

TypedLine TypedLine::ask(const char* prompt) {
    core::SecretBytes memory = unwrap(core::SecretBytes::allocate(kMaxLine), "could not get memory");
    std::size_t size = 0;
    {
        const QuietTerminal terminal;
        terminal.say(prompt);
        while (size < memory.size() && terminal.read_character(memory.bytes()[size]))
            ++size;
    }
    return {std::move(memory), size};
}

std::string_view TypedLine::text() const {
    return {reinterpret_cast<const char*>(memory_.bytes().data()), size_}; // bytes are characters
}

} // namespace health_dp::tools::keys
