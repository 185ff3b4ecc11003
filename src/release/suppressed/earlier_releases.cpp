#include "release/suppressed/earlier_releases.hpp"

#include <algorithm>
#include <set>

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"

namespace health_dp::release {

suppression::ColumnId column_id(const SuppressedShape& shape, int output) {
    suppression::ColumnId id;
    memcpy(id.data(), shape.output[output].digest, id.size());
    return id;
}

suppression::Publication parse_cells(const Registered& earlier) {
    auto parsed = suppression::Publication::parse({earlier.cells, static_cast<std::size_t>(earlier.size)});
    if (!parsed.ok())
        postgres::throw_sql_error(ERRCODE_DATA_CORRUPTED, parsed.error().message,
                                  "The register of suppressed releases is of another version, or damaged: restore it "
                                  "from a backup, or use the version that wrote it.");
    return std::move(parsed).value();
}

namespace {

std::vector<suppression::ColumnId> looked_at(const SuppressedShape& shape) {
    std::vector<suppression::ColumnId> columns(static_cast<std::size_t>(shape.looked_at));
    for (std::size_t i = 0; i < columns.size(); ++i)
        memcpy(columns[i].data(), shape.column[i], columns[i].size());
    return columns;
}

// Either all keys are known, or all known ones are among them; and so for each column that is summed, which no key and
// no condition looks at.
Fit fit_keys(const Registered& earlier, const SuppressedShape& shape) {
    suppression::Publication before = parse_cells(earlier);
    std::set<suppression::DimensionId> keys;
    for (int key = 0; key < shape.keys; ++key) {
        suppression::DimensionId id;
        memcpy(id.data(), shape.key[key], id.size());
        keys.insert(id);
    }
    const auto fits = [&keys](const std::set<suppression::DimensionId>& known) {
        return std::includes(known.begin(), known.end(), keys.begin(), keys.end()) ||
               std::includes(keys.begin(), keys.end(), known.begin(), known.end());
    };
    bool all = fits(before.dimensions());
    for (int output = 0; output < shape.outputs; ++output)
        if (shape.output[output].column) {
            all = all && fits(before.dimensions_of(column_id(shape, output)));
            before.set_range(column_id(shape, output), {});
        }
    for (const suppression::ColumnId& column : looked_at(shape))
        before.look_at(column);
    return before.sums_what_is_looked_at() ? Fit::summed_key : all ? Fit::well : Fit::other_keys;
}

} // namespace

Fit fit(const Registered& earlier, const SuppressedShape& shape) {
    if (earlier.release != 0 && strcmp(earlier.population, shape.population) != 0)
        return Fit::other_population;
    return postgres::entry([&] { return fit_keys(earlier, shape); });
}

void refuse_misfit(Fit fit, const Registered& earlier) {
    if (fit == Fit::other_population)
        ereport(ERROR,
                (errcode(sqlstate::kOtherPopulation),
                 errmsg("this is not the population of suppressed release " INT64_FORMAT " of the project",
                        earlier.release),
                 errdetail("The difference between two populations may be a few patients, or one."),
                 errhint("Keep FROM and WHERE as they were, and put the condition into GROUP BY. Another population "
                         "takes another project: ask a steward.")));
    if (fit == Fit::summed_key)
        ereport(ERROR,
                (errcode(sqlstate::kSummedKey),
                 errmsg("a column of the project is added up, and looked at by a key or a condition as well"),
                 errdetail("Where a key says what values a column has, its sums are numbers of rows in other words; "
                           "earlier releases count, too."),
                 errhint("Add up other columns, or group by others. Another project may do the one without the "
                         "other: ask a steward.")));
    if (fit == Fit::other_keys)
        ereport(
            ERROR,
            (errcode(sqlstate::kOtherKeys),
             errmsg("this has other keys than suppressed releases up to " INT64_FORMAT " of the project",
                    earlier.release),
             errdetail("Keys may say the same in other words, or more coarsely: cells that are split by old and new "
                       "ones together show how far."),
             errhint("Use keys of earlier releases, written as they were, or add all of theirs to yours: "
                     "GROUP BY GROUPING SETS ((new), (old)).")));
}

void check_earlier_releases(int32 project, List* shapes) {
    const Registered earlier = read_register(project);
    ListCell* cell;
    foreach (cell, shapes)
        refuse_misfit(fit(earlier, *static_cast<const SuppressedShape*>(lfirst(cell))), earlier);
}

} // namespace health_dp::release
