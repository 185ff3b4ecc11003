#include "core/suppression/amounts.hpp"

#include "sql_functions/suppression_rows.hpp"

#include "postgres/boundary.hpp"
#include "sql_functions/suppression_arguments.hpp"

namespace health_dp::suppression {

namespace {

using postgres::call;

const char* code_text(const Assembled& assembled, std::size_t dimension, CodeNumber code) {
    const std::optional<std::string>& label = assembled.labels[dimension][code];
    return label.has_value() ? label->c_str() : nullptr;
}

ReturnSetInfo* result_of(FunctionCallInfo fcinfo) { return reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo); }

// What a row takes beside what the result keeps of it goes with the next one.
class Rows {
  public:
    Rows() {
        call([this] {
            context_ = AllocSetContextCreate(CurrentMemoryContext, "health_dp result row", ALLOCSET_DEFAULT_SIZES);
        });
    }

    template <class Put>
    void add(Put&& put) {
        call([&] {
            MemoryContext before = MemoryContextSwitchTo(context_);
            put();
            MemoryContextSwitchTo(before);
            MemoryContextReset(context_);
        });
    }

  private:
    MemoryContext context_ = nullptr;
};

constexpr int kMostColumns = static_cast<int>(Definition::kMostDimensions + Definition::kMostMeasures) + 1;

Datum text_of(const char* text) { return CStringGetTextDatum(text); }
Datum numeric_of(const char* text) {
    return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

// Of texts or numbers; null for NULL.
Datum array_of(Oid type, Datum (*element_of)(const char*), const char* const* texts, int count) {
    Datum elements[kMostColumns];
    bool nulls[kMostColumns];
    for (int i = 0; i < count; i++) {
        nulls[i] = texts[i] == nullptr;
        elements[i] = nulls[i] ? Datum{0} : element_of(texts[i]);
    }
    int lower = 1;
    return PointerGetDatum(construct_md_array(elements, nulls, 1, &count, &lower, type, -1, false, TYPALIGN_INT));
}

Datum bool_array(const bool* values, int count) {
    Datum elements[kMostColumns];
    for (int i = 0; i < count; i++)
        elements[i] = BoolGetDatum(values[i]);
    return PointerGetDatum(construct_array(elements, count, BOOLOID, 1, true, TYPALIGN_CHAR));
}

// The codes of a cell along a table's dimensions.
struct Codes {
    int count = 0;
    const char* texts[kMostColumns] = {};
    bool totals[kMostColumns] = {};

    Codes(const Assembled& assembled, const TableSpec& table, CellNumber cell) {
        for (const std::size_t dimension : table.dimensions) {
            const CodeNumber code = assembled.tables.entries[cell].key[dimension];
            texts[count] = code_text(assembled, dimension, code);
            totals[count++] = code == 0;
        }
    }
};

// "patients integer, region text" would have each under the other one's name.
void require_order(FunctionCallInfo fcinfo, const Definition& definition) {
    std::vector<const char*> names;
    for (const DimensionSpec& dimension : definition.dimensions)
        names.push_back(dimension.name.c_str());
    for (const MeasureSpec& measure : definition.measures)
        names.push_back(measure.name.c_str());
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t other = 0; other < names.size(); ++other)
            if (other != i && strcmp(NameStr(TupleDescAttr(result_of(fcinfo)->setDesc, i)->attname), names[other]) == 0)
                refuse_definition("the column definition list has the dimensions and measures in another order",
                                  "First the dimensions, as they were named, then the measures: these are columns by "
                                  "their place.");
}

} // namespace

Shown shown_by(const Suppressed& suppressed, const Definition& definition) {
    return {suppressed.assembled,
            [&](CellNumber cell, std::size_t measure) -> std::optional<Amount> {
                if (suppressed.pattern[cell])
                    return std::nullopt;
                const Amount value = suppressed.assembled.tables.entries[cell].values[measure];
                const bool counted = measure == 0 || definition.measures[measure].units;
                return counted ? rounded(value, suppressed.policy.rounding_base) : value;
            },
            &suppressed.pattern};
}

Shown shown_by(const RoundedTables& rounded) {
    return {rounded.assembled,
            [&rounded](CellNumber cell, std::size_t measure) -> std::optional<Amount> {
                return rounded.values[rounded.assembled.tables.quantity(cell, measure)];
            },
            nullptr};
}

void require_columns(FunctionCallInfo fcinfo, const Definition& definition, bool with_hidden) {
    if (static_cast<std::size_t>(result_of(fcinfo)->setDesc->natts) ==
        definition.dimensions.size() + definition.measures.size() + (with_hidden ? 1 : 0)) {
        require_order(fcinfo, definition);
        return;
    }
    if (with_hidden)
        refuse_definition(
            "the column definition list has other columns than the dimensions, the measures and hidden",
            "As in: FROM health_dp.suppress_table(...) AS t(region text, age text, patients bigint, hidden "
            "boolean).");
    refuse_definition("the column definition list has other columns than the dimensions and the measures",
                      "As in: FROM health_dp.round_table(...) AS t(region text, age text, patients bigint).");
}

void put_record_rows(FunctionCallInfo fcinfo, const Definition& definition, const Shown& shown) {
    ReturnSetInfo* result = result_of(fcinfo);
    const int dimensions = static_cast<int>(definition.dimensions.size());
    const int measures = static_cast<int>(definition.measures.size());
    Rows rows;
    AttInMetadata* input = nullptr;
    call([&] { input = TupleDescGetAttInMetadata(result->setDesc); });
    for (const CellNumber cell : shown.assembled.shown_in[0]) {
        const char* texts[kMostColumns] = {};
        std::string amounts[Definition::kMostMeasures];
        for (int i = 0; i < dimensions; i++)
            texts[i] = code_text(shown.assembled, i, shown.assembled.tables.entries[cell].key[i]);
        for (int i = 0; i < measures; i++)
            if (const std::optional<Amount> amount = shown.amount(cell, i))
                texts[dimensions + i] = (amounts[i] = print_amount(*amount, definition.measures[i].decimals)).c_str();
        if (shown.hidden != nullptr)
            texts[dimensions + measures] = (*shown.hidden)[cell] ? "t" : "f";
        rows.add(
            [&] { tuplestore_puttuple(result->setResult, BuildTupleFromCStrings(input, const_cast<char**>(texts))); });
    }
}

void put_joint_rows(FunctionCallInfo fcinfo, const Definition& definition, const Shown& shown) {
    ReturnSetInfo* result = result_of(fcinfo);
    const int measures = static_cast<int>(definition.measures.size());
    Rows rows;
    for (std::size_t table = 0; table < definition.tables.size(); ++table)
        for (const CellNumber cell : shown.assembled.shown_in[table]) {
            const TableSpec& spec = definition.tables[table];
            const Codes codes(shown.assembled, spec, cell);
            const char* texts[Definition::kMostMeasures] = {};
            std::string amounts[Definition::kMostMeasures];
            for (int i = 0; i < measures; i++)
                if (const std::optional<Amount> amount = shown.amount(cell, i))
                    texts[i] = (amounts[i] = print_amount(*amount, definition.measures[i].decimals)).c_str();
            const bool hidden = shown.hidden != nullptr && (*shown.hidden)[cell];
            rows.add([&] {
                // Without `hidden` the result has a column less.
                Datum values[5] = {CStringGetTextDatum(spec.name.c_str()),
                                   array_of(TEXTOID, text_of, codes.texts, codes.count),
                                   bool_array(codes.totals, codes.count),
                                   array_of(NUMERICOID, numeric_of, texts, measures), BoolGetDatum(hidden)};
                bool nulls[5] = {};
                tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
            });
        }
}

void put_verdicts(FunctionCallInfo fcinfo, const Definition& definition, const Reviewed& reviewed, bool with_name) {
    ReturnSetInfo* result = result_of(fcinfo);
    Rows rows;
    for (std::size_t table = 0; table < definition.tables.size(); ++table) {
        std::vector<bool> here(reviewed.assembled.tables.entries.size(), false);
        for (const CellNumber cell : reviewed.assembled.shown_in[table])
            here[cell] = true;
        for (const Verdict& verdict : reviewed.verdicts) {
            if (!here[verdict.cell])
                continue;
            const TableSpec& spec = definition.tables[table];
            const MeasureSpec& measure = definition.measures[verdict.measure];
            const Codes codes(reviewed.assembled, spec, verdict.cell);
            const std::string lowest = print_amount(verdict.lowest, measure.decimals);
            const std::string highest = print_amount(verdict.highest, measure.decimals);
            rows.add([&] {
                const bool no_lowest = verdict.lowest == -kUnbounded;
                const bool no_highest = verdict.highest == kUnbounded;
                Datum values[7] = {CStringGetTextDatum(spec.name.c_str()),
                                   array_of(TEXTOID, text_of, codes.texts, codes.count),
                                   CStringGetTextDatum(measure.name.c_str()),
                                   no_lowest ? Datum{0} : numeric_of(lowest.c_str()),
                                   no_highest ? Datum{0} : numeric_of(highest.c_str()),
                                   BoolGetDatum(verdict.safe),
                                   CStringGetTextDatum(verdict.why)};
                bool nulls[7] = {false, false, false, no_lowest, no_highest, false, false};
                const int skipped = with_name ? 0 : 1;
                tuplestore_putvalues(result->setResult, result->setDesc, values + skipped, nulls + skipped);
            });
        }
    }
}

} // namespace health_dp::suppression
