#include "sql_functions/suppression_arguments.hpp"

#include "postgres/boundary.hpp"

#include <string>
#include <utility>
#include <vector>

namespace health_dp::suppression {

namespace {

constexpr const char* kExample = "As in: suppress_table('SELECT region, age, count(DISTINCT patient_id) AS patients "
                                 "FROM stay GROUP BY CUBE (region, "
                                 "age)', '{region,age}', '{patients}', policy => 'casd_health').";
constexpr const char* kJsonExample =
    "As in: {\"policy\": \"nhs\", \"dimensions\": [{\"name\": \"region\"}], \"measures\": [{\"name\": \"patients\"}], "
    "\"tables\": [{\"name\": \"t\", \"query\": \"SELECT ...\", \"dimensions\": [\"region\"]}]}.";

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

// "ref.region, ref.territory": the names of several hierarchies. What has parentheses, or a blank within, is a query.
std::vector<std::string> names_in(const std::string& text) {
    std::vector<std::string> names;
    if (text.empty())
        return names;
    bool quoted = false;
    std::string name;
    for (const char c : text + ",") {
        quoted = quoted != (c == '"');
        if (c == ',' && !quoted) {
            name.erase(name.find_last_not_of(' ') + 1);
            names.push_back(std::exchange(name, ""));
            continue;
        }
        if (!quoted && (c == '(' || (c != ' ' && !name.empty() && name.back() == ' ')))
            return {text};
        if (c != ' ' || !name.empty())
            name += c;
    }
    return names;
}

template <class Specs>
void require_among(const Texts& texts, const Specs& specs, const char* message) {
    for (int i = 0; i < texts.count; i++) {
        bool found = false;
        for (const auto& spec : specs)
            found |= texts.items[i] != nullptr && spec.name == texts.items[i];
        if (!found)
            refuse_definition(
                (std::string(message) + ": \"" + (texts.items[i] == nullptr ? "NULL" : texts.items[i]) + "\"").c_str(),
                kExample);
    }
}

} // namespace

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

const char* json_argument(FunctionCallInfo fcinfo) {
    Jsonb* json = PG_GETARG_JSONB_P(0);
    return JsonbToCString(nullptr, &json->root, static_cast<int>(VARSIZE(json)));
}

Arguments arguments_of(FunctionCallInfo fcinfo, RowSource source) {
    Arguments arguments;
    arguments.source = source;
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

void refuse_definition(const char* message, const char* hint) {
    postgres::throw_sql_error(sqlstate::kBadDefinition, message, hint);
}

Definition definition_of(const Arguments& arguments, Follows follows) {
    Definition definition;
    definition.policy = arguments.policy;
    definition.project = arguments.project;
    TableSpec table;
    table.name = arguments.source.name;
    table.query = arguments.source.query;
    table.builds_margins = arguments.builds_margins;
    table.hidden = arguments.hidden;
    const auto text = [](const char* text) { return std::string(text == nullptr ? "" : text); };
    for (int i = 0; i < arguments.dimensions.count; i++) {
        DimensionSpec dimension;
        dimension.name = text(arguments.dimensions.items[i]);
        dimension.hierarchies = names_in(text(aligned(arguments.hierarchies, i, arguments.dimensions.count)));
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

Definition definition_of(const char* json, Follows follows) {
    core::Result<Definition> parsed = parse_definition(json, follows);
    if (!parsed.ok())
        refuse_definition(parsed.error().message, kJsonExample);
    return std::move(parsed).value();
}

} // namespace health_dp::suppression
