// Takes the tuples of a release's input: reads owner, keys and values, and scatters them.
#pragma once

#include "core/bounding/bounder.hpp"
#include "core/grouping/dictionary.hpp"

#include <memory>
#include <span>
#include <vector>

#include "postgres/spill.hpp"
#include "release/engine/group_keys.hpp"
#include "release/engine/parameters.hpp"

namespace health_dp::release {

// Plain data for reading tuples; lives in the executor's memory.
struct TupleReader {
    const Layout* layout;
    KeyColumn owner;
    KeyColumn* keys;
    ValueReader* values; // per input
    uint8 owner_key[16];
    bool keep_unowned_keys;
    KeyBytes key_bytes;
    KeyBytes owner_scratch;
};
TupleReader make_tuple_reader(const Layout* layout, const Parameters& parameters);

// The groups of a release. Their keys are in memory as far as a share of it goes, then in a file of their own: closed
// by whoever has read the last of them.
struct Groups {
    Groups(const Parameters& parameters, std::size_t memory, postgres::TemporaryFile keys);

    postgres::TemporaryFile file;
    grouping::Dictionary dictionary;
};

// The C++ side. Owned by a memory context's reset callback.
class Collector {
  public:
    // Rows and groups share the memory: what groups take, rows give back.
    Collector(const Parameters& parameters, std::size_t memory, postgres::TemporaryFile rows,
              postgres::TemporaryFile keys);

    void add(const bounding::PatientKey& patient, std::string_view key, std::uint32_t mask,
             const std::int64_t* values) {
        scatter_.add(patient, group(key), mask, values);
    }
    // A key that appears although no owner brings it (complete public domains).
    void add_key(std::string_view key) { group(key); }

    grouping::Dictionary& dictionary() { return groups_->dictionary; }
    Groups& groups() { return *groups_; }
    // Its groups outlive a collector that is done.
    std::unique_ptr<Groups> take_groups() { return std::move(groups_); }
    bounding::Scatter& scatter() { return scatter_; }
    postgres::TemporaryFile& file() { return file_; }
    const bounding::Shape& shape() const { return shape_; }
    const bounding::RowLayout& layout() const { return layout_; }

  private:
    grouping::GroupNumber group(std::string_view key) {
        const grouping::GroupNumber number = groups_->dictionary.number(key);
        if (number >= known_groups_)
            note_groups();
        return number;
    }
    void note_groups();

    bounding::Shape shape_;
    bounding::RowLayout layout_;
    postgres::TemporaryFile file_;
    std::size_t memory_;
    bounding::Scatter scatter_;
    std::unique_ptr<Groups> groups_;
    std::size_t known_groups_ = 0;
    std::size_t groups_memory_ = 0;
};

// Reads the child to its end. Values are read with PostgreSQL calls and no C++ object alive; each row then enters the
// collector inside a guard.
void collect(PlanState* child, ExprContext* scratch, TupleReader* reader, Collector* collector);

// Half of what hash tables may take: the other half is for the other half of the work.
std::size_t memory_limit();

// Bounds every patient of the collector's rows, with no other process's help.
std::unique_ptr<bounding::Totals> bound_collected(Collector* collector, const Parameters& parameters);

// A bounder for the release, within the memory that digests and totals leave; `digests` must outlive it.
bounding::Bounder make_bounder(const bounding::Shape& shape, const bounding::RowLayout& layout,
                               const Parameters& parameters, std::span<const bounding::GroupDigest> digests);
bounding::RowLayout row_layout(const Parameters& parameters, const bounding::Shape& shape);

} // namespace health_dp::release
