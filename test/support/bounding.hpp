// Rows for tests of bounding: runs them through the engine in any split, and through an oracle that does the obvious.
#pragma once

#include "core/bounding/bounder.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace health_dp::test {

// Spilled bytes in memory. Reading what was never written is an error of the code under test.
class MemoryStore final : public bounding::SpillStore {
  public:
    std::uint64_t append(const char* bytes, std::size_t size) override {
        const std::uint64_t offset = bytes_.size();
        bytes_.insert(bytes_.end(), bytes, bytes + size);
        return offset;
    }
    void read(std::uint64_t offset, char* bytes, std::size_t size) override {
        if (offset > bytes_.size() || size > bytes_.size() - offset)
            throw std::out_of_range("read beyond what was spilled");
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), size, bytes);
        read_ += size;
    }
    void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
    std::size_t size() const { return bytes_.size(); }
    std::uint64_t bytes_read() const { return read_; }

  private:
    std::uint64_t read_ = 0;
    std::vector<char> bytes_;
};

struct Row {
    bounding::PatientKey patient;
    std::uint32_t group = 0;
    std::uint32_t mask = 0;
    std::vector<std::int64_t> values; // of the inputs that have one
};

// A release's shape, its rows, and what identifies its groups.
struct Data {
    bounding::Shape shape;
    std::uint32_t patient_bytes = 8;
    std::vector<Row> rows;
    std::vector<bounding::GroupDigest> digests;
    bounding::ChoiceKey key{};

    bounding::RowLayout layout() const {
        bounding::RowLayout layout;
        layout.patient_bytes = patient_bytes;
        layout.values = shape.values();
        return layout;
    }
    // The neighbour: all rows of one patient gone [C1]. The groups stay as they are.
    Data without(const bounding::PatientKey& patient) const {
        Data neighbour = *this;
        std::erase_if(neighbour.rows, [&](const Row& row) { return row.patient == patient; });
        return neighbour;
    }
};

// How the rows reach the engine.
struct Split {
    std::size_t memory = std::size_t{1} << 20; // of scattering and of bounding
    std::uint32_t participants = 0;            // 0: one process that keeps its rows
    std::uint64_t seed = 0;                    // of the order of rows and of who gets which
    std::uint64_t* spilled = nullptr;          // bytes that went to a store
    std::uint64_t* read = nullptr;             // bytes that came back, once for each pass
};

inline bounding::Totals bound(const Data& data, const Split& split = {}) {
    const bounding::RowLayout layout = data.layout();
    std::mt19937_64 random(split.seed);
    std::vector<std::uint32_t> order(data.rows.size());
    std::iota(order.begin(), order.end(), 0);
    if (split.seed != 0)
        std::shuffle(order.begin(), order.end(), random);

    const std::uint32_t scatterers = std::max<std::uint32_t>(split.participants, 1);
    std::deque<MemoryStore> stores(scatterers);
    std::vector<std::unique_ptr<bounding::Scatter>> scatters;
    // Every participant numbers the groups for itself: here, backwards and shifted.
    std::vector<std::vector<std::uint32_t>> mappings(scatterers);
    const auto groups = static_cast<std::uint32_t>(data.digests.size());
    for (std::uint32_t i = 0; i < scatterers; ++i) {
        scatters.push_back(std::make_unique<bounding::Scatter>(layout, split.memory, stores[i]));
        if (split.participants > 0)
            for (std::uint32_t group = 0; group < groups; ++group)
                mappings[i].push_back((groups - 1 - group + i) % groups);
    }
    for (const std::uint32_t index : order) {
        const Row& row = data.rows[index];
        const auto who = static_cast<std::uint32_t>(random() % scatterers);
        std::uint32_t group = row.group;
        if (split.participants > 0)
            group = static_cast<std::uint32_t>(std::find(mappings[who].begin(), mappings[who].end(), group) -
                                               mappings[who].begin());
        scatters[who]->add(row.patient, group, row.mask, row.values.data());
    }
    std::vector<bounding::Source> sources;
    for (std::uint32_t i = 0; i < scatterers; ++i) {
        if (split.participants == 0)
            sources.emplace_back(*scatters[i], stores[i]);
        else {
            scatters[i]->spill_all();
            sources.emplace_back(scatters[i]->spilled(), stores[i], mappings[i]);
        }
        if (split.spilled != nullptr)
            *split.spilled += stores[i].size();
    }

    // Whoever comes first takes the next partition, as the participants of a parallel scan do.
    std::deque<bounding::Bounder> bounders;
    std::vector<bounding::Totals> partial;
    for (std::uint32_t i = 0; i < scatterers; ++i) {
        bounders.emplace_back(data.shape, layout, split.memory, data.key, data.digests);
        partial.emplace_back(data.digests.size(), data.shape.measurements.size());
    }
    for (std::uint32_t partition = 0; partition < bounding::Scatter::kPartitions; ++partition) {
        const std::size_t who = random() % scatterers;
        bounders[who].bound(partition, sources, partial[who]);
    }
    if (split.read != nullptr)
        for (const MemoryStore& store : stores)
            *split.read += store.bytes_read();
    bounding::Totals totals = partial[0];
    for (std::uint32_t i = 1; i < scatterers; ++i) {
        for (std::size_t at = 0; at < totals.patients.size(); ++at)
            totals.patients[at] += partial[i].patients[at];
        for (std::size_t at = 0; at < totals.sums.size(); ++at)
            totals.sums[at] += partial[i].sums[at];
    }
    return totals;
}

// What a patient brings to each measurement in one group, from its rows, as contract C4 says it.
inline core::Signed128 obvious_contribution(const Data& data, const bounding::Measurement& measurement,
                                            const std::vector<const Row*>& rows) {
    const bounding::Input& input = data.shape.inputs[measurement.input];
    const core::Signed128 limit = data.shape.max_rows;
    core::Signed128 count = 0;
    core::Signed128 sum = 0;
    core::Signed128 centred = 0;
    for (const Row* row : rows) {
        if ((row->mask >> measurement.input & 1U) == 0)
            continue;
        ++count;
        if (!input.has_value)
            continue;
        const core::Signed128 value = row->values[data.shape.value_index(measurement.input)];
        sum += value;
        centred += 2 * value - input.lower - input.upper;
    }
    switch (measurement.kind) {
    case bounding::MeasurementKind::rows:
        return count < limit ? count : limit;
    case bounding::MeasurementKind::patients:
        return count == 0 ? 0 : 1;
    case bounding::MeasurementKind::sum:
        if (count > limit && sum > limit * input.upper)
            return limit * input.upper;
        if (count > limit && sum < limit * input.lower)
            return limit * input.lower;
        return sum;
    case bounding::MeasurementKind::centred_total: {
        if (count <= limit)
            return centred;
        // R/n of it, halves away from zero.
        const core::Signed128 magnitude = centred < 0 ? -centred : centred;
        const core::Signed128 rounded = (2 * magnitude * limit + count) / (2 * count);
        return centred < 0 ? -rounded : rounded;
    }
    }
    throw std::logic_error("a kind of measurement without an oracle");
}

using GroupRows = std::map<std::uint32_t, std::vector<const Row*>>;

// Rows by patient and group.
inline std::map<std::pair<std::uint64_t, std::uint64_t>, GroupRows> by_patient(const Data& data) {
    std::map<std::pair<std::uint64_t, std::uint64_t>, GroupRows> patients;
    for (const Row& row : data.rows)
        patients[{row.patient.low, row.patient.high}][row.group].push_back(&row);
    return patients;
}

// The groups kept for a patient who is in these: the M smallest by rank, equal ranks by digest.
inline std::vector<std::uint32_t> obvious_choice(const Data& data, const bounding::PatientKey& patient,
                                                 const GroupRows& groups) {
    std::vector<std::uint32_t> kept;
    for (const auto& [group, rows] : groups)
        kept.push_back(group);
    std::sort(kept.begin(), kept.end(), [&](std::uint32_t a, std::uint32_t b) {
        const std::uint64_t rank_a = bounding::group_rank(data.key, patient, data.digests[a]);
        const std::uint64_t rank_b = bounding::group_rank(data.key, patient, data.digests[b]);
        return rank_a != rank_b ? rank_a < rank_b : data.digests[a] < data.digests[b];
    });
    if (kept.size() > data.shape.max_groups)
        kept.resize(data.shape.max_groups);
    return kept;
}

inline bounding::Totals obvious_totals(const Data& data) {
    bounding::Totals totals(data.digests.size(), data.shape.measurements.size());
    for (const auto& [key, groups] : by_patient(data)) {
        const bounding::PatientKey patient{key.first, key.second};
        for (const std::uint32_t group : obvious_choice(data, patient, groups)) {
            ++totals.patients[group];
            for (std::size_t m = 0; m < data.shape.measurements.size(); ++m)
                totals.sums[group * totals.measurements + m] +=
                    obvious_contribution(data, data.shape.measurements[m], groups.at(group));
        }
    }
    return totals;
}

// Random releases. Small numbers and extremes are frequent, because that is where mistakes live.
class DataGenerator {
  public:
    explicit DataGenerator(std::uint64_t seed) : random_(seed) {}

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    bool chance(unsigned percent) { return below(100) < percent; }
    std::uint64_t word() { return random_(); }

    bounding::ChoiceKey key() {
        bounding::ChoiceKey key;
        for (std::uint8_t& byte : key)
            byte = static_cast<std::uint8_t>(random_());
        return key;
    }

    // As many distinct digests as there are groups.
    std::vector<bounding::GroupDigest> digests(std::size_t groups) {
        std::vector<bounding::GroupDigest> digests(groups);
        for (auto& digest : digests)
            digest = key();
        return digests;
    }

    bounding::Input input() {
        if (chance(25))
            return {false, 0, 0};
        constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
        constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
        switch (below(6)) {
        case 0:
            return {true, kLowest, kHighest};
        case 1:
            return {true, kLowest, kLowest + 1 + static_cast<std::int64_t>(below(5))};
        case 2:
            return {true, kHighest - 1 - static_cast<std::int64_t>(below(5)), kHighest};
        default: {
            // Both signs, and both bounds on one side of zero.
            const unsigned shift = static_cast<unsigned>(below(60));
            const auto a = static_cast<std::int64_t>(word()) >> shift;
            const auto b = static_cast<std::int64_t>(word()) >> below(60);
            return a == b ? bounding::Input{true, a, a + 1} : bounding::Input{true, std::min(a, b), std::max(a, b)};
        }
        }
    }

    std::int64_t value(const bounding::Input& input) {
        switch (below(4)) {
        case 0:
            return input.lower;
        case 1:
            return input.upper;
        default: {
            const std::uint64_t width =
                static_cast<std::uint64_t>(input.upper) - static_cast<std::uint64_t>(input.lower);
            const std::uint64_t offset = width == ~std::uint64_t{0} ? word() : word() % (width + 1);
            return static_cast<std::int64_t>(static_cast<std::uint64_t>(input.lower) + offset);
        }
        }
    }

    std::uint32_t limit() {
        switch (below(8)) {
        case 0:
            return bounding::kMaxLimit;
        case 1:
            return 1 + static_cast<std::uint32_t>(below(100));
        default:
            return 1 + static_cast<std::uint32_t>(below(4));
        }
    }

    bounding::Shape shape() {
        bounding::Shape shape;
        shape.max_groups = limit();
        shape.max_rows = limit();
        const std::uint64_t inputs = 1 + (chance(5) ? below(bounding::kMaxInputs) : below(4));
        for (std::uint64_t i = 0; i < inputs; ++i)
            shape.inputs.push_back(input());
        for (std::uint32_t i = 0; i < shape.inputs.size(); ++i) {
            shape.measurements.push_back({bounding::MeasurementKind::rows, i});
            shape.measurements.push_back({bounding::MeasurementKind::patients, i});
            if (shape.inputs[i].has_value) {
                shape.measurements.push_back({bounding::MeasurementKind::sum, i});
                shape.measurements.push_back({bounding::MeasurementKind::centred_total, i});
            }
        }
        std::shuffle(shape.measurements.begin(), shape.measurements.end(), random_);
        return shape;
    }

    Row row(const bounding::Shape& shape, const bounding::PatientKey& patient, std::uint32_t group) {
        Row row;
        row.patient = patient;
        row.group = group;
        for (std::uint32_t i = 0; i < shape.inputs.size(); ++i) {
            const bool counts = chance(85);
            row.mask |= counts ? 1U << i : 0U;
            if (shape.inputs[i].has_value)
                row.values.push_back(counts ? value(shape.inputs[i]) : 0);
        }
        return row;
    }

    bounding::PatientKey patient(std::uint32_t bytes) {
        if (chance(70))
            return {below(8), bytes == 16 ? below(2) : 0};
        return {word(), bytes == 16 ? word() : 0};
    }

    // Patients with one row and patients with many, most of them in several groups.
    Data data(std::size_t most_patients, std::size_t most_rows) {
        Data data;
        data.shape = shape();
        data.patient_bytes = chance(30) ? 16 : 8;
        data.key = key();
        data.digests = digests(1 + below(chance(20) ? 40 : 6));
        const std::size_t patients = below(most_patients + 1);
        for (std::size_t i = 0; i < patients; ++i) {
            const bounding::PatientKey who = patient(data.patient_bytes);
            const std::size_t rows = 1 + below(chance(10) ? most_rows : 6);
            const std::uint64_t reach = 1 + below(data.digests.size());
            for (std::size_t r = 0; r < rows; ++r)
                data.rows.push_back(row(data.shape, who, static_cast<std::uint32_t>(below(reach))));
        }
        return data;
    }

  private:
    std::mt19937_64 random_;
};

} // namespace health_dp::test
