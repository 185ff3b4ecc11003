#include "core/suppression/codes.hpp"

#include <algorithm>
#include <functional>
#include <limits>

namespace health_dp::suppression {

namespace {

constexpr std::size_t kDeepest = 64; // levels of a hierarchy; beyond it is a circle

constexpr core::Error wrong(const char* message) { return {core::ErrorCode::out_of_range, message}; }

} // namespace

core::Result<bool> Codes::add_edge(std::size_t tree, std::string_view child, const Label& parent) {
    constexpr std::size_t kMostEdges = 2'000'000;
    const auto [place, is_new] = trees_[tree].parents.emplace(std::string(child), parent);
    if (!is_new && place->second != parent)
        return wrong("a code has two parents in its hierarchy");
    if (trees_[tree].parents.size() > kMostEdges)
        return core::Error{core::ErrorCode::too_costly, "a hierarchy has too many codes"};
    if (parent.has_value())
        trees_[tree].above.insert(*parent);
    return true;
}

// `below`: how many levels have led here.
core::Result<CodeNumber> Codes::number_of(const Label& label, std::size_t below) {
    const auto found = numbers_.find(label);
    if (found != numbers_.end())
        return found->second;
    constexpr core::Error kTooDeep = wrong("a hierarchy has more than 64 levels, or leads in a circle");
    if (below > kDeepest)
        return kTooDeep;
    std::vector<CodeNumber> above(trees_.size(), 0);
    for (std::size_t i = 0; i < trees_.size(); ++i) {
        const auto edge = label.has_value() ? trees_[i].parents.find(*label) : trees_[i].parents.end();
        if (edge != trees_[i].parents.end() && edge->second.has_value()) {
            const core::Result<CodeNumber> parent = number_of(edge->second, below + 1);
            if (!parent.ok())
                return parent.error();
            above[i] = parent.value();
        }
        if (depth(trees_[i], above[i]) >= kDeepest) // as levels may come one by one, from above
            return kTooDeep;
    }
    const auto number = static_cast<CodeNumber>(labels_.size());
    numbers_.emplace(label, number);
    labels_.push_back(label);
    for (std::size_t i = 0; i < trees_.size(); ++i)
        trees_[i].ancestors.push_back(above[i]);
    return number;
}

std::size_t Codes::depth(const Tree& tree, CodeNumber code) {
    std::size_t depth = 0;
    for (; code != 0; code = tree.ancestors[code])
        ++depth;
    return depth;
}

std::vector<CodeNumber> Codes::with_all_above(CodeNumber code) const {
    std::vector<CodeNumber> all;
    for (const Tree& tree : trees_)
        for (CodeNumber above = code; above != 0; above = tree.ancestors[above])
            if (std::find(all.begin(), all.end(), above) == all.end())
                all.push_back(above);
    all.push_back(0);
    return all;
}

std::vector<std::vector<std::size_t>> Codes::levels() const {
    constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();
    std::vector<std::vector<std::size_t>> levels(labels_.size());
    const std::vector<std::vector<bool>> stands = standings();
    for (CodeNumber code = 0; code < labels_.size(); ++code)
        for (std::size_t i = 0; i < trees_.size(); ++i)
            levels[code].push_back(stands[code][i] ? depth(trees_[i], code) : kNowhere);
    return levels;
}

std::vector<std::vector<CodeNumber>> Codes::children(const Tree& tree) const {
    std::vector<std::vector<CodeNumber>> children(labels_.size());
    for (CodeNumber code = 1; code < labels_.size(); ++code)
        children[tree.ancestors[code]].push_back(code);
    return children;
}

// In which hierarchies each code stands: where others are below it, or else in all.
std::vector<std::vector<bool>> Codes::standings() const {
    std::vector<std::vector<bool>> above(labels_.size(), std::vector<bool>(trees_.size(), false));
    for (std::size_t i = 0; i < trees_.size(); ++i)
        for (CodeNumber code = 1; code < labels_.size(); ++code)
            above[trees_[i].ancestors[code]][i] = true;
    for (CodeNumber code = 0; code < labels_.size(); ++code)
        if (code == 0 || std::none_of(above[code].begin(), above[code].end(), [](bool is_above) { return is_above; }))
            above[code].assign(trees_.size(), true);
    return above;
}

std::optional<Codes::Misfit> Codes::misfit() const {
    if (trees_.size() == 1)
        return std::nullopt;
    const std::vector<std::vector<bool>> standings = this->standings();
    std::vector<std::vector<std::vector<CodeNumber>>> below;
    for (const Tree& tree : trees_)
        below.push_back(children(tree));
    for (const CodeNumber code : given_) {
        if (code == 0 || !labels_[code].has_value())
            continue;
        const std::string& label = *labels_[code];
        const std::vector<CodeNumber>* parts = nullptr;
        bool unknown = false;
        bool has_parts = false;
        for (std::size_t i = 0; i < trees_.size(); ++i) {
            const bool is_child = trees_[i].parents.contains(label);
            const bool is_parent = trees_[i].above.contains(label);
            unknown |= !is_child && !is_parent;
            has_parts |= is_parent;
            if (!standings[code][i]) {
                if (is_child)
                    return Misfit{code, "a code has others below it in one hierarchy, and none in another"};
                continue;
            }
            if (parts != nullptr && *parts != below[i][code])
                return Misfit{code, "a code has other codes below it in one hierarchy than in another"};
            parts = &below[i][code];
        }
        if (parts != nullptr && parts->empty() && has_parts && unknown)
            return Misfit{code, "a code of one of several hierarchies is given without the codes below it"};
    }
    return std::nullopt;
}

void Codes::renumber() {
    const std::vector<std::vector<bool>> standings = this->standings();
    for (std::size_t i = 0; i < trees_.size(); ++i) {
        std::vector<std::vector<CodeNumber>> below = children(trees_[i]);
        trees_[i].numbers.assign(labels_.size(), 0);
        CodeNumber next = 0;
        const std::function<void(CodeNumber)> visit = [&](CodeNumber code) {
            trees_[i].numbers[code] = next++;
            std::sort(below[code].begin(), below[code].end(),
                      [&](CodeNumber a, CodeNumber b) { return labels_[a] < labels_[b]; });
            for (const CodeNumber child : below[code])
                if (standings[child][i])
                    visit(child);
        };
        visit(0);
    }
}

std::vector<CodeNumber> Codes::parents(std::size_t tree) const {
    std::vector<CodeNumber> parents{kNoParent};
    const std::vector<CodeNumber>& numbers = trees_[tree].numbers;
    for (CodeNumber code = 1; code < labels_.size(); ++code) {
        if (numbers[code] == 0)
            continue;
        parents.resize(std::max<std::size_t>(parents.size(), numbers[code] + std::size_t{1}), kNoParent);
        parents[numbers[code]] = numbers[trees_[tree].ancestors[code]];
    }
    return parents;
}

std::vector<Codes::Label> Codes::labels(std::size_t tree) const {
    std::vector<Label> labels(parents(tree).size());
    for (CodeNumber code = 1; code < labels_.size(); ++code)
        if (trees_[tree].numbers[code] != 0)
            labels[trees_[tree].numbers[code]] = labels_[code];
    return labels;
}

} // namespace health_dp::suppression
