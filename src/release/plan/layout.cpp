// Encoding of what plan nodes carry. Plans are copied, and sent to workers as text: plain nodes only.
#include "release/plan/plan.hpp"

#include <cstdio>

namespace health_dp::release {

Draft* make_draft(Const* text, int index, int keys, int aggregates, bool grouped, bool public_keys) {
    auto* draft = static_cast<Draft*>(palloc0(sizeof(Draft)));
    draft->text = text;
    draft->specification = {index, keys, aggregates, grouped ? 1 : 0, public_keys ? 1 : 0, 0, 0, 0, 0, 0, 0};
    draft->details = pstrdup("-");
    return draft;
}

Draft* make_suppressed_draft(Const* text, int index, int keys, int aggregates, bool grouped, bool public_keys,
                             bool set_key, char* details) {
    Draft* draft = make_draft(text, index, keys, aggregates, grouped, public_keys);
    draft->specification.suppressed = 1;
    draft->specification.set_key = set_key ? 1 : 0;
    draft->details = details;
    return draft;
}

namespace {

MarkerToken* current = nullptr; // of the innermost planning; on its stack

} // namespace

void draw_token(MarkerToken* token) {
    uint8 bytes[16];
    if (!pg_strong_random(bytes, sizeof(bytes)))
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
    *token = {};
    hex_encode(reinterpret_cast<const char*>(bytes), sizeof(bytes), token->text);
}

void enter_planning(MarkerToken* token) {
    token->outer = current;
    current = token;
}

void leave_planning(MarkerToken* token) { current = token->outer; }

void complete_draft(Draft* draft, const MarkerToken& token, int releases, int measurements, int selections,
                    int project) {
    const Specification& s = draft->specification;
    draft->text->constvalue = CStringGetTextDatum(
        psprintf("%s %d %d %d %d %d %d %d %d %d %d %d %s", token.text, s.index, s.keys, s.aggregates, s.grouped,
                 s.public_keys, releases, measurements, selections, project, s.suppressed, s.set_key, draft->details));
    draft->text->constisnull = false;
}

bool parse_specification(const char* text, Specification* s, char** details) {
    char token[33] = "";
    int end = 0;
    if (sscanf(text, "%32s %d %d %d %d %d %d %d %d %d %d %d %n", token, &s->index, &s->keys, &s->aggregates,
               &s->grouped, &s->public_keys, &s->releases, &s->measurements, &s->selections, &s->project,
               &s->suppressed, &s->set_key, &end) != 12 ||
        end == 0)
        return false;
    *details = pstrdup(text + end);
    return current != nullptr && strcmp(token, current->text) == 0;
}

namespace {

List* append_int(List* list, int value) { return lappend(list, makeInteger(value)); }
List* append_oid(List* list, Oid value) { return lappend(list, makeString(psprintf("%u", value))); }

// Reads the encoded list from its front.
struct Reader {
    List* list;
    int at;
    int integer() { return intVal(list_nth(list, at++)); }
    char* text() { return strVal(list_nth(list, at++)); }
    Oid oid() { return static_cast<Oid>(strtoul(strVal(list_nth(list, at++)), nullptr, 10)); }
};

} // namespace

List* encode_layout(const Layout& layout) {
    const Specification& s = layout.specification;
    List* list = NIL;
    for (int value : {s.index, s.keys, s.aggregates, s.grouped, s.public_keys, s.releases, s.measurements, s.selections,
                      s.project, s.suppressed, s.set_key})
        list = append_int(list, value);
    list = append_oid(list, layout.owner_type);
    list = append_oid(list, layout.owner_collation);
    list = append_int(list, layout.inputs);
    for (int i = 0; i < layout.inputs; ++i) {
        list = append_int(list, layout.input[i].value);
        list = append_int(list, layout.input[i].filter);
        list = append_oid(list, layout.input[i].type);
        list = append_int(list, layout.input[i].bounds);
    }
    list = append_int(list, layout.outputs);
    for (int i = 0; i < layout.outputs; ++i) {
        list = append_int(list, static_cast<int>(layout.output[i].kind));
        list = append_int(list, layout.output[i].input);
        list = append_int(list, layout.output[i].patients ? 1 : 0);
        list = append_oid(list, layout.output[i].result_type);
    }
    ListCell* cell;
    foreach (cell, layout.keys) {
        list = append_oid(list, static_cast<KeyLayout*>(lfirst(cell))->type);
        list = append_oid(list, static_cast<KeyLayout*>(lfirst(cell))->collation);
    }
    return lappend(list, makeString(pstrdup(layout.details)));
}

void decode_layout(List* encoded, Layout* layout) {
    Reader reader = {encoded, 0};
    Specification& s = layout->specification;
    for (int* value : {&s.index, &s.keys, &s.aggregates, &s.grouped, &s.public_keys, &s.releases, &s.measurements,
                       &s.selections, &s.project, &s.suppressed, &s.set_key})
        *value = reader.integer();
    layout->owner_type = reader.oid();
    layout->owner_collation = reader.oid();
    layout->inputs = reader.integer();
    for (int i = 0; i < layout->inputs; ++i) {
        layout->input[i].value = reader.integer();
        layout->input[i].filter = reader.integer();
        layout->input[i].type = reader.oid();
        layout->input[i].bounds = reader.integer();
    }
    layout->outputs = reader.integer();
    for (int i = 0; i < layout->outputs; ++i) {
        layout->output[i].kind = static_cast<OutputKind>(reader.integer());
        layout->output[i].input = reader.integer();
        layout->output[i].patients = reader.integer() != 0;
        layout->output[i].result_type = reader.oid();
    }
    layout->keys = NIL;
    for (int i = 0; i < s.keys; ++i) {
        auto* key = static_cast<KeyLayout*>(palloc(sizeof(KeyLayout)));
        key->type = reader.oid();
        key->collation = reader.oid();
        layout->keys = lappend(layout->keys, key);
    }
    layout->details = reader.text();
}

} // namespace health_dp::release
