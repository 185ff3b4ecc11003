// What the columns of a vetted query are in the tables below: found through the subqueries that open_table() makes of
// protected tables, and through those of the query.
#pragma once

#include "release/vetting/relations.hpp"

namespace health_dp::release {

// The column that an expression equals, whatever binary-compatible type it is read as; null for anything else.
Var* plain_column(Node* node);

// The column whose values an expression has and compares as they compare themselves: 'A' and 'A ' are two values of a
// text column, and one as character. Whoever concludes from an equality takes this one.
Var* same_column(Node* node);

// The equality that a type's values have unless told.
Oid equality_of(Oid type);

// The label of the protected table that an entry of FROM reads, through the subquery that open_table() made of it; kind
// none for anything else, public tables and subqueries over them among it.
projects::TableLabel table_label(const Query* query, int index);

// A column of a protected table; no relation for anything else.
struct ProtectedColumn {
    Oid relation;
    AttrNumber number;
};
ProtectedColumn protected_column(const Query* query, const Var* column);

// Whether it holds the patient: the label says so, or a link that leads to a column that does.
bool names_patient(const ProtectedColumn& column);

// Whoever chooses rows by their own numbers, or by what they are linked by, composes a cell of rows that he knows and
// one that he wants to know: its number says what that one is like.
bool names_row(const ProtectedColumn& column);

// A join of one patient's rows: the patients are equal, or a declared link is followed.
bool joins_patients(const Query* query, const Var* left, const Var* right);

} // namespace health_dp::release
