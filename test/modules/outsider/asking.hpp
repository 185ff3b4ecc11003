// Problems as the SQL that a user would write.
#pragma once

#include "problems.hpp"

#include <iostream>

namespace outsider {

inline std::vector<std::size_t> dimensions_of(const Problem& problem, const std::vector<Set>& sets) {
    std::vector<std::size_t> used;
    for (std::size_t i = 0; i < problem.dimensions.size(); ++i)
        if (std::any_of(sets.begin(), sets.end(), [i](const Set& set) { return set[i] != 0; }))
            used.push_back(i);
    return used.empty() ? std::vector<std::size_t>{0} : used;
}

inline void setup() {
    for (const Policy& policy : policies())
        std::cout << "SELECT health_dp.create_suppression_policy('" << policy.name << "', 'x', patients => "
                  << policy.threshold << (policy.zeros ? ", hides_zeros => true, interval_lowest => 0" : "")
                  << (policy.singletons ? "" : ", singletons => false") << ");\n";
    for (const auto& [name, levels] : hierarchies())
        for (std::size_t size = 2; size <= kLargestDimension; ++size) {
            const Dimension dimension = make_dimension("a", size, {name}, false);
            std::cout << "CREATE TABLE " << name << size << " (child text, parent text);\n";
            for (std::size_t level = 1; level < dimension.levels.size() - 1; ++level)
                for (const Code& child : dimension.levels[level == 1 ? dimension.levels.size() - 1 : level - 1])
                    for (const Code& parent : dimension.levels[level])
                        if ((child.atoms & ~parent.atoms) == 0)
                            std::cout << "INSERT INTO " << name << size << " VALUES ('" << child.name << "', '"
                                      << parent.name << "');\n";
        }
    std::cout << "CREATE ROLE alice;\n";
    // A refusal is asked for twice: it says the same again.
    std::cout
        << R"(CREATE FUNCTION attempt(statement text, first text DEFAULT NULL) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE said text;
BEGIN
    FOR i IN 1 .. 2 LOOP
        BEGIN
            DROP TABLE IF EXISTS pg_temp.was;
            IF first IS NOT NULL THEN
                EXECUTE 'CREATE TEMPORARY TABLE was AS ' || first;
                RETURN QUERY SELECT 'before|' || table_name || '|' || array_to_string(codes, ' ', '-') || '|' || coalesce(shown[1]::text, '') FROM was;
            END IF;
            RETURN QUERY EXECUTE statement;
            RETURN;
        EXCEPTION WHEN OTHERS THEN
            IF i = 2 THEN
                RETURN NEXT CASE WHEN said = SQLSTATE || ' ' || SQLERRM THEN '!' ELSE '!otherwise ' END || SQLSTATE || ' ' || SQLERRM;
            END IF;
            said := SQLSTATE || ' ' || SQLERRM;
        END;
    END LOOP;
END $$;
)";
}

inline std::string list(const std::vector<std::string>& items, const char* between = ", ") {
    std::string text;
    for (const std::string& item : items)
        text += (text.empty() ? "" : between) + item;
    return text;
}

inline std::string rows_as_values(const Problem& problem, const std::vector<Set>& sets,
                                  const std::vector<std::size_t>& used) {
    std::vector<std::string> rows;
    for (const Key& key : rows_of(problem, sets)) {
        std::string row = "(";
        for (const std::size_t i : used) {
            const std::string& code = problem.dimensions[i].levels[key[i].first][key[i].second].name;
            row += (code == "-" ? "NULL" : "'" + code + "'") + std::string("::text, ");
        }
        rows.push_back(row + std::to_string(problem.value(key)) + ")");
    }
    return list(rows);
}

inline std::string hierarchy_names(const Dimension& dimension, const char* quote) {
    std::vector<std::string> names;
    for (const std::string& name : dimension.hierarchies)
        names.push_back(quote + name + std::to_string(dimension.size) + quote);
    return list(names);
}

inline std::string query(const Problem& problem, std::size_t table, bool before) {
    const std::vector<std::size_t> used = dimensions_of(problem, problem.tables[table]);
    std::vector<std::string> names;
    for (const std::size_t i : used)
        names.push_back(problem.dimensions[i].name);
    const std::string columns = list(names);
    return "SELECT " + columns + ", n" +
           (before ? ", (SELECT w.hidden FROM was w WHERE w.codes IS NOT DISTINCT FROM ARRAY[" + columns + "]) AS h"
                   : "") +
           " FROM (VALUES " + rows_as_values(problem, problem.tables[table], used) + ") AS t(" + columns + ", n)";
}

inline std::string definition(const Problem& problem, const std::vector<std::size_t>& tables, bool with_before) {
    std::vector<std::string> dimensions;
    std::set<std::size_t> all_used;
    for (const std::size_t table : tables)
        for (const std::size_t i : dimensions_of(problem, problem.tables[table]))
            all_used.insert(i);
    for (const std::size_t i : all_used) {
        const Dimension& dimension = problem.dimensions[i];
        dimensions.push_back(
            "{\"name\": \"" + dimension.name + "\"" +
            (dimension.hierarchies.empty() ? "" : ", \"hierarchy\": [" + hierarchy_names(dimension, "\"") + "]") + "}");
    }
    std::vector<std::string> texts;
    for (const std::size_t table : tables) {
        std::vector<std::string> names;
        for (const std::size_t i : dimensions_of(problem, problem.tables[table]))
            names.push_back("\"" + problem.dimensions[i].name + "\"");
        const bool before = with_before && table == 0;
        texts.push_back("{\"name\": \"t" + std::to_string(table) + "\", \"dimensions\": [" + list(names) + "], " +
                        (before ? "\"hidden\": \"h\", " : "") + "\"query\": \"" + query(problem, table, before) +
                        "\"}");
    }
    return "$d${" + (problem.kind == Kind::rounded ? "" : "\"policy\": \"" + problem.policy.name + "\", ") +
           "\"dimensions\": [" + list(dimensions) + "], \"measures\": [{\"name\": \"n\"}], \"tables\": [" +
           list(texts) + "]}$d$";
}

inline std::string statement(const Problem& problem, const std::vector<std::size_t>& tables, bool with_before) {
    const bool rounded = problem.kind == Kind::rounded;
    const std::string columns = std::string("'|' || array_to_string(codes, ' ', '-') || '|' || coalesce(") +
                                (rounded ? "rounded" : "shown") + "[1]::text, '')";
    return "SELECT table_name || " + columns + " FROM health_dp." + (rounded ? "round" : "suppress") + "_tables(" +
           definition(problem, tables, with_before) + (rounded ? ", " + std::to_string(problem.base) : "") + ")";
}

inline std::string statement_of_one(const Problem& problem) {
    std::vector<std::string> names;
    std::vector<std::string> columns;
    std::vector<std::string> above;
    std::string overlapping;
    for (const std::size_t i : dimensions_of(problem, problem.tables[0])) {
        const Dimension& dimension = problem.dimensions[i];
        names.push_back(dimension.name);
        columns.push_back(dimension.name + " text");
        above.push_back(dimension.hierarchies.empty() ? "NULL" : "\"" + hierarchy_names(dimension, "") + "\"");
        if (dimension.overlapping)
            overlapping = ", overlapping => '{" + dimension.name + "}'";
    }
    return "SELECT 't0|' || array_to_string(ARRAY[" + list(names) +
           "], ' ', '-') || '|' || coalesce(n::text, '') FROM health_dp.suppress_table($d$" + query(problem, 0, false) +
           "$d$, '{" + list(names) + "}', '{n}', policy => '" + problem.policy.name + "', hierarchies => '{" +
           list(above) + "}'" + overlapping + ") AS s(" + list(columns) + ", n bigint, hidden boolean)";
}

// Two releases of a project of its own, whose member alice is. The codes in a row are those of the finest level.
inline void ask_as_alice(const Problem& problem, const std::string& name) {
    std::vector<std::string> columns;
    for (const Dimension& dimension : problem.dimensions)
        columns.push_back(dimension.name);
    std::vector<std::string> rows;
    const Set finest(problem.dimensions.size(), 1);
    for (const Key& key : problem.keys_of(finest)) {
        std::string row = "(" + std::to_string(problem.value(key));
        for (std::size_t i = 0; i < key.size(); ++i)
            row += ", '" + problem.dimensions[i].levels[1][key[i].second].name + "'";
        rows.push_back(row + ")");
    }
    std::cout
        << "CREATE TABLE " << name << " AS SELECT row_number() OVER () AS patient, " << list(columns)
        << " FROM (VALUES " << list(rows) << ") AS t(n, " << list(columns) << "), generate_series(1, n);\n"
        << "ALTER TABLE " << name << " ALTER patient SET NOT NULL;\n"
        << "DO $$ BEGIN PERFORM health_dp.protect('" << name << "', 'patient'), health_dp.create_project('" << name
        << "', title => 'x', legal_basis => 'x', valid => '[2020-01-01,2100-01-01)', epsilon => 1, min_cell => 1, "
           "releases => '{suppressed}'), health_dp.grant_table('"
        << name << "', '" << name << "'), health_dp.set_suppression_policy('" << name << "', '" << problem.policy.name
        << "'), health_dp.add_member('" << name << "', 'alice'); END $$;\n"
        << "SET SESSION AUTHORIZATION alice;\nSET health_dp.project = '" << name << "';\n";
    for (std::size_t table = 0; table < problem.tables.size(); ++table) {
        std::vector<std::string> sets;
        std::vector<std::string> names;
        for (const std::size_t i : dimensions_of(problem, problem.tables[table]))
            names.push_back(columns[i]);
        for (const Set& set : problem.tables[table]) {
            std::vector<std::string> keys;
            for (std::size_t i = 0; i < set.size(); ++i)
                if (set[i] != 0)
                    keys.push_back(columns[i]);
            sets.push_back("(" + list(keys) + ")");
        }
        const bool total = sets.size() == 1 && sets[0] == "()";
        std::cout << "SELECT 't" << table << "|' || "
                  << (total ? "'-'" : "array_to_string(ARRAY[" + list(names) + "], ' ', '-')")
                  << " || '|' || coalesce(n::text, '') FROM (SELECT " << (total ? "" : list(names) + ", ")
                  << "health_dp.sc_count(DISTINCT patient) AS n FROM " << name << " GROUP BY GROUPING SETS ("
                  << list(sets) << ")) r;\n\\if :ERROR\n\\echo '!" << table
                  << "' :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE\n\\endif\n";
    }
    std::cout << "RESET SESSION AUTHORIZATION;\n";
}

inline void ask(const Problem& problem, bool apart, const std::string& name) {
    if (problem.kind == Kind::releases) {
        ask_as_alice(problem, name);
        return;
    }
    std::vector<std::size_t> tables;
    for (std::size_t i = 0; i < problem.tables.size(); ++i)
        tables.push_back(i);
    if (apart)
        for (const std::size_t table : tables)
            std::cout << "SELECT * FROM attempt($q$" << statement(problem, {table}, false) << "$q$);\n";
    else if (problem.kind == Kind::before)
        std::cout << "SELECT * FROM attempt($q$" << statement(problem, tables, true)
                  << "$q$, $q$SELECT * FROM health_dp.suppress_tables(" << definition(problem, {0}, false)
                  << ")$q$);\n";
    else if (tables.size() == 1 && problem.kind != Kind::rounded)
        std::cout << "SELECT * FROM attempt($q$" << statement_of_one(problem) << "$q$);\n";
    else
        std::cout << "SELECT * FROM attempt($q$" << statement(problem, tables, false) << "$q$);\n";
}

} // namespace outsider
