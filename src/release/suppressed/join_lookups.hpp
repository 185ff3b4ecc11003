// How the rows of a block come about: whether its joins look up, or multiply.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// One equality that brings at most one row of an entry to rows of others.
struct Lookup {
    int index;
    Node* conjunct;
    Node* other; // side of it
};

// How the rows of a block come about: those of one entry, to which each of the others brings one at most.
struct Origin {
    int base;      // 0: not proved
    int unproved;  // then: an entry that may bring several
    List* lookups; // of Lookup*
};

Origin origin_of(const Query* query);

// Whether an entry of FROM is a subquery that open_table() made of a protected table; whether it holds patients at all.
bool is_wrapper(const Query* query, int index);
bool is_personal(const Query* query, int index);

bool makes_groups(const Query* query);

// Columns that no two rows of a table have in common: of unique indexes under the types' own equality.
List* unique_indexes(Oid relation); // of Bitmapset*

// The top-level conditions of WHERE and ON, and the entries that FROM has.
void gather_conjuncts(Node* jointree, List** conjuncts, Bitmapset** indexes);

} // namespace health_dp::release
