#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/grouping/merged_keys.hpp"

#include "release/engine/collector.hpp"
#include "release/engine/node_bound.hpp"

#include "postgres/boundary.hpp"

namespace health_dp::release {

namespace {

using bounding::Scatter;

struct Participant {
    bool ready;
    uint64 chunks_offset;
    uint64 chunks;
    uint64 groups;
    uint64 groups_offset; // of StoredKeys, in the file of keys
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
    // What is sent: the keys of all groups, by one participant, and the totals, by all who have some. Messages are made
    // one at a time.
    std::unique_ptr<Groups> groups; // of a process alone
    grouping::MergedKeys merged;    // of several, by their digests
    std::vector<std::unique_ptr<postgres::TemporaryFile>> key_files;
    std::unique_ptr<bounding::Totals> totals;
    std::size_t keys = 0; // to be sent
    std::size_t next_key = 0;
    std::size_t next_total = 0;
    std::string key;
    std::string message;
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

std::string rows_name(int participant) { return "rows" + std::to_string(participant); }
std::string keys_name(int participant) { return "keys" + std::to_string(participant); }
int participant_number() { return ParallelWorkerNumber + 1; }

std::string_view key_to_send(Work* work, std::size_t index) {
    const auto group = static_cast<grouping::GroupNumber>(index);
    if (work->groups != nullptr)
        return work->groups->dictionary.key(group, work->key);
    const grouping::MergedKeys::Place& place = work->merged.place(group);
    work->key.resize(place.size);
    work->key_files[place.source]->read(place.offset, work->key.data(), work->key.size());
    return work->key;
}

void begin_message(Work* work, const MessageHeader& header) {
    work->message.assign(reinterpret_cast<const char*>(&header), sizeof(header));
}

// Whole keys only: absorb() reads one block at a time.
void make_keys_message(Work* work) {
    begin_message(work, {MessageKind::keys, 0, 0, 0});
    do
        grouping::Dictionary::append_entry(work->message, key_to_send(work, work->next_key++));
    while (work->next_key < work->keys && work->message.size() < kMessageBytes);
}

void make_totals_message(Work* work) {
    const bounding::Totals& totals = *work->totals;
    const std::size_t per_group = sizeof(std::uint64_t) + sizeof(core::Signed128) * totals.measurements;
    const std::size_t first = work->next_total;
    const std::size_t count =
        std::min(std::max<std::size_t>(1, kMessageBytes / per_group), totals.patients.size() - first);
    begin_message(work, {MessageKind::totals, static_cast<uint32>(first), static_cast<uint32>(count),
                         static_cast<uint32>(totals.measurements)});
    work->message.append(reinterpret_cast<const char*>(totals.patients.data() + first), count * sizeof(std::uint64_t));
    work->message.append(reinterpret_cast<const char*>(totals.sums.data() + first * totals.measurements),
                         count * totals.measurements * sizeof(core::Signed128));
    work->next_total += count;
}

// False when all is sent; then nothing is left of it.
bool make_message(Work* work) {
    if (work->next_key < work->keys)
        make_keys_message(work);
    else if (work->totals != nullptr && work->next_total < work->totals->patients.size())
        make_totals_message(work);
    else {
        if (work->groups != nullptr)
            work->groups->file.close();
        for (const auto& file : work->key_files)
            file->close();
        *work = {};
        return false;
    }
    return true;
}

// Vectors of this many elements travel through files at a time.
constexpr std::size_t kBlock = 4096;

void publish_keys(Groups& groups, Participant* mine) {
    grouping::Dictionary& dictionary = groups.dictionary;
    if (dictionary.size() == 0)
        return;
    dictionary.spill_all();
    std::vector<grouping::StoredKey> block;
    for (std::size_t first = 0; first < dictionary.size(); first += block.size()) {
        block.clear();
        for (std::size_t group = first; group < std::min(dictionary.size(), first + kBlock); ++group)
            block.push_back(dictionary.stored(static_cast<grouping::GroupNumber>(group)));
        const uint64 offset =
            groups.file.append(reinterpret_cast<const char*>(block.data()), block.size() * sizeof(grouping::StoredKey));
        if (first == 0)
            mine->groups_offset = offset;
    }
    mine->groups = dictionary.size();
    groups.file.share();
    groups.file.close(); // read again by name, as the rows are
}

// Numbers another participant's groups among everybody's: element i of the result is the number of its group i.
std::vector<std::uint32_t> merge_keys(Work* work, postgres::TemporaryFile& file, const Participant& other) {
    const auto source = static_cast<std::uint32_t>(work->key_files.size() - 1);
    std::vector<std::uint32_t> mapping;
    mapping.reserve(other.groups);
    std::vector<grouping::StoredKey> block;
    while (mapping.size() < other.groups) {
        block.resize(std::min<std::size_t>(kBlock, other.groups - mapping.size()));
        file.read(other.groups_offset + mapping.size() * sizeof(grouping::StoredKey),
                  reinterpret_cast<char*>(block.data()), block.size() * sizeof(grouping::StoredKey));
        for (const grouping::StoredKey& key : block)
            mapping.push_back(work->merged.number(key, source));
    }
    return mapping;
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
    publish_keys(collector.groups(), &mine);
    collector.file().share();
    collector.file().close(); // read again by name, by whoever takes the partition
    mine.ready = true;        // the barrier orders this before any reader
}

// Bounds partitions until none is left. `files` and `sources` are the participants' rows.
void bound_shared(BoundState* state) {
    SharedBound* shared = state->shared;
    Work* work = state->work;
    MemoryContext context = state->css.ss.ps.state->es_query_cxt;
    std::vector<std::unique_ptr<postgres::TemporaryFile>> files;
    std::vector<bounding::Source> sources;
    const auto open = [&](const std::string& name) {
        return std::make_unique<postgres::TemporaryFile>(
            postgres::TemporaryFile::open(context, &shared->files, name.c_str()));
    };
    for (int i = 0; i < shared->participants; ++i) {
        const Participant& other = shared->participant[i];
        if (!other.ready)
            continue;
        files.push_back(open(rows_name(i)));
        std::vector<bounding::SpilledChunk> chunks(other.chunks);
        files.back()->read(other.chunks_offset, reinterpret_cast<char*>(chunks.data()),
                           chunks.size() * sizeof(bounding::SpilledChunk));
        std::vector<std::uint32_t> mapping;
        if (other.groups > 0) {
            work->key_files.push_back(open(keys_name(i)));
            mapping = merge_keys(work, *work->key_files.back(), other);
        }
        sources.emplace_back(chunks, *files.back(), std::move(mapping));
    }
    const Parameters& parameters = state->parameters;
    const bounding::Shape shape = make_shape(parameters);
    bounding::Bounder bounder = make_bounder(shape, row_layout(parameters, shape), parameters, work->merged.digests());
    auto totals = std::make_unique<bounding::Totals>(work->merged.size(), shape.measurements.size());
    bool worked = false;
    for (;;) {
        const uint32 partition = pg_atomic_fetch_add_u32(&shared->next_partition, 1);
        if (partition >= Scatter::kPartitions)
            break;
        postgres::call([] { CHECK_FOR_INTERRUPTS(); });
        bounder.bound(partition, sources, *totals);
        worked = true;
        if (partition == 0)
            work->keys = work->merged.size();
    }
    if (worked)
        work->totals = std::move(totals);
    for (const auto& file : files)
        file->close();
}

void bound_alone(Work* work, const Parameters& parameters) {
    work->totals = bound_collected(work->collector.get(), parameters);
    work->groups = work->collector->take_groups();
    work->keys = work->groups->dictionary.size();
}

void scatter_share(BoundState* state) {
    TupleReader reader = make_tuple_reader(&state->layout, state->parameters);
    postgres::entry([&] {
        MemoryContext context = state->css.ss.ps.state->es_query_cxt;
        const bool shared = state->shared != nullptr;
        const int number = participant_number();
        SharedFileSet* files = shared ? &state->shared->files : nullptr;
        const postgres::TemporaryFile rows(context, files, shared ? rows_name(number).c_str() : nullptr);
        const postgres::TemporaryFile keys(context, files, shared ? keys_name(number).c_str() : nullptr);
        state->work->collector = std::make_unique<Collector>(state->parameters, memory_limit(), rows, keys);
    });
    collect(child_of(state), state->css.ss.ps.ps_ExprContext, &reader, state->work->collector.get());
}

void run(BoundState* state) {
    state->work = postgres::own_in<Work>(state->css.ss.ps.state->es_query_cxt);
    if (state->shared == nullptr) {
        scatter_share(state);
        postgres::entry([&] { bound_alone(state->work, state->parameters); });
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
    if (!postgres::entry([&] { return make_message(work); }))
        return false;
    ExecClearTuple(slot);
    slot->tts_values[0] =
        PointerGetDatum(cstring_to_text_with_len(work->message.data(), static_cast<int>(work->message.size())));
    slot->tts_isnull[0] = false;
    ExecStoreVirtualTuple(slot);
    return true;
}

TupleTableSlot* execute_bound(CustomScanState* node) {
    BoundState* state = state_of(node);
    if (!state->has_parameters)
        elog(ERROR, "a bound node runs below a release node only");
    if (!state->done) {
        run(state);
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
