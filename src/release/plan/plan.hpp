// What travels from the vetted query to the executor: the release's specification (as text in the marker aggregate,
// because the planner copies query trees), then the layout of the plan node's input.
#pragma once

#include "postgres/api.hpp"
#include "projects/catalogue.hpp"

namespace health_dp::release {

// Fixed by the query alone. Numbers are counted over the whole statement, which is charged as one.
struct Specification {
    int index;        // of this release in the statement
    int keys;         // grouping keys, the first columns of the target list
    int aggregates;   // dp aggregates, the columns after them
    int grouped;      // has GROUP BY
    int public_keys;  // every key comes from preserved public rows: all appear, nothing is selected
    int releases;     // in the statement
    int measurements; // noisy vectors and selections of the statement: ε is split evenly over them
    int selections;   // of the statement: δ is split evenly over them
    int project;      // identifier of the project whose filters are in the plan
    int suppressed;   // a suppressed release: exact, small cells hidden
    int set_key;      // its last key stands for the grouping set, and is read as 0
};

// A marker's text, to be completed once the whole statement has been vetted.
struct Draft {
    Const* text;
    Specification specification;
    char* details; // of a suppressed release
};
Draft* make_draft(Const* text, int index, int keys, int aggregates, bool grouped, bool public_keys);
// Of a suppressed release; `details` as describe_suppressed() writes them.
Draft* make_suppressed_draft(Const* text, int index, int keys, int aggregates, bool grouped, bool public_keys,
                             bool set_key, char* details);
// Drawn for each planning of a statement with releases, and part of its markers: somebody could write a marker of his
// own into an SQL function that the planner inlines after the hook, and hand us a specification that fits nothing. It
// is worth nothing once that planning is over, nor in what is planned within it.
struct MarkerToken {
    char text[33]; // hexadecimal digits; empty fits no marker
    MarkerToken* outer;
};
void draw_token(MarkerToken* token);
void enter_planning(MarkerToken* token);
void leave_planning(MarkerToken* token);
void complete_draft(Draft* draft, const MarkerToken& token, int releases, int measurements, int selections,
                    int project);
// False for a text without the token of the present planning: it is not ours.
bool parse_specification(const char* text, Specification* specification, char** details);

// What a suppressed release needs to know beside: written by describe_suppressed(), read by its node.
constexpr int kMaxOutputs = 32;
struct SuppressedOutput {
    bool column; // a sum, mean or variance: of the column with this digest, whose values lie between these bounds
    uint8 digest[16];
    projects::DecimalText lower;
    projects::DecimalText upper;
};
constexpr int kMaxLookedAt = 64;
constexpr int kMaxSuppressedKeys = 8;
constexpr int kMaxSuppressedSets = 256;
struct SuppressedShape {
    char population[33]; // hexadecimal digits
    uint8 population_bytes[16];
    int keys;
    uint8 key[kMaxSuppressedKeys][16]; // digests of the keys' expressions
    int sets;
    uint32 set[kMaxSuppressedSets]; // bit i: grouped by key i
    bool patients;                  // asked for
    bool rows;
    int outputs;
    SuppressedOutput output[kMaxOutputs];
    int looked_at; // by conditions and keys
    uint8 column[kMaxLookedAt][16];
};
bool parse_suppressed(const char* details, SuppressedShape* shape);

// What one aggregate of a release gives back.
enum class OutputKind : int { count, sum, average, hidden, variance };

// How the executor reads the input tuples and makes the output. Column numbers count from 0 in the child's tuple:
// the owner first, then the keys, then values and conditions. Encoded as a List of plain nodes in custom_private.
struct InputLayout {
    int value;  // column of the value, or of the null test of a counted expression; -1 for dp_count(*)
    int filter; // column of the FILTER condition, or -1
    Oid type;   // of the value: an integer, numeric or floating type; BOOLOID for a null test; InvalidOid for none
    int bounds; // index of the lower bound in custom_exprs (the upper follows), or -1; of a suppressed release 0: it
                // brings its bounds itself
};
struct OutputLayout {
    OutputKind kind;
    int input;
    bool patients; // dp_count(DISTINCT patient)
    Oid result_type;
};
struct KeyLayout {
    Oid type;
    Oid collation;
};
struct Layout {
    Specification specification;
    Oid owner_type;
    Oid owner_collation;
    int inputs;
    InputLayout input[kMaxOutputs];
    int outputs;
    OutputLayout output[kMaxOutputs];
    List* keys;    // of KeyLayout*
    char* details; // of a suppressed release; else empty
};
List* encode_layout(const Layout& layout);
void decode_layout(List* encoded, Layout* layout);

// Hooks of the planner's side.
PlannedStmt* plan_statement(Query* parse, const char* query_string, int cursor_options, ParamListInfo parameters);
void add_release_paths(PlannerInfo* root, UpperRelationKind stage, RelOptInfo* input, RelOptInfo* output);
void register_nodes();

// What a release with this target list and GROUP BY will measure, as its path will have it: before anything is planned.
void describe_release(List* targets, List* groups, Layout* layout, List** bounds);

// The names of the two plan nodes.
constexpr const char* kReleaseNode = "health_dp release";
constexpr const char* kBoundNode = "health_dp bound";
constexpr const char* kSuppressedNode = "health_dp suppressed release";

} // namespace health_dp::release
