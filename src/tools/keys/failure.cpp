#include "tools/keys/failure.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace health_dp::tools::keys {

void fail_system(const std::string& what) { fail(what + ": " + std::strerror(errno)); }

int report(const Failure& failure) {
    constexpr int kExitFailed = 1;
    constexpr int kExitUsage = 2;
    std::fprintf(stderr, "%s: error: %s\n", kProgram, failure.message.c_str());
    if (!failure.hint.empty())
        std::fprintf(stderr, "%s: hint: %s\n", kProgram, failure.hint.c_str());
    return failure.kind == Failure::Kind::usage ? kExitUsage : kExitFailed;
}

void warn(const std::string& message) { std::fprintf(stderr, "%s: warning: %s\n", kProgram, message.c_str()); }

} // namespace health_dp::tools::keys
