#include "postgres/boundary.hpp"

#include "postgres/errors.hpp"

namespace health_dp::postgres {

namespace {

// Names of the user's can make it longer than there is room for. It ends before a character of which not all would be
// there; what follows a first byte in UTF-8 begins with the bits 10.
void copy_text(char (&target)[256], const char* source) {
    size_t length = source == nullptr ? 0 : strlen(source);
    if (length >= sizeof(target)) {
        length = sizeof(target) - 1;
        while (length > 0 && (source[length] & 0xC0) == 0x80)
            --length;
    }
    memcpy(target, source == nullptr ? "" : source, length);
    target[length] = '\0';
}

} // namespace

void throw_sql_error(int sqlstate, const char* message, const char* hint, const char* detail) {
    SqlError error;
    error.sqlstate = sqlstate;
    copy_text(error.message, message);
    copy_text(error.hint, hint);
    copy_text(error.detail, detail);
    throw error;
}

void raise(const SqlError& error) {
    ereport(ERROR, (errcode(error.sqlstate), errmsg("%s", error.message),
                    error.detail[0] != '\0' ? errdetail("%s", error.detail) : 0,
                    error.hint[0] != '\0' ? errhint("%s", error.hint) : 0));
    pg_unreachable();
}

namespace detail {

ErrorData* take_error(MemoryContext context) {
    // CopyErrorData must not run in ErrorContext, which FlushErrorState resets.
    MemoryContextSwitchTo(context);
    ErrorData* data = CopyErrorData();
    FlushErrorState();
    return data;
}

void raise_outcome(Outcome& outcome) {
    switch (outcome.kind) {
    case Outcome::Kind::postgres:
        ReThrowError(outcome.data);
    case Outcome::Kind::own:
        raise(outcome.error);
    case Outcome::Kind::memory:
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
        break;
    case Outcome::Kind::fine:
    case Outcome::Kind::unknown:
        break;
    }
    elog(ERROR, "unexpected C++ exception in health_dp");
    pg_unreachable();
}

} // namespace detail

} // namespace health_dp::postgres
