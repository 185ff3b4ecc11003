#include "core/suppression/tables.hpp"

#include <map>

namespace health_dp::suppression {

namespace {

using Directory = std::map<std::vector<CodeNumber>, CellNumber>;
using Children = std::vector<std::vector<CodeNumber>>;

bool is_tree(const Dimension& dimension) {
    if (dimension.parents.empty() || dimension.parents[0] != kNoParent)
        return false;
    for (std::size_t code = 1; code < dimension.parents.size(); ++code)
        if (dimension.parents[code] >= code)
            return false;
    return true;
}

Children children_of(const Dimension& dimension) {
    Children children(dimension.parents.size());
    for (std::size_t code = 1; code < dimension.parents.size(); ++code)
        children[dimension.parents[code]].push_back(static_cast<CodeNumber>(code));
    return children;
}

const char* fault(const Tables& tables) {
    for (const Dimension& dimension : tables.dimensions)
        if (!is_tree(dimension))
            return "a hierarchy is not a tree below one total";
    if (tables.places() >= kNoCell || tables.measures.empty() || tables.places() >= kNoCell / tables.measures.size())
        return "the tables have no measure, or too many cells";
    for (const Entry& entry : tables.entries)
        if (entry.values.size() != tables.measures.size())
            return "a cell lacks a dimension or a measure";
    for (const CellNumber entry : tables.same_as)
        if (entry >= tables.entries.size() || tables.same_as.size() > tables.unseen.size())
            return "another name is that of no cell";
    for (std::size_t place = 0; place < tables.places(); ++place) {
        const std::vector<CodeNumber>& key = tables.key(place);
        if (key.size() != tables.dimensions.size())
            return "a cell lacks a dimension or a measure";
        for (std::size_t i = 0; i < key.size(); ++i)
            if (key[i] >= tables.dimensions[i].parents.size())
                return "a cell has a code that its dimension does not know";
    }
    return nullptr;
}

// Published entries below the code at `key[dimension]`, each branch down to its first.
void gather(const Directory& directory, const Children& children, std::vector<CodeNumber>& key, std::size_t dimension,
            std::vector<CellNumber>& parts) {
    const CodeNumber above = key[dimension];
    for (const CodeNumber code : children[above]) {
        key[dimension] = code;
        const auto found = directory.find(key);
        if (found != directory.end())
            parts.push_back(found->second);
        else
            gather(directory, children, key, dimension, parts);
    }
    key[dimension] = above;
}

bool named_otherwise(const Tables& tables, std::size_t place) {
    return tables.is_unseen(place) && place - tables.entries.size() < tables.same_as.size();
}

} // namespace

core::Result<std::vector<Line>> lines_of(const Tables& tables) {
    if (const char* wrong = fault(tables))
        return core::Error{core::ErrorCode::out_of_range, wrong};
    Directory directory;
    for (std::size_t i = 0; i < tables.places(); ++i)
        if (!directory.emplace(tables.key(i), static_cast<CellNumber>(i)).second)
            return core::Error{core::ErrorCode::out_of_range, "a cell is there twice"};
    std::vector<Line> lines;
    for (std::size_t dimension = 0; dimension < tables.dimensions.size(); ++dimension) {
        const Children children = children_of(tables.dimensions[dimension]);
        for (std::size_t i = 0; i < tables.places(); ++i) {
            Line line{dimension, static_cast<CellNumber>(i), {}};
            std::vector<CodeNumber> key = tables.key(i);
            gather(directory, children, key, dimension, line.parts);
            if (line.parts.empty() || named_otherwise(tables, line.total))
                continue;
            for (CellNumber& part : line.parts)
                if (named_otherwise(tables, part))
                    part = tables.same_as[part - tables.entries.size()];
            lines.push_back(std::move(line));
        }
    }
    return lines;
}

bool adds_up(const Tables& tables, const Line& line, std::size_t measure) {
    if (!tables.measures[measure].distinct || !tables.dimensions[line.dimension].overlapping)
        return true;
    if (!tables.sums_are_known)
        return false;
    Amount rest = tables.entries[line.total].values[measure];
    for (const CellNumber part : line.parts)
        rest -= tables.entries[part].values[measure];
    return rest == 0;
}

std::vector<Relation> relations_of(const Tables& tables, const std::vector<Line>& lines) {
    std::vector<Relation> relations;
    for (const Line& line : lines)
        for (std::size_t measure = 0; measure < tables.measures.size(); ++measure) {
            const bool equal = adds_up(tables, line, measure);
            const QuantityNumber total = tables.quantity(line.total, measure);
            Relation sum{{{total, -1}}, 0, equal ? 0 : kUnbounded};
            for (const CellNumber part : line.parts) {
                const QuantityNumber quantity = tables.quantity(part, measure);
                sum.terms.push_back({quantity, 1});
                if (!equal)
                    relations.push_back({{{total, 1}, {quantity, -1}}, 0, kUnbounded});
            }
            relations.push_back(std::move(sum));
        }
    return relations;
}

} // namespace health_dp::suppression
