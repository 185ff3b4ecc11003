#include "core/suppression/exact.hpp"

#include "core/suppression/attacks.hpp"
#include "core/suppression/audit.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <queue>

namespace health_dp::suppression {

namespace {

constexpr double kWhole = 1e-6;     // of a part of a cell
constexpr double kCostSlack = 1e-4; // costs are whole, so that a bound may be rounded up
constexpr std::size_t kMostCuts = 20'000;
constexpr int kRounds = 4;     // of cuts at a node below the root, while they raise the bound
constexpr double kGain = 1e-3; // by at least this part of it

struct Fixing {
    int column;
    bool hidden;
};

struct Node {
    double bound = 0;
    std::vector<Fixing> fixings;
};

struct Dearer {
    bool operator()(const Node& a, const Node& b) const {
        return a.bound != b.bound ? a.bound > b.bound : a.fixings.size() < b.fixings.size();
    }
};

enum class Step { go_on, out_of_work, abandoned };

class Branching {
  public:
    Branching(const System& system, Amount below, LinearProgram::Allowance work, Patience& patience)
        : system_(system), patience_(patience), attacks_(system, patience), below_(below),
          optional_(optional_cells(system)), columns_(system.cells().size(), -1),
          master_(program_of(system, optional_), patience) {
        for (std::size_t i = 0; i < optional_.size(); ++i)
            columns_[optional_[i]] = static_cast<int>(i);
        const auto columns = static_cast<LinearProgram::Allowance>(system.quantities().size());
        allowance_ = work / (columns + kOverhead);
    }

    Cheapest run() {
        open_.push({});
        if (allowance_ < kForOneDemand * std::ssize(system_.demands()))
            return std::move(answer_);
        while (!open_.empty()) {
            if (rounded_up(open_.top().bound) >= most()) {
                open_ = {};
                break;
            }
            const Node node = open_.top();
            const Step step = patience_.look() == Patience::Verdict::go_on ? work_at(node) : Step::out_of_work;
            if (step != Step::go_on) {
                answer_.abandoned = step == Step::abandoned || patience_.look() == Patience::Verdict::abandon;
                break;
            }
        }
        answer_.lowest = open_.empty() ? most() : std::min(most(), rounded_up(open_.top().bound));
        return std::move(answer_);
    }

  private:
    static constexpr LinearProgram::Allowance kOverhead = 500;
    static constexpr LinearProgram::Allowance kForOneDemand = 200;

    static std::vector<CellNumber> optional_cells(const System& system) {
        std::vector<CellNumber> cells;
        for (CellNumber cell = 0; cell < system.cells().size(); ++cell)
            if (system.cells()[cell].standing == Standing::optional)
                cells.push_back(cell);
        return cells;
    }

    static SparseProgram program_of(const System& system, const std::vector<CellNumber>& cells) {
        SparseProgram program;
        for (const CellNumber cell : cells)
            program.column(0, 1, static_cast<double>(system.cells()[cell].cost));
        return program;
    }

    static Amount rounded_up(double bound) { return static_cast<Amount>(std::ceil(bound - kCostSlack)); }

    // Patterns that cost so much, or more, are of no interest: one such is known, or could not be judged.
    Amount most() const { return std::min(below_, doubtful_); }

    void fix(const std::vector<Fixing>& fixings, bool fixed) {
        for (const Fixing& fixing : fixings)
            master_.bound(fixing.column, fixed && fixing.hidden ? 1 : 0, fixed && !fixing.hidden ? 0 : 1);
    }

    // Takes the cheapest open node: ends it, or puts two in its place.
    Step work_at(const Node& node) {
        fix(node.fixings, true);
        Node next = node;
        std::optional<int> branch;
        const Step step = bound_at(next, branch);
        fix(node.fixings, false);
        open_.pop();
        if (step != Step::go_on) {
            open_.push(next); // what was proved of it counts
            return step;
        }
        if (branch.has_value())
            for (const bool hidden : {true, false}) {
                next.fixings.push_back({*branch, hidden});
                open_.push(next);
                next.fixings.pop_back();
            }
        return Step::go_on;
    }

    Step bound_at(Node& node, std::optional<int>& branch) {
        double before = node.bound;
        for (int round = 0;; ++round) {
            const Outcome outcome = master_.minimise(LinearProgram::Method::dual, allowance_);
            if (outcome == Outcome::infeasible)
                return Step::go_on;
            if (outcome != Outcome::optimal)
                return outcome == Outcome::abandoned ? Step::abandoned : Step::out_of_work;
            node.bound = std::max(node.bound, master_.objective());
            if (rounded_up(node.bound) >= most())
                return Step::go_on;
            const std::vector<double> solution(master_.solution().begin(), master_.solution().end());
            const int fraction = most_fractional(solution);
            const bool slow = !node.fixings.empty() && round >= kRounds && node.bound < before * (1 + kGain);
            if (fraction >= 0 && slow) {
                branch = fraction;
                return Step::go_on;
            }
            before = round % kRounds == 0 ? node.bound : before;
            bool added = false;
            const Step step = separate(solution, added);
            if (step != Step::go_on)
                return step;
            if (added)
                continue;
            if (fraction >= 0) {
                branch = fraction;
                return Step::go_on;
            }
            const Step judged = judge(solution);
            if (judged != Step::go_on)
                return judged;
        }
    }

    static int most_fractional(const std::vector<double>& solution) {
        int most = -1;
        double farthest = kWhole;
        for (std::size_t i = 0; i < solution.size(); ++i) {
            const double distance = std::min(solution[i], 1 - solution[i]);
            if (distance > farthest) {
                farthest = distance;
                most = static_cast<int>(i);
            }
        }
        return most;
    }

    std::vector<double> parts_of(const std::vector<double>& solution) const {
        std::vector<double> parts(system_.cells().size(), 0);
        for (CellNumber cell = 0; cell < parts.size(); ++cell)
            if (system_.cells()[cell].standing == Standing::hidden)
                parts[cell] = 1;
        for (std::size_t i = 0; i < optional_.size(); ++i) {
            const double part = std::clamp(solution[i], 0.0, 1.0);
            parts[optional_[i]] = part < kWhole ? 0 : part > 1 - kWhole ? 1 : part;
        }
        return parts;
    }

    // Outsiders first: who knows less is asked more cheaply.
    Step separate(const std::vector<double>& solution, bool& added) {
        attacks_.hide(parts_of(solution));
        const auto insiders = static_cast<InsiderNumber>(system_.insiders().size());
        for (InsiderNumber knower = 0; knower <= insiders && !added; ++knower)
            for (DemandNumber demand = 0; demand < system_.demands().size(); ++demand) {
                if (patience_.look() != Patience::Verdict::go_on || cuts_ >= kMostCuts)
                    return Step::out_of_work;
                const std::optional<Cut> cut = attacks_.cut(demand, knower == 0 ? kOutsider : knower - 1, allowance_);
                if (attacks_.outcome() != Outcome::optimal)
                    return attacks_.outcome() == Outcome::abandoned ? Step::abandoned : Step::out_of_work;
                if (cut.has_value()) {
                    add(*cut);
                    added = true;
                }
            }
        return Step::go_on;
    }

    void add(const Cut& cut) {
        std::vector<int> columns;
        for (const CellNumber cell : cut.cells)
            columns.push_back(columns_[cell]);
        master_.add_row(columns, cut.coefficients, cut.least - 1e-9, kInfinity);
        ++cuts_;
    }

    // No linear attack is left, so that the pattern is safe unless the attacker uses that numbers are whole.
    Step judge(const std::vector<double>& solution) {
        Pattern pattern = system_.primary_pattern();
        Cut another{{}, {}, 1}; // safe patterns that are not this one hide another cell: a part of it is no safer
        for (std::size_t i = 0; i < optional_.size(); ++i) {
            pattern[optional_[i]] = solution[i] > 0.5;
            if (!pattern[optional_[i]]) {
                another.cells.push_back(optional_[i]);
                another.coefficients.push_back(1);
            }
        }
        const core::Result<Audit> audited = audit(system_, pattern, patience_);
        if (!audited.ok())
            return Step::abandoned;
        const Amount cost = system_.cost(pattern);
        if (audited.value().safe) {
            below_ = cost;
            answer_.pattern = std::move(pattern);
            answer_.cost = cost;
            return Step::go_on;
        }
        const std::vector<Finding>& findings = audited.value().findings;
        const bool unsafe = std::any_of(findings.begin(), findings.end(),
                                        [](const Finding& finding) { return finding.safety == Safety::unsafe; });
        if (!unsafe)
            doubtful_ = std::min(doubtful_, cost);
        add(another);
        return Step::go_on;
    }

    const System& system_;
    Patience& patience_;
    Attacks attacks_;
    Amount below_;
    Amount doubtful_ = kUnbounded;
    std::vector<CellNumber> optional_;
    std::vector<int> columns_; // of cells, -1 where it is decided already
    LinearProgram master_;
    LinearProgram::Allowance allowance_ = 0;
    std::size_t cuts_ = 0;
    std::priority_queue<Node, std::vector<Node>, Dearer> open_;
    Cheapest answer_;
};

} // namespace

Cheapest cheapest_pattern(const System& system, Amount below, LinearProgram::Allowance work, Patience& patience) {
    return Branching(system, below, work, patience).run();
}

} // namespace health_dp::suppression
