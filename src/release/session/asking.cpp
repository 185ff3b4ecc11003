#include "release/session/execution.hpp"

#include "release/session/asking.hpp"

#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/plan/request.hpp"
#include "release/session/explanation.hpp"
#include "release/session/settings.hpp"
#include "release/session/side_channels.hpp"
#include "release/session/values.hpp"
#include "room/visit.hpp"

namespace health_dp::release {

namespace {

struct LeafState {
    CustomScanState css;
    struct Asking* asking;
    const char* tree;
    List* relations;
    List* values; // of ExprState
    Tuplestorestate* rows;
    TupleTableSlot* kept; // for reading the tuplestore
};

// All leaves of one execution of a plan.
struct Asking {
    EState* estate;
    Asking* next;
    List* leaves;
    int32 project;
    bool suppressed; // of all leaves, because no statement has both kinds
    const char* project_name;
    Price price;
    bool asked;
};

using SessionDeadlines = TimestampTz[std::size(postgres::kSessionClocks)];

Asking* askings = nullptr; // of this backend: nested statements have one each

LeafState* state_of(CustomScanState* node) { return reinterpret_cast<LeafState*>(node); }

void forget(void* argument) {
    for (Asking** at = &askings; *at != nullptr; at = &(*at)->next)
        if (*at == argument) {
            *at = (*at)->next;
            return;
        }
}

// Whatever the statement's own functions, or who fetches from its cursor, set in between [C9].
void freeze_terms(Asking* asking) {
    MemoryContext caller = MemoryContextSwitchTo(asking->estate->es_query_cxt);
    asking->project_name = pstrdup(requested_project());
    asking->price = {pstrdup(requested_epsilon()), pstrdup(requested_delta()), requested_groups(), requested_rows()};
    MemoryContextSwitchTo(caller);
}

Asking* find_asking(EState* estate) {
    for (Asking* known = askings; known != nullptr; known = known->next)
        if (known->estate == estate)
            return known;
    auto* asking = static_cast<Asking*>(MemoryContextAllocZero(estate->es_query_cxt, sizeof(Asking)));
    asking->estate = estate;
    freeze_terms(asking);
    auto* callback =
        static_cast<MemoryContextCallback*>(MemoryContextAlloc(estate->es_query_cxt, sizeof(MemoryContextCallback)));
    callback->func = forget;
    callback->arg = asking;
    MemoryContextRegisterResetCallback(estate->es_query_cxt, callback);
    asking->next = askings;
    askings = asking;
    return asking;
}

// A room's transaction sees neither what this one has not committed nor what lives in this session alone, and would
// wait for its locks until this session waits for the room.
void check_visible(Oid relation) {
    if (get_rel_persistence(relation) == RELPERSISTENCE_TEMP)
        ereport(ERROR, (errcode(sqlstate::kUnsupported),
                        errmsg("a release cannot read the temporary table \"%s\"", get_rel_name(relation)),
                        errhint("Write its rows as VALUES, or ask a steward to make it a public table.")));
    LOCKTAG tag;
    SET_LOCKTAG_RELATION(tag, MyDatabaseId, relation);
    if (postgres::holds_lock(tag, AccessExclusiveLock))
        ereport(ERROR, (errcode(sqlstate::kUnsupported),
                        errmsg("a release cannot read table \"%s\", which this transaction has made, altered or locked",
                               get_rel_name(relation)),
                        errhint("COMMIT first, then ask.")));
}

TravellingValue* evaluate(ExprState* expression, ExprContext* context) {
    auto* value = static_cast<TravellingValue*>(palloc0(sizeof(TravellingValue)));
    const Oid type = getBaseType(exprType(reinterpret_cast<Node*>(expression->expr)));
    value->type = exprType(reinterpret_cast<Node*>(expression->expr));
    value->bytes = "";
    const Datum datum = ExecEvalExpr(expression, context, &value->is_null);
    if (value->is_null)
        return value;
    Oid function;
    bool is_varlena;
    getTypeBinaryOutputInfo(type, &function, &is_varlena);
    bytea* bytes = OidSendFunctionCall(function, datum);
    value->size = static_cast<int>(VARSIZE_ANY_EXHDR(bytes));
    value->bytes = VARDATA_ANY(bytes);
    if (value->size > kMaxValueBytes)
        ereport(ERROR,
                (errcode(sqlstate::kUnsupported), errmsg("a value of %d bytes is too large for a release", value->size),
                 errdetail("A parameter, or what does not depend on a row, takes at most %d bytes.", kMaxValueBytes),
                 errhint("Put long lists of values into a public table and join it.")));
    return value;
}

RequestedRelease* describe_release(LeafState* leaf) {
    auto* release = static_cast<RequestedRelease*>(palloc0(sizeof(RequestedRelease)));
    release->tree = leaf->tree;
    ListCell* cell;
    foreach (cell, leaf->values)
        release->values =
            lappend(release->values, evaluate(static_cast<ExprState*>(lfirst(cell)), leaf->css.ss.ps.ps_ExprContext));
    foreach (cell, leaf->relations)
        check_visible(lfirst_oid(cell));
    return release;
}

Request describe_request(Asking* asking) {
    Request request = {};
    ListCell* cell;
    // First: a function of the analyst's own may change settings.
    foreach (cell, asking->leaves)
        request.releases = lappend(request.releases, describe_release(static_cast<LeafState*>(lfirst(cell))));
    const AskingRoles asking_as = asking_roles();
    request.session_user = asking_as.session_user;
    request.current_user = asking_as.current_user;
    request.suppressed = asking->suppressed;
    request.plan_only = OidIsValid(explained_member());
    request.project = asking->project_name;
    request.epsilon = asking->price.epsilon;
    request.delta = asking->price.delta;
    request.max_groups = asking->price.max_groups;
    request.max_rows = asking->price.max_rows;
    for (std::size_t i = 0; i < std::size(kMeaningfulSettings); ++i)
        request.settings[i] = GetConfigOption(kMeaningfulSettings[i], false, false);
    request.lock_timeout = LockTimeout;
    request.claimed_text = asking->estate->es_sourceText != nullptr ? asking->estate->es_sourceText : "";
    return request;
}

void keep_rows(Asking* asking, StringInfo frame) {
    RowsHeader header;
    pq_copymsgbytes(frame, reinterpret_cast<char*>(&header), sizeof(header));
    if (header.release < 0 || header.release >= list_length(asking->leaves))
        elog(ERROR, "a room answers a question that was not asked");
    auto* leaf = static_cast<LeafState*>(list_nth(asking->leaves, header.release));
    for (int32 row = 0; row < header.rows; ++row) {
        uint32 size;
        pq_copymsgbytes(frame, reinterpret_cast<char*>(&size), sizeof(size));
        if (size < SizeofMinimalTupleHeader || size > static_cast<uint32>(frame->len - frame->cursor))
            elog(ERROR, "a room hands out a malformed row");
        auto* tuple = static_cast<MinimalTuple>(palloc(size));
        pq_copymsgbytes(frame, reinterpret_cast<char*>(tuple), static_cast<int>(size));
        if (tuple->t_len != size || HeapTupleHeaderGetNatts(tuple) != leaf->kept->tts_tupleDescriptor->natts)
            elog(ERROR, "a room hands out a malformed row");
        ExecStoreMinimalTuple(tuple, leaf->kept, true);
        tuplestore_puttupleslot(leaf->rows, leaf->kept);
        ExecClearTuple(leaf->kept);
    }
}

[[noreturn]] void raise_refusal(StringInfo frame) {
    const Refusal refusal = read_refusal(frame);
    ereport(ERROR, (errcode(refusal.sqlstate), errmsg("%s", refusal.message),
                    refusal.detail[0] != '\0' ? errdetail("%s", refusal.detail) : 0,
                    refusal.hint[0] != '\0' ? errhint("%s", refusal.hint) : 0));
    pg_unreachable();
}

// What an answer has brought so far.
struct Answer {
    StringInfoData frame;
    StringInfoData parts; // of what did not fit one frame
    SessionDeadlines deadlines;
};

void keep_whole_rows(Asking* asking, Answer* answer) {
    if (answer->parts.len == 0) {
        keep_rows(asking, &answer->frame);
        return;
    }
    appendBinaryStringInfo(&answer->parts, answer->frame.data, answer->frame.len);
    keep_rows(asking, &answer->parts);
    resetStringInfo(&answer->parts);
}

// One frame of the answer; false after the last.
bool take_frame(room::Visit* visit, Asking* asking, Answer* answer) {
    switch (static_cast<FrameKind>(room::receive(visit, &answer->frame))) {
    case FrameKind::charged:
        if (!is_exempt())
            postgres::stop_session_clocks(answer->deadlines);
        return true;
    case FrameKind::part:
        appendBinaryStringInfo(&answer->parts, answer->frame.data, answer->frame.len);
        return true;
    case FrameKind::rows:
        keep_whole_rows(asking, answer);
        return true;
    case FrameKind::text:
        take_explanation(&answer->frame);
        return true;
    case FrameKind::done:
        return false;
    case FrameKind::refused:
        raise_refusal(&answer->frame);
    case FrameKind::failed:
        raise_constant_failure();
    default:
        elog(ERROR, "a room answers in an unknown way");
    }
}

// While protected rows are read, a member's statement_timeout would be a clock on them: it waits until that is done
// [C20].
void take_answer(room::Visit* visit, Asking* asking) {
    Answer answer = {};
    initStringInfo(&answer.frame);
    initStringInfo(&answer.parts);
    PG_TRY();
    {
        while (take_frame(visit, asking, &answer)) {
        }
    }
    PG_FINALLY();
    { postgres::restart_session_clocks(answer.deadlines); }
    PG_END_TRY();
    pfree(answer.frame.data);
    pfree(answer.parts.data);
}

void ask(Asking* asking) {
    refuse_observers(is_exempt());
    MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "health_dp request", ALLOCSET_DEFAULT_SIZES);
    MemoryContext caller = MemoryContextSwitchTo(scratch);
    const Request request = describe_request(asking);
    StringInfoData frame;
    initStringInfo(&frame);
    write_request(request, &frame);
    ListCell* cell;
    foreach (cell, asking->leaves) {
        auto* leaf = static_cast<LeafState*>(lfirst(cell));
        MemoryContextSwitchTo(asking->estate->es_query_cxt);
        leaf->rows = tuplestore_begin_heap(true, false, work_mem);
        MemoryContextSwitchTo(scratch);
    }
    const room::Claim claim = {MyDatabaseId, GetAuthenticatedUserId(), asking->project, 0, 0};
    room::with_visit(claim, [&](room::Visit* visit) {
        room::send(visit, static_cast<uint8>(FrameKind::request), frame.data, static_cast<Size>(frame.len));
        take_answer(visit, asking);
    });
    asking->asked = true;
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(scratch);
}

void begin_leaf(CustomScanState* node, EState* estate, int eflags) {
    LeafState* state = state_of(node);
    auto* scan = castNode(CustomScan, node->ss.ps.plan);
    // Cached plans come here without the planner hook; EXPLAIN EXECUTE as well.
    refuse_observers(is_exempt());
    if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) != 0)
        return;
    const int32 project = intVal(linitial(scan->custom_private));
    check_same_project(project);
    state->tree = strVal(lsecond(scan->custom_private));
    state->relations = static_cast<List*>(lthird(scan->custom_private)); // of OIDs, which is a node of its own
    state->values = ExecInitExprList(scan->custom_exprs, &node->ss.ps);
    state->kept = ExecInitExtraTupleSlot(estate, node->ss.ss_ScanTupleSlot->tts_tupleDescriptor, &TTSOpsMinimalTuple);
    state->asking = find_asking(estate);
    state->asking->project = project;
    state->asking->suppressed = boolVal(lfourth(scan->custom_private));
    state->asking->leaves = lappend(state->asking->leaves, state);
}

TupleTableSlot* next_row(ScanState* scan) {
    auto* state = reinterpret_cast<LeafState*>(scan);
    TupleTableSlot* slot = scan->ss_ScanTupleSlot;
    ExecClearTuple(slot);
    if (!tuplestore_gettupleslot(state->rows, true, false, state->kept))
        return slot;
    slot_getallattrs(state->kept);
    const int columns = slot->tts_tupleDescriptor->natts;
    memcpy(slot->tts_values, state->kept->tts_values, sizeof(Datum) * static_cast<Size>(columns));
    memcpy(slot->tts_isnull, state->kept->tts_isnull, sizeof(bool) * static_cast<Size>(columns));
    return ExecStoreVirtualTuple(slot);
}

bool recheck_row(ScanState*, TupleTableSlot*) { return true; }

TupleTableSlot* execute_leaf(CustomScanState* node) {
    Asking* asking = state_of(node)->asking;
    if (!asking->asked)
        ask(asking);
    return ExecScan(&node->ss, next_row, recheck_row);
}

void end_leaf(CustomScanState* node) {
    LeafState* state = state_of(node);
    if (state->rows != nullptr)
        tuplestore_end(state->rows);
    state->rows = nullptr;
}

void rescan_leaf(CustomScanState* node) {
    if (state_of(node)->rows != nullptr)
        tuplestore_rescan(state_of(node)->rows);
    ExecScanReScan(&node->ss);
}

Node* create_leaf(CustomScan* scan);

CustomScanMethods scan_methods = {kLeafNode, create_leaf};
CustomExecMethods exec_methods = {kLeafNode, begin_leaf, execute_leaf, end_leaf, rescan_leaf, nullptr, nullptr,
                                  nullptr,   nullptr,    nullptr,      nullptr,  nullptr,     nullptr};

Node* create_leaf(CustomScan*) {
    auto* state = static_cast<LeafState*>(palloc0(sizeof(LeafState)));
    NodeSetTag(&state->css, T_CustomScanState);
    state->css.methods = &exec_methods;
    return reinterpret_cast<Node*>(state);
}

} // namespace

List* describe_leaf(const Question& question) {
    return list_make4(makeInteger(question.project), makeString(nodeToString(question.query)),
                      list_copy(question.relations), makeBoolean(question.suppressed));
}

const CustomScanMethods* leaf_scan_methods() { return &scan_methods; }

} // namespace health_dp::release
