// What a plan tells the node of a suppressed release, as text: written here and read here.
#include "release/plan/plan.hpp"
#include "release/suppressed/population.hpp"
#include "release/suppressed/suppressed_query.hpp"

namespace health_dp::release {

char* describe_suppressed(Query* inner, int keys, List* sets, List* measures, List* looked_at) {
    StringInfoData text;
    initStringInfo(&text);
    appendStringInfo(&text, "%s ", digest_of_population(inner));
    ListCell* cell;
    foreach (cell, sets)
        appendStringInfo(&text, "%d,", intVal(lfirst(cell)));
    appendStringInfoChar(&text, ' ');
    for (int key = 0; key < keys; ++key) {
        auto* target = static_cast<TargetEntry*>(list_nth(inner->targetList, key));
        appendStringInfo(&text, "%s,", digest_of_key(inner, reinterpret_cast<Node*>(target->expr)));
    }
    appendStringInfoChar(&text, ' ');
    foreach (cell, measures)
        appendStringInfo(&text, "%s,", strVal(lfirst(cell)));
    appendStringInfoChar(&text, ' ');
    foreach (cell, looked_at)
        appendStringInfo(&text, "%s,", strVal(lfirst(cell)));
    return text.data;
}

namespace {

bool read_digest(const char** text, uint8 bytes[16]) {
    if (strspn(*text, "0123456789abcdef") != 32)
        return false;
    hex_decode(*text, 32, reinterpret_cast<char*>(bytes));
    *text += 32;
    return true;
}

// Up to the separator, which is skipped.
bool read_word(const char** text, char separator, char* word, size_t size) {
    const char* end = strchr(*text, separator);
    if (end == nullptr || static_cast<size_t>(end - *text) >= size)
        return false;
    strlcpy(word, *text, static_cast<size_t>(end - *text) + 1);
    *text = end + 1;
    return true;
}

bool read_output(const char** text, SuppressedShape* shape) {
    char word[sizeof(SuppressedOutput) + 64];
    if (shape->outputs >= kMaxOutputs || !read_word(text, ',', word, sizeof(word)))
        return false;
    SuppressedOutput* output = &shape->output[shape->outputs++];
    if (strcmp(word, "hidden") == 0)
        return true;
    if (strcmp(word, "patients") == 0) {
        shape->patients = true;
        return true;
    }
    // Means tell how many rows they are over.
    shape->rows = true;
    if (strcmp(word, "rows") == 0)
        return true;
    const char* at = word;
    output->column = true;
    if (!read_digest(&at, output->digest) || *at++ != ':' ||
        !read_word(&at, ':', output->lower, sizeof(output->lower)) || strlen(at) >= sizeof(output->upper))
        return false;
    strlcpy(output->upper, at, sizeof(output->upper));
    return true;
}

} // namespace

bool parse_suppressed(const char* details, SuppressedShape* shape) {
    memset(shape, 0, sizeof(*shape));
    strlcpy(shape->population, details, sizeof(shape->population));
    const char* at = details;
    if (!read_digest(&at, shape->population_bytes) || *at++ != ' ')
        return false;
    while (*at >= '0' && *at <= '9' && shape->sets < kMaxSuppressedSets) {
        char* end;
        shape->set[shape->sets++] = static_cast<uint32>(strtoul(at, &end, 10));
        at = end + (*end == ',' ? 1 : 0);
    }
    if (shape->sets == 0 || *at++ != ' ')
        return false;
    while (*at != ' ') {
        if (shape->keys >= kMaxSuppressedKeys || !read_digest(&at, shape->key[shape->keys++]) || *at++ != ',')
            return false;
    }
    ++at;
    while (*at != ' ')
        if (!read_output(&at, shape))
            return false;
    ++at;
    while (*at != '\0')
        if (shape->looked_at >= kMaxLookedAt || !read_digest(&at, shape->column[shape->looked_at++]) || *at++ != ',')
            return false;
    // sc_hidden() alone asks whether the patients are shown.
    shape->patients = shape->patients || !shape->rows;
    return true;
}

} // namespace health_dp::release
