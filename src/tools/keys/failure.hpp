// How the tool speaks: as PostgreSQL's own programs do.
#pragma once

#include "core/result.hpp"

#include <string>
#include <utility>

namespace health_dp::tools::keys {

constexpr const char* kProgram = "health_dp_keys";

// Thrown where something cannot go on, caught once, in main; every file and key on the way is put away by then.
struct Failure {
    enum class Kind { failed, usage };

    std::string message;
    std::string hint;
    Kind kind = Kind::failed;
};

[[noreturn]] inline void fail(std::string message, std::string hint = {}) {
    throw Failure{std::move(message), std::move(hint)};
}

[[noreturn]] inline void fail_usage(std::string message) {
    throw Failure{std::move(message), std::string("Try \"") + kProgram + " --help\" for more information.",
                  Failure::Kind::usage};
}

// "could not open file ...: Permission denied", with errno's words.
[[noreturn]] void fail_system(const std::string& what);

// To standard error; the exit status that goes with it.
int report(const Failure& failure);

void warn(const std::string& message);

// What core gives, or its error after `what`, which says whose it is.
template <class T>
T unwrap(core::Result<T> result, const std::string& what) {
    if (!result.ok())
        fail(what + ": " + result.error().message);
    return std::move(result).value();
}

} // namespace health_dp::tools::keys
