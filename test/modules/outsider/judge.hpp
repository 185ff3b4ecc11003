// What a reader can find out who sees what the product gave out, and knows what the codes mean.
#pragma once

#include "problems.hpp"

#include <optional>

namespace outsider {

using Shown = std::map<Key, std::optional<Number>>; // of each row its number, or nothing

struct Verdict {
    std::vector<std::string> unsafe;
    long tried = 0;
    long given_up = 0;
    long gaps = 0;  // between two values that a cell can have, where it cannot be in whole numbers
    long parts = 0; // what only a table of halves or thirds lets a cell be
};

class Judge {
  public:
    // `before`: cells that a release before this one hid.
    Judge(const Problem& problem, const Shown& shown, const std::set<Key>& before)
        : problem_(problem), shown_(shown), before_(before) {
        for (const std::vector<Set>& sets : problem.tables)
            given_.insert(sets.begin(), sets.end());
        know_overlaps(public_);
        know_overlaps(published_);
        const bool everybody_somewhere = problem.kind != Kind::releases;
        for (const Set& set : given_)
            for (const Key& key : problem.keys_of(set)) {
                const auto row = shown.find(key);
                if (row == shown.end()) {
                    // Exact tables leave out codes of few patients as well.
                    if (everybody_somewhere || codes_appear(key))
                        say_both(key, 0, 0);
                    continue;
                }
                const Number least = problem.policy.zeros ? 0 : 1;
                if (problem.value(key) == 0 && !problem.policy.zeros) {
                    say_both(key, 0, 0);
                    continue;
                }
                public_.push_back(sum_of(key, least, kMany));
                published_.push_back(sum_of(key, row->second.value_or(least), row->second.value_or(kMany)));
            }
        pool_.push_back(problem.population);
    }

    Verdict run() {
        look_at({}, "");
        if (problem_.policy.singletons)
            for (const std::vector<Key>& own : groups_of_one())
                look_at(own, " for who is alone in " + problem_.name(own[0]));
        return verdict_;
    }

    // Rounded numbers: whether they add up, and how far they are from the true ones.
    Verdict round() {
        for (const auto& [key, number] : shown_) {
            const Number away = std::abs(*number - problem_.value(key));
            if (*number % problem_.base != 0 || away >= 2 * problem_.base || (problem_.value(key) == 0 && away != 0))
                verdict_.unsafe.push_back(problem_.name(key) + " is rounded to " + std::to_string(*number));
            for (const Set& below : given_) {
                Number sum = 0;
                bool all = true;
                for (std::size_t i = 0; i < key.size(); ++i)
                    all = all && (below[i] == key[i].first || is_below(i, below[i], key[i].first));
                for (const Key& part : problem_.keys_of(below))
                    if (all && contains(key, part)) {
                        const auto row = shown_.find(part);
                        sum += row == shown_.end() ? 0 : *row->second;
                    }
                if (all && sum != *number)
                    verdict_.unsafe.push_back(problem_.name(key) + " is rounded to another sum");
            }
        }
        return verdict_;
    }

    // Cells of which rounding everything together leaves one number only.
    long narrowed_by_rounding() {
        published_.clear();
        for (const auto& [key, number] : shown_)
            published_.push_back(
                sum_of(key, std::max<Number>(*number - 2 * problem_.base + 1, 0), *number + 2 * problem_.base - 1));
        long single = 0;
        for (const auto& [key, number] : shown_) {
            const Number value = problem_.value(key);
            single += *number > 0 && fits({sum_of(key, value + 1, kMany)}) == Answer::no &&
                      fits({sum_of(key, 0, value - 1)}) == Answer::no;
        }
        return single;
    }

  private:
    Constraint sum_of(const Key& key, Number lowest, Number highest) const {
        return sum_of(std::vector<Key>{key}, lowest, highest);
    }
    Constraint sum_of(const std::vector<Key>& keys, Number lowest, Number highest) const {
        Constraint constraint{{}, lowest, highest};
        for (const Key& key : keys)
            for (const int atom : problem_.atoms_of(key))
                constraint.terms.emplace_back(atom, 1);
        return constraint;
    }
    void say_both(const Key& key, Number lowest, Number highest) {
        public_.push_back(sum_of(key, lowest, highest));
        published_.push_back(public_.back());
    }

    void know_overlaps(std::vector<Constraint>& constraints) const {
        const Dimension& last = problem_.dimensions.back();
        if (!last.overlapping)
            return;
        for (int start = 0; start < static_cast<int>(problem_.atoms()); start += static_cast<int>(last.atoms)) {
            const int total = start + static_cast<int>(last.size);
            Constraint parts{{{total, -1}}, 0, kMany};
            for (int part = start; part < total; ++part) {
                constraints.push_back({{{total, 1}, {part, -1}}, 0, kMany});
                parts.terms.emplace_back(part, 1);
            }
            constraints.push_back(parts);
        }
    }

    bool codes_appear(const Key& key) const {
        for (std::size_t i = 0; i < key.size(); ++i)
            if (std::none_of(shown_.begin(), shown_.end(), [&](const auto& row) { return row.first[i] == key[i]; }))
                return false;
        return true;
    }

    bool small(const Key& key) const {
        const Number value = problem_.value(key);
        return value < problem_.policy.threshold && (value > 0 || problem_.policy.zeros);
    }
    bool hidden(const Key& key) const {
        const auto row = shown_.find(key);
        return row != shown_.end() && !row->second.has_value();
    }

    // In an overlapping dimension the total has everybody as well.
    bool contains(const Key& above, const Key& below) const {
        for (std::size_t i = 0; i < above.size(); ++i)
            if (above[i].first != 0 && (problem_.atoms_of(i, below[i].first, below[i].second) &
                                        ~problem_.atoms_of(i, above[i].first, above[i].second)) != 0)
                return false;
        return true;
    }
    // Each code of one level in a code of the other.
    bool is_below(std::size_t dimension, std::size_t fine, std::size_t coarse) const {
        const std::vector<std::vector<Code>>& levels = problem_.dimensions[dimension].levels;
        return fine != coarse && fine != 0 &&
               std::all_of(levels[fine].begin(), levels[fine].end(), [&](const Code& code) {
                   return std::any_of(levels[coarse].begin(), levels[coarse].end(),
                                      [&](const Code& whole) { return (code.atoms & ~whole.atoms) == 0; });
               });
    }

    // A total of one and its part of one have the same patient.
    std::vector<std::vector<Key>> groups_of_one() const {
        std::vector<std::vector<Key>> groups;
        for (const auto& [key, number] : shown_) {
            if (number.has_value() || problem_.value(key) != 1)
                continue;
            std::vector<Key> group{key};
            for (std::size_t i = groups.size(); i-- > 0;)
                if (std::any_of(groups[i].begin(), groups[i].end(), [&, &one = key](const Key& other) {
                        return contains(one, other) || contains(other, one);
                    })) {
                    group.insert(group.end(), groups[i].begin(), groups[i].end());
                    groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(i));
                }
            groups.push_back(group);
        }
        return groups;
    }

    // Small parts of a line whose total need not be hidden are not to be known together either.
    std::vector<std::vector<Key>> small_sums() const {
        std::vector<std::vector<Key>> sums;
        for (const auto& [total, number] : shown_)
            for (std::size_t i = 0; i < total.size() && !small(total); ++i)
                for (std::size_t level = 1; level < problem_.dimensions[i].levels.size(); ++level) {
                    if (problem_.dimensions[i].overlapping || !is_below(i, level, total[i].first) ||
                        !is_next(total, i, level))
                        continue;
                    std::vector<Key> parts;
                    Number sum = 0;
                    for (const auto& [part, of_part] : shown_)
                        if (part[i].first == level && contains(total, part) && same_but_for(total, part, i) &&
                            small(part)) {
                            parts.push_back(part);
                            sum += problem_.value(part);
                        }
                    if (parts.size() > 1 && sum < problem_.policy.threshold)
                        sums.push_back(parts);
                }
        return sums;
    }
    bool is_next(const Key& total, std::size_t dimension, std::size_t level) const {
        Set set;
        for (const auto& [of, code] : total)
            set.push_back(of);
        for (std::size_t between = 1; between < problem_.dimensions[dimension].levels.size(); ++between) {
            set[dimension] = between;
            if (is_below(dimension, level, between) && is_below(dimension, between, total[dimension].first) &&
                given_.count(set) > 0)
                return false;
        }
        return true;
    }
    static bool same_but_for(const Key& a, const Key& b, std::size_t dimension) {
        for (std::size_t i = 0; i < a.size(); ++i)
            if (i != dimension && a[i] != b[i])
                return false;
        return true;
    }

    Answer fits(std::vector<Constraint> wishes) {
        for (const std::vector<Number>& known : pool_)
            if (std::all_of(wishes.begin(), wishes.end(), [&](const Constraint& wish) {
                    Number sum = 0;
                    for (const auto& [atom, sign] : wish.terms)
                        sum += sign * known[atom];
                    return sum >= wish.lowest && sum <= wish.highest;
                }))
                return Answer::yes;
        wishes.insert(wishes.end(), published_.begin(), published_.end());
        Search search(wishes, problem_.population);
        const Answer answer = search.run();
        if (answer == Answer::yes)
            pool_.push_back(search.found());
        return answer;
    }

    // Whether this can be as far as he sees; where not, whether it could be if nothing were shown.
    bool given_away(const std::vector<Constraint>& wishes) {
        ++verdict_.tried;
        Answer answer = fits(wishes);
        if (answer == Answer::no) {
            std::vector<Constraint> constraints = wishes;
            constraints.insert(constraints.end(), public_.begin(), public_.end());
            answer = Search(constraints, problem_.population).run();
            if (answer == Answer::yes)
                return true;
        }
        verdict_.given_up += answer == Answer::given_up;
        return false;
    }

    void look_at(const std::vector<Key>& own, const std::string& who) {
        std::vector<Constraint> known;
        for (const Key& key : own)
            known.push_back(sum_of(key, 1, 1));
        std::vector<std::vector<Key>> secrets = small_sums();
        for (const auto& [key, number] : shown_)
            if (small(key) && std::find(own.begin(), own.end(), key) == own.end())
                secrets.push_back({key});
        for (const std::vector<Key>& secret : secrets)
            look_for(secret, known, who);
        for (const Key& key : before_)
            if (hidden(key) && !small(key) && within_a_tenth(key, known))
                verdict_.unsafe.push_back(problem_.name(key) + " hidden before is nearly known" + who);
    }

    void look_for(const std::vector<Key>& secret, const std::vector<Constraint>& known, const std::string& who) {
        std::vector<Number> lost;
        Number lowest = kMany;
        Number highest = -1;
        for (Number value = problem_.policy.zeros ? 0 : 1; value < problem_.policy.threshold; ++value) {
            std::vector<Constraint> wishes = known;
            wishes.push_back(sum_of(secret, value, value));
            if (given_away(wishes)) {
                lost.push_back(value);
                continue;
            }
            if (fits(wishes) == Answer::yes) {
                lowest = std::min(lowest, value);
                highest = value;
            }
        }
        for (const Number value : lost) {
            std::vector<Constraint> wishes = known;
            wishes.push_back(sum_of(secret, value, value));
            if (value > lowest && value < highest) {
                ++verdict_.gaps;
            } else if (fits_in_sixths(wishes)) {
                ++verdict_.parts;
            } else {
                std::string name;
                for (const Key& key : secret)
                    name += (name.empty() ? "" : " + ") + problem_.name(key);
                verdict_.unsafe.push_back(name + " is not " + std::to_string(value) + who);
            }
        }
    }

    // The product says that it may take such tables for an answer.
    bool fits_in_sixths(std::vector<Constraint> wishes) const {
        wishes.insert(wishes.end(), published_.begin(), published_.end());
        for (Constraint& constraint : wishes) {
            constraint.lowest = std::max(constraint.lowest * 6, -kMany);
            constraint.highest = std::min(constraint.highest * 6, kMany);
        }
        std::vector<Number> guess = problem_.population;
        for (Number& number : guess)
            number *= 6;
        return Search(wishes, guess).run() == Answer::yes;
    }

    bool within_a_tenth(const Key& key, const std::vector<Constraint>& known) {
        const Number value = problem_.value(key);
        const Number width = std::max<Number>(value / 10, 1);
        for (Number up = 0; up <= width; ++up) {
            std::vector<Constraint> high = known;
            std::vector<Constraint> low = known;
            high.push_back(sum_of(key, value + up, kMany));
            low.push_back(sum_of(key, 0, value + up - width));
            if (fits(high) != Answer::no && fits(low) != Answer::no)
                return false;
        }
        return true;
    }

    const Problem& problem_;
    const Shown& shown_;
    const std::set<Key>& before_;
    std::set<Set> given_;
    std::vector<Constraint> public_;        // what everybody knows
    std::vector<Constraint> published_;     // and what is shown
    std::vector<std::vector<Number>> pool_; // populations that fit
    Verdict verdict_;
};

} // namespace outsider
