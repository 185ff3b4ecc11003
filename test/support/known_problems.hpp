// Small suppression problems with known answers. Figures from the publications named; costs are values.
#pragma once

#include "support/suppression.hpp"

namespace health_dp::test {

// A table of rows and columns with its margins: cell 0 is the total, row by row, each row's total first.
inline suppression::Problem grid(std::initializer_list<Amount> values, CellNumber columns) {
    suppression::Problem problem = counts(values);
    const auto rows = static_cast<CellNumber>(values.size()) / columns;
    for (CellNumber row = 0; row < rows; ++row) {
        suppression::Relation across{{{row * columns, -1}}, 0, 0};
        for (CellNumber column = 1; column < columns; ++column)
            across.terms.push_back({row * columns + column, 1});
        problem.relations.push_back(across);
    }
    for (CellNumber column = 0; column < columns; ++column) {
        suppression::Relation down{{{column, -1}}, 0, 0};
        for (CellNumber row = 1; row < rows; ++row)
            down.terms.push_back({row * columns + column, 1});
        problem.relations.push_back(down);
    }
    return problem;
}

// Geurts (1992), in the Handbook on Statistical Disclosure Control, 4.2.2, example 3.
inline suppression::Problem geurts() {
    suppression::Problem problem = grid({16, 9, 7, 7, 5, 2, 3, 1, 2, 6, 3, 3}, 3);
    for (const CellNumber cell : {4U, 5U, 7U, 8U})
        hide(problem, cell, 0, 0, 1);
    return problem;
}

// Fischetti and Salazar (2001), the introduction's table.
inline suppression::Problem fischetti_salazar() {
    suppression::Problem problem = grid({190, 45, 101, 44, 80, 20, 50, 10, 49, 8, 19, 22, 61, 17, 32, 12}, 4);
    hide(problem, 11, 5, 5, 0);
    return problem;
}

// sdcTable's tests: two columns of four regions.
inline suppression::Problem sdctable_microdata() {
    suppression::Problem problem = grid({100, 55, 45, 20, 18, 2, 33, 14, 19, 22, 12, 10, 25, 11, 14}, 3);
    hide(problem, 5, 0, 0, 1);
    return problem;
}

// sdcTable: two hidden in every line, and yet one can be recomputed.
inline suppression::Problem sdctable_recomputable() {
    suppression::Problem problem = grid({3943, 1012, 1262, 779, 890, 230, 30, 47,   64,  89,  250, 90, 124,
                                         5,    31,   336,  92,  100, 59,  85, 3127, 800, 991, 651, 685},
                                        5);
    for (const CellNumber cell : {6U, 7U, 8U, 11U, 13U, 17U, 19U, 22U, 24U})
        hide(problem, cell, 0, 0, 1);
    return problem;
}

// τ-ARGUS's user support, question 136: thirteen cells that two tables share.
inline suppression::Problem linked_tables(bool by_county, bool by_size) {
    suppression::Problem problem = counts({36, 2, 2, 8, 8, 3, 3, 3, 7, 20, 16, 6, 30});
    if (by_county) {
        add_total(problem, 0, {9, 10});
        add_total(problem, 9, {1, 2, 3, 4});
        add_total(problem, 10, {5, 6, 7, 8});
    }
    if (by_size) {
        add_total(problem, 0, {11, 12});
        add_total(problem, 11, {6, 7});
        add_total(problem, 12, {1, 2, 3, 4, 5, 8});
    }
    for (const CellNumber cell : {1U, 2U, 5U, 6U, 7U})
        hide(problem, cell, 0, 0, 1);
    return problem;
}

// Question 307: 23 = 15 + 5 + 3, and with it the sum of the hidden 5 and 3.
inline suppression::Problem virtual_sum(bool with_sum) {
    suppression::Problem problem = counts({23, 15, 5, 3});
    add_total(problem, 0, {1, 2, 3});
    hide(problem, 2, 0, 0, 1);
    hide(problem, 3, 0, 0, 1);
    if (with_sum) {
        problem.quantities.push_back({suppression::kNoCell, 8, 0, suppression::kUnbounded});
        problem.relations.push_back({{{4, -1}, {2, 1}, {3, 1}}, 0, 0});
        problem.demands.push_back({4, 0, 0, 1});
    }
    return problem;
}

// Question 194, case 3: zeros are shown, so that 15 = 10 + 3 + x + x leaves only x = 1.
inline suppression::Problem shown_zeros() {
    suppression::Problem problem = counts({15, 10, 3, 1, 1});
    add_total(problem, 0, {1, 2, 3, 4});
    for (const CellNumber cell : {3U, 4U}) {
        problem.quantities[cell].lowest = 1;
        hide(problem, cell, 0, 0, 1);
    }
    return problem;
}

} // namespace health_dp::test
