#include "core/suppression/amounts.hpp"

#include "sql_functions/suppression_rows.hpp"

#include "postgres/boundary.hpp"
#include "sql_functions/suppression_order.hpp"

#include <algorithm>
#include <string>

namespace health_dp::suppression {

namespace {

using postgres::call;

const char* code_text(const Assembled& assembled, std::size_t dimension, const std::vector<CodeNumber>& key) {
    const Position position = position_of(assembled, dimension, key);
    const std::optional<std::string>& label = assembled.labels[position.dimension][position.code];
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
struct CellCodes {
    int count = 0;
    const char* texts[kMostColumns] = {};
    bool totals[kMostColumns] = {};

    CellCodes(const Assembled& assembled, const TableSpec& table, CellNumber cell) {
        for (const std::size_t dimension : table.dimensions) {
            const std::vector<CodeNumber>& key = assembled.tables.entries[cell].key;
            texts[count] = code_text(assembled, dimension, key);
            totals[count++] = position_of(assembled, dimension, key).code == 0;
        }
    }
};

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

void put_record_rows(FunctionCallInfo fcinfo, const Definition& definition, const Shown& shown,
                     const std::vector<ResultColumn>& columns) {
    ReturnSetInfo* result = result_of(fcinfo);
    Rows rows;
    AttInMetadata* input = nullptr;
    call([&] { input = TupleDescGetAttInMetadata(result->setDesc); });
    std::vector<const char*> texts(columns.size());
    std::vector<std::string> amounts(definition.measures.size());
    for (const CellNumber cell : in_reading_order(shown.assembled, definition.tables[0], 0)) {
        const std::vector<CodeNumber>& key = shown.assembled.tables.entries[cell].key;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const std::size_t number = columns[i].number;
            texts[i] = nullptr;
            switch (columns[i].shows) {
            case ResultColumn::Shows::nothing:
                break;
            case ResultColumn::Shows::code:
                texts[i] = code_text(shown.assembled, number, key);
                break;
            case ResultColumn::Shows::grouping:
                texts[i] = position_of(shown.assembled, number, key).code == 0 ? "1" : "0";
                break;
            case ResultColumn::Shows::amount:
                if (const std::optional<Amount> amount = shown.amount(cell, number))
                    texts[i] = (amounts[number] = print_amount(*amount, definition.measures[number].decimals)).c_str();
                break;
            case ResultColumn::Shows::hidden:
                texts[i] = (*shown.hidden)[cell] ? "t" : "f";
                break;
            }
        }
        rows.add([&] {
            tuplestore_puttuple(result->setResult, BuildTupleFromCStrings(input, const_cast<char**>(texts.data())));
        });
    }
}

void put_joint_rows(FunctionCallInfo fcinfo, const Definition& definition, const Shown& shown) {
    ReturnSetInfo* result = result_of(fcinfo);
    const int measures = static_cast<int>(definition.measures.size());
    Rows rows;
    for (std::size_t table = 0; table < definition.tables.size(); ++table)
        for (const CellNumber cell : in_reading_order(shown.assembled, definition.tables[table], table)) {
            const TableSpec& spec = definition.tables[table];
            const CellCodes codes(shown.assembled, spec, cell);
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
    constexpr std::size_t kNowhere = ~std::size_t{0};
    ReturnSetInfo* result = result_of(fcinfo);
    Rows rows;
    for (std::size_t table = 0; table < definition.tables.size(); ++table) {
        std::vector<std::size_t> places(reviewed.assembled.tables.entries.size(), kNowhere);
        std::size_t next = 0;
        for (const CellNumber cell : in_reading_order(reviewed.assembled, definition.tables[table], table))
            places[cell] = next++;
        std::vector<Verdict> verdicts;
        for (const Verdict& verdict : reviewed.verdicts)
            if (places[verdict.cell] != kNowhere)
                verdicts.push_back(verdict);
        std::stable_sort(verdicts.begin(), verdicts.end(),
                         [&](const Verdict& a, const Verdict& b) { return places[a.cell] < places[b.cell]; });
        for (const Verdict& verdict : verdicts) {
            const TableSpec& spec = definition.tables[table];
            const MeasureSpec& measure = definition.measures[verdict.measure];
            const CellCodes codes(reviewed.assembled, spec, verdict.cell);
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
