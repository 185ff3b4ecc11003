#include "mutate.hpp"

namespace {

// What stands in place of a number: small ones, PostgreSQL's types, functions, operators and collations, and far ones.
constexpr std::int64_t kNumbers[] = {
    0,    1,    2,    3,    4,    5,      7,     9,     -1,    -2,     16,         17,         20,   21,   23,   25,
    26,   700,  701,  705,  1042, 1043,   1082,  1114,  1184,  1700,   2249,       2276,       2277, 2278, 2281, 2283,
    2950, 3500, 1007, 1009, 1231, 65,     67,    96,    97,    98,     147,        149,        177,  551,  521,  664,
    1054, 1752, 1842, 2147, 2803, 3798,   100,   950,   1259,  1247,   1260,       2615,       32,   64,   127,  128,
    255,  1000, 4096, 9999, -3,   -32768, 32767, 65535, 65537, 100000, 2147483647, -2147483648};

enum class Kind { number, flag, byte, node, other };

struct Token {
    int begin;
    int end; // of a node: behind its brace
    Kind kind;
};

struct Random {
    std::uint64_t state;
    std::uint64_t next() { // splitmix64
        std::uint64_t z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
    int below(int limit) { return static_cast<int>(next() % static_cast<std::uint64_t>(limit)); }
};

bool is_number(const char* text, int length) {
    const int sign = length > 1 && text[0] == '-' ? 1 : 0;
    for (int i = sign; i < length; ++i)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return length > sign;
}

int end_of_node(const char* text, int at) {
    int depth = 0;
    for (; text[at] != '\0'; ++at) {
        if (text[at] == '\\' && text[at + 1] != '\0') {
            ++at;
            continue;
        }
        depth += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
        if (depth == 0)
            return at + 1;
    }
    return at;
}

int find_tokens(const char* text, Token* tokens) {
    int count = 0;
    bool bytes = false;
    for (int at = 0; text[at] != '\0';) {
        if (strchr(" \n()}", text[at]) != nullptr) {
            ++at;
            continue;
        }
        if (text[at] == '[' || text[at] == ']') {
            bytes = text[at++] == '[';
            continue;
        }
        if (text[at] == '{') {
            tokens[count++] = {at, end_of_node(text, at), Kind::node};
            ++at;
            continue;
        }
        const int begin = at;
        while (text[at] != '\0' && strchr(" \n(){}[]", text[at]) == nullptr)
            at += text[at] == '\\' && text[at + 1] != '\0' ? 2 : 1;
        const int length = at - begin;
        const bool number = is_number(text + begin, length);
        const bool flag = (length == 4 && memcmp(text + begin, "true", 4) == 0) ||
                          (length == 5 && memcmp(text + begin, "false", 5) == 0);
        // The number of a datum's bytes stands before them, and must stay.
        const bool size = number && text[at] == ' ' && text[at + 1] == '[';
        tokens[count++] = {begin, at,
                           number && !size ? (bytes ? Kind::byte : Kind::number)
                           : flag          ? Kind::flag
                                           : Kind::other};
    }
    return count;
}

char* replace(const char* text, const Token& token, const char* with, int length) {
    StringInfoData result;
    initStringInfo(&result);
    appendBinaryStringInfo(&result, text, token.begin);
    appendBinaryStringInfo(&result, with, length);
    appendStringInfoString(&result, text + token.end);
    return result.data;
}

char* change_number(const char* text, const Token& token, const Token* tokens, int count, Random* random) {
    const std::int64_t value = strtoll(text + token.begin, nullptr, 10);
    std::int64_t other = value;
    switch (random->below(4)) {
    case 0:
        other = value + 1;
        break;
    case 1:
        other = value - 1;
        break;
    case 2: {
        const Token& from = tokens[random->below(count)];
        if (from.kind == Kind::number)
            other = strtoll(text + from.begin, nullptr, 10);
        break;
    }
    default:
        other = kNumbers[random->below(static_cast<int>(std::size(kNumbers)))];
    }
    const char* written = psprintf(INT64_FORMAT, other);
    return replace(text, token, written, static_cast<int>(strlen(written)));
}

char* change_node(const char* text, const Token& token, const Token* tokens, int count, Random* random) {
    if (random->below(12) == 0)
        return replace(text, token, "<>", 2);
    for (int attempt = 0; attempt < 50; ++attempt) {
        const Token& other = tokens[random->below(count)];
        if (other.kind != Kind::node || other.begin == token.begin)
            continue;
        if (random->below(2) == 0)
            return replace(text, token, text + other.begin, other.end - other.begin);
        if (other.begin < token.end && token.begin < other.end)
            continue; // one in the other
        const Token& first = other.begin < token.begin ? other : token;
        const Token& second = other.begin < token.begin ? token : other;
        char* changed = replace(text, second, text + first.begin, first.end - first.begin);
        return replace(changed, first, text + second.begin, second.end - second.begin);
    }
    return pstrdup(text);
}

char* change(const char* text, Random* random) {
    auto* tokens = static_cast<Token*>(palloc((strlen(text) + 1) * sizeof(Token)));
    const int count = find_tokens(text, tokens);
    for (;;) {
        const Token& token = tokens[random->below(count)];
        switch (token.kind) {
        case Kind::number:
            return change_number(text, token, tokens, count, random);
        case Kind::flag:
            return text[token.begin] == 't' ? replace(text, token, "false", 5) : replace(text, token, "true", 4);
        case Kind::byte: {
            const char* written = psprintf("%d", random->below(256) - 128);
            return replace(text, token, written, static_cast<int>(strlen(written)));
        }
        case Kind::node:
            if (token.begin == 0)
                continue; // the whole tree
            return change_node(text, token, tokens, count, random);
        case Kind::other:
            continue;
        }
    }
}

} // namespace

char* mutate_tree(const char* tree, std::uint64_t seed) {
    Random random = {seed};
    char* text = pstrdup(tree);
    for (int left = 1 + random.below(3); left > 0; --left)
        text = change(text, &random);
    return text;
}

// The next ":name " of a tree; from PostgreSQL 16 on a field of a struct within a node is ":scan.plan.name ".
static const char* find_field(const char* tree, const char* name) {
    const char* at = tree;
    do
        at = strstr(at + 1, name + 1);
    while (at != nullptr && at[-1] != ':' && at[-1] != '.');
    return at != nullptr ? at - 1 : nullptr;
}

// Behind the which-th ":name " of a tree.
static Token find_value(const char* tree, const char* name, int which) {
    const char* at = find_field(tree, name);
    for (; at != nullptr && which > 0; --which)
        at = find_field(at + 1, name);
    if (at == nullptr)
        ereport(ERROR, (errmsg("the tree has no such field: %s", name)));
    const int begin = static_cast<int>(at - tree) + static_cast<int>(strlen(name));
    int end = begin;
    if (tree[begin] == '(') {
        for (int depth = 0; end == begin || depth > 0; ++end)
            depth += tree[end] == '(' ? 1 : tree[end] == ')' ? -1 : 0;
    } else {
        end = tree[begin] == '{' ? end_of_node(tree, begin) : begin + static_cast<int>(strcspn(tree + begin, " )}\n"));
    }
    if (strncmp(tree + end, " [", 2) == 0) // of a datum, behind its size
        end += static_cast<int>(strcspn(tree + end, "]")) + 1;
    return {begin, end, Kind::other};
}

// "name" or "name#which"
static Token find_field(const char* tree, const char* field, int which) {
    const char* number = strchr(field, '#');
    const char* name = number != nullptr ? pnstrdup(field, static_cast<Size>(number - field)) : field;
    return find_value(tree, psprintf(":%s ", name), number != nullptr ? atoi(number + 1) : which);
}

static char* set_field(const char* tree, const char* field, int which) {
    const char* value = strchr(field, ' ') + 1;
    const Token token = find_field(tree, pnstrdup(field, static_cast<Size>(value - field) - 1), which);
    if (strcmp(value, "TWICE") == 0) { // what the list has
        const int inside = token.end - token.begin - 2;
        value = psprintf("(%.*s %.*s)", inside, tree + token.begin + 1, inside, tree + token.begin + 1);
    }
    if (value[0] != '@')
        return replace(tree, token, value, static_cast<int>(strlen(value)));
    const Token other = find_field(tree, value + 1, 0);
    return replace(tree, token, tree + other.begin, other.end - other.begin);
}

char* set_fields(const char* tree, const char* fields, int which) {
    char* changed = pstrdup(tree);
    while (fields != nullptr) {
        const char* next = strstr(fields, "; :");
        const Size length = next != nullptr ? static_cast<Size>(next - fields) : strlen(fields);
        changed = set_field(changed, pnstrdup(fields + 1, length - 1), which);
        fields = next != nullptr ? next + 2 : nullptr;
    }
    return changed;
}
