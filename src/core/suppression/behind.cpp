#include "core/suppression/behind.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

namespace health_dp::suppression {

namespace {

using Key = std::vector<CodeNumber>;
// How far down each dimension's tree the cells of a set lie, as GROUPING SETS have sets. 0: at the total.
using Level = std::vector<std::uint32_t>;

bool is_above(const Level& above, const Level& below) { // or the same
    for (std::size_t i = 0; i < above.size(); ++i)
        if (above[i] > below[i])
            return false;
    return true;
}

Level combined(const Level& a, const Level& b, bool finer) {
    Level level(a.size());
    for (std::size_t i = 0; i < level.size(); ++i)
        level[i] = finer ? std::max(a[i], b[i]) : std::min(a[i], b[i]);
    return level;
}

// A set as an edge between what it tells apart. What no other edge tells apart is taken from it bit by bit.
struct Edge {
    Level level;
    Level source; // the set that it was
};

constexpr core::Error kTooMany{core::ErrorCode::too_costly, "more than 50000 sums and cells are behind these tables"};

class Searching {
  public:
    Searching(Tables& tables, Behind behind, std::size_t most) : tables_(tables), behind_(behind), most_(most) {
        for (const Dimension& dimension : tables.dimensions) {
            std::vector<std::uint32_t>& depths = depths_.emplace_back(dimension.parents.size(), 0);
            std::vector<bool>& leaves = leaves_.emplace_back(depths.size(), true);
            for (std::size_t code = 1; code < depths.size(); ++code) {
                depths[code] = depths[dimension.parents[code]] + 1;
                leaves[dimension.parents[code]] = false;
            }
        }
        for (const Entry& entry : tables.entries) {
            std::set<Key>& keys = sets_[level_of(entry.key)];
            keys.insert(keys.end(), entry.key); // entries come in their order
        }
        for (const Key& key : tables.unseen)
            sets_[level_of(key)].insert(key);
        take_leaves_down();
        for (const auto& [level, keys] : sets_)
            published_.insert(level);
    }

    core::Result<bool> run() {
        // Distinct patients do not add up over what overlaps: what they say is looked at apart for each such code.
        std::map<Level, std::vector<Level>> alike;
        for (const Level& level : published_)
            alike[overlapping_part(level)].push_back(level);
        if (alike.size() > 1)
            for (const auto& [part, levels] : alike)
                if (!reduce(edges_of(levels)))
                    return kTooMany;
        std::vector<Level> all;
        for (const auto& [level, keys] : sets_)
            all.push_back(level);
        if (!reduce(edges_of(all)) || !tie_steps())
            return kTooMany;
        return true;
    }

  private:
    Level level_of(const Key& key) const {
        Level level(key.size());
        for (std::size_t i = 0; i < key.size(); ++i)
            level[i] = depths_[i][key[i]];
        return level;
    }

    Key raised(Key key, const Level& level) const {
        for (std::size_t i = 0; i < key.size(); ++i)
            while (depths_[i][key[i]] > level[i])
                key[i] = tables_.dimensions[i].parents[key[i]];
        return key;
    }

    // A code without any below it stands beside those that lie deeper. A set of nothing else is none of its own.
    void take_leaves_down() {
        const auto stands_in = [this](const Key& key, const Level& level) {
            for (std::size_t i = 0; i < key.size(); ++i)
                if (depths_[i][key[i]] < level[i] && !leaves_[i][key[i]])
                    return false;
            return true;
        };
        for (std::size_t i = 0; i < depths_.size(); ++i) {
            const std::uint32_t deepest = *std::max_element(depths_[i].begin(), depths_[i].end());
            for (std::size_t code = 0; code < depths_[i].size(); ++code)
                uneven_ |= leaves_[i][code] && depths_[i][code] < deepest;
        }
        if (!uneven_)
            return;
        for (std::size_t place = 0; place < tables_.places(); ++place)
            keys_.insert(tables_.key(place));
        const std::map<Level, std::set<Key>> before = sets_;
        for (const auto& [below, keys_below] : before)
            for (const auto& [above, keys] : before) {
                if (above == below || !is_above(above, below))
                    continue;
                std::size_t taken = 0;
                for (const Key& key : keys)
                    if (stands_in(key, below)) {
                        sets_[below].insert(key);
                        ++taken;
                    }
                if (taken == keys.size())
                    sets_.erase(above);
            }
    }

    Level overlapping_part(Level level) const {
        for (std::size_t i = 0; i < level.size(); ++i)
            if (!tables_.dimensions[i].overlapping)
                level[i] = 0;
        return level;
    }

    void look_for_steps() {
        steps_.assign(depths_.size(), {});
        for (const auto& [level, keys] : sets_)
            for (std::size_t i = 0; i < level.size(); ++i)
                steps_[i].insert(level[i]);
    }

    // For each dimension the level one step above, whether it is a set or not.
    std::vector<Level> steps_above(const Level& level) const {
        std::vector<Level> above;
        for (std::size_t i = 0; i < level.size(); ++i) {
            const auto at = steps_[i].lower_bound(level[i]);
            if (at == steps_[i].begin())
                continue;
            above.push_back(level);
            above.back()[i] = *std::prev(at);
        }
        return above;
    }

    // The sets that are above no other.
    std::vector<Edge> edges_of(const std::vector<Level>& levels) {
        look_for_steps();
        std::set<Level> above_others;
        for (const Level& level : levels)
            for (Level& above : steps_above(level))
                above_others.insert(std::move(above));
        std::vector<Level> left;
        for (const Level& level : levels)
            if (!above_others.contains(level))
                left.push_back(level);
        std::vector<Edge> edges;
        for (const Level& level : left)
            if (std::none_of(left.begin(), left.end(),
                             [&](const Level& other) { return other != level && is_above(level, other); }))
                edges.push_back({level, level});
        return edges;
    }

    // The reduction of Graham, Yu and Ozsoyoglu. Where it stops, all that tells one dimension apart is put together,
    // which costs least where these tables are small. False: too many.
    bool reduce(std::vector<Edge> edges) {
        while (edges.size() > 1) {
            if (take_apart(edges))
                continue;
            if (absorb(edges)) {
                if (too_many())
                    return false;
                continue;
            }
            if (behind_ == Behind::sums)
                return true;
            if (!put_together(edges))
                return false;
        }
        return true;
    }

    static bool take_apart(std::vector<Edge>& edges) {
        bool changed = false;
        for (Edge& edge : edges)
            for (std::size_t i = 0; i < edge.level.size(); ++i) {
                std::uint32_t others = 0;
                for (const Edge& other : edges)
                    if (&other != &edge)
                        others = std::max(others, other.level[i]);
                changed |= edge.level[i] > others;
                edge.level[i] = std::min(edge.level[i], others);
            }
        return changed;
    }

    bool absorb(std::vector<Edge>& edges) {
        for (std::size_t i = 0; i < edges.size(); ++i)
            for (std::size_t j = 0; j < edges.size(); ++j)
                if (i != j && is_above(edges[i].level, edges[j].level)) {
                    need(edges[i].level, edges[i].source);
                    need(edges[i].level, edges[j].source);
                    edges.erase(edges.begin() + static_cast<std::ptrdiff_t>(i));
                    return true;
                }
        return false;
    }

    bool put_together(std::vector<Edge>& edges) {
        Level best;
        double least = 0;
        for (std::size_t i = 0; i < depths_.size(); ++i) {
            std::uint32_t deepest = 0;
            for (const Edge& edge : edges)
                deepest = std::max(deepest, edge.level[i]);
            if (deepest == 0)
                continue;
            Level joint(depths_.size(), 0);
            for (const Edge& edge : edges)
                if (edge.level[i] == deepest)
                    joint = combined(joint, edge.level, true);
            const double size = size_of(joint);
            if (best.empty() || size < least) {
                best = joint;
                least = size;
            }
        }
        std::vector<Edge> members;
        for (const Edge& edge : edges)
            if (is_above(edge.level, best))
                members.push_back(edge);
        std::erase_if(edges, [&](const Edge& edge) { return is_above(edge.level, best); });
        for (const Edge& member : members)
            need(member.level, member.source);
        edges.push_back({best, best});
        return !too_many() && join(members, best);
    }

    double size_of(const Level& level) const {
        double size = 1;
        for (std::size_t i = 0; i < level.size(); ++i)
            size *= static_cast<double>(std::count_if(depths_[i].begin(), depths_[i].end(),
                                                      [&](std::uint32_t depth) { return depth == level[i]; }));
        return size;
    }

    // What no member excludes.
    bool join(const std::vector<Edge>& members, const Level& joint) {
        Level level(joint.size(), 0);
        std::set<Key> found{Key(joint.size(), 0)};
        for (const Edge& member : members) {
            const Level common = combined(level, member.level, false);
            std::map<Key, std::vector<Key>> by_common;
            for (const Key& key : sets_.at(member.level))
                by_common[raised(key, common)].push_back(key);
            std::set<Key> longer;
            for (const Key& key : found) {
                const auto fitting = by_common.find(raised(key, common));
                if (fitting == by_common.end())
                    continue;
                for (const Key& other : fitting->second) {
                    Key both = key;
                    for (std::size_t i = 0; i < both.size(); ++i)
                        if (member.level[i] > level[i])
                            both[i] = other[i];
                    longer.insert(std::move(both));
                }
                if (longer.size() > most_)
                    return false;
            }
            found = std::move(longer);
            level = combined(level, member.level, true);
        }
        for (const Key& key : found)
            add(joint, key);
        return !too_many();
    }

    bool too_many() const { return tables_.unseen.size() > most_; }

    void add(const Level& level, const Key& key) {
        const bool is_new = sets_[level].insert(key).second;
        if (uneven_ ? keys_.insert(key).second : is_new)
            tables_.unseen.push_back(key);
    }

    // Of a set that is published, what is not there is nobody.
    void need(const Level& level, const Level& source) {
        if (published_.contains(level))
            return;
        for (const Key& key : sets_.at(source))
            add(level, raised(key, level));
    }

    bool is_complete(const Level& level, const Level& below) const {
        const auto found = sets_.find(level);
        if (found == sets_.end())
            return false;
        const std::set<Key>& below_keys = sets_.at(below);
        return std::all_of(below_keys.begin(), below_keys.end(),
                           [&](const Key& key) { return found->second.contains(raised(key, level)); });
    }

    // Lines are along one dimension: from each set to all above it there has to be a way of such steps.
    bool tie_steps() {
        look_for_steps();
        std::vector<Level> levels;
        for (const auto& [level, keys] : sets_)
            levels.push_back(level);
        // From below: what lies between ties what lies above.
        std::stable_sort(levels.begin(), levels.end(), [](const Level& a, const Level& b) {
            return std::accumulate(a.begin(), a.end(), 0U) > std::accumulate(b.begin(), b.end(), 0U);
        });
        for (const Level& below : levels) {
            const std::vector<Level> steps = steps_above(below);
            if (std::all_of(steps.begin(), steps.end(), [&](const Level& above) { return is_complete(above, below); }))
                continue; // whatever is above is above one of these
            for (const Level& above : levels)
                if (above != below && is_above(above, below))
                    tie(above, below);
            if (too_many())
                return false;
        }
        return true;
    }

    static std::size_t steps_between(const Level& above, const Level& below) {
        std::size_t steps = 0;
        for (std::size_t i = 0; i < above.size(); ++i)
            steps += above[i] < below[i] ? 1 : 0;
        return steps;
    }

    // Distinct patients do not add up over what overlaps, so that what is below says more of its total there than the
    // total of all does: another step first, and those totals were forgotten.
    bool overlaps_late(const Level& above, const Level& from, bool added_up) const {
        for (std::size_t i = 0; added_up && i < from.size(); ++i)
            if (tables_.dimensions[i].overlapping && above[i] < from[i])
                return true;
        return false;
    }

    // By steps along one dimension through sets that leave nothing out.
    bool is_tied(const Level& above, const Level& below) const {
        using Place = std::pair<Level, bool>; // and whether a step was along what does not overlap
        std::set<Place> seen{{below, false}};
        std::vector<Place> open{{below, false}};
        while (!open.empty()) {
            const auto [from, added_up] = std::move(open.back());
            open.pop_back();
            if (overlaps_late(above, from, added_up))
                continue;
            if (steps_between(above, from) <= 1)
                return true;
            for (std::size_t i = 0; i < from.size(); ++i)
                for (const std::uint32_t step : steps_[i]) {
                    Place next{from, added_up || !tables_.dimensions[i].overlapping};
                    next.first[i] = step;
                    if (step >= above[i] && step < from[i] && !seen.contains(next) && is_complete(next.first, from)) {
                        seen.insert(next);
                        open.push_back(std::move(next));
                    }
                }
        }
        return false;
    }

    // What overlaps is summed first, as nothing but a range is known of its sum; then what reveals.
    void tie(const Level& above, const Level& below) {
        if (is_tied(above, below))
            return;
        for (const int wanted : {2, 1, 0})
            for (std::size_t i = 0; i < above.size(); ++i) {
                const Dimension& dimension = tables_.dimensions[i];
                const int kind = dimension.overlapping ? 2 : (dimension.revealing ? 1 : 0);
                if (kind != wanted || above[i] == below[i])
                    continue;
                Level between = below;
                between[i] = above[i];
                if (sets_.contains(between)) // and leaves some out
                    continue;
                need(between, below);
                tie(above, between);
                return;
            }
    }

    Tables& tables_;
    Behind behind_;
    std::size_t most_;
    std::vector<std::vector<std::uint32_t>> depths_; // of each dimension's codes
    std::vector<std::vector<bool>> leaves_;
    std::map<Level, std::set<Key>> sets_;
    std::set<Level> published_;
    bool uneven_ = false;
    std::set<Key> keys_;                         // of all sets, where one key can be in several
    std::vector<std::set<std::uint32_t>> steps_; // levels of each dimension that sets have
};

} // namespace

core::Result<bool> add_what_is_behind(Tables& tables, Behind behind, std::size_t most) {
    return Searching(tables, behind, most).run();
}

} // namespace health_dp::suppression
