// Whole numbers that fit linear constraints: bounds are propagated, and a guess that breaks a constraint is repaired in
// one of two ways, both of which are tried. Complete, as long as it is not given up. Knows nothing of the product.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace outsider {

using Number = std::int64_t;
constexpr Number kMany = 100'000; // no population thought up here comes near it

struct Constraint {
    std::vector<std::pair<int, int>> terms; // number of the unknown, and 1 or -1
    Number lowest = -kMany;
    Number highest = kMany;
};

enum class Answer : std::uint8_t { no, yes, given_up };

class Search {
  public:
    Search(const std::vector<Constraint>& constraints, const std::vector<Number>& guess)
        : constraints_(constraints), guess_(guess), constraints_of_(guess.size()) {
        for (std::size_t i = 0; i < constraints.size(); ++i)
            for (const auto& [unknown, sign] : constraints[i].terms)
                constraints_of_[unknown].push_back(static_cast<int>(i));
    }

    // Several short tries from the same guess by different ways, then a long one.
    Answer run() {
        for (int attempt = 0; attempt < 6; ++attempt) {
            random_.seed(attempt);
            left_ = attempt < 5 ? 300 : 8'000;
            const Answer answer =
                try_from({std::vector<Number>(guess_.size(), 0), std::vector<Number>(guess_.size(), kMany)});
            if (answer != Answer::given_up)
                return answer;
        }
        return Answer::given_up;
    }

    const std::vector<Number>& found() const { return found_; }

  private:
    struct Box {
        std::vector<Number> lowest;
        std::vector<Number> highest;
    };

    bool propagate(Box& box) const {
        std::vector<bool> waits(constraints_.size(), true);
        std::vector<int> queue(constraints_.size());
        for (std::size_t i = 0; i < queue.size(); ++i)
            queue[i] = static_cast<int>(i);
        for (int steps = 0; !queue.empty() && steps < 4'000; ++steps) {
            const int at = queue.back();
            queue.pop_back();
            waits[at] = false;
            const Constraint& constraint = constraints_[at];
            Number least = 0;
            Number most = 0;
            for (const auto& [unknown, sign] : constraint.terms) {
                least += sign > 0 ? box.lowest[unknown] : -box.highest[unknown];
                most += sign > 0 ? box.highest[unknown] : -box.lowest[unknown];
            }
            if (least > constraint.highest || most < constraint.lowest)
                return false;
            const Number above = constraint.highest - least; // by so much a term may rise over its least
            const Number below = most - constraint.lowest;
            for (const auto& [unknown, sign] : constraint.terms) {
                Number& low = box.lowest[unknown];
                Number& high = box.highest[unknown];
                const Number new_high = std::min(high, low + (sign > 0 ? above : below));
                const Number new_low = std::max(low, high - (sign > 0 ? below : above));
                if (new_low > new_high)
                    return false;
                if (new_low == low && new_high == high)
                    continue;
                low = new_low;
                high = new_high;
                for (const int other : constraints_of_[unknown])
                    if (!waits[other]) {
                        waits[other] = true;
                        queue.push_back(other);
                    }
            }
        }
        return true;
    }

    Answer try_from(Box box) {
        if (--left_ < 0)
            return Answer::given_up;
        if (!propagate(box))
            return Answer::no;
        std::vector<Number> values(guess_.size());
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = std::clamp(guess_[i], box.lowest[i], box.highest[i]);
        std::vector<std::pair<int, Number>> broken; // and by how much it is to rise
        for (std::size_t i = 0; i < constraints_.size(); ++i) {
            Number sum = 0;
            for (const auto& [unknown, sign] : constraints_[i].terms)
                sum += sign * values[unknown];
            if (sum < constraints_[i].lowest)
                broken.emplace_back(i, constraints_[i].lowest - sum);
            else if (sum > constraints_[i].highest)
                broken.emplace_back(i, constraints_[i].highest - sum);
        }
        if (broken.empty()) {
            found_ = values;
            return Answer::yes;
        }
        const auto& [constraint, rise] = broken[random_() % broken.size()];
        // The unknown whose move mends most, less what it breaks.
        int best = -1;
        int best_score = 0;
        Number best_move = 0;
        for (const auto& [unknown, sign] : constraints_[constraint].terms) {
            const Number wish = sign * rise;
            const Number move = wish > 0 ? std::min(wish, box.highest[unknown] - values[unknown])
                                         : std::max(wish, box.lowest[unknown] - values[unknown]);
            if (move == 0)
                continue;
            int score = static_cast<int>(random_() % 3);
            for (const int other : constraints_of_[unknown]) {
                Number now = 0;
                Number then = 0;
                for (const auto& [term, coefficient] : constraints_[other].terms) {
                    now += coefficient * values[term];
                    then += coefficient * (values[term] + (term == unknown ? move : 0));
                }
                score += 3 * (gap(constraints_[other], now) > gap(constraints_[other], then) ? 1 : 0);
                score -= 3 * (gap(constraints_[other], now) < gap(constraints_[other], then) ? 1 : 0);
            }
            if (best < 0 || score > best_score) {
                best = unknown;
                best_score = score;
                best_move = move;
            }
        }
        if (best < 0)
            return Answer::no;
        Box moved = box;
        Box other = box;
        if (best_move > 0) {
            moved.lowest[best] = values[best] + best_move;
            other.highest[best] = values[best] + best_move - 1;
        } else {
            moved.highest[best] = values[best] + best_move;
            other.lowest[best] = values[best] + best_move + 1;
        }
        const Answer first = try_from(std::move(moved));
        return first == Answer::no ? try_from(std::move(other)) : first;
    }

    static Number gap(const Constraint& constraint, Number sum) {
        return std::max({constraint.lowest - sum, sum - constraint.highest, Number{0}});
    }

    const std::vector<Constraint>& constraints_;
    const std::vector<Number>& guess_;
    std::vector<std::vector<int>> constraints_of_;
    std::vector<Number> found_;
    std::mt19937 random_;
    int left_ = 0;
};

} // namespace outsider
