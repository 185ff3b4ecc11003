#include "core/suppression/definition.hpp"

#include <algorithm>
#include <exception>
#include <set>

namespace health_dp::suppression {

namespace {

// Thrown inside this file only, and caught by parse_definition().
struct Fault : std::exception {
    explicit Fault(const char* text) : message(text) {}
    const char* message;
};

// Just as much JSON as the grammar takes: objects, arrays, strings, small whole numbers, true and false.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    // `member` reads the value of a name it knows, else it throws. A name comes once.
    template <class Member>
    void object(Member&& member) {
        std::set<std::string> seen;
        expect('{');
        if (skip('}'))
            return;
        do {
            const std::string name = string();
            if (!seen.insert(name).second)
                throw Fault{"a name is there twice in an object"};
            expect(':');
            member(name);
        } while (skip(','));
        expect('}');
    }

    template <class Element>
    void array(std::size_t most, Element&& element) {
        expect('[');
        if (skip(']'))
            return;
        std::size_t count = 0;
        do {
            if (++count > most)
                throw Fault{"a list is too long"};
            element();
        } while (skip(','));
        expect(']');
    }

    // A list, or its one element.
    template <class Element>
    void one_or_more(std::size_t most, Element&& element) {
        const std::size_t before = at_;
        const bool is_list = skip('[');
        at_ = before;
        if (is_list)
            array(most, element);
        else
            element();
    }

    std::string string() {
        expect('"');
        std::string result;
        while (at_ < text_.size() && text_[at_] != '"') {
            const char c = text_[at_++];
            if (static_cast<unsigned char>(c) < 0x20)
                throw Fault{"a control character stands in a string"};
            if (c == '\\')
                escape(result);
            else
                result += c;
        }
        if (at_ == text_.size())
            throw Fault{"a string does not end"};
        ++at_;
        return result;
    }

    bool boolean() {
        blanks();
        if (word("true"))
            return true;
        if (word("false"))
            return false;
        throw Fault{"true or false is missing"};
    }

    std::uint32_t number() {
        blanks();
        if (at_ == text_.size() || !digit(text_[at_]))
            throw Fault{"a whole number is missing"};
        std::uint32_t result = 0;
        for (; at_ < text_.size() && digit(text_[at_]); ++at_) {
            result = 10 * result + static_cast<std::uint32_t>(text_[at_] - '0');
            if (result > 1'000'000)
                throw Fault{"a number is too large"};
        }
        return result;
    }

    void end() {
        blanks();
        if (at_ != text_.size())
            throw Fault{"something follows the definition"};
    }

  private:
    static bool digit(char c) { return c >= '0' && c <= '9'; }

    void blanks() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
            ++at_;
    }

    bool skip(char c) {
        blanks();
        if (at_ == text_.size() || text_[at_] != c)
            return false;
        ++at_;
        return true;
    }

    void expect(char c) {
        if (skip(c))
            return;
        switch (c) {
        case '{':
            throw Fault{"an object is missing, or does not begin with {"};
        case '[':
            throw Fault{"a list is missing, or does not begin with ["};
        case '"':
            throw Fault{"a string is missing"};
        case ':':
            throw Fault{"a colon is missing"};
        default:
            throw Fault{"an object or a list does not end"};
        }
    }

    bool word(std::string_view word) {
        if (text_.substr(at_, word.size()) != word)
            return false;
        at_ += word.size();
        return true;
    }

    void escape(std::string& result) {
        if (at_ == text_.size())
            throw Fault{"a string does not end"};
        const char c = text_[at_++];
        switch (c) {
        case '"':
        case '\\':
        case '/':
            result += c;
            return;
        case 'b':
            result += '\b';
            return;
        case 'f':
            result += '\f';
            return;
        case 'n':
            result += '\n';
            return;
        case 'r':
            result += '\r';
            return;
        case 't':
            result += '\t';
            return;
        default:
            // \u: jsonb writes none but of control characters, which no name, code or query needs.
            throw Fault{"an escape in a string is not known"};
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

DimensionSpec dimension(Reader& reader) {
    DimensionSpec spec;
    reader.object([&](const std::string& name) {
        if (name == "name")
            spec.name = reader.string();
        else if (name == "hierarchy")
            reader.one_or_more(Definition::kMostHierarchies, [&] { spec.hierarchies.push_back(reader.string()); });
        else if (name == "total")
            spec.total = reader.string();
        else if (name == "grouping")
            spec.grouping = reader.string();
        else if (name == "overlapping")
            spec.overlapping = reader.boolean();
        else if (name == "revealing")
            spec.revealing = reader.boolean();
        else
            throw Fault{"a dimension has a property that is not known"};
    });
    return spec;
}

MeasureSpec measure(Reader& reader) {
    MeasureSpec spec;
    reader.object([&](const std::string& name) {
        if (name == "name")
            spec.name = reader.string();
        else if (name == "units")
            spec.units = reader.boolean();
        else if (name == "distinct")
            spec.distinct = reader.boolean();
        else if (name == "negative")
            spec.negative = reader.boolean();
        else if (name == "decimals")
            spec.decimals = reader.number();
        else if (name == "contributors")
            reader.array(1000, [&] { spec.contributors.push_back(reader.string()); });
        else if (name == "weights")
            reader.array(1000, [&] { spec.weights.push_back(reader.string()); });
        else
            throw Fault{"a measure has a property that is not known"};
    });
    return spec;
}

bool builds_margins(const std::string& word) {
    if (word != "given" && word != "build")
        throw Fault{"margins are given, or the word is build"};
    return word == "build";
}

// Dimensions by name, as they may be defined after the tables.
struct NamedTable {
    TableSpec spec;
    std::vector<std::string> dimensions;
};

NamedTable table(Reader& reader) {
    NamedTable table;
    reader.object([&](const std::string& name) {
        if (name == "name")
            table.spec.name = reader.string();
        else if (name == "query")
            table.spec.query = reader.string();
        else if (name == "dimensions")
            reader.array(Definition::kMostDimensions, [&] { table.dimensions.push_back(reader.string()); });
        else if (name == "margins")
            table.spec.builds_margins = builds_margins(reader.string());
        else if (name == "hidden")
            table.spec.hidden = reader.string();
        else
            throw Fault{"a table has a property that is not known"};
    });
    return table;
}

void resolve(const std::vector<NamedTable>& tables, Definition& definition) {
    for (const NamedTable& table : tables) {
        definition.tables.push_back(table.spec);
        for (const std::string& name : table.dimensions) {
            const auto found = std::find_if(definition.dimensions.begin(), definition.dimensions.end(),
                                            [&](const DimensionSpec& dimension) { return dimension.name == name; });
            if (found == definition.dimensions.end())
                throw Fault{"a table has a dimension that is not among the dimensions"};
            definition.tables.back().dimensions.push_back(
                static_cast<std::size_t>(found - definition.dimensions.begin()));
        }
    }
}

Definition read(Reader& reader) {
    Definition definition;
    std::vector<NamedTable> tables;
    reader.object([&](const std::string& name) {
        if (name == "policy")
            definition.policy = reader.string();
        else if (name == "project")
            definition.project = reader.string();
        else if (name == "dimensions")
            reader.array(Definition::kMostDimensions, [&] { definition.dimensions.push_back(dimension(reader)); });
        else if (name == "measures")
            reader.array(Definition::kMostMeasures, [&] { definition.measures.push_back(measure(reader)); });
        else if (name == "tables")
            reader.array(Definition::kMostTables, [&] { tables.push_back(table(reader)); });
        else
            throw Fault{"the definition has a property that is not known"};
    });
    reader.end();
    resolve(tables, definition);
    return definition;
}

template <class Specs>
void require_names(const Specs& specs, const char* empty, const char* twice) {
    std::set<std::string_view> names;
    for (const auto& spec : specs) {
        if (spec.name.empty())
            throw Fault{empty};
        if (!names.insert(spec.name).second)
            throw Fault{twice};
    }
}

void check(const Definition& definition, Follows follows) {
    if (follows == Follows::policy && definition.policy.empty() == definition.project.empty())
        throw Fault{"it names a policy, or else a project, whose policy holds"};
    if (follows == Follows::nothing && !(definition.policy.empty() && definition.project.empty()))
        throw Fault{"it names a policy or a project, whose rules do not matter here"};
    if (definition.dimensions.empty() || definition.measures.empty() || definition.tables.empty())
        throw Fault{"it has no dimensions, no measures or no tables"};
    if (definition.dimensions.size() > Definition::kMostDimensions ||
        definition.measures.size() > Definition::kMostMeasures || definition.tables.size() > Definition::kMostTables)
        throw Fault{"it has more than 16 dimensions, 16 measures or 64 tables"};
    require_names(definition.dimensions, "a dimension has no name", "a dimension is there twice");
    require_names(definition.measures, "a measure has no name", "a measure is there twice");
    require_names(definition.tables, "a table has no name", "a table is there twice");
    for (const DimensionSpec& dimension : definition.dimensions)
        if (dimension.total.has_value() && !dimension.grouping.empty())
            throw Fault{"a dimension has both a total and a grouping column"};
    std::size_t hierarchies = 0;
    for (const DimensionSpec& dimension : definition.dimensions) {
        hierarchies += std::max<std::size_t>(dimension.hierarchies.size(), 1);
        if (dimension.hierarchies.size() > Definition::kMostHierarchies)
            throw Fault{"a dimension has more than 4 hierarchies"};
        if (dimension.hierarchies.size() > 1 && dimension.revealing)
            throw Fault{"a revealing dimension has several hierarchies: give it the one whose groups may tell nothing"};
        for (const std::string& hierarchy : dimension.hierarchies)
            if (hierarchy.empty())
                throw Fault{"a hierarchy has no name"};
    }
    if (hierarchies > Definition::kMostDimensions)
        throw Fault{"it has more than 16 dimensions, each hierarchy beyond the first one counted as one"};
    const MeasureSpec& patients = definition.measures.front();
    if (patients.units || patients.negative || patients.decimals > 0 || !patients.contributors.empty())
        throw Fault{"the first measure counts distinct patients, and takes no property but its name"};
    std::size_t with_contributors = 0;
    for (const MeasureSpec& measure : definition.measures) {
        if (measure.decimals > Definition::kMostDecimals)
            throw Fault{"a measure has more than 6 decimals"};
        if (measure.units && (measure.negative || measure.decimals > 0))
            throw Fault{"units are counted: not below 0, without decimals"};
        if (measure.negative && !measure.contributors.empty())
            throw Fault{"contributors are those of a measure that is not below 0"};
        if (!measure.weights.empty() && measure.weights.size() != measure.contributors.size())
            throw Fault{"weights are one for each contributor, or none"};
        with_contributors += measure.contributors.empty() ? 0 : 1;
    }
    if (with_contributors > 1)
        throw Fault{"more than one measure has contributors"};
    for (const TableSpec& table : definition.tables) {
        if (table.query.empty())
            throw Fault{"a table has no query"};
        std::set<std::size_t> seen;
        for (const std::size_t dimension : table.dimensions)
            if (dimension >= definition.dimensions.size() || !seen.insert(dimension).second)
                throw Fault{"a table has a dimension twice"};
        if (table.builds_margins && (with_contributors > 0 || !table.hidden.empty()))
            throw Fault{
                "margins of contributors, or of what is hidden already, cannot be built: let the query give them"};
    }
}

} // namespace

core::Result<Definition> parse_definition(std::string_view json, Follows follows) {
    try {
        Reader reader(json);
        Definition definition = read(reader);
        check(definition, follows);
        return definition;
    } catch (const Fault& fault) {
        return core::Error{core::ErrorCode::bad_syntax, fault.message};
    }
}

core::Result<bool> check_definition(const Definition& definition, Follows follows) {
    try {
        check(definition, follows);
        return true;
    } catch (const Fault& fault) {
        return core::Error{core::ErrorCode::bad_syntax, fault.message};
    }
}

} // namespace health_dp::suppression
