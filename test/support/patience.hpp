// Callers with and without time.
#pragma once

#include "core/suppression/patience.hpp"

namespace health_dp::test {

// Has all the time in the world.
class Patient final : public suppression::Patience {
  public:
    Verdict look() override { return Verdict::go_on; }
};

// Says the verdict from the n-th look on.
class Hurried final : public suppression::Patience {
  public:
    Hurried(Verdict verdict, int looks) : verdict_(verdict), left_(looks) {}
    Verdict look() override { return left_-- > 0 ? Verdict::go_on : verdict_; }

  private:
    Verdict verdict_;
    int left_;
};

} // namespace health_dp::test
