#include <algorithm>

#include "release/engine/collector.hpp"

#include "postgres/boundary.hpp"

namespace health_dp::release {

TupleReader make_tuple_reader(const Layout* layout, const Parameters& parameters) {
    TupleReader reader = {};
    reader.layout = layout;
    reader.owner = describe_key(layout->owner_type, layout->owner_collation);
    reader.keys = static_cast<KeyColumn*>(palloc(sizeof(KeyColumn) * Max(list_length(layout->keys), 1)));
    int at = 0;
    ListCell* cell;
    foreach (cell, layout->keys) {
        const auto* key = static_cast<KeyLayout*>(lfirst(cell));
        reader.keys[at++] = describe_key(key->type, key->collation);
    }
    reader.values = static_cast<ValueReader*>(palloc0(sizeof(ValueReader) * Max(layout->inputs, 1)));
    for (int i = 0; i < layout->inputs; ++i)
        if (OidIsValid(parameters.input[i].type))
            prepare_reader(parameters.input[i], &reader.values[i]);
    memcpy(reader.owner_key, parameters.owner_key, sizeof(reader.owner_key));
    reader.keep_unowned_keys = layout->specification.public_keys != 0;
    reader.key_bytes = make_key_bytes(CurrentMemoryContext);
    reader.owner_scratch = make_key_bytes(CurrentMemoryContext);
    return reader;
}

namespace {

// Which inputs the row counts for, and their values, in the order of the inputs that have one.
std::uint32_t read_inputs(const TupleReader& reader, TupleTableSlot* slot, std::int64_t* values) {
    const Layout& layout = *reader.layout;
    std::uint32_t mask = 0;
    int next = 0;
    for (int i = 0; i < layout.inputs; ++i) {
        const InputLayout& input = layout.input[i];
        const bool has_value = input.bounds >= 0;
        bool counts =
            input.filter < 0 || (!slot->tts_isnull[input.filter] && DatumGetBool(slot->tts_values[input.filter]));
        if (counts && input.value >= 0)
            counts = !slot->tts_isnull[input.value] && (has_value || DatumGetBool(slot->tts_values[input.value]));
        if (has_value)
            values[next++] = counts ? read_value(reader.values[i], slot->tts_values[input.value]) : 0;
        mask |= counts ? 1U << i : 0U;
    }
    return mask;
}

} // namespace

bounding::RowLayout row_layout(const Parameters& parameters, const bounding::Shape& shape) {
    bounding::RowLayout layout;
    layout.patient_bytes = parameters.owner_bytes;
    layout.values = shape.values();
    return layout;
}

// Never below 1 MB: with less, partitions would be read again and again.
std::size_t memory_limit() { return std::max<std::size_t>(get_hash_memory_limit() / 2, std::size_t{1} << 20); }

bounding::Bounder make_bounder(const bounding::Shape& shape, const bounding::RowLayout& layout,
                               const Parameters& parameters, std::span<const bounding::GroupDigest> digests) {
    bounding::ChoiceKey key;
    memcpy(key.data(), parameters.choice_key, key.size());
    const std::size_t per_group =
        sizeof(bounding::GroupDigest) + sizeof(std::uint64_t) + sizeof(core::Signed128) * shape.measurements.size();
    const std::size_t memory = memory_limit();
    return {shape, layout, memory - std::min(memory / 4 * 3, digests.size() * per_group), key, digests};
}

std::unique_ptr<bounding::Totals> bound_collected(Collector* collector, const Parameters& parameters) {
    bounding::Bounder bounder =
        make_bounder(collector->shape(), collector->layout(), parameters, collector->dictionary().digests());
    auto totals =
        std::make_unique<bounding::Totals>(collector->dictionary().size(), collector->shape().measurements.size());
    std::vector<bounding::Source> sources;
    sources.emplace_back(collector->scatter(), collector->file());
    for (uint32 partition = 0; partition < bounding::Scatter::kPartitions; ++partition) {
        postgres::call([] { CHECK_FOR_INTERRUPTS(); });
        bounder.bound(partition, sources, *totals);
    }
    collector->file().close();
    return totals;
}

namespace {

grouping::Dictionary::DigestKey digest_key(const Parameters& parameters) {
    grouping::Dictionary::DigestKey key;
    memcpy(key.data(), parameters.group_key, key.size());
    return key;
}

} // namespace

// A quarter: rows, of which there are usually more, still have the better part.
Groups::Groups(const Parameters& parameters, std::size_t memory, postgres::TemporaryFile keys)
    : file(keys), dictionary(digest_key(parameters), memory / 4, file) {}

Collector::Collector(const Parameters& parameters, std::size_t memory, postgres::TemporaryFile rows,
                     postgres::TemporaryFile keys)
    : shape_(make_shape(parameters)), layout_(row_layout(parameters, shape_)), file_(rows), memory_(memory),
      scatter_(layout_, memory, file_), groups_(std::make_unique<Groups>(parameters, memory, keys)) {}

void Collector::note_groups() {
    known_groups_ = groups_->dictionary.size();
    const std::size_t taken = groups_->dictionary.memory();
    if (taken == groups_memory_)
        return;
    groups_memory_ = taken;
    scatter_.limit(memory_ - std::min(memory_, taken));
}

void collect(PlanState* child, ExprContext* scratch, TupleReader* reader, Collector* collector) {
    const int keys = reader->layout->specification.keys;
    std::int64_t values[kMaxOutputs];
    for (;;) {
        TupleTableSlot* slot = ExecProcNode(child);
        if (TupIsNull(slot))
            return;
        ResetExprContext(scratch);
        MemoryContext caller = MemoryContextSwitchTo(scratch->ecxt_per_tuple_memory);
        slot_getallattrs(slot);
        // Rows without an owner are dropped before everything else [C1].
        const bool owned = !slot->tts_isnull[0];
        if (owned || reader->keep_unowned_keys) {
            reader->key_bytes.size = 0;
            for (int i = 0; i < keys; ++i)
                append_key(&reader->key_bytes, reader->keys[i], slot->tts_values[i + 1], slot->tts_isnull[i + 1]);
            bounding::PatientKey patient;
            std::uint32_t mask = 0;
            if (owned) {
                patient = read_owner(reader->owner, slot->tts_values[0], reader->owner_key, &reader->owner_scratch);
                mask = read_inputs(*reader, slot, values);
            }
            postgres::entry([&] {
                const std::string_view key(reader->key_bytes.data, static_cast<std::size_t>(reader->key_bytes.size));
                if (owned)
                    collector->add(patient, key, mask, values);
                else
                    collector->add_key(key);
            });
        }
        MemoryContextSwitchTo(caller);
    }
}

} // namespace health_dp::release
