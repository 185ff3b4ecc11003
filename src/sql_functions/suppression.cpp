// SQL functions that suppress small cells of any query's result, and audit what others suppressed.
#include "core/suppression/definition.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"
#include "suppression/solving.hpp"

#include <functional>

using namespace health_dp;
using namespace health_dp::suppression;

namespace {

using postgres::call;

constexpr const char* kExample = "As in: suppress_table('SELECT region, age, count(DISTINCT patient_id) AS patients "
                                 "FROM stay GROUP BY CUBE (region, "
                                 "age)', '{region,age}', '{patients}', policy => 'casd_health').";
constexpr const char* kJsonExample =
    "As in: {\"policy\": \"nhs\", \"dimensions\": [{\"name\": \"region\"}], \"measures\": [{\"name\": \"patients\"}], "
    "\"tables\": [{\"name\": \"t\", \"query\": \"SELECT ...\", \"dimensions\": [\"region\"]}]}.";

// A text[] argument; null for elements that are NULL.
struct Texts {
    int count;
    const char** items;
};

Texts texts_argument(FunctionCallInfo fcinfo, int number) {
    Texts texts = {0, nullptr};
    if (PG_ARGISNULL(number))
        return texts;
    Datum* elements;
    bool* nulls;
    deconstruct_array(PG_GETARG_ARRAYTYPE_P(number), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &texts.count);
    texts.items = static_cast<const char**>(palloc(sizeof(char*) * (texts.count + 1)));
    for (int i = 0; i < texts.count; i++)
        texts.items[i] = nulls[i] ? nullptr : TextDatumGetCString(elements[i]);
    return texts;
}

const char* text_argument(FunctionCallInfo fcinfo, int number) {
    return PG_ARGISNULL(number) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(number));
}

const char* name_argument(FunctionCallInfo fcinfo, int number) {
    return PG_ARGISNULL(number) ? "" : NameStr(*PG_GETARG_NAME(number));
}

struct Arguments {
    const char *query, *policy, *project, *hidden;
    Texts dimensions, measures, hierarchies, totals, groupings, overlapping, revealing, units;
    bool builds_margins;
};

// What both functions of one table begin with.
Arguments arguments_of(FunctionCallInfo fcinfo) {
    Arguments arguments;
    arguments.query = text_argument(fcinfo, 0);
    arguments.dimensions = texts_argument(fcinfo, 1);
    arguments.measures = texts_argument(fcinfo, 2);
    arguments.policy = name_argument(fcinfo, 3);
    arguments.project = name_argument(fcinfo, 4);
    arguments.hierarchies = texts_argument(fcinfo, 5);
    arguments.totals = texts_argument(fcinfo, 6);
    arguments.groupings = texts_argument(fcinfo, 7);
    arguments.overlapping = texts_argument(fcinfo, 8);
    arguments.revealing = texts_argument(fcinfo, 9);
    arguments.units = texts_argument(fcinfo, 10);
    arguments.builds_margins = false;
    arguments.hidden = "";
    return arguments;
}

[[noreturn]] void refuse_definition(const char* message, const char* hint) {
    postgres::throw_sql_error(sqlstate::kBadDefinition, message, hint);
}

// One text for each dimension, or none at all.
const char* aligned(const Texts& texts, int place, int count) {
    if (texts.count == 0)
        return nullptr;
    if (texts.count != count)
        refuse_definition("hierarchies, totals and groupings have an element for each dimension, or none at all",
                          "For a dimension without one write NULL: hierarchies => '{ref.region,NULL}'.");
    return texts.items[place];
}

bool contains(const Texts& texts, const std::string& name) {
    for (int i = 0; i < texts.count; i++)
        if (texts.items[i] != nullptr && name == texts.items[i])
            return true;
    return false;
}

template <class Specs>
void require_among(const Texts& texts, const Specs& specs, const char* message) {
    for (int i = 0; i < texts.count; i++) {
        bool found = false;
        for (const auto& spec : specs)
            found |= texts.items[i] != nullptr && spec.name == texts.items[i];
        if (!found)
            refuse_definition(message, kExample);
    }
}

Definition definition_of(const Arguments& arguments, Follows follows = Follows::policy) {
    Definition definition;
    definition.policy = arguments.policy;
    definition.project = arguments.project;
    TableSpec table;
    table.name = "table";
    table.query = arguments.query;
    table.builds_margins = arguments.builds_margins;
    table.hidden = arguments.hidden;
    const auto text = [](const char* text) { return std::string(text == nullptr ? "" : text); };
    for (int i = 0; i < arguments.dimensions.count; i++) {
        DimensionSpec dimension;
        dimension.name = text(arguments.dimensions.items[i]);
        dimension.hierarchy = text(aligned(arguments.hierarchies, i, arguments.dimensions.count));
        dimension.grouping = text(aligned(arguments.groupings, i, arguments.dimensions.count));
        if (const char* total = aligned(arguments.totals, i, arguments.dimensions.count))
            dimension.total = total;
        dimension.overlapping = contains(arguments.overlapping, dimension.name);
        dimension.revealing = contains(arguments.revealing, dimension.name);
        definition.dimensions.push_back(std::move(dimension));
        table.dimensions.push_back(static_cast<std::size_t>(i));
    }
    for (int i = 0; i < arguments.measures.count; i++) {
        MeasureSpec measure;
        measure.name = text(arguments.measures.items[i]);
        measure.units = contains(arguments.units, measure.name);
        definition.measures.push_back(std::move(measure));
    }
    require_among(arguments.overlapping, definition.dimensions, "overlapping names what is no dimension");
    require_among(arguments.revealing, definition.dimensions, "revealing names what is no dimension");
    require_among(arguments.units, definition.measures, "units names what is no measure");
    definition.tables.push_back(std::move(table));
    const core::Result<bool> checked = check_definition(definition, follows);
    if (!checked.ok())
        refuse_definition(checked.error().message, kExample);
    return definition;
}

Definition definition_of(const char* json, Follows follows = Follows::policy) {
    core::Result<Definition> parsed = parse_definition(json, follows);
    if (!parsed.ok())
        refuse_definition(parsed.error().message, kJsonExample);
    return std::move(parsed).value();
}

using AmountText = char[32];

// In steps of 10^-decimals, as exactly as it was read.
const char* print_amount(Amount amount, std::uint32_t decimals, AmountText text) {
    Amount step = 1;
    for (std::uint32_t i = 0; i < decimals; ++i)
        step *= 10;
    const Amount size = amount < 0 ? -amount : amount;
    if (decimals == 0)
        snprintf(text, sizeof(AmountText), "%lld", static_cast<long long>(amount));
    else
        snprintf(text, sizeof(AmountText), "%s%lld.%0*lld", amount < 0 ? "-" : "", static_cast<long long>(size / step),
                 static_cast<int>(decimals), static_cast<long long>(size % step));
    return text;
}

// What a result shows: of each cell a number for each measure, or nothing.
struct Shown {
    const Assembled& assembled;
    std::function<std::optional<Amount>(CellNumber, std::size_t)> amount;
    const Pattern* hidden; // a last column says so; null for none
};

// Counts of persons and units are rounded where the policy says so.
Shown shown_by(const Suppressed& suppressed, const Definition& definition) {
    return {suppressed.assembled,
            [&](CellNumber cell, std::size_t measure) -> std::optional<Amount> {
                if (suppressed.pattern[cell])
                    return std::nullopt;
                const Amount value = suppressed.assembled.tables.entries[cell].values[measure];
                const Amount base = suppressed.policy.rounding_base;
                const bool counted = measure == 0 || definition.measures[measure].units;
                return base > 0 && counted ? (value + base / 2) / base * base : value;
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

void require_columns(FunctionCallInfo fcinfo, const Definition& definition, bool with_hidden) {
    if (static_cast<std::size_t>(result_of(fcinfo)->setDesc->natts) ==
        definition.dimensions.size() + definition.measures.size() + (with_hidden ? 1 : 0))
        return;
    if (with_hidden)
        refuse_definition(
            "the column definition list has other columns than the dimensions, the measures and hidden",
            "As in: FROM health_dp.suppress_table(...) AS t(region text, age text, patients bigint, hidden "
            "boolean).");
    refuse_definition("the column definition list has other columns than the dimensions and the measures",
                      "As in: FROM health_dp.round_table(...) AS t(region text, age text, patients bigint).");
}

// One table as the caller's column definition list has it: dimensions, measures, hidden; in any types that read texts.
void put_record_rows(FunctionCallInfo fcinfo, const Definition& definition, const Shown& shown) {
    ReturnSetInfo* result = result_of(fcinfo);
    const int dimensions = static_cast<int>(definition.dimensions.size());
    const int measures = static_cast<int>(definition.measures.size());
    Rows rows;
    AttInMetadata* input = nullptr;
    call([&] { input = TupleDescGetAttInMetadata(result->setDesc); });
    for (const CellNumber cell : shown.assembled.shown_in[0]) {
        const char* texts[kMostColumns] = {};
        AmountText amounts[Definition::kMostMeasures];
        for (int i = 0; i < dimensions; i++)
            texts[i] = code_text(shown.assembled, i, shown.assembled.tables.entries[cell].key[i]);
        for (int i = 0; i < measures; i++)
            if (const std::optional<Amount> amount = shown.amount(cell, i))
                texts[dimensions + i] = print_amount(*amount, definition.measures[i].decimals, amounts[i]);
        if (shown.hidden != nullptr)
            texts[dimensions + measures] = (*shown.hidden)[cell] ? "t" : "f";
        rows.add(
            [&] { tuplestore_puttuple(result->setResult, BuildTupleFromCStrings(input, const_cast<char**>(texts))); });
    }
}

Datum text_array(const char* const* texts, int count) {
    Datum elements[kMostColumns];
    bool nulls[kMostColumns];
    for (int i = 0; i < count; i++) {
        nulls[i] = texts[i] == nullptr;
        elements[i] = nulls[i] ? Datum{0} : CStringGetTextDatum(texts[i]);
    }
    int lower = 1;
    return PointerGetDatum(construct_md_array(elements, nulls, 1, &count, &lower, TEXTOID, -1, false, TYPALIGN_INT));
}

Datum numeric_of(const char* text) {
    return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

Datum numeric_array(const char* const* texts, int count) {
    Datum elements[kMostColumns];
    bool nulls[kMostColumns];
    for (int i = 0; i < count; i++) {
        nulls[i] = texts[i] == nullptr;
        elements[i] = nulls[i] ? Datum{0} : numeric_of(texts[i]);
    }
    int lower = 1;
    return PointerGetDatum(construct_md_array(elements, nulls, 1, &count, &lower, NUMERICOID, -1, false, TYPALIGN_INT));
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

void put_joint_rows(FunctionCallInfo fcinfo, const Definition& definition, const Shown& shown) {
    ReturnSetInfo* result = result_of(fcinfo);
    const int measures = static_cast<int>(definition.measures.size());
    Rows rows;
    for (std::size_t table = 0; table < definition.tables.size(); ++table)
        for (const CellNumber cell : shown.assembled.shown_in[table]) {
            const TableSpec& spec = definition.tables[table];
            const Codes codes(shown.assembled, spec, cell);
            const char* texts[Definition::kMostMeasures] = {};
            AmountText amounts[Definition::kMostMeasures];
            for (int i = 0; i < measures; i++)
                if (const std::optional<Amount> amount = shown.amount(cell, i))
                    texts[i] = print_amount(*amount, definition.measures[i].decimals, amounts[i]);
            const bool hidden = shown.hidden != nullptr && (*shown.hidden)[cell];
            rows.add([&] {
                // Without `hidden` the result has a column less.
                Datum values[5] = {CStringGetTextDatum(spec.name.c_str()), text_array(codes.texts, codes.count),
                                   bool_array(codes.totals, codes.count), numeric_array(texts, measures),
                                   BoolGetDatum(hidden)};
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
            AmountText lowest;
            AmountText highest;
            print_amount(verdict.lowest, measure.decimals, lowest);
            print_amount(verdict.highest, measure.decimals, highest);
            rows.add([&] {
                const bool no_lowest = verdict.lowest == -kUnbounded;
                const bool no_highest = verdict.highest == kUnbounded;
                Datum values[7] = {CStringGetTextDatum(spec.name.c_str()),
                                   text_array(codes.texts, codes.count),
                                   CStringGetTextDatum(measure.name.c_str()),
                                   no_lowest ? Datum{0} : numeric_of(lowest),
                                   no_highest ? Datum{0} : numeric_of(highest),
                                   BoolGetDatum(verdict.safe),
                                   CStringGetTextDatum(verdict.why)};
                bool nulls[7] = {false, false, false, no_lowest, no_highest, false, false};
                const int skipped = with_name ? 0 : 1;
                tuplestore_putvalues(result->setResult, result->setDesc, values + skipped, nulls + skipped);
            });
        }
    }
}

const char* json_argument(FunctionCallInfo fcinfo) {
    Jsonb* json = PG_GETARG_JSONB_P(0);
    return JsonbToCString(nullptr, &json->root, static_cast<int>(VARSIZE(json)));
}

} // namespace

// suppress_table(query text, dimensions text[], measures text[], policy name, project name, hierarchies text[], totals
// text[], groupings text[], overlapping text[], revealing text[], units text[], build_margins boolean) returns setof
// record
HDP_FUNCTION(hdp_suppression_table) {
    InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
    Arguments arguments = arguments_of(fcinfo);
    arguments.builds_margins = !PG_ARGISNULL(11) && PG_GETARG_BOOL(11);
    postgres::entry([&] {
        const Definition definition = definition_of(arguments);
        require_columns(fcinfo, definition, true);
        const Suppressed suppressed = suppress(definition);
        put_record_rows(fcinfo, definition, shown_by(suppressed, definition));
    });
    return Datum{0};
}

// suppress_tables(definition jsonb) returns (table_name text, codes text[], totals boolean[], shown numeric[], hidden
// boolean)
HDP_FUNCTION(hdp_suppression_tables) {
    InitMaterializedSRF(fcinfo, 0);
    const char* json = json_argument(fcinfo);
    postgres::entry([&] {
        const Definition definition = definition_of(json);
        const Suppressed suppressed = suppress(definition);
        put_joint_rows(fcinfo, definition, shown_by(suppressed, definition));
    });
    return Datum{0};
}

// round_table(query text, dimensions text[], measures text[], base bigint, hierarchies text[], totals text[], groupings
// text[], overlapping text[], build_margins boolean) returns setof record
HDP_FUNCTION(hdp_suppression_round_table) {
    InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
    Arguments arguments = {};
    arguments.query = text_argument(fcinfo, 0);
    arguments.dimensions = texts_argument(fcinfo, 1);
    arguments.measures = texts_argument(fcinfo, 2);
    const Amount base = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT64(3);
    arguments.hierarchies = texts_argument(fcinfo, 4);
    arguments.totals = texts_argument(fcinfo, 5);
    arguments.groupings = texts_argument(fcinfo, 6);
    arguments.overlapping = texts_argument(fcinfo, 7);
    arguments.builds_margins = !PG_ARGISNULL(8) && PG_GETARG_BOOL(8);
    arguments.policy = arguments.project = arguments.hidden = "";
    postgres::entry([&] {
        const Definition definition = definition_of(arguments, Follows::nothing);
        require_columns(fcinfo, definition, false);
        const RoundedTables rounded = health_dp::suppression::round(definition, base);
        put_record_rows(fcinfo, definition, shown_by(rounded));
    });
    return Datum{0};
}

// round_tables(definition jsonb, base bigint) returns (table_name text, codes text[], totals boolean[], rounded
// numeric[])
HDP_FUNCTION(hdp_suppression_round_tables) {
    InitMaterializedSRF(fcinfo, 0);
    const char* json = json_argument(fcinfo);
    const Amount base = PG_GETARG_INT64(1);
    postgres::entry([&] {
        const Definition definition = definition_of(json, Follows::nothing);
        const RoundedTables rounded = health_dp::suppression::round(definition, base);
        put_joint_rows(fcinfo, definition, shown_by(rounded));
    });
    return Datum{0};
}

// audit_table(as suppress_table, but hidden name instead of build_margins) returns (codes text[], measure text, lowest
// numeric, highest numeric, safe boolean, why text)
HDP_FUNCTION(hdp_suppression_audit_table) {
    InitMaterializedSRF(fcinfo, 0);
    Arguments arguments = arguments_of(fcinfo);
    arguments.hidden = name_argument(fcinfo, 11);
    postgres::entry([&] {
        const Definition definition = definition_of(arguments);
        put_verdicts(fcinfo, definition, review(definition), false);
    });
    return Datum{0};
}

// audit_tables(definition jsonb) returns (table_name text, and as audit_table)
HDP_FUNCTION(hdp_suppression_audit_tables) {
    InitMaterializedSRF(fcinfo, 0);
    const char* json = json_argument(fcinfo);
    postgres::entry([&] {
        const Definition definition = definition_of(json);
        put_verdicts(fcinfo, definition, review(definition), true);
    });
    return Datum{0};
}
