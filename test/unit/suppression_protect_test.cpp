#include "core/suppression/protect.hpp"

#include "support/known_problems.hpp"
#include "support/patience.hpp"

#include <gtest/gtest.h>

namespace health_dp::suppression {
namespace {

using test::Patient;
using test::system_of;

std::vector<CellNumber> secondaries(const System& system, const Pattern& pattern) {
    std::vector<CellNumber> cells;
    for (CellNumber cell = 0; cell < pattern.size(); ++cell)
        if (pattern[cell] && system.cells()[cell].standing != Standing::hidden)
            cells.push_back(cell);
    return cells;
}

TEST(SuppressionProtect, GivesTheKnownOptima) {
    struct Known {
        const char* source;
        Problem problem;
        Amount cost;
        std::vector<CellNumber> cells;
    };
    const Known known[] = {
        {"Geurts 1992", test::geurts(), 0, {}},
        {"Fischetti and Salazar 2001", test::fischetti_salazar(), 37, {9, 13, 15}},
        {"sdcTable, microdata1", test::sdctable_microdata(), 40, {4, 10, 11}},
        {"sdcTable, 4 by 4", test::sdctable_recomputable(), 31, {14}},
        {"user support 136, county alone", test::linked_tables(true, false), 0, {}},
        {"user support 136, size alone", test::linked_tables(false, true), 0, {}},
        {"user support 136, linked", test::linked_tables(true, true), 7, {8}},
        {"user support 307, without the sum", test::virtual_sum(false), 0, {}},
        {"user support 307, with the sum", test::virtual_sum(true), 15, {1}},
        {"user support 194", test::shown_zeros(), 3, {2}},
    };
    for (const Known& expected : known) {
        SCOPED_TRACE(expected.source);
        const System system = system_of(expected.problem);
        Patient patient;
        const Protection found = protect(system, patient).value();
        EXPECT_EQ(found.cost, expected.cost);
        EXPECT_EQ(secondaries(system, found.pattern), expected.cells);
        EXPECT_TRUE(found.audit.safe);
        EXPECT_TRUE(found.audit.whole);
        EXPECT_EQ(found.lowest_cost, expected.cost) << "proved";
        EXPECT_EQ(protect(system, patient, kNoProof).value().lowest_cost, 0)
            << "nothing is claimed that was not proved";
    }
}

} // namespace
} // namespace health_dp::suppression
