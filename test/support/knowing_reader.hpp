// A reader who has the program: of all tables that fit a published one he keeps those that the program would have
// published in the same way. Finds them by trying all; what makes the pattern is a black box to him.
#pragma once

#include "core/suppression/tables.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace health_dp::test {

// Every table of whole numbers of one measure that fits what is shown. Where zeros are shown, what is hidden is 1 or
// more.
class FittingTables {
  public:
    using Values = std::vector<suppression::Amount>; // of entries

    FittingTables(const suppression::Tables& tables, const suppression::Pattern& pattern, suppression::Amount lowest,
                  std::size_t most)
        : tables_(tables), pattern_(pattern), lowest_(lowest), most_(most), values_(tables.entries.size(), 0),
          above_(values_.size()) {
        for (std::size_t entry = 0; entry < values_.size(); ++entry)
            if (is_leaf(entry))
                leaves_.push_back(entry);
        for (const std::size_t leaf : leaves_)
            for (std::size_t entry = 0; entry < values_.size(); ++entry)
                if (entry != leaf && is_above(entry, leaf))
                    above_[leaf].push_back(entry);
        left_.assign(values_.size(), 0);
        to_come_.assign(values_.size(), 0);
        for (std::size_t entry = 0; entry < values_.size(); ++entry)
            left_[entry] = tables.entries[entry].values[0];
        for (const std::size_t leaf : leaves_)
            for (const std::size_t total : above_[leaf])
                if (pattern_[leaf])
                    ++to_come_[total];
                else
                    left_[total] -= tables.entries[leaf].values[0];
        visit(0);
    }

    bool all() const { return !too_many_ && !unbounded_; }
    const std::vector<Values>& found() const { return found_; } // leaves' values, in the order of entries

    // The table with these leaves.
    suppression::Tables table(const Values& leaves) const {
        suppression::Tables table = tables_;
        for (suppression::Entry& entry : table.entries)
            entry.values[0] = 0;
        for (std::size_t i = 0; i < leaves_.size(); ++i) {
            table.entries[leaves_[i]].values[0] = leaves[i];
            for (const std::size_t total : above_[leaves_[i]])
                table.entries[total].values[0] += leaves[i];
        }
        return table;
    }

  private:
    bool is_leaf(std::size_t entry) const {
        for (std::size_t i = 0; i < tables_.dimensions.size(); ++i) {
            const auto& parents = tables_.dimensions[i].parents;
            if (std::find(parents.begin(), parents.end(), tables_.entries[entry].key[i]) != parents.end())
                return false;
        }
        return true;
    }

    bool is_above(std::size_t total, std::size_t leaf) const {
        for (std::size_t i = 0; i < tables_.dimensions.size(); ++i) {
            suppression::CodeNumber code = tables_.entries[leaf].key[i];
            while (code != suppression::kNoParent && code != tables_.entries[total].key[i])
                code = tables_.dimensions[i].parents[code];
            if (code == suppression::kNoParent)
                return false;
        }
        return true;
    }

    // `left_` of a shown total is what its hidden leaves that are still to come make together.
    void visit(std::size_t place) {
        if (too_many_ || unbounded_)
            return;
        if (place == leaves_.size()) {
            too_many_ = found_.size() == most_;
            if (!too_many_)
                found_.push_back(leaf_values());
            return;
        }
        const std::size_t leaf = leaves_[place];
        if (!pattern_[leaf]) {
            values_[leaf] = tables_.entries[leaf].values[0];
            visit(place + 1);
            return;
        }
        suppression::Amount low = lowest_;
        suppression::Amount high = suppression::kUnbounded;
        for (const std::size_t total : above_[leaf])
            if (!pattern_[total]) {
                high = std::min(high, left_[total] - lowest_ * (to_come_[total] - 1));
                if (to_come_[total] == 1)
                    low = std::max(low, left_[total]);
            }
        unbounded_ = unbounded_ || high == suppression::kUnbounded;
        for (suppression::Amount value = low; value <= high && !too_many_ && !unbounded_; ++value) {
            values_[leaf] = value;
            take(leaf, value, 1);
            visit(place + 1);
            take(leaf, -value, -1);
        }
    }

    void take(std::size_t leaf, suppression::Amount value, suppression::Amount leaves) {
        for (const std::size_t total : above_[leaf]) {
            left_[total] -= value;
            to_come_[total] -= leaves;
        }
    }

    Values leaf_values() const {
        Values values;
        for (const std::size_t leaf : leaves_)
            values.push_back(values_[leaf]);
        return values;
    }

    const suppression::Tables& tables_;
    const suppression::Pattern& pattern_;
    suppression::Amount lowest_;
    std::size_t most_;
    Values values_;
    std::vector<std::vector<std::size_t>> above_; // of a leaf
    std::vector<std::size_t> leaves_;
    Values left_;
    Values to_come_;
    std::vector<Values> found_;
    bool too_many_ = false;
    bool unbounded_ = false; // something has no shown total at all
};

} // namespace health_dp::test
