// Totals that go by the name of a code: "Ensemble" beside the regions that it adds up. Taken for one more region, it is
// a total that nobody protects, and whoever reads the table subtracts from it.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/assembly.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace health_dp::suppression {

struct SumCode {
    std::size_t dimension = 0;
    std::string code;
    std::size_t lines = 0; // in which it is the sum of the others, and somebody is; 0: in no line all are known
};

// A code right below the total whose cells are the sums of all others, in every line of every grouping set in which it
// stands, by every measure that adds up along its dimension. Two others of somebody have to be there: of two codes
// alone, each is the sum of the other as soon as they are equal.
//
// By chance, the largest of a few numbers is the sum of the others about once in as many tables as that sum is large.
// The lines' sums multiplied say how rarely all of them do; below 1 in 100 it is no chance. A code that is called a
// total needs one line, however small, and in an audit of what somebody hid, where values are not known, that it is no
// less than the others that are. So that a code of its own with such numbers can be published, dimensions that
// say themselves which rows are totals (a total's code, a grouping column) are not looked at.
std::optional<SumCode> find_sum_code(const Definition& definition, const Assembled& assembled);

// Whether somebody would call a total that: "Total", "Ensemble", "All regions".
bool is_called_total(std::string_view code);

// Two dimensions that are one under two names: what both have a cell of is the same, in two codes or more. Then what is
// hidden along one may be shown along the other.
struct Twins {
    std::size_t one;
    std::size_t other;
    std::string code; // that both have
};
std::optional<Twins> find_twins(const Definition& definition, const Assembled& assembled);

} // namespace health_dp::suppression
