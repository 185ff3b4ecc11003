// How the rows of a block come about: whether its joins look up, or multiply.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// Its conditions say which rows of its optional side there are, and nothing of the other side's.
struct OuterJoin {
    bool full;            // both sides are optional
    bool owned;           // rows of the other side have owners
    Node* preserved_part; // of FROM
    Node* optional_part;
    Bitmapset* preserved; // entries
    Bitmapset* optional;
    List* conjuncts; // top-level conditions of ON
};

// FROM, or a part of it, with WHERE.
struct From {
    List* conjuncts;   // top-level conditions of WHERE, and of inner joins
    List* outer_joins; // of OuterJoin*
    Bitmapset* entries;
};
From read_from(Node* part);
// Those of outer joins as well.
List* all_conjuncts(const From& from);

// One equality that brings at most one row of an entry to rows of others.
struct Lookup {
    int index;
    Node* conjunct;
    Node* other; // side of it
};

// How the rows of a block come about: those of one entry, to which each of the others brings one at most.
struct Origin {
    int base;          // 0: not proved
    int unproved;      // then: an entry that may bring several
    bool padded;       // or one that conditions leave out, and an outer join brings a row without it then
    List* lookups;     // of Lookup*
    List* outer_joins; // of FROM: OuterJoin*
};

Origin origin_of(const Query* query);

// Whether an entry of FROM is a subquery that open_table() made of a protected table; whether it holds patients at all.
bool is_wrapper(const Query* query, int index);
bool is_personal(const Query* query, int index);

bool makes_groups(const Query* query);

// Columns that no two rows of a table have in common: of unique indexes under the types' own equality.
List* unique_indexes(Oid relation); // of Bitmapset*

} // namespace health_dp::release
