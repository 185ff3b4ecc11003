#include "suppression/record.hpp"

#include "postgres/boundary.hpp"
#include "postgres/owners.hpp"
#include "projects/tables.hpp"
#include "suppression/solving.hpp"

#include <vector>

namespace health_dp::suppression {

namespace {

using postgres::call;

constexpr const char* kInsert =
    "INSERT INTO health_dp.suppression_record (acting_role, action, project, policy, rules, tables, dimensions, "
    "measures, "
    "digest, cells, primary_cells, secondary_cells) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
    "pg_catalog.encode(pg_catalog.sha256($9), 'hex'), $10, $11, $12)";
constexpr int kColumns = 12;

struct Counts {
    std::size_t cells, primaries, secondaries;
};

class Rules {
  public:
    template <class Number>
    void add(const char* name, Number value) {
        add_text(name, std::to_string(value));
    }
    void add(const char* name, bool value) { add_text(name, value ? "true" : "false"); }
    std::string text() const { return "{" + members_ + "}"; }

  private:
    void add_text(const char* name, const std::string& value) {
        members_ += (members_.empty() ? "\"" : ", \"") + std::string(name) + "\": " + value;
    }
    std::string members_;
};

std::string rules_of(const Policy& policy) {
    Rules rules;
    rules.add("patients", policy.patients);
    rules.add("units", policy.units);
    rules.add("dominance_contributors", policy.dominance.contributors);
    rules.add("dominance_percent", policy.dominance.percent);
    rules.add("p_percent", policy.p_percent);
    rules.add("hides_zeros", policy.hides_zeros);
    rules.add("no_class_disclosure", policy.no_class_disclosure);
    rules.add("virtual_sums", policy.virtual_sums);
    rules.add("singletons", policy.singletons);
    rules.add("interval_lowest", policy.interval_lowest);
    rules.add("other_percent", policy.other_percent);
    rules.add("rounding_base", policy.rounding_base);
    return rules.text();
}

template <class Specs>
std::vector<const char*> names_of(const Specs& specs) {
    std::vector<const char*> names;
    for (const auto& spec : specs)
        names.push_back(spec.name.c_str());
    return names;
}

Datum text_array(const std::vector<const char*>& texts) {
    const auto count = static_cast<int>(texts.size());
    auto* elements = static_cast<Datum*>(palloc(sizeof(Datum) * texts.size()));
    for (int i = 0; i < count; i++)
        elements[i] = CStringGetTextDatum(texts[i]);
    return PointerGetDatum(construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT));
}

Datum name_datum(const char* name) { return DirectFunctionCall1(namein, CStringGetDatum(name)); }

// An error ends the transaction, which gives the user back.
void insert(Datum* values, const char* nulls) {
    Oid types[kColumns] = {NAMEOID,      TEXTOID,      NAMEOID,  NAMEOID, JSONBOID, TEXTARRAYOID,
                           TEXTARRAYOID, TEXTARRAYOID, BYTEAOID, INT8OID, INT8OID,  INT8OID};
    const Oid owner = postgres::owner_of(projects::own_relation("suppression_record"));
    Oid user = InvalidOid;
    int context = 0;
    GetUserIdAndSecContext(&user, &context);
    SPI_connect();
    SetUserIdAndSecContext(owner, context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
    const int result = SPI_execute_with_args(kInsert, kColumns, types, values, nulls, false, 0);
    SetUserIdAndSecContext(user, context);
    if (result != SPI_OK_INSERT)
        elog(ERROR, "cannot record a suppression: %s", SPI_result_code_string(result));
    SPI_finish();
}

void record(const char* function, const Definition& definition, const char* policy, const std::string& rules,
            const Counts& counts) {
    bool read_only = false;
    call([&] {
        read_only = XactReadOnly || RecoveryInProgress();
        if (read_only)
            ereport(NOTICE, (errmsg("that this table was made is not on record, as nothing can be written here"),
                             errhint("Make the table that you publish in a transaction that can write, on the primary "
                                     "server.")));
    });
    if (read_only)
        return;
    std::string sources;
    for (const TableSpec& table : definition.tables)
        sources += table.query + '\0';
    for (const DimensionSpec& dimension : definition.dimensions) {
        for (const std::string& hierarchy : dimension.hierarchies)
            sources += hierarchy + '\0';
        sources += '\0';
    }
    const std::vector<const char*> tables = names_of(definition.tables);
    const std::vector<const char*> dimensions = names_of(definition.dimensions);
    const std::vector<const char*> measures = names_of(definition.measures);
    const auto number = [](std::size_t count) { return Int64GetDatum(static_cast<int64>(count)); };
    call([&] {
        Datum values[kColumns] = {
            name_datum(GetUserNameFromId(GetUserId(), false)),
            CStringGetTextDatum(function),
            name_datum(definition.project.c_str()),
            name_datum(policy),
            DirectFunctionCall1(jsonb_in, CStringGetDatum(rules.c_str())),
            text_array(tables),
            text_array(dimensions),
            text_array(measures),
            PointerGetDatum(cstring_to_text_with_len(sources.data(), static_cast<int>(sources.size()))), // as a bytea
            number(counts.cells),
            number(counts.primaries),
            number(counts.secondaries)};
        char nulls[kColumns + 1] = "            ";
        if (definition.project.empty())
            nulls[2] = 'n';
        if (*policy == '\0')
            nulls[3] = 'n';
        insert(values, nulls);
    });
}

} // namespace

void record_suppression(const char* function, const Definition& definition, const Suppressed& suppressed) {
    Counts counts = {suppressed.pattern.size(), 0, 0};
    for (std::size_t cell = 0; cell < suppressed.pattern.size(); ++cell)
        if (suppressed.pattern[cell])
            ++(suppressed.by_rule[cell] ? counts.primaries : counts.secondaries);
    record(function, definition, suppressed.policy_name.c_str(), rules_of(suppressed.policy), counts);
}

void record_rounding(const char* function, const Definition& definition, const Assembled& assembled, Amount base) {
    Rules rules;
    rules.add("base", base);
    record(function, definition, "", rules.text(), {assembled.tables.entries.size(), 0, 0});
}

} // namespace health_dp::suppression
