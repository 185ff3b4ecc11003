// Small publication problems for tests: known ones by hand, random ones like health statistics.
#pragma once

#include "core/suppression/primary.hpp"
#include "core/suppression/system.hpp"
#include "core/suppression/tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace health_dp::test {

using suppression::Amount;
using suppression::CellNumber;
using suppression::CodeNumber;

// A dimension of a total and `codes` codes below it.
inline suppression::Dimension flat(CodeNumber codes) {
    suppression::Dimension dimension;
    dimension.parents.resize(codes + 1, 0);
    dimension.parents[0] = suppression::kNoParent;
    return dimension;
}

// A tree of codes: `branches` at each level, from the total down. {30} is flat, {5, 6} are 5 groups of 6.
using Levels = std::vector<CodeNumber>;

inline suppression::Dimension tree(const Levels& levels) {
    suppression::Dimension dimension;
    std::vector<CodeNumber> above{0};
    for (const CodeNumber branches : levels) {
        std::vector<CodeNumber> here;
        for (const CodeNumber parent : above)
            for (CodeNumber i = 0; i < branches; ++i) {
                here.push_back(static_cast<CodeNumber>(dimension.parents.size()));
                dimension.parents.push_back(parent);
            }
        above = here;
    }
    return dimension;
}

inline std::vector<suppression::Dimension> trees(const std::vector<Levels>& dimensions) {
    std::vector<suppression::Dimension> trees;
    for (const Levels& levels : dimensions)
        trees.push_back(tree(levels));
    return trees;
}

// One cell a quantity, every one of them optional, at the cost of its value; known to be 0 or more.
inline suppression::Problem counts(std::initializer_list<Amount> values) {
    suppression::Problem problem;
    for (const Amount value : values) {
        problem.quantities.push_back(
            {static_cast<CellNumber>(problem.cells.size()), value, 0, suppression::kUnbounded});
        problem.cells.push_back({suppression::Standing::optional, value});
    }
    return problem;
}

inline void add_total(suppression::Problem& problem, CellNumber total, std::initializer_list<CellNumber> parts) {
    suppression::Relation relation{{{total, -1}}, 0, 0};
    for (const CellNumber part : parts)
        relation.terms.push_back({part, 1});
    problem.relations.push_back(relation);
}

// Hidden by rule, and by how much it must stay unknown.
inline void hide(suppression::Problem& problem, CellNumber cell, Amount below, Amount above, Amount width) {
    problem.cells[cell].standing = suppression::Standing::hidden;
    problem.demands.push_back({cell, below, above, width});
}

inline suppression::System system_of(suppression::Problem problem) {
    return suppression::System::create(std::move(problem)).value();
}

// All margins of leaves over these dimensions; what is nothing everywhere is left out.
class Margins {
  public:
    explicit Margins(std::vector<suppression::Dimension> dimensions) : dimensions_(std::move(dimensions)) {}

    void add(const std::vector<CodeNumber>& leaf, Amount value) {
        std::vector<CodeNumber> key = leaf;
        spread(key, 0, value);
    }

    suppression::Tables tables() const {
        suppression::Tables tables;
        tables.dimensions = dimensions_;
        tables.measures.emplace_back();
        for (const auto& [key, value] : sums_)
            tables.entries.push_back({key, {value}});
        return tables;
    }

  private:
    void spread(std::vector<CodeNumber>& key, std::size_t dimension, Amount value) {
        if (dimension == key.size()) {
            sums_[key] += value;
            return;
        }
        const CodeNumber leaf = key[dimension];
        for (CodeNumber code = leaf; code != suppression::kNoParent; code = dimensions_[dimension].parents[code]) {
            key[dimension] = code;
            spread(key, dimension + 1, value);
        }
        key[dimension] = leaf;
    }

    std::vector<suppression::Dimension> dimensions_;
    std::map<std::vector<CodeNumber>, Amount> sums_;
};

// All margins of leaves that `leaf` gives, in the order of their codes.
template <class Leaf>
suppression::Tables random_tables(const std::vector<suppression::Dimension>& dimensions, const Leaf& leaf) {
    Margins margins(dimensions);
    std::vector<CodeNumber> key(dimensions.size());
    const auto visit = [&](const auto& self, std::size_t dimension) -> void {
        if (dimension == key.size()) {
            margins.add(key, leaf());
            return;
        }
        const std::vector<CodeNumber>& parents = dimensions[dimension].parents;
        for (CodeNumber code = 1; code < parents.size(); ++code)
            if (std::find(parents.begin(), parents.end(), code) == parents.end()) {
                key[dimension] = code;
                self(self, dimension + 1);
            }
    };
    visit(visit, 0);
    return margins.tables();
}

} // namespace health_dp::test
