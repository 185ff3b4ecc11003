// A secret typed or pasted at the terminal.
#pragma once

#include "core/secret_bytes.hpp"

#include <string_view>

namespace health_dp::tools::keys {

// A line in guarded memory.
class TypedLine {
  public:
    // Asks at the terminal that controls the process, whatever standard input is, without echo. A signal that ends the
    // process first puts the terminal back into order.
    static TypedLine ask(const char* prompt);

    std::string_view text() const;

  private:
    TypedLine(core::SecretBytes memory, std::size_t size) : memory_(std::move(memory)), size_(size) {}

    core::SecretBytes memory_;
    std::size_t size_;
};

} // namespace health_dp::tools::keys
