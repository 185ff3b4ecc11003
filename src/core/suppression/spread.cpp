#include "core/suppression/spread.hpp"

#include <algorithm>
#include <set>

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

std::uint64_t Spread::within(const Values& common) const {
    std::uint64_t patients = 0;
    for (const auto& [values, count] : patients_of_)
        if (std::includes(common.begin(), common.end(), values.begin(), values.end()))
            patients += count;
    return patients;
}

Spread::Outsiders Spread::outsiders(std::size_t common, std::uint32_t enough) const {
    if (wide_)
        return {enough, {}};
    // Whoever has more values than may be common is an outsider of any.
    std::set<std::int64_t> candidates;
    for (const auto& [values, count] : patients_of_)
        if (values.size() <= common)
            candidates.insert(values.begin(), values.end());
    Values best;
    std::uint64_t most = 0;
    const auto consider = [&](Values chosen) {
        const std::uint64_t patients = within(chosen);
        if (best.empty() || patients > most) {
            most = patients;
            best = std::move(chosen);
        }
    };
    for (auto first = candidates.begin(); first != candidates.end(); ++first) {
        if (common == 1 || candidates.size() == 1) {
            consider({*first});
            continue;
        }
        for (auto second = std::next(first); second != candidates.end(); ++second)
            consider({*first, *second});
    }
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
