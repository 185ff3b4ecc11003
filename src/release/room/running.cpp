#include "release/engine/node_bound.hpp"

#include "release/room/running.hpp"

#include "release/dp/node_release.hpp"
#include "release/grammar/grammar.hpp"
#include "release/plan/plan.hpp"
#include "release/plan/request.hpp"
#include "release/suppressed/node_suppressed.hpp"

namespace health_dp::release {

namespace {

constexpr int kBatchBytes = 32 * 1024;
constexpr int kPartBytes = 4 * 1024 * 1024;

struct Receiver {
    DestReceiver receiver;
    room::Guest* guest;
    RowsHeader header;
    StringInfoData batch;
};

void begin_batch(Receiver* self) {
    resetStringInfo(&self->batch);
    self->header.rows = 0;
    appendBinaryStringInfo(&self->batch, reinterpret_cast<const char*>(&self->header), sizeof(self->header));
}

void send_batch(Receiver* self) {
    memcpy(self->batch.data, &self->header, sizeof(self->header));
    int sent = 0;
    for (; self->batch.len - sent > kPartBytes; sent += kPartBytes)
        room::send(self->guest, static_cast<uint8>(FrameKind::part), self->batch.data + sent, kPartBytes);
    room::send(self->guest, static_cast<uint8>(FrameKind::rows), self->batch.data + sent,
               static_cast<Size>(self->batch.len - sent));
    begin_batch(self);
}

bool take_row(TupleTableSlot* slot, DestReceiver* receiver) {
    auto* self = reinterpret_cast<Receiver*>(receiver);
    bool should_free;
    MinimalTuple tuple = ExecFetchSlotMinimalTuple(slot, &should_free);
    const uint32 size = tuple->t_len;
    appendBinaryStringInfo(&self->batch, reinterpret_cast<const char*>(&size), sizeof(size));
    appendBinaryStringInfo(&self->batch, reinterpret_cast<const char*>(tuple), static_cast<int>(size));
    ++self->header.rows;
    if (should_free)
        pfree(tuple);
    if (self->batch.len >= kBatchBytes)
        send_batch(self);
    return true;
}

void start(DestReceiver*, int, TupleDesc) {}
void stop(DestReceiver*) {}

} // namespace

QueryDesc* plan_release(Query* query) {
    PlannedStmt* plan = standard_planner(query, "", CURSOR_OPT_PARALLEL_OK, nullptr);
    const CustomScanMethods* own[] = {release_scan_methods(), bound_scan_methods(), suppressed_scan_methods()};
    grammar::check_plan(plan, {own, std::size(own)});
    return CreateQueryDesc(plan, "", GetActiveSnapshot(), InvalidSnapshot, None_Receiver, nullptr, nullptr, 0);
}

void run_release(QueryDesc* description, int number, room::Guest* guest) {
    Receiver self = {};
    self.receiver.receiveSlot = take_row;
    self.receiver.rStartup = start;
    self.receiver.rShutdown = stop;
    self.receiver.rDestroy = stop;
    self.receiver.mydest = DestNone;
    self.guest = guest;
    self.header.release = number;
    initStringInfo(&self.batch);
    begin_batch(&self);
    description->dest = &self.receiver;
    standard_ExecutorStart(description, 0);
    postgres::run_executor(description);
    if (self.header.rows > 0)
        send_batch(&self);
    standard_ExecutorFinish(description);
    standard_ExecutorEnd(description);
    FreeQueryDesc(description);
    pfree(self.batch.data);
}

void show_plan(Query* query, room::Guest* guest) {
    QueryDesc* description = plan_release(query);
    standard_ExecutorStart(description, EXEC_FLAG_EXPLAIN_ONLY);
    ExplainState* explain = NewExplainState();
    explain->costs = true;
    ExplainPrintPlan(explain, description);
    room::send(guest, static_cast<uint8>(FrameKind::text), explain->str->data, static_cast<Size>(explain->str->len));
    standard_ExecutorEnd(description);
    FreeQueryDesc(description);
}

} // namespace health_dp::release
