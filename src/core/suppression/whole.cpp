#include "core/suppression/whole.hpp"

#include <cmath>

namespace health_dp::suppression {

namespace {

class Search {
  public:
    Search(LinearProgram& program, Aim aim, int most_nodes, double step, LinearProgram::Allowance& allowance)
        : program_(program), aim_(aim), nodes_left_(most_nodes), step_(step), allowance_(allowance) {}

    WholeAnswer run(LinearProgram::Method method) {
        descend(method, true);
        if (!answer_.solution.empty())
            answer_.outcome = Outcome::optimal;
        return std::move(answer_);
    }

  private:
    bool over() const {
        return (aim_ == Aim::any && !answer_.solution.empty()) || answer_.outcome == Outcome::abandoned ||
               answer_.outcome == Outcome::failed;
    }

    void descend(LinearProgram::Method method, bool at_root) {
        if (nodes_left_-- <= 0) {
            answer_.complete = false;
            return;
        }
        const Outcome outcome = program_.minimise(method, allowance_);
        if (outcome != Outcome::optimal) {
            if (outcome != Outcome::infeasible) {
                answer_.outcome = outcome;
                answer_.complete = false;
            }
            return;
        }
        if (at_root) {
            answer_.bound = program_.objective();
            answer_.relaxed.assign(program_.solution().begin(), program_.solution().end());
        }
        if (program_.objective() > answer_.objective - step_ + kWholeTolerance)
            return;
        const int column = most_fractional();
        if (column < 0) {
            keep();
            return;
        }
        const double value = program_.solution()[static_cast<std::size_t>(column)];
        const double low = program_.lowest(column);
        const double high = program_.highest(column);
        const bool down_first = value - std::floor(value) <= 0.5;
        for (const bool down : {down_first, !down_first}) {
            if (over())
                return;
            if (down)
                program_.bound(column, low, std::floor(value));
            else
                program_.bound(column, std::ceil(value), high);
            descend(LinearProgram::Method::dual, false);
            program_.bound(column, low, high);
        }
    }

    int most_fractional() const {
        const std::span<const double> solution = program_.solution();
        int most = -1;
        double farthest = kWholeTolerance;
        for (std::size_t i = 0; i < solution.size(); ++i) {
            const double distance = std::fabs(solution[i] - std::round(solution[i]));
            if (distance > farthest) {
                farthest = distance;
                most = static_cast<int>(i);
            }
        }
        return most;
    }

    void keep() {
        answer_.objective = program_.objective();
        answer_.solution.clear();
        for (const double value : program_.solution())
            answer_.solution.push_back(std::round(value));
    }

    LinearProgram& program_;
    Aim aim_;
    int nodes_left_;
    double step_;
    LinearProgram::Allowance& allowance_;
    WholeAnswer answer_;
};

} // namespace

WholeAnswer minimise_whole(LinearProgram& program, LinearProgram::Method method, Aim aim, int most_nodes, double step,
                           LinearProgram::Allowance& allowance) {
    return Search(program, aim, most_nodes, step, allowance).run(method);
}

} // namespace health_dp::suppression
