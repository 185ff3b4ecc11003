#include "sql_functions/suppression_order.hpp"

#include "postgres/boundary.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

namespace health_dp::suppression {

namespace {

using Label = std::optional<std::string>;

bool is_whole_number(const Label& label) {
    constexpr std::size_t kMostDigits = 18;
    return label.has_value() && !label->empty() && label->size() <= kMostDigits &&
           std::all_of(label->begin(), label->end(), [](char c) { return c >= '0' && c <= '9'; });
}

class Sorting {
  public:
    explicit Sorting(const std::vector<Label>& labels) : labels_(labels) {
        postgres::call([&] {
            texts_ = static_cast<Datum*>(palloc_extended(sizeof(Datum) * labels.size(), MCXT_ALLOC_HUGE));
            for (std::size_t i = 0; i < labels.size(); ++i)
                texts_[i] = labels[i].has_value() ? PointerGetDatum(cstring_to_text_with_len(
                                                        labels[i]->data(), static_cast<int>(labels[i]->size())))
                                                  : Datum{0};
        });
        // Code 0 is the total, whose label is no code among others.
        numbers_ = std::all_of(labels.begin() + 1, labels.end(),
                               [](const Label& label) { return !label.has_value() || is_whole_number(label); });
    }

    bool is_before(CodeNumber a, CodeNumber b) const {
        if (!labels_[a].has_value() || !labels_[b].has_value())
            return labels_[a].has_value() && !labels_[b].has_value();
        if (numbers_) {
            const auto [first, second] = std::pair(std::stoll(*labels_[a]), std::stoll(*labels_[b]));
            if (first != second)
                return first < second;
        }
        return postgres::call([&] {
            return DatumGetInt32(DirectFunctionCall2Coll(bttextcmp, DEFAULT_COLLATION_OID, texts_[a], texts_[b])) < 0;
        });
    }

  private:
    const std::vector<Label>& labels_;
    Datum* texts_ = nullptr;
    bool numbers_ = false;
};

// Of each code its place. A parent stands behind its children, as a total behind what it sums up.
std::vector<std::size_t> places_of(const Dimension& dimension, const std::vector<Label>& labels) {
    const Sorting sorting(labels);
    std::vector<std::vector<CodeNumber>> children(dimension.parents.size());
    for (CodeNumber code = 1; code < dimension.parents.size(); ++code)
        children[dimension.parents[code]].push_back(code);
    std::vector<std::size_t> places(dimension.parents.size(), 0);
    std::size_t next = 0;
    const std::function<void(CodeNumber)> visit = [&](CodeNumber code) { // a hierarchy has 64 levels at most
        std::sort(children[code].begin(), children[code].end(),
                  [&](CodeNumber a, CodeNumber b) { return sorting.is_before(a, b); });
        for (const CodeNumber child : children[code])
            visit(child);
        places[code] = next++;
    };
    visit(0);
    return places;
}

} // namespace

std::vector<CellNumber> in_reading_order(const Assembled& assembled, const TableSpec& spec, std::size_t table) {
    // A code that one hierarchy does not have is at its total there, and so behind those that it has.
    std::vector<std::size_t> dimensions;
    for (const std::size_t dimension : spec.dimensions)
        for (const std::size_t tree : assembled.trees[dimension])
            dimensions.push_back(tree);
    std::vector<std::vector<std::size_t>> places;
    for (const std::size_t dimension : dimensions)
        places.push_back(places_of(assembled.tables.dimensions[dimension], assembled.labels[dimension]));
    std::vector<CellNumber> cells = assembled.shown_in[table];
    std::sort(cells.begin(), cells.end(), [&](CellNumber a, CellNumber b) {
        const std::vector<CodeNumber>& first = assembled.tables.entries[a].key;
        const std::vector<CodeNumber>& second = assembled.tables.entries[b].key;
        for (std::size_t i = 0; i < dimensions.size(); ++i) {
            const std::size_t one = places[i][first[dimensions[i]]];
            const std::size_t other = places[i][second[dimensions[i]]];
            if (one != other)
                return one < other;
        }
        return false;
    });
    return cells;
}

} // namespace health_dp::suppression
