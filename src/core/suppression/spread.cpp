#include "core/suppression/spread.hpp"

#include <algorithm>
#include <utility>

namespace health_dp::suppression {

bool Spread::Before::operator()(std::span<const std::int64_t> a, std::span<const std::int64_t> b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

void Spread::add(std::span<const std::int64_t> values, std::uint32_t enough) {
    ++patients_;
    if (wide_)
        return;
    const auto fresh = std::find_if(values.begin(), values.end(), [this](std::int64_t value) {
        return std::find(matched_.begin(), matched_.end(), value) == matched_.end();
    });
    if (fresh != values.end())
        matched_.push_back(*fresh);
    if (matched_.size() < enough + kMostCommon) {
        auto found = patients_of_.find(values);
        if (found == patients_of_.end())
            found = patients_of_.emplace(Values(values.begin(), values.end()), 0).first;
        ++found->second;
        return;
    }
    wide_ = true;
    matched_.clear();
    patients_of_.clear();
}

Spread::Outsiders Spread::outsiders(std::size_t common, std::uint32_t enough) const {
    if (wide_)
        return {enough, {}};
    // Whoever has more values than may be common is an outsider of any.
    std::map<std::int64_t, std::uint64_t> of_one;
    for (const auto& [values, count] : patients_of_) {
        if (values.size() > common)
            continue;
        for (const std::int64_t value : values)
            of_one[value] += values.size() == 1 ? count : 0;
    }
    Values best;
    std::uint64_t most = 0;
    const auto consider = [&](Values chosen, std::uint64_t patients) {
        if (best.empty() || patients > most || (patients == most && chosen < best)) {
            most = patients;
            best = std::move(chosen);
        }
    };
    if (common == 1 || of_one.size() == 1) {
        for (const auto& [value, patients] : of_one)
            consider({value}, patients);
        return {std::min<std::uint64_t>(patients_ - most, enough), std::move(best)};
    }
    // The two that most have each alone, unless more have either of two or both.
    std::vector<std::pair<std::uint64_t, std::int64_t>> by_patients;
    by_patients.reserve(of_one.size());
    for (const auto& [value, patients] : of_one)
        by_patients.emplace_back(patients, value);
    std::sort(by_patients.begin(), by_patients.end(), [](const auto& x, const auto& y) {
        return x.first != y.first ? x.first > y.first : x.second < y.second;
    });
    if (by_patients.size() > 1) {
        const auto [first, second] = std::minmax(by_patients[0].second, by_patients[1].second);
        consider({first, second}, by_patients[0].first + by_patients[1].first);
    }
    for (const auto& [values, both] : patients_of_)
        if (values.size() == 2)
            consider(values, of_one.at(values[0]) + of_one.at(values[1]) + both);
    return {std::min<std::uint64_t>(patients_ - most, enough), std::move(best)};
}

std::map<std::int64_t, std::uint64_t> Spread::patients_by_value() const {
    std::map<std::int64_t, std::uint64_t> result;
    for (const auto& [values, count] : patients_of_)
        for (const std::int64_t value : values)
            result[value] += count;
    return result;
}

std::uint64_t Spread::nearest(std::int64_t value) const {
    std::uint64_t nearest = 0;
    for (const auto& [values, count] : patients_of_)
        for (const std::int64_t other : values) {
            const std::uint64_t away = other < value
                                           ? static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(other)
                                           : static_cast<std::uint64_t>(other) - static_cast<std::uint64_t>(value);
            if (away != 0 && (nearest == 0 || away < nearest))
                nearest = away;
        }
    return nearest;
}

} // namespace health_dp::suppression
