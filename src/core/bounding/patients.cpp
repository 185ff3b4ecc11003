#include "core/bounding/patients.hpp"

#include <algorithm>
#include <utility>

namespace health_dp::bounding {

namespace {

constexpr std::size_t kInitialSlots = 64; // cleared after each partition, of which a small release has many

std::uint64_t entry_hash(std::uint64_t spread, std::uint32_t group) { return mix(spread ^ group, kMixA); }

} // namespace

Patients::Patients(const Shape& shape, const RowLayout& layout)
    : shape_(shape), layout_(layout), entry_slots_(kInitialSlots, 0), patient_slots_(kInitialSlots, 0) {
    for (std::uint32_t input = 0; input < shape.inputs.size(); ++input)
        value_of_input_.push_back(shape.value_index(input));
}

std::size_t Patients::bytes_per_entry() const {
    // Tables are at most half full, and vectors may have grown to twice what they hold.
    return 2 * (sizeof(EntryHead) + sizeof(std::uint64_t) * shape_.inputs.size() +
                sizeof(core::Signed128) * layout_.values + sizeof(Patient)) +
           8 * sizeof(std::uint32_t);
}

void Patients::add(const char* rows, std::size_t count, std::span<const std::uint32_t> mapping, std::uint32_t pass,
                   std::uint32_t pass_mask) {
    const std::size_t row_size = layout_.size();
    const std::size_t inputs = shape_.inputs.size();
    for (std::size_t i = 0; i < count; ++i, rows += row_size) {
        const PatientKey key = layout_.patient(rows);
        const std::uint64_t spread = key.spread();
        if ((static_cast<std::uint32_t>(spread >> kPassShift) & pass_mask) != pass)
            continue;
        std::uint32_t group = layout_.group(rows);
        if (!mapping.empty())
            group = mapping[group];
        const std::uint32_t entry = entry_of(key, spread, group);
        const std::uint32_t mask = layout_.mask(rows);
        std::uint64_t* counts = counts_.data() + entry * inputs;
        core::Signed128* totals = totals_.data() + std::size_t{entry} * layout_.values;
        for (std::size_t input = 0; input < inputs; ++input) {
            if (((mask >> input) & 1U) == 0)
                continue;
            ++counts[input];
            if (shape_.inputs[input].has_value)
                totals[value_of_input_[input]] += layout_.value(rows, value_of_input_[input]);
        }
    }
}

std::uint32_t Patients::entry_of(const PatientKey& key, std::uint64_t spread, std::uint32_t group) {
    std::size_t mask = entry_slots_.size() - 1;
    std::size_t slot = entry_hash(spread, group) & mask;
    for (; entry_slots_[slot] != 0; slot = (slot + 1) & mask) {
        const EntryHead& head = heads_[entry_slots_[slot] - 1];
        if (head.group == group && head.key == key)
            return entry_slots_[slot] - 1;
    }
    if ((heads_.size() + 1) * 2 > entry_slots_.size()) {
        grow_entries();
        mask = entry_slots_.size() - 1;
        for (slot = entry_hash(spread, group) & mask; entry_slots_[slot] != 0; slot = (slot + 1) & mask) {
        }
    }
    const std::uint32_t owner = patient_of(key, spread);
    const auto entry = static_cast<std::uint32_t>(heads_.size());
    heads_.push_back({key, group, patients_[owner].first});
    counts_.resize(counts_.size() + shape_.inputs.size(), 0);
    totals_.resize(totals_.size() + layout_.values, 0);
    patients_[owner].first = entry + 1;
    ++patients_[owner].groups;
    entry_slots_[slot] = entry + 1;
    return entry;
}

std::uint32_t Patients::patient_of(const PatientKey& key, std::uint64_t spread) {
    std::size_t mask = patient_slots_.size() - 1;
    const std::uint64_t hashed = mix(spread, kMixB);
    std::size_t slot = hashed & mask;
    for (; patient_slots_[slot] != 0; slot = (slot + 1) & mask)
        if (patients_[patient_slots_[slot] - 1].key == key)
            return patient_slots_[slot] - 1;
    if ((patients_.size() + 1) * 2 > patient_slots_.size()) {
        grow_patients();
        mask = patient_slots_.size() - 1;
        for (slot = hashed & mask; patient_slots_[slot] != 0; slot = (slot + 1) & mask) {
        }
    }
    patients_.push_back({key, 0, 0});
    patient_slots_[slot] = static_cast<std::uint32_t>(patients_.size());
    return static_cast<std::uint32_t>(patients_.size() - 1);
}

void Patients::grow_entries() {
    std::vector<std::uint32_t> larger(entry_slots_.size() * 2, 0);
    const std::size_t mask = larger.size() - 1;
    for (std::size_t entry = 0; entry < heads_.size(); ++entry) {
        std::size_t slot = entry_hash(heads_[entry].key.spread(), heads_[entry].group) & mask;
        while (larger[slot] != 0)
            slot = (slot + 1) & mask;
        larger[slot] = static_cast<std::uint32_t>(entry + 1);
    }
    entry_slots_.swap(larger);
}

void Patients::grow_patients() {
    std::vector<std::uint32_t> larger(patient_slots_.size() * 2, 0);
    const std::size_t mask = larger.size() - 1;
    for (std::size_t patient = 0; patient < patients_.size(); ++patient) {
        std::size_t slot = mix(patients_[patient].key.spread(), kMixB) & mask;
        while (larger[slot] != 0)
            slot = (slot + 1) & mask;
        larger[slot] = static_cast<std::uint32_t>(patient + 1);
    }
    patient_slots_.swap(larger);
}

void Patients::contribute(std::uint32_t entry, Totals& totals) const {
    const std::size_t group = heads_[entry].group;
    const std::uint64_t* counts = counts_.data() + entry * shape_.inputs.size();
    const core::Signed128* values = totals_.data() + std::size_t{entry} * layout_.values;
    ++totals.patients[group];
    core::Signed128* sums = totals.sums.data() + group * totals.measurements;
    for (std::size_t m = 0; m < shape_.measurements.size(); ++m) {
        const Measurement& measurement = shape_.measurements[m];
        const bool has_value = shape_.inputs[measurement.input].has_value;
        sums[m] += contribution(shape_, measurement, counts[measurement.input],
                                has_value ? values[value_of_input_[measurement.input]] : 0);
    }
}

void Patients::finish(const ChoiceKey& key, std::span<const GroupDigest> digests, Totals& totals) {
    for (const Patient& patient : patients_) {
        if (patient.groups <= shape_.max_groups) {
            for (std::uint32_t at = patient.first; at != 0; at = heads_[at - 1].next)
                contribute(at - 1, totals);
            continue;
        }
        ranked_.clear();
        for (std::uint32_t at = patient.first; at != 0; at = heads_[at - 1].next)
            ranked_.emplace_back(group_rank(key, patient.key, digests[heads_[at - 1].group]), at - 1);
        // Equal ranks of one patient (2^-64 a pair) are told apart by the groups' digests, never by arrival.
        const auto before = [&](const auto& a, const auto& b) {
            return a.first != b.first ? a.first < b.first
                                      : digests[heads_[a.second].group] < digests[heads_[b.second].group];
        };
        std::nth_element(ranked_.begin(), ranked_.begin() + shape_.max_groups, ranked_.end(), before);
        for (std::uint32_t kept = 0; kept < shape_.max_groups; ++kept)
            contribute(ranked_[kept].second, totals);
    }
    heads_.clear();
    counts_.clear();
    totals_.clear();
    patients_.clear();
    std::fill(entry_slots_.begin(), entry_slots_.end(), 0);
    std::fill(patient_slots_.begin(), patient_slots_.end(), 0);
}

} // namespace health_dp::bounding
