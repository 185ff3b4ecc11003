#include "suppression/reading.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"

namespace health_dp::suppression {

namespace {

using postgres::call;

constexpr int kBatch = 500;

bool begins_with_word(const char* text, const char* word) {
    const std::size_t length = strlen(word);
    const auto next = static_cast<unsigned char>(pg_strncasecmp(text, word, length) == 0 ? text[length] : 'x');
    return isalnum(next) == 0 && next != '_' && next != '.';
}

// A query as it is, the name of a relation as a query.
const char* query_of(const char* text, const char* origin) {
    while (isspace(static_cast<unsigned char>(*text)) != 0)
        ++text;
    for (const char* word : {"select", "with", "values", "table"})
        if (begins_with_word(text, word))
            return text;
    if (*text == '(' || (text[0] == '-' && text[1] == '-') || (text[0] == '/' && text[1] == '*'))
        return text;
    if (strpbrk(text, " \t\n") != nullptr && strchr(text, '"') == nullptr)
        ereport(ERROR, (errcode(sqlstate::kBadTable), errmsg("%s is neither a query that reads nor a name", origin),
                        errhint("Begin with SELECT, WITH, VALUES or TABLE, or give the name of a table or view.")));
    const RangeVar* name = makeRangeVarFromNameList(postgres::name_parts(text));
    const Oid relation = RangeVarGetRelid(name, NoLock, false);
    return psprintf("SELECT * FROM %s", quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
                                                                   get_rel_name(relation)));
}

// Where rows come from, as messages name it, and what helps when they lack a column.
struct Origin {
    char name[NAMEDATALEN + 32];
    const char* hint;

    Origin(const char* kind, const std::string& named, const char* helps) : hint(helps) {
        int size = 0;
        call([&] { size = pg_mbcliplen(named.c_str(), static_cast<int>(named.size()), NAMEDATALEN - 1); });
        snprintf(name, sizeof(name), "%s \"%.*s\"", kind, size, named.c_str());
    }
};

// Texts of one batch, row by row; null for NULL. In a context of its own, reset with the next batch.
struct Batch {
    uint64 rows;
    char** texts;
};

struct Source {
    Portal portal;
    MemoryContext context;
    int columns;
    int* numbers; // of the columns wanted
    bool* booleans;
};

// SPI refuses that as well, in words that are about functions.
bool changes_something(SPIPlanPtr plan) {
    const auto* source = static_cast<const CachedPlanSource*>(linitial(SPI_plan_get_plan_sources(plan)));
    return linitial_node(Query, source->query_list)->hasModifyingCTE;
}

Source open_source(const Origin& origin, const char* text, const char* const* names, int columns) {
    Source source = {nullptr, nullptr, columns, nullptr, nullptr};
    source.context = AllocSetContextCreate(CurrentMemoryContext, "health_dp cells", ALLOCSET_DEFAULT_SIZES);
    SPIPlanPtr plan = SPI_prepare(query_of(text, origin.name), 0, nullptr);
    if (plan == nullptr)
        elog(ERROR, "cannot prepare a query: %s", SPI_result_code_string(SPI_result));
    if (!SPI_is_cursor_plan(plan) || changes_something(plan))
        ereport(ERROR,
                (errcode(sqlstate::kBadTable), errmsg("%s does not come from one query that only reads", origin.name),
                 errhint("Give one SELECT, or the name of a table or view.")));
    source.portal = SPI_cursor_open(nullptr, plan, nullptr, nullptr, true);
    source.numbers = static_cast<int*>(palloc(sizeof(int) * columns));
    source.booleans = static_cast<bool*>(palloc(sizeof(bool) * columns));
    for (int i = 0; i < columns; i++) {
        source.numbers[i] = SPI_fnumber(source.portal->tupDesc, names[i]);
        if (source.numbers[i] <= 0)
            ereport(ERROR, (errcode(sqlstate::kBadTable),
                            errmsg("the query of %s gives no column \"%s\"", origin.name, names[i]),
                            errhint("%s", origin.hint)));
        source.booleans[i] = SPI_gettypeid(source.portal->tupDesc, source.numbers[i]) == BOOLOID;
    }
    return source;
}

Batch fetch(const Source& source) {
    MemoryContextReset(source.context);
    SPI_cursor_fetch(source.portal, true, kBatch);
    Batch batch = {SPI_processed, nullptr};
    MemoryContext before = MemoryContextSwitchTo(source.context);
    batch.texts = static_cast<char**>(palloc(sizeof(char*) * (batch.rows * source.columns + 1)));
    MemoryContextSwitchTo(before);
    for (uint64 row = 0; row < batch.rows; row++)
        for (int i = 0; i < source.columns; i++) {
            char* text = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, source.numbers[i]);
            batch.texts[row * source.columns + i] =
                text == nullptr ? nullptr : MemoryContextStrdup(source.context, text);
            if (text != nullptr)
                pfree(text);
        }
    SPI_freetuptable(SPI_tuptable);
    return batch;
}

void close_source(const Source& source) {
    SPI_cursor_close(source.portal);
    MemoryContextDelete(source.context);
}

std::optional<std::string_view> view(const char* text) {
    return text == nullptr ? std::optional<std::string_view>() : std::string_view(text);
}

void require(const core::Result<bool>& result, const Origin& origin, const Complaint& complaint) {
    if (result.ok())
        return;
    const std::string detail =
        "In " + std::string(origin.name) + (complaint.about.empty() ? "" : ", ") + complaint.about + ".";
    postgres::throw_sql_error(
        result.error().code == core::ErrorCode::too_costly ? sqlstate::kNoSafePattern : sqlstate::kBadTable,
        result.error().message,
        *complaint.advice != '\0'
            ? complaint.advice
            : "Its query gives a row for each cell, each once. Measures with decimals say so in suppress_tables().",
        detail.c_str());
}

// Calls `row` with the texts of each row.
template <class RowFunction>
void each_row(const Origin& origin, const char* text, const std::vector<const char*>& names, RowFunction&& row) {
    const auto columns = static_cast<int>(names.size());
    Source source;
    call([&] { source = open_source(origin, text, names.data(), columns); });
    for (;;) {
        Batch batch;
        call([&] { batch = fetch(source); });
        if (batch.rows == 0)
            break;
        for (uint64 i = 0; i < batch.rows; i++)
            row(source, batch.texts + i * columns);
    }
    call([&] { close_source(source); });
}

void read_hierarchies(const DimensionSpec& spec, std::size_t dimension, Assembly& assembly) {
    for (std::size_t i = 0; i < spec.hierarchies.size(); ++i) {
        const Origin origin(spec.hierarchies.size() == 1 ? "the hierarchy of"
                                                         : ("hierarchy " + std::to_string(i + 1) + " of").c_str(),
                            spec.name, "A hierarchy has the columns child and parent; a view can give it those names.");
        each_row(origin, spec.hierarchies[i].c_str(), {"child", "parent"}, [&](const Source&, char** texts) {
            if (texts[0] != nullptr)
                require(assembly.add_edge(dimension, i, texts[0], view(texts[1])), origin, assembly.complaint());
        });
    }
}

// Where the parts of a row stand among the columns wanted.
struct Places {
    std::vector<const char*> names;
    std::vector<std::size_t> groupings; // of the table's dimensions; kNone where it has none
    std::size_t values = 0;
    std::size_t contributions = 0;
    std::size_t contributors = 0;
    std::size_t weights = 0; // behind the contributions
    std::size_t hidden = 0;
    static constexpr std::size_t kNone = ~std::size_t{0};
};

Places places_of(const Definition& definition, const TableSpec& spec) {
    Places places;
    for (const std::size_t dimension : spec.dimensions)
        places.names.push_back(definition.dimensions[dimension].name.c_str());
    for (const std::size_t dimension : spec.dimensions) {
        const std::string& grouping = definition.dimensions[dimension].grouping;
        places.groupings.push_back(grouping.empty() ? Places::kNone : places.names.size());
        if (!grouping.empty())
            places.names.push_back(grouping.c_str());
    }
    places.values = places.names.size();
    for (const MeasureSpec& measure : definition.measures)
        places.names.push_back(measure.name.c_str());
    places.contributions = places.names.size();
    for (const MeasureSpec& measure : definition.measures)
        for (const std::string& column : measure.contributors)
            places.names.push_back(column.c_str());
    places.contributors = places.names.size() - places.contributions;
    for (const MeasureSpec& measure : definition.measures)
        for (const std::string& column : measure.weights)
            places.names.push_back(column.c_str());
    places.weights = places.names.size() - places.contributions - places.contributors;
    places.hidden = places.names.size();
    if (!spec.hidden.empty())
        places.names.push_back(spec.hidden.c_str());
    return places;
}

void read_cells(const Definition& definition, std::size_t table, Assembly& assembly) {
    const TableSpec& spec = definition.tables[table];
    const Places places = places_of(definition, spec);
    const std::size_t dimensions = spec.dimensions.size();
    const std::size_t measures = definition.measures.size();
    Row row;
    row.codes.resize(dimensions);
    row.totals.resize(dimensions);
    row.values.resize(measures);
    row.contributions.resize(places.contributors);
    row.weights.resize(places.weights);
    const Origin origin("table", spec.name, "Name its columns with AS, and spell them alike.");
    each_row(origin, spec.query.c_str(), places.names, [&](const Source& source, char** texts) {
        for (std::size_t i = 0; i < dimensions; ++i) {
            row.codes[i] = view(texts[i]);
            const char* grouping = places.groupings[i] == Places::kNone ? "0" : texts[places.groupings[i]];
            row.totals[i] = grouping != nullptr && strcmp(grouping, "0") != 0;
        }
        for (std::size_t i = 0; i < measures; ++i)
            row.values[i] = view(texts[places.values + i]);
        for (std::size_t i = 0; i < places.contributors; ++i)
            row.contributions[i] = view(texts[places.contributions + i]);
        for (std::size_t i = 0; i < places.weights; ++i)
            row.weights[i] = view(texts[places.contributions + places.contributors + i]);
        if (!spec.hidden.empty()) {
            if (!source.booleans[places.hidden] || texts[places.hidden] == nullptr) {
                std::string at;
                for (std::size_t i = 0; i < dimensions; ++i)
                    at += std::string(i > 0 ? ", " : "") + places.names[i] + " " +
                          (texts[i] == nullptr ? "NULL" : texts[i]);
                postgres::throw_sql_error(
                    sqlstate::kBadTable, "the column of what is hidden is not true or false",
                    "Give a boolean that is never null: (patients IS NULL) AS hidden.",
                    ("In " + std::string(origin.name) + ", column \"" + spec.hidden + "\" at " + at + ".").c_str());
            }
            row.hidden = texts[places.hidden][0] == 't';
        }
        require(assembly.add_row(table, row), origin, assembly.complaint());
    });
}

} // namespace

void read_tables(const Definition& definition, Assembly& assembly) {
    call([] { SPI_connect(); });
    for (std::size_t i = 0; i < definition.dimensions.size(); ++i)
        read_hierarchies(definition.dimensions[i], i, assembly);
    for (std::size_t i = 0; i < definition.tables.size(); ++i)
        read_cells(definition, i, assembly);
    call([] { SPI_finish(); });
}

} // namespace health_dp::suppression
