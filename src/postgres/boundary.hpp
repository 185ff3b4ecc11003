// The boundary between C++ and PostgreSQL. ereport is a longjmp that skips destructors; a C++ exception that reaches
// C frames kills the server. So every way in goes through entry(), every way back through call().
#pragma once

#include "postgres/api.hpp"

namespace health_dp::postgres {

// A PostgreSQL error on its way through C++ frames. Deliberately not a std::exception, so that nothing in core can
// swallow a cancel. Owns nothing: `data` lives in a PostgreSQL memory context.
struct PostgresError {
    ErrorData* data;
};

// An error of our own, thrown by C++ code that holds objects with destructors. Plain data: fixed buffers, so that it
// survives to the ereport after every C++ object has died. `hint` and `detail` may be empty.
struct SqlError {
    int sqlstate;
    char message[256];
    char detail[256];
    char hint[256];
};

[[noreturn]] void throw_sql_error(int sqlstate, const char* message, const char* hint = "", const char* detail = "");

// Raises through ereport: only where no C++ object with a destructor is alive.
[[noreturn]] void raise(const SqlError& error);

namespace detail {
// How a guarded block ended; trivially destructible, so that raising past it is safe.
struct Outcome {
    enum class Kind { fine, postgres, own, memory, unknown } kind;
    ErrorData* data;
    SqlError error;
};
[[noreturn]] void raise_outcome(Outcome& outcome);
ErrorData* take_error(MemoryContext context);
} // namespace detail

// Runs C++ code called from PostgreSQL: catches everything, lets every C++ object die, only then raises.
// `body` returns a trivially destructible value (Datum, bool, void).
template <class Body>
auto entry(Body&& body) -> decltype(body()) {
    using Result = decltype(body());
    detail::Outcome outcome;
    outcome.kind = detail::Outcome::Kind::fine;
    try {
        if constexpr (std::is_void_v<Result>) {
            body();
            return;
        } else {
            return body();
        }
    } catch (const PostgresError& failure) {
        outcome.kind = detail::Outcome::Kind::postgres;
        outcome.data = failure.data;
    } catch (const SqlError& error) {
        outcome.kind = detail::Outcome::Kind::own;
        outcome.error = error;
    } catch (const std::bad_alloc&) {
        outcome.kind = detail::Outcome::Kind::memory;
    } catch (...) {
        outcome.kind = detail::Outcome::Kind::unknown;
    }
    detail::raise_outcome(outcome);
}

// Calls PostgreSQL from C++ code that holds objects with destructors: an ereport becomes a PostgresError, which must
// end in the rethrow of an enclosing entry(). `body` must create no C++ object with a destructor itself.
template <class Body>
auto call(Body&& body) -> decltype(body()) {
    using Result = decltype(body());
    MemoryContext caller = CurrentMemoryContext;
    ErrorData* volatile failed = nullptr;
    if constexpr (std::is_void_v<Result>) {
        PG_TRY();
        { body(); }
        PG_CATCH();
        { failed = detail::take_error(caller); }
        PG_END_TRY();
        if (failed != nullptr)
            throw PostgresError{failed};
    } else {
        static_assert(std::is_trivially_destructible_v<Result>);
        volatile Result result{};
        PG_TRY();
        { result = body(); }
        PG_CATCH();
        { failed = detail::take_error(caller); }
        PG_END_TRY();
        if (failed != nullptr)
            throw PostgresError{failed};
        return result;
    }
}

// A new object that lives as long as `context`. What can fail in PostgreSQL comes before it exists, so that an ereport
// leaves none behind. Outside entry() only.
template <class Object>
Object* own_in(MemoryContext context) {
    auto* callback = static_cast<MemoryContextCallback*>(MemoryContextAlloc(context, sizeof(MemoryContextCallback)));
    auto* object = entry([] { return new Object(); });
    callback->func = [](void* argument) { delete static_cast<Object*>(argument); };
    callback->arg = object;
    MemoryContextRegisterResetCallback(context, callback);
    return object;
}

} // namespace health_dp::postgres
