#include "core/labels/labels.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace health_dp::core::labels {

namespace {

constexpr LabelError kTableGrammar = {
    "a table's label does not read like this",
    "Write protected(column), protected via (columns) to schema.table(columns), or public."};
constexpr LabelError kColumnGrammar = {"a column's label does not read like this",
                                       "Write bounds [lower, upper], identifier, or quasi-identifier."};
constexpr LabelError kLinkWidth = {"the two sides of a link have different numbers of columns",
                                   "Name as many columns after the target table as after \"via\", in the same order."};
constexpr LabelError kLinkTooWide = {"a link has more than 16 columns", "Link through a narrower unique key."};
constexpr LabelError kRepeatedColumn = {"a link names a column twice", "Name each column of the link once."};
constexpr LabelError kUnqualified = {"the target of a link does not name its schema", "Write schema.table(columns)."};
constexpr LabelError kReversed = {"the lower bound is not below the upper bound",
                                  "Write bounds [lower, upper] with lower < upper."};

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool starts_identifier(char c) { return (c >= 'a' && c <= 'z') || is_upper(c) || c == '_'; }
constexpr bool continues_identifier(char c) { return starts_identifier(c) || is_digit(c) || c == '$'; }

class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool at_end() {
        skip_space();
        return rest_.empty();
    }

    bool take(char symbol) {
        skip_space();
        if (rest_.empty() || rest_.front() != symbol)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    // A word of the grammar itself. "publicly" is not the word "public".
    bool take_word(std::string_view word) {
        skip_space();
        if (!rest_.starts_with(word))
            return false;
        if (rest_.size() > word.size() && (continues_identifier(rest_[word.size()]) || rest_[word.size()] == '-'))
            return false;
        rest_.remove_prefix(word.size());
        return true;
    }

    bool take_identifier(Identifier& name) {
        skip_space();
        name.fill('\0');
        if (rest_.empty())
            return false;
        return rest_.front() == '"' ? take_quoted(name) : take_plain(name);
    }

    // Sign, digits, and optionally a point and digits.
    bool take_decimal(PlainDecimal& number) {
        skip_space();
        std::size_t length = !rest_.empty() && (rest_.front() == '-' || rest_.front() == '+') ? 1 : 0;
        const std::size_t whole = length;
        while (length < rest_.size() && is_digit(rest_[length]))
            ++length;
        if (length == whole)
            return false;
        if (length < rest_.size() && rest_[length] == '.') {
            const std::size_t point = length++;
            while (length < rest_.size() && is_digit(rest_[length]))
                ++length;
            if (length == point + 1)
                return false;
        }
        const std::size_t sign = rest_.front() == '+' ? 1 : 0;
        if (length - sign >= number.size())
            return false;
        number.fill('\0');
        std::copy_n(rest_.data() + sign, length - sign, number.begin());
        rest_.remove_prefix(length);
        return true;
    }

  private:
    void skip_space() {
        while (!rest_.empty() && is_space(rest_.front()))
            rest_.remove_prefix(1);
    }

    bool take_plain(Identifier& name) {
        if (!starts_identifier(rest_.front()))
            return false;
        std::size_t length = 0;
        while (length < rest_.size() && continues_identifier(rest_[length])) {
            // PostgreSQL would truncate a longer name, and so mean another column.
            if (length + 1 >= name.size())
                return false;
            const char c = rest_[length];
            name[length++] = is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
        }
        rest_.remove_prefix(length);
        return true;
    }

    bool take_quoted(Identifier& name) {
        std::size_t length = 0;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == '"') {
                const bool doubled = i + 1 < rest_.size() && rest_[i + 1] == '"';
                if (!doubled) {
                    rest_.remove_prefix(i + 1);
                    return length > 0;
                }
                ++i;
            }
            if (length + 1 >= name.size() || rest_[i] == '\0')
                return false;
            name[length++] = rest_[i];
        }
        return false;
    }

    std::string_view rest_;
};

// "(a, b, c)". A problem, if there is one.
std::optional<LabelError> take_columns(Reader& reader, std::array<Identifier, kMaxLinkColumns>& columns, int& count) {
    count = 0;
    if (!reader.take('('))
        return kTableGrammar;
    do {
        Identifier column;
        if (!reader.take_identifier(column))
            return kTableGrammar;
        if (count == kMaxLinkColumns)
            return kLinkTooWide;
        if (std::find(columns.begin(), columns.begin() + count, column) != columns.begin() + count)
            return kRepeatedColumn;
        columns[static_cast<std::size_t>(count++)] = column;
    } while (reader.take(','));
    if (!reader.take(')'))
        return kTableGrammar;
    return std::nullopt;
}

TableLabel parse_link(Reader& reader) {
    ProtectedVia link{};
    if (const auto problem = take_columns(reader, link.from, link.columns))
        return *problem;
    if (!reader.take_word("to") || !reader.take_identifier(link.schema))
        return kTableGrammar;
    if (!reader.take('.'))
        return kUnqualified;
    if (!reader.take_identifier(link.table))
        return kTableGrammar;
    int to_columns = 0;
    if (const auto problem = take_columns(reader, link.to, to_columns))
        return *problem;
    if (!reader.at_end())
        return kTableGrammar;
    if (to_columns != link.columns)
        return kLinkWidth;
    return link;
}

struct Magnitude {
    bool negative;
    std::string_view whole;    // without leading zeros
    std::string_view fraction; // without trailing zeros
};

Magnitude magnitude(const PlainDecimal& number) {
    std::string_view text(number.data());
    const bool minus = text.starts_with('-');
    if (minus)
        text.remove_prefix(1);
    const std::size_t point = std::min(text.find('.'), text.size());
    std::string_view whole = text.substr(0, point);
    std::string_view fraction = point < text.size() ? text.substr(point + 1) : std::string_view();
    while (whole.starts_with('0'))
        whole.remove_prefix(1);
    while (fraction.ends_with('0'))
        fraction.remove_suffix(1);
    // There is one zero: "-0" is not below "0".
    return {minus && !(whole.empty() && fraction.empty()), whole, fraction};
}

bool smaller_magnitude(const Magnitude& a, const Magnitude& b) {
    if (a.whole.size() != b.whole.size())
        return a.whole.size() < b.whole.size();
    if (a.whole != b.whole)
        return a.whole < b.whole;
    return a.fraction < b.fraction;
}

bool below(const PlainDecimal& lower, const PlainDecimal& upper) {
    const Magnitude a = magnitude(lower);
    const Magnitude b = magnitude(upper);
    if (a.negative != b.negative)
        return a.negative;
    return a.negative ? smaller_magnitude(b, a) : smaller_magnitude(a, b);
}

} // namespace

TableLabel parse_table_label(std::string_view text) {
    Reader reader(text);
    if (reader.take_word("public"))
        return reader.at_end() ? TableLabel(Public{}) : TableLabel(kTableGrammar);
    if (!reader.take_word("protected"))
        return kTableGrammar;
    if (reader.take_word("via"))
        return parse_link(reader);
    ProtectedDirect label{};
    if (!reader.take('(') || !reader.take_identifier(label.owner) || !reader.take(')') || !reader.at_end())
        return kTableGrammar;
    return label;
}

ColumnLabel parse_column_label(std::string_view text) {
    Reader reader(text);
    if (reader.take_word("identifier"))
        return reader.at_end() ? ColumnLabel(DirectIdentifier{}) : ColumnLabel(kColumnGrammar);
    if (reader.take_word("quasi-identifier"))
        return reader.at_end() ? ColumnLabel(QuasiIdentifier{}) : ColumnLabel(kColumnGrammar);
    Bounds bounds{};
    if (!reader.take_word("bounds") || !reader.take('[') || !reader.take_decimal(bounds.lower) || !reader.take(',') ||
        !reader.take_decimal(bounds.upper) || !reader.take(']') || !reader.at_end())
        return kColumnGrammar;
    if (!below(bounds.lower, bounds.upper))
        return kReversed;
    return bounds;
}

} // namespace health_dp::core::labels
