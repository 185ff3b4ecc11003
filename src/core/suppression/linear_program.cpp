#include "core/suppression/linear_program.hpp"

#include <coin/Clp_C_Interface.h>

#include <algorithm>
#include <iterator>
#include <new>

namespace health_dp::suppression {

namespace {

constexpr int kOptimal = 0;
constexpr int kInfeasible = 1;
constexpr int kStopped = 3;
constexpr unsigned char kBasic = 1;
constexpr unsigned char kAtLowerBound = 3;

constexpr std::int64_t kOverhead = 200; // of an iteration, in entries

// Between two looks at Patience. An iteration takes time in proportion to the rows and columns, 30 to 150 ns
// each: a slice is a part of a second.
int slice(int size) { return std::clamp(2'000'000 / std::max(size, 1), 25, 2000); }

} // namespace

void LinearProgram::Delete::operator()(void* model) const { Clp_deleteModel(model); }

LinearProgram::LinearProgram(const SparseProgram& program, Patience& patience)
    : model_(Clp_newModel()), patience_(&patience), columns_(program.columns()),
      rows_(static_cast<int>(program.row_lowest.size())), weight_(kOverhead + std::ssize(program.rows)) {
    if (model_ == nullptr)
        throw std::bad_alloc();
    Clp_setLogLevel(model_.get(), 0);
    Clp_loadProblem(model_.get(), columns_, rows_, program.starts.data(), program.rows.data(), program.elements.data(),
                    program.lowest.data(), program.highest.data(), program.prices.data(), program.row_lowest.data(),
                    program.row_highest.data());
    Clp_scaling(model_.get(), 0); // the coefficients are small whole numbers
}

double LinearProgram::lowest(int column) const { return Clp_columnLower(model_.get())[column]; }
double LinearProgram::highest(int column) const { return Clp_columnUpper(model_.get())[column]; }

void LinearProgram::bound(int column, double lowest, double highest) {
    Clp_columnLower(model_.get())[column] = lowest;
    Clp_columnUpper(model_.get())[column] = highest;
}

void LinearProgram::price(int column, double price) { Clp_objective(model_.get())[column] = price; }

void LinearProgram::add_row(std::span<const int> columns, std::span<const double> elements, double lowest,
                            double highest) {
    const int starts[] = {0, static_cast<int>(columns.size())};
    Clp_addRows(model_.get(), 1, &lowest, &highest, starts, columns.data(), elements.data());
    ++rows_;
}

// All rows basic, all columns at their lower bounds: with prices of 0 or more this basis is feasible for the dual.
void LinearProgram::forget_basis() {
    std::vector<unsigned char> status(static_cast<std::size_t>(columns_) + static_cast<std::size_t>(rows_), kBasic);
    std::fill_n(status.begin(), columns_, kAtLowerBound);
    Clp_copyinStatus(model_.get(), status.data());
}

Outcome LinearProgram::minimise(Method method, Allowance& allowance) {
    const int most = slice(columns_ + rows_);
    for (;;) {
        if (patience_->look() == Patience::Verdict::abandon)
            return Outcome::abandoned;
        if (allowance <= 0)
            return Outcome::exhausted;
        try {
            Clp_setNumberIterations(model_.get(), 0);
            Clp_setMaximumIterations(model_.get(), most);
            if (method == Method::dual)
                Clp_dual(model_.get(), 0);
            else
                Clp_primal(model_.get(), 0);
        } catch (const std::bad_alloc&) {
            throw;
        } catch (...) { // CoinError and whatever else: it has no common base, and none of it means anything to callers
            return Outcome::failed;
        }
        allowance -= 1 + Clp_numberIterations(model_.get());
        switch (Clp_status(model_.get())) {
        case kOptimal:
            return Outcome::optimal;
        case kInfeasible:
            return Outcome::infeasible;
        case kStopped:
            break;
        default:
            return Outcome::failed;
        }
    }
}

std::span<const double> LinearProgram::solution() const {
    return {Clp_primalColumnSolution(model_.get()), static_cast<std::size_t>(columns_)};
}

std::span<const double> LinearProgram::row_prices() const {
    return {Clp_dualRowSolution(model_.get()), static_cast<std::size_t>(rows_)};
}

double LinearProgram::objective() const { return Clp_objectiveValue(model_.get()); }

} // namespace health_dp::suppression
