#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "release/engine/collector.hpp"
#include "release/engine/node_bound.hpp"

#include "postgres/boundary.hpp"
#include "release/session/execution.hpp"
#include "release/session/side_channels.hpp"

namespace health_dp::release {

namespace {

using bounding::Scatter;

struct Participant {
    bool ready;
    uint64 chunks_offset;
    uint64 chunks;
    uint64 keys_offset;
    uint64 keys_bytes;
};

// In dynamic shared memory.
struct SharedBound {
    Barrier barrier; // phase 0: scatter; from 1 on: bound
    SharedFileSet files;
    pg_atomic_uint32 next_partition;
    dsm_handle segment;
    int participants;
    Parameters parameters;
    Participant participant[FLEXIBLE_ARRAY_MEMBER];
};

constexpr std::size_t kMessageBytes = std::size_t{4} << 20;

// Everything with a destructor, in one object that a memory context's callback deletes.
struct Work {
    std::unique_ptr<Collector> collector;
    std::vector<std::string> messages;
    std::size_t next = 0;
};

struct BoundState {
    CustomScanState css;
    Layout layout;
    Parameters parameters;
    bool has_parameters;
    SharedBound* shared;
    Work* work;
    bool done;
};

BoundState* state_of(CustomScanState* node) { return reinterpret_cast<BoundState*>(node); }
PlanState* child_of(BoundState* state) { return static_cast<PlanState*>(linitial(state->css.custom_ps)); }

std::string file_name(int participant) { return "rows" + std::to_string(participant); }
int participant_number() { return ParallelWorkerNumber + 1; }

void push_keys(Work* work, const grouping::Dictionary& dictionary) {
    // Whole keys only: absorb() reads one block at a time.
    const MessageHeader header = {MessageKind::keys, 0, 0, 0};
    const std::vector<char> block = dictionary.serialise();
    std::size_t at = 0;
    do {
        std::size_t end = at;
        while (end < block.size() && (end == at || end - at < kMessageBytes)) {
            std::uint64_t length;
            memcpy(&length, block.data() + end, sizeof(length));
            end += sizeof(length) + length;
        }
        std::string message(reinterpret_cast<const char*>(&header), sizeof(header));
        message.append(block.data() + at, end - at);
        work->messages.push_back(std::move(message));
        at = end;
    } while (at < block.size());
}

void push_totals(Work* work, const bounding::Totals& totals) {
    const std::size_t per_group = sizeof(std::uint64_t) + sizeof(core::Signed128) * totals.measurements;
    const std::size_t groups = totals.patients.size();
    const std::size_t step = std::max<std::size_t>(1, kMessageBytes / per_group);
    for (std::size_t first = 0; first < groups; first += step) {
        const std::size_t count = std::min(step, groups - first);
        const MessageHeader header = {MessageKind::totals, static_cast<uint32>(first), static_cast<uint32>(count),
                                      static_cast<uint32>(totals.measurements)};
        std::string message(reinterpret_cast<const char*>(&header), sizeof(header));
        message.append(reinterpret_cast<const char*>(totals.patients.data() + first), count * sizeof(std::uint64_t));
        message.append(reinterpret_cast<const char*>(totals.sums.data() + first * totals.measurements),
                       count * totals.measurements * sizeof(core::Signed128));
        work->messages.push_back(std::move(message));
    }
}

// Writes rows, chunk table and keys where the others can read them.
void publish(BoundState* state) {
    Collector& collector = *state->work->collector;
    Participant& mine = state->shared->participant[participant_number()];
    collector.scatter().spill_all();
    const auto& chunks = collector.scatter().spilled();
    mine.chunks = chunks.size();
    mine.chunks_offset = collector.file().append(reinterpret_cast<const char*>(chunks.data()),
                                                 chunks.size() * sizeof(bounding::SpilledChunk));
    const std::vector<char> keys = collector.dictionary().serialise();
    mine.keys_bytes = keys.size();
    mine.keys_offset = collector.file().append(keys.data(), keys.size());
    collector.file().share();
    collector.file().close(); // read again by name, by whoever takes the partition
    mine.ready = true;        // the barrier orders this before any reader
}

// Bounds partitions until none is left. `files` and `sources` are the participants' rows, `dictionary` everybody's
// keys.
void bound_shared(BoundState* state) {
    SharedBound* shared = state->shared;
    MemoryContext context = state->css.ss.ps.state->es_query_cxt;
    std::vector<std::unique_ptr<postgres::TemporaryFile>> files;
    std::vector<bounding::Source> sources;
    grouping::Dictionary dictionary;
    for (int i = 0; i < shared->participants; ++i) {
        const Participant& other = shared->participant[i];
        if (!other.ready)
            continue;
        files.push_back(std::make_unique<postgres::TemporaryFile>(
            postgres::TemporaryFile::open(context, &shared->files, file_name(i).c_str())));
        std::vector<bounding::SpilledChunk> chunks(other.chunks);
        files.back()->read(other.chunks_offset, reinterpret_cast<char*>(chunks.data()),
                           chunks.size() * sizeof(bounding::SpilledChunk));
        std::vector<char> keys(other.keys_bytes);
        files.back()->read(other.keys_offset, keys.data(), keys.size());
        sources.emplace_back(chunks, *files.back(), dictionary.absorb(keys));
    }
    const Parameters& parameters = state->parameters;
    const std::vector<bounding::GroupDigest> digests = digest_groups(dictionary, parameters.group_key);
    const bounding::Shape shape = make_shape(parameters);
    bounding::Bounder bounder = make_bounder(shape, row_layout(parameters, shape), parameters, digests);
    bounding::Totals totals(dictionary.size(), shape.measurements.size());
    bool worked = false;
    for (;;) {
        const uint32 partition = pg_atomic_fetch_add_u32(&shared->next_partition, 1);
        if (partition >= Scatter::kPartitions)
            break;
        postgres::call([] { CHECK_FOR_INTERRUPTS(); });
        bounder.bound(partition, sources, totals);
        worked = true;
        if (partition == 0)
            push_keys(state->work, dictionary);
    }
    if (worked)
        push_totals(state->work, totals);
    for (const auto& file : files)
        file->close();
}

void bound_alone(BoundState* state) {
    Collector& collector = *state->work->collector;
    const auto totals = bound_collected(&collector, state->parameters);
    push_keys(state->work, collector.dictionary());
    push_totals(state->work, *totals);
}

void scatter_share(BoundState* state) {
    TupleReader reader = make_tuple_reader(&state->layout, state->parameters);
    postgres::entry([&] {
        MemoryContext context = state->css.ss.ps.state->es_query_cxt;
        const bool shared = state->shared != nullptr;
        state->work->collector = std::make_unique<Collector>(
            state->parameters, memory_limit(),
            postgres::TemporaryFile(context, shared ? &state->shared->files : nullptr,
                                    shared ? file_name(participant_number()).c_str() : nullptr));
    });
    collect(child_of(state), state->css.ss.ps.ps_ExprContext, &reader, state->work->collector.get());
}

void run(BoundState* state) {
    state->work = postgres::own_in<Work>(state->css.ss.ps.state->es_query_cxt);
    if (state->shared == nullptr) {
        scatter_share(state);
        postgres::entry([&] { bound_alone(state); });
    } else {
        // Nobody emits before the barrier, so that nobody who waits there can be waited for.
        if (BarrierAttach(&state->shared->barrier) == 0) {
            scatter_share(state);
            postgres::entry([&] { publish(state); });
            BarrierArriveAndWait(&state->shared->barrier, WAIT_EVENT_HASH_BUILD_HASH_INNER);
        }
        postgres::entry([&] { bound_shared(state); });
        BarrierDetach(&state->shared->barrier);
    }
    postgres::entry([&] { state->work->collector.reset(); });
}

void begin_bound(CustomScanState* node, EState* estate, int eflags) {
    BoundState* state = state_of(node);
    auto* scan = castNode(CustomScan, node->ss.ps.plan);
    decode_layout(linitial_node(List, scan->custom_private), &state->layout);
    node->custom_ps = list_make1(ExecInitNode(static_cast<Plan*>(linitial(scan->custom_plans)), estate, eflags));
}

bool take_message(BoundState* state, TupleTableSlot* slot) {
    Work* work = state->work;
    if (work->next >= work->messages.size())
        return false;
    const std::string& message = work->messages[work->next++];
    ExecClearTuple(slot);
    slot->tts_values[0] = PointerGetDatum(cstring_to_text_with_len(message.data(), static_cast<int>(message.size())));
    slot->tts_isnull[0] = false;
    ExecStoreVirtualTuple(slot);
    return true;
}

TupleTableSlot* execute_bound(CustomScanState* node) {
    BoundState* state = state_of(node);
    if (!state->has_parameters)
        elog(ERROR, "a bound node runs below a release node only");
    if (!state->done) {
        behind_one_message([state] { uncounted(child_of(state), [state] { run(state); }); });
        state->done = true;
    }
    ExprContext* scratch = node->ss.ps.ps_ExprContext;
    ResetExprContext(scratch);
    MemoryContext caller = MemoryContextSwitchTo(scratch->ecxt_per_tuple_memory);
    TupleTableSlot* slot = node->ss.ps.ps_ResultTupleSlot;
    const bool more = take_message(state, slot);
    MemoryContextSwitchTo(caller);
    return more ? slot : nullptr;
}

void end_bound(CustomScanState* node) { ExecEndNode(child_of(state_of(node))); }

void rescan_bound(CustomScanState*) { elog(ERROR, "a bound node is never read twice"); }

Size estimate_bound(CustomScanState*, ParallelContext* context) {
    return offsetof(SharedBound, participant) + sizeof(Participant) * static_cast<Size>(context->nworkers + 1);
}

void initialise_bound(CustomScanState* node, ParallelContext* context, void* coordinate) {
    BoundState* state = state_of(node);
    auto* shared = static_cast<SharedBound*>(coordinate);
    // Without a segment there are no workers, and no files to share.
    if (context->seg == nullptr)
        return;
    BarrierInit(&shared->barrier, 0);
    SharedFileSetInit(&shared->files, context->seg);
    pg_atomic_init_u32(&shared->next_partition, 0);
    shared->segment = dsm_segment_handle(context->seg);
    shared->participants = context->nworkers + 1;
    shared->parameters = state->parameters;
    memset(shared->participant, 0, sizeof(Participant) * static_cast<Size>(shared->participants));
    state->shared = shared;
}

void reinitialise_bound(CustomScanState*, ParallelContext*, void*) { elog(ERROR, "a bound node is never read twice"); }

void initialise_worker_bound(CustomScanState* node, shm_toc*, void* coordinate) {
    BoundState* state = state_of(node);
    state->shared = static_cast<SharedBound*>(coordinate);
    SharedFileSetAttach(&state->shared->files, dsm_find_mapping(state->shared->segment));
    state->parameters = state->shared->parameters;
    state->has_parameters = true;
    // The release node has stopped the session's clocks; this process has its own.
    TimestampTz ignored[std::size(postgres::kSessionClocks)] = {};
    postgres::stop_session_clocks(ignored);
}

Node* create_bound(CustomScan* scan);

CustomScanMethods scan_methods = {kBoundNode, create_bound};
CustomExecMethods exec_methods = {kBoundNode,
                                  begin_bound,
                                  execute_bound,
                                  end_bound,
                                  rescan_bound,
                                  nullptr,
                                  nullptr,
                                  estimate_bound,
                                  initialise_bound,
                                  reinitialise_bound,
                                  initialise_worker_bound,
                                  nullptr,
                                  nullptr};

Node* create_bound(CustomScan*) {
    auto* state = static_cast<BoundState*>(palloc0(sizeof(BoundState)));
    NodeSetTag(&state->css, T_CustomScanState);
    state->css.methods = &exec_methods;
    return reinterpret_cast<Node*>(state);
}

} // namespace

const CustomScanMethods* bound_scan_methods() { return &scan_methods; }

bool is_bound_state(const PlanState* state) {
    return IsA(state, CustomScanState) && reinterpret_cast<const CustomScanState*>(state)->methods == &exec_methods;
}

void give_parameters(PlanState* bound, const Parameters& parameters) {
    auto* state = state_of(reinterpret_cast<CustomScanState*>(bound));
    state->parameters = parameters;
    state->has_parameters = true;
}

void absorb_message(const char* data, std::size_t size, grouping::Dictionary* dictionary, bounding::Totals* totals) {
    MessageHeader header;
    if (size < sizeof(header))
        throw std::length_error("short message");
    memcpy(&header, data, sizeof(header));
    data += sizeof(header);
    size -= sizeof(header);
    if (header.kind == MessageKind::keys) {
        dictionary->absorb({data, size});
        return;
    }
    const std::size_t sums = std::size_t{header.groups} * header.measurements;
    if (header.measurements != totals->measurements ||
        size != header.groups * sizeof(std::uint64_t) + sums * sizeof(core::Signed128))
        throw std::length_error("malformed message");
    const std::size_t groups = std::size_t{header.first} + header.groups;
    if (totals->patients.size() < groups) {
        totals->patients.resize(groups, 0);
        totals->sums.resize(groups * totals->measurements, 0);
    }
    for (std::size_t i = 0; i < header.groups; ++i) {
        std::uint64_t patients;
        memcpy(&patients, data + i * sizeof(patients), sizeof(patients));
        totals->patients[header.first + i] += patients;
    }
    data += header.groups * sizeof(std::uint64_t);
    for (std::size_t i = 0; i < sums; ++i) {
        core::Signed128 sum;
        memcpy(&sum, data + i * sizeof(sum), sizeof(sum));
        totals->sums[header.first * totals->measurements + i] += sum;
    }
}

} // namespace health_dp::release
