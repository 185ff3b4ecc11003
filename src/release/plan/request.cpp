#include "release/plan/request.hpp"

#include "postgres/errors.hpp"

namespace health_dp::release {

namespace {

constexpr int32 kVersion = 2;
constexpr int kMaxValues = 65536;

[[noreturn]] void refuse_malformed() {
    ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION), errmsg("a request to a room is malformed")));
    pg_unreachable();
}

void put_text(StringInfo frame, const char* text) {
    const auto length = static_cast<uint32>(strlen(text));
    pq_sendint32(frame, length);
    appendBinaryStringInfo(frame, text, static_cast<int>(length));
}

// Zero-terminated copies: the frame's own bytes have no terminators.
const char* take_text(StringInfo frame) {
    const auto length = static_cast<int>(pq_getmsgint(frame, 4));
    if (length < 0 || length > frame->len - frame->cursor)
        refuse_malformed();
    char* text = static_cast<char*>(palloc(static_cast<Size>(length) + 1));
    pq_copymsgbytes(frame, text, length);
    text[length] = '\0';
    if (strlen(text) != static_cast<Size>(length))
        refuse_malformed();
    return text;
}

int take_count(StringInfo frame, int most) {
    const auto count = static_cast<int>(pq_getmsgint(frame, 4));
    if (count < 0 || count > most)
        refuse_malformed();
    return count;
}

void put_value(StringInfo frame, const TravellingValue& value) {
    pq_sendint32(frame, value.type);
    pq_sendbyte(frame, value.is_null ? 1 : 0);
    pq_sendint32(frame, static_cast<uint32>(value.size));
    appendBinaryStringInfo(frame, value.bytes, value.size);
}

TravellingValue* take_value(StringInfo frame) {
    auto* value = static_cast<TravellingValue*>(palloc0(sizeof(TravellingValue)));
    value->type = pq_getmsgint(frame, 4);
    value->is_null = pq_getmsgbyte(frame) != 0;
    value->size = take_count(frame, frame->len - frame->cursor);
    value->bytes = pq_getmsgbytes(frame, value->size);
    return value;
}

} // namespace

void write_request(const Request& request, StringInfo frame) {
    if (list_length(request.releases) > kMaxReleases)
        ereport(ERROR, (errcode(sqlstate::kUnsupported), errmsg("a statement takes at most %d releases", kMaxReleases),
                        errhint("Ask in several statements.")));
    pq_sendint32(frame, kVersion);
    pq_sendint32(frame, request.session_user);
    pq_sendint32(frame, request.current_user);
    pq_sendbyte(frame, request.suppressed ? 1 : 0);
    for (const char* text : {request.project, request.epsilon, request.delta})
        put_text(frame, text);
    pq_sendint32(frame, static_cast<uint32>(request.max_groups));
    pq_sendint32(frame, static_cast<uint32>(request.max_rows));
    for (const char* setting : request.settings)
        put_text(frame, setting);
    pq_sendint32(frame, static_cast<uint32>(request.lock_timeout));
    pq_sendbyte(frame, request.plan_only ? 1 : 0);
    put_text(frame, request.claimed_text);
    pq_sendint32(frame, static_cast<uint32>(list_length(request.releases)));
    ListCell* cell;
    foreach (cell, request.releases) {
        const auto* release = static_cast<RequestedRelease*>(lfirst(cell));
        put_text(frame, release->tree);
        pq_sendint32(frame, static_cast<uint32>(list_length(release->values)));
        ListCell* value;
        foreach (value, release->values)
            put_value(frame, *static_cast<TravellingValue*>(lfirst(value)));
    }
    if (static_cast<Size>(frame->len) > kMaxRequestBytes)
        ereport(ERROR, (errcode(sqlstate::kUnsupported), errmsg("the question is too large: %d bytes", frame->len),
                        errdetail("A question and its values take at most %zu bytes together.", kMaxRequestBytes),
                        errhint("Put long lists of values into a public table and join it.")));
}

Request read_request(StringInfo frame) {
    Request request = {};
    if (pq_getmsgint(frame, 4) != static_cast<unsigned>(kVersion))
        refuse_malformed();
    request.session_user = pq_getmsgint(frame, 4);
    request.current_user = pq_getmsgint(frame, 4);
    request.suppressed = pq_getmsgbyte(frame) != 0;
    for (const char** text : {&request.project, &request.epsilon, &request.delta})
        *text = take_text(frame);
    request.max_groups = static_cast<int32>(pq_getmsgint(frame, 4));
    request.max_rows = static_cast<int32>(pq_getmsgint(frame, 4));
    for (const char*& setting : request.settings)
        setting = take_text(frame);
    request.lock_timeout = static_cast<int32>(pq_getmsgint(frame, 4));
    request.plan_only = pq_getmsgbyte(frame) != 0;
    request.claimed_text = take_text(frame);
    for (int left = take_count(frame, kMaxReleases); left > 0; --left) {
        auto* release = static_cast<RequestedRelease*>(palloc0(sizeof(RequestedRelease)));
        release->tree = take_text(frame);
        for (int values = take_count(frame, kMaxValues); values > 0; --values)
            release->values = lappend(release->values, take_value(frame));
        request.releases = lappend(request.releases, release);
    }
    pq_getmsgend(frame);
    return request;
}

void write_refusal(const Refusal& refusal, StringInfo frame) {
    pq_sendint32(frame, static_cast<uint32>(refusal.sqlstate));
    for (const char* text : {refusal.message, refusal.detail, refusal.hint})
        put_text(frame, text);
}

Refusal read_refusal(StringInfo frame) {
    Refusal refusal = {};
    refusal.sqlstate = static_cast<int>(pq_getmsgint(frame, 4));
    for (const char** text : {&refusal.message, &refusal.detail, &refusal.hint})
        *text = take_text(frame);
    return refusal;
}

} // namespace health_dp::release
