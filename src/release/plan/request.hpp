// What a session asks of a room, and what it gets back. A request is analysed query trees, values and names; nothing
// that the room could check is believed.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

enum class FrameKind : uint8 {
    request = 1, // from the session, once
    charged,     // from the room: from here on protected rows are read
    part,        // the beginning of what does not fit one frame; the rest follows
    rows,        // of one release, released
    text,        // a line of a plan, for superusers
    refused,     // why there is no answer: before the charge in words that depend on question, catalogue and earlier
                 // releases only, afterwards in those that suppressed releases are documented to have
    failed,      // after the charge: nothing but that
    done         // everything was handed out
};

constexpr int kMaxReleases = 1024; // in one statement
constexpr Size kMaxRequestBytes = 8 * 1024 * 1024;

// Settings that SQL's meaning depends on. They travel as values and pass their own checks in the room.
constexpr const char* kMeaningfulSettings[] = {"TimeZone", "DateStyle", "IntervalStyle", "extra_float_digits",
                                               "bytea_output"};

// A value as its type's binary send function writes it.
struct TravellingValue {
    Oid type;
    bool is_null;
    int size;
    const char* bytes;
};

// One release: its query before anything was added to it, with parameters in the place of values.
struct RequestedRelease {
    const char* tree;
    List* values; // of TravellingValue*
};

struct Request {
    Oid session_user;
    Oid current_user;
    bool suppressed; // all its releases are; else all are differentially private
    const char* project;
    const char* epsilon; // empty: the project's default
    const char* delta;
    int32 max_groups; // 0: the project's default
    int32 max_rows;
    const char* settings[std::size(kMeaningfulSettings)];
    int32 lock_timeout;
    bool plan_only;
    const char* claimed_text; // of the statement, as the session has it
    List* releases;           // of RequestedRelease*
};

// Errors (kUnsupported) where the request is larger than kMaxRequestBytes.
void write_request(const Request& request, StringInfo frame);
// Errors where the bytes are no request. What it returns points into `frame`.
Request read_request(StringInfo frame);

// Why a room does not answer. Empty texts for none.
struct Refusal {
    int sqlstate;
    const char* message;
    const char* detail;
    const char* hint;
};
void write_refusal(const Refusal& refusal, StringInfo frame);
Refusal read_refusal(StringInfo frame);

// Released rows of the release with this number in the request: its columns are the keys, then the aggregates.
struct RowsHeader {
    int32 release;
    int32 rows;
};

} // namespace health_dp::release
