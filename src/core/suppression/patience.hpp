// How long a solver may go on, decided outside: core has no clock and knows no signal.
#pragma once

#include "core/pure.hpp"

namespace health_dp::suppression {

class Patience {
  public:
    enum class Verdict {
        go_on,
        finish,  // time is up: stop improving; what is needed for a safe answer may still run
        abandon, // cancelled: return at once with the error `interrupted`
    };

    virtual ~Patience() = default;

    // Asked several times a second, never while a solver's frame is on the stack, so that it may throw.
    virtual Verdict look() = 0;

  protected:
    Patience() = default;
    Patience(const Patience&) = default;
    Patience& operator=(const Patience&) = default;
    Patience(Patience&&) = default;
    Patience& operator=(Patience&&) = default;
};

} // namespace health_dp::suppression
