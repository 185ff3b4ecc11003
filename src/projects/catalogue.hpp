// What the catalogue says of projects and tables, read directly (no SQL, no privileges needed) by the planner's side,
// by the executor at every execution, and by the ledger's worker. Plain data only; errors are ereports.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::projects {

// An exact decimal as text, for core to parse: "0.5", "1e-6" is stored as "0.000001". Empty means not set.
using DecimalText = char[48];

struct Project {
    int32 id;
    NameData name;
    bool suspended;
    bool releases_dp; // 'dp' is among the permitted kinds of release
    bool releases_suppressed;
    DateADT valid_from;  // first day
    DateADT valid_until; // first day after
    int32 min_cell;
    int32 default_groups, max_groups;         // M: when the session does not say, and the ceiling
    int32 default_rows, max_rows;             // R: likewise
    DecimalText default_epsilon, max_epsilon; // per execution
    DecimalText default_delta, max_delta;
    DecimalText min_epsilon;                       // the least that a dp execution may cost
    int32 executions_per_day;                      // of a login role in this project; kServersNumber when it says none
    int32 time_limit_ms, memory_kb, temp_limit_kb; // of the room that releases for it; 0 when it says none
};
constexpr int32 kServersNumber = -1;

// Reads under a fresh catalogue snapshot. False when there is no such project.
bool find_project(const char* name, Project* project);
bool find_project_by_id(int32 id, Project* project);

// True when `role` is `entered`, or has its privileges, and that still has the name it was entered with: a dropped role
// leaves its number behind, in dumps as well, where another cluster would read it as the number of some other role.
// Superusers get no shortcut.
bool stands_for(Oid role, Oid entered, const char* entered_name);

// True when one of the project's member roles stands for `role`.
bool is_member(int32 project_id, Oid role);

// Raises kUnknownProject in the one wording for "no such project" and "not a member", which outsiders cannot tell
// apart.
[[noreturn]] void refuse_unknown_project(const char* name);

// Today in UTC, by the clock and not by the transaction's start: a member can set the session's time zone, and can keep
// a transaction open beyond the last day.
DateADT today();

using DateText = char[32];
const char* print_date(DateADT date, DateText text);

// Errors (kSuspended, kOutsideValidity) unless the project is valid today and not suspended.
void check_open(const Project& project);

// Errors (kBadEpsilon) when a dp execution would cost less than the project's least epsilon [C28].
void check_price(const Project& project, const DecimalText& epsilon);

enum class ReleaseKind : uint8 { dp, suppressed };

// Errors (also kUnknownProject, kReleaseKind) unless both roles may make this kind of release from it now.
void check_usable(const Project& project, Oid session_user, Oid current_user, ReleaseKind kind);

enum class LabelKind { none, protected_direct, protected_via, public_table };
constexpr int kMaxLinkColumns = 16;

struct TableLabel {
    LabelKind kind;
    AttrNumber owner; // protected_direct: the patient's column
    Oid target;       // protected_via: the table the link leads to
    int link_columns; // protected_via: how many columns the link has
    AttrNumber from[kMaxLinkColumns];
    AttrNumber to[kMaxLinkColumns];
};

// The label of a relation; kind none when it has none. kBadLabel when the text fits the table no more (a column was
// renamed or dropped, a link's target is not protected or has no valid unique, immediate, non-partial index on it).
void read_table_label(Oid relation, TableLabel* label);

// Whether its label says that it is protected, or that of a table which it is a partition or a child of.
bool is_protected(Oid relation);

// A protected table that this one is a partition or an inheritance child of, at any depth; InvalidOid when there is
// none. Its rows are that table's, whatever it says of itself. Reads the text of labels only, and never errors.
Oid protected_ancestor(Oid relation);

// OID of the extension in this database, or InvalidOid.
Oid own_extension();

// Errors (kOtherVersion) where the database's objects are of another version than this library: between the server's
// restart with new files and ALTER EXTENSION UPDATE.
void require_own_version();

// The declared bounds of a column as exact decimal text; false when it declares none.
bool read_bounds(Oid relation, AttrNumber column, DecimalText lower, DecimalText upper);

// Whether a grant of the table to the project is on record.
bool is_granted(int32 project_id, Oid relation);

// The grant's row filter as a boolean expression over range table index `varno`, or null when the grant covers all
// rows. Made from the record each time. Errors (kNotGranted) when there is none, or when the table has changed since in
// what the record says of it: such a grant gives no row, until it is made again.
Node* row_filter(int32 project_id, Oid relation, int varno);

// Whether row-level security is on and forced for the relation and its restrictive gate policy stands. A label without
// walls opens nothing: whoever reads a label to open a table asks this as well.
bool has_walls(Oid relation);

// Whether a policy has the name of one that protect() makes.
bool is_our_policy(const char* name);

// OID of the project catalogue's table, for PlannedStmt.relationOids: every change of a project, of its members or of
// its grants sends an invalidation for it.
Oid project_catalogue_oid();

// Whether the server loaded the library at its start: without hooks nothing opens, and the gate says why.
void note_preloaded();
bool is_preloaded();

// Registers the label provider; called once, from _PG_init.
void initialise();

} // namespace health_dp::projects
