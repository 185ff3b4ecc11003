// Asks a room by hand, as a session that somebody has taken over would: what the session's side of a release refuses is
// not in the way. SELECT room_ask(question, session_user, current_user, how, number).
#include "core/transport/frame.hpp"

#include "mutate.hpp"

#include "postgres/api.hpp"
#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/plan/request.hpp"
#include "room/line.hpp"
#include "room/visit.hpp"
#include "room/worker.hpp"

extern "C" {
HDP_EXPORT const Pg_magic_struct* Pg_magic_func(void);
PG_MODULE_MAGIC;
HDP_EXPORT void _PG_init(void);
}

// The product starts its rooms; here is only what its visitors need.
namespace health_dp::room::worker {
bool can_serve() { return true; }
BackgroundWorkerHandle* start(const Assignment& assignment) {
    BackgroundWorker worker = {};
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = BGW_NEVER_RESTART;
    worker.bgw_notify_pid = MyProcPid;
    strlcpy(worker.bgw_library_name, "health_dp", sizeof(worker.bgw_library_name));
    strlcpy(worker.bgw_function_name, "hdp_room_main", sizeof(worker.bgw_function_name));
    memcpy(worker.bgw_extra, &assignment, sizeof(assignment));
    BackgroundWorkerHandle* handle = nullptr;
    return RegisterDynamicBackgroundWorker(&worker, &handle) ? handle : nullptr;
}
} // namespace health_dp::room::worker

namespace {

using namespace health_dp;
namespace transport = core::transport;

// How long the room may take over what it cannot read.
constexpr int kPatienceMs = 500;

struct Attempt {
    char* question;
    Oid session_user;
    Oid current_user;
    char* how;
    int number;
};

bool is(const Attempt& attempt, const char* how) { return strcmp(attempt.how, how) == 0; }

// A join that FROM does not name, and one that has an alias which its entry has not.
void change_join(Query* query, const Attempt& attempt) {
    List* from = query->jointree->fromlist;
    if (from == NIL || !IsA(linitial(from), JoinExpr))
        return;
    auto* join = linitial_node(JoinExpr, from);
    if (is(attempt, "orphan"))
        linitial(from) = join->larg;
    if (is(attempt, "alias"))
        join->alias = makeAlias("j", NIL);
}

void change_reader(Query* query, Oid role) {
    ListCell* cell;
    foreach (cell, query->rtable) {
        auto* entry = lfirst_node(RangeTblEntry, cell);
        if (entry->rtekind != RTE_RELATION)
            continue;
        postgres::drop_permissions(query, entry);
        postgres::read_as(query, entry, role);
    }
}

bool change_tree(Node* node, void* context) {
    const auto& attempt = *static_cast<const Attempt*>(context);
    if (node == nullptr)
        return false;
    if (IsA(node, RangeTblEntry)) {
        auto* entry = castNode(RangeTblEntry, node);
        if (is(attempt, "quals"))
            entry->securityQuals = list_make1(makeBoolConst(true, false));
        if (is(attempt, "transition"))
            entry->rtekind = RTE_NAMEDTUPLESTORE;
        return false;
    }
    if (IsA(node, Query)) {
        change_join(castNode(Query, node), attempt);
        if (is(attempt, "reader"))
            change_reader(castNode(Query, node), static_cast<Oid>(attempt.number));
        return postgres::walk_query(castNode(Query, node), change_tree, context, QTW_EXAMINE_RTES_BEFORE);
    }
    if (IsA(node, SubLink) && is(attempt, "comparison"))
        castNode(SubLink, node)->testexpr =
            reinterpret_cast<Node*>(makeBoolExpr(AND_EXPR, list_make1(makeBoolConst(true, false)), -1));
    return postgres::walk_expression(node, change_tree, context);
}

// ROLLUP (key): another kind of set, or another key.
void change_sets(Query* query, int number) {
    auto* rollup = linitial_node(GroupingSet, query->groupingSets);
    if (number < 0)
        rollup->kind = static_cast<GroupingSetKind>(-number);
    else
        linitial_node(GroupingSet, rollup->content)->content = list_make1_int(number);
}

Query* analyse(const Attempt& attempt) {
    RawStmt* raw = linitial_node(RawStmt, raw_parser(attempt.question, RAW_PARSE_DEFAULT));
    ParseState* state = make_parsestate(nullptr);
    state->p_sourcetext = attempt.question;
    Query* query = transformTopLevelStmt(state, raw);
    query->canSetTag = false; // as sessions make them
    change_tree(reinterpret_cast<Node*>(query), const_cast<Attempt*>(&attempt));
    if (is(attempt, "sets"))
        change_sets(query, attempt.number);
    return query;
}

void write(const Attempt& attempt, StringInfo frame) {
    auto* release = static_cast<release::RequestedRelease*>(palloc0(sizeof(release::RequestedRelease)));
    release->tree = is(attempt, "tree") ? attempt.question : nodeToString(analyse(attempt));
    if (is(attempt, "mutate")) {
        release->tree = mutate_tree(release->tree, static_cast<std::uint64_t>(attempt.number));
        elog(DEBUG1, "tree of seed %d: %s", attempt.number, release->tree); // for whoever looks into a finding
    }
    if (attempt.how[0] == ':')
        release->tree = set_fields(release->tree, attempt.how, attempt.number);
    if (is(attempt, "value")) {
        auto* value = static_cast<release::TravellingValue*>(palloc0(sizeof(release::TravellingValue)));
        value->type = static_cast<Oid>(attempt.number);
        value->size = 4;
        value->bytes = "\0\0\0\1";
        release->values = list_make1(value);
    }
    release::Request request = {};
    request.session_user = attempt.session_user;
    request.current_user = attempt.current_user;
    request.suppressed =
        is(attempt, "suppressed") || is(attempt, "sets") ||
        ((is(attempt, "mutate") || attempt.how[0] == ':') && strstr(attempt.question, "health_dp.sc_") != nullptr);
    request.project = is(attempt, "project") ? "nowhere" : request.suppressed ? "exact" : "emc2";
    request.epsilon = is(attempt, "mutate") ? "0.01" : "1000"; // many are answered
    request.delta = is(attempt, "mutate") ? "0.000000000001" : "0.0000001";
    for (std::size_t i = 0; i < std::size(release::kMeaningfulSettings); ++i)
        request.settings[i] = GetConfigOption(release::kMeaningfulSettings[i], false, false);
    if (is(attempt, "setting"))
        request.settings[attempt.number] = "no such value";
    request.plan_only = is(attempt, "plan");
    request.claimed_text = "room_ask";
    request.releases = is(attempt, "nothing") ? NIL : list_make1(release);
    release::write_request(request, frame);
    if (is(attempt, "truncated"))
        frame->len = Min(frame->len, attempt.number);
    if (is(attempt, "longer"))
        appendStringInfoSpaces(frame, attempt.number);
    if (is(attempt, "version"))
        frame->data[3] = static_cast<char>(frame->data[3] + attempt.number);
}

// The frame in the ring, with one bit of one byte of its header turned.
void send_damaged(room::Visit* visit, const StringInfoData& frame, int at) {
    auto* line = reinterpret_cast<room::Line*>(visit);
    const auto* payload = reinterpret_cast<const std::uint8_t*>(frame.data);
    const auto header = transport::write_header(
        transport::Key(room::pool->key, transport::kKeyBytes),
        {line->visit, static_cast<std::uint32_t>(line->slot - room::pool->slots), false},
        static_cast<std::uint8_t>(release::FrameKind::request), 1, {payload, static_cast<std::size_t>(frame.len)});
    transport::HeaderBytes bytes = header.value();
    bytes[static_cast<std::size_t>(at)] ^= 1;
    room::Ring& ring = line->slot->to_room;
    memcpy(ring.bytes, bytes.data(), bytes.size());
    memcpy(ring.bytes + bytes.size(), frame.data, static_cast<Size>(frame.len));
    pg_write_barrier();
    pg_atomic_write_u64(&ring.written, bytes.size() + static_cast<Size>(frame.len));
    postgres::wake_process(line->peer);
    // A length that is too long: the room waits for the rest, until its visitor leaves.
    for (int waited = 0; waited < kPatienceMs && pg_atomic_read_u32(&line->slot->working) != 0; waited += 10)
        pg_usleep(10000);
    if (pg_atomic_read_u32(&line->slot->working) != 0)
        ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED), errmsg("the room waits for more")));
}

const char* hear(room::Visit* visit) {
    StringInfoData frame;
    initStringInfo(&frame);
    int rows = 0;
    for (;;) {
        switch (static_cast<release::FrameKind>(room::receive(visit, &frame))) {
        case release::FrameKind::rows:
            ++rows;
            continue;
        case release::FrameKind::charged:
        case release::FrameKind::part:
        case release::FrameKind::text:
            continue;
        case release::FrameKind::refused: {
            const release::Refusal refusal = release::read_refusal(&frame);
            return psprintf("refused %s %s", unpack_sql_state(refusal.sqlstate), refusal.message);
        }
        case release::FrameKind::failed:
            return "failed";
        case release::FrameKind::done:
            return psprintf("done %d", rows);
        default:
            return "unknown";
        }
    }
}

const char* ask(const Attempt& attempt) {
    StringInfoData frame;
    initStringInfo(&frame);
    write(attempt, &frame);
    const char* heard = "";
    const room::Claim claim = {MyDatabaseId, GetAuthenticatedUserId(), 1, 0, 0};
    room::with_visit(claim, [&](room::Visit* visit) {
        if (is(attempt, "header"))
            send_damaged(visit, frame, attempt.number);
        else
            room::send(visit,
                       is(attempt, "kind") ? static_cast<uint8>(attempt.number)
                                           : static_cast<uint8>(release::FrameKind::request),
                       frame.data, static_cast<Size>(frame.len));
        heard = hear(visit);
    });
    return heard;
}

} // namespace

void _PG_init(void) {
    const char* rooms = GetConfigOption("health_dp.rooms", false, false);
    room::settings::rooms = atoi(rooms);
    room::attach_memory();
}

HDP_FUNCTION(room_ask) {
    const Attempt attempt = {text_to_cstring(PG_GETARG_TEXT_PP(0)), get_role_oid(NameStr(*PG_GETARG_NAME(1)), false),
                             get_role_oid(NameStr(*PG_GETARG_NAME(2)), false), text_to_cstring(PG_GETARG_TEXT_PP(3)),
                             PG_GETARG_INT32(4)};
    PG_RETURN_TEXT_P(cstring_to_text(ask(attempt)));
}
