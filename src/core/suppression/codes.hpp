// The codes of one dimension as they come, and the hierarchies above them. One hierarchy is a tree. Several group the
// same codes in ways that do not nest (departments into regions, and into territories): then a code that is above
// others in one of them stands in that one, and the codes at the bottom stand in all.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/suppression/tables.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace health_dp::suppression {

class Codes {
  public:
    using Label = std::optional<std::string>;

    explicit Codes(std::size_t hierarchies) : trees_(hierarchies == 0 ? 1 : hierarchies) {}

    // No parent: below the total.
    core::Result<bool> add_edge(std::size_t tree, std::string_view child, const Label& parent);
    // What a child that has two of them has as its first one.
    const Label& parent_of(std::size_t tree, const std::string& child) const {
        return trees_[tree].parents.find(child)->second;
    }

    // Number 0 is the total. Parents have smaller numbers.
    core::Result<CodeNumber> number_of(const Label& label) { return number_of(label, 0); }
    const Label& label(CodeNumber code) const { return labels_[code]; }
    std::size_t trees() const { return trees_.size(); }

    // The code, and all that is above it, in whatever hierarchy; the total last.
    std::vector<CodeNumber> with_all_above(CodeNumber code) const;
    // How deep each code lies in each hierarchy; nowhere in those that only others of its kind are in.
    std::vector<std::vector<std::size_t>> levels() const;

    // Some table gives cells of it.
    void give(CodeNumber code) { given_.insert(code); }

    // Once all codes are there. What is wrong with one of those given, if several hierarchies do not fit together.
    struct Misfit {
        CodeNumber code;
        const char* why;
    };
    std::optional<Misfit> misfit() const;

    // Depth first, by the codes' bytes: the same codes have the same numbers, whatever order they came in.
    void renumber();
    // After renumber(): the tree, its codes' labels, and where a code stands in it; 0 where it does not.
    std::vector<CodeNumber> parents(std::size_t tree) const;
    std::vector<Label> labels(std::size_t tree) const;
    CodeNumber renumbered(std::size_t tree, CodeNumber code) const { return trees_[tree].numbers[code]; }

  private:
    struct Tree {
        std::map<std::string, Label, std::less<>> parents;
        std::set<std::string, std::less<>>
            above; // codes that are parents, whether others of their children are there or not
        std::vector<CodeNumber> ancestors{kNoParent};
        std::vector<CodeNumber> numbers{};
    };

    core::Result<CodeNumber> number_of(const Label& label, std::size_t below);
    static std::size_t depth(const Tree& tree, CodeNumber code);
    std::vector<std::vector<CodeNumber>> children(const Tree& tree) const; // of each code
    std::vector<std::vector<bool>> standings() const;

    std::vector<Label> labels_{Label()};
    std::map<Label, CodeNumber> numbers_; // without the total
    std::vector<Tree> trees_;
    std::set<CodeNumber> given_;
};

} // namespace health_dp::suppression
