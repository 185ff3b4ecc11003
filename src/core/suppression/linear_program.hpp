// Linear programs over sparse systems, solved by Clp through its C interface: Clp's C++ headers bring static
// initialisers along, and its initialSolve and CbcMain install a SIGINT handler, which is PostgreSQL's signal to
// cancel. Clp_dual and Clp_primal touch no signal; the solver runs in short slices between which Patience is asked.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/suppression/patience.hpp"
#include "core/suppression/problem.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace health_dp::suppression {

constexpr double kInfinity = 1e30; // the solver's own

// As the solver takes bounds.
inline double room(Amount from, Amount to) {
    return from == -kUnbounded || to == kUnbounded ? kInfinity : static_cast<double>(to - from);
}

// Columns, with their entries one after the other.
struct SparseProgram {
    std::vector<int> starts{0}; // one more than there are columns
    std::vector<int> rows;
    std::vector<double> elements;
    std::vector<double> lowest, highest, prices; // of columns
    std::vector<double> row_lowest, row_highest;

    int columns() const { return static_cast<int>(starts.size()) - 1; }
    void entry(int row, double element) {
        rows.push_back(row);
        elements.push_back(element);
    }
    // Ends the column whose entries were given last.
    void column(double low, double high, double price) {
        starts.push_back(static_cast<int>(rows.size()));
        lowest.push_back(low);
        highest.push_back(high);
        prices.push_back(price);
    }
};

using Work = std::int64_t; // simplex iterations times the weight of each, or what a limit says instead

enum class Outcome {
    optimal,
    infeasible,
    exhausted, // the allowance of iterations is used up
    abandoned, // Patience said so
    failed,    // the solver gave up, or ran out of memory: no answer, never a wrong one
};

class LinearProgram {
  public:
    enum class Method { dual, primal };

    // Counts simplex iterations down: the same input stops at the same place on every machine.
    using Allowance = std::int64_t;

    LinearProgram(const SparseProgram& program, Patience& patience);

    int columns() const { return columns_; }
    // What an iteration costs, some five nanoseconds a unit: limits of work are iterations times this, which is the
    // same on every machine, as no time is.
    std::int64_t weight() const { return weight_; }
    double lowest(int column) const;
    double highest(int column) const;
    void bound(int column, double lowest, double highest);
    void price(int column, double price);
    void add_row(std::span<const int> columns, std::span<const double> elements, double lowest, double highest);
    void forget_basis();

    Outcome minimise(Method method, Allowance& allowance);

    // After optimal: valid until the program changes.
    std::span<const double> solution() const;
    std::span<const double> row_prices() const;
    double objective() const;

  private:
    struct Delete {
        void operator()(void* model) const;
    };

    std::unique_ptr<void, Delete> model_; // a Clp_Simplex
    Patience* patience_;
    int columns_;
    int rows_;
    std::int64_t weight_;
};

} // namespace health_dp::suppression
