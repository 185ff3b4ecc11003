// No core file of this process, and no debugger in it, for as long as one of these lives: where OpenSSL holds an
// expanded key, which lies on the ordinary heap and not in guarded memory.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::keys {

class Undumpable {
  public:
    Undumpable();
    Undumpable(Undumpable&& other) noexcept : counts_(std::exchange(other.counts_, false)) {}
    Undumpable(const Undumpable&) = delete;
    Undumpable& operator=(const Undumpable&) = delete;
    Undumpable& operator=(Undumpable&&) = delete;
    ~Undumpable();

  private:
    bool counts_ = true;
};

} // namespace health_dp::keys
