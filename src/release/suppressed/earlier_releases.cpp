#include "release/suppressed/earlier_releases.hpp"
#include "release/suppressed/register_key.hpp"

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

std::set<suppression::DimensionId> keys_among(const SuppressedShape& shape, uint32 set) {
    std::set<suppression::DimensionId> keys;
    for (int key = 0; key < shape.keys; ++key)
        if ((set >> static_cast<unsigned>(key) & 1U) != 0) {
            suppression::DimensionId id;
            memcpy(id.data(), shape.key[key], id.size());
            keys.insert(id);
        }
    return keys;
}

} // namespace

suppression::Question question_of(const SuppressedShape& shape, const std::set<suppression::ColumnId>& squared) {
    suppression::Question question;
    question.keys = keys_among(shape, ~0U);
    for (int output = 0; output < shape.outputs; ++output)
        if (shape.output[output].column)
            question.summed.insert(column_id(shape, output));
    for (int i = 0; i < shape.looked_at; ++i) {
        suppression::ColumnId column;
        memcpy(column.data(), shape.column[i], column.size());
        question.looked_at.insert(column);
    }
    for (int i = 0; i < shape.sets; ++i)
        question.cells[keys_among(shape, shape.set[i])] = {shape.patients, shape.rows, question.summed, squared};
    return question;
}

namespace {

// Either all keys are known, or all known ones are among them; and so for each column that is summed, which no key and
// no condition looks at.
Fit fit_keys(const Registered& earlier, const SuppressedShape& shape) {
    suppression::Publication before = parse_cells(earlier);
    const suppression::Question question = question_of(shape, {});
    const auto fits = [&keys = question.keys](const std::set<suppression::DimensionId>& known) {
        return std::includes(known.begin(), known.end(), keys.begin(), keys.end()) ||
               std::includes(keys.begin(), keys.end(), known.begin(), known.end());
    };
    const bool all = fits(before.keys()) &&
                     std::all_of(question.summed.begin(), question.summed.end(),
                                 [&](const suppression::ColumnId& column) { return fits(before.keys_of(column)); });
    before.ask(question);
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
        ereport(
            ERROR,
            (errcode(sqlstate::kOtherPopulation),
             errmsg("this is not the population of suppressed release " INT64_FORMAT " of the project", earlier.number),
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
                    earlier.number),
             errdetail("Keys may say the same in other words, or more coarsely: cells that are split by old and new "
                       "ones together show how far."),
             errhint("Use keys of earlier releases, written as they were, or add all of theirs to yours: "
                     "GROUP BY GROUPING SETS ((new), (old)).")));
}

void check_earlier_releases(int32 project, List* shapes) {
    require_register_key();
    const Registered earlier = read_register(project);
    ListCell* cell;
    foreach (cell, shapes)
        refuse_misfit(fit(earlier, *static_cast<const SuppressedShape*>(lfirst(cell))), earlier);
}

} // namespace health_dp::release
