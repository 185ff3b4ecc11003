// Errors as values. Callers look at ok() first; value() of an error throws std::logic_error, which the boundary turns
// into an ordinary SQL error, so that a forgotten check is never undefined behaviour. (std::bad_variant_access would be
// natural, but its type information is emitted here and exported whatever the visibility.)
#pragma once

#include "core/pure.hpp"

#include <stdexcept>
#include <utility>
#include <variant>

namespace health_dp::core {

enum class ErrorCode {
    bad_syntax,   // text outside the grammar
    out_of_range, // a number its type cannot hold or its meaning forbids
    overflow,     // exact arithmetic would leave 128 bits
    too_costly,   // beyond a documented limit of scale, memory or time
    interrupted,  // the caller asked to stop
    unavailable,  // the cryptographic library does not start, or gives no memory for keys
    bad_element,  // bytes that are no element of the group, or its identity
    bad_proof,    // an evaluation that was not made with the published key
    corrupted,    // bytes whose check does not hold
    failed_check, // a check digit or symbol that does not fit: mistyped, most likely
    unauthentic,  // sealed with another key or for another place, or changed
    mixed,        // parts of different wholes
    duplicate,    // one part given twice
    too_few,      // fewer parts than the whole needs
};

// Plain data, so that it survives to an ereport: `message` is a literal and never holds a value.
struct Error {
    ErrorCode code;
    const char* message;
};

template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : outcome_(std::move(value)) {}
    Result(Error error) : outcome_(error) {}

    bool ok() const { return std::holds_alternative<T>(outcome_); }
    const T& value() const& { return held<T>(outcome_); }
    T& value() & { return held<T>(outcome_); }
    T&& value() && { return std::move(held<T>(outcome_)); }
    const Error& error() const { return held<Error>(outcome_); }

  private:
    template <class Held, class Outcome>
    static auto& held(Outcome& outcome) {
        auto* held = std::get_if<Held>(&outcome);
        if (held == nullptr)
            throw std::logic_error("a Result was read as what it is not");
        return *held;
    }

    std::variant<T, Error> outcome_;
};

} // namespace health_dp::core
