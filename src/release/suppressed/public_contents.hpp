// What the public tables of a suppressed release hold. A population is compared by the text of FROM and WHERE; who
// changes the rows of a table in it chooses by which patients two releases differ.
#pragma once

#include "postgres/api.hpp"
#include "release/suppressed/publication_register.hpp"

namespace health_dp::release {

struct PublicContents {
    const char* text;    // one line for each table and set of columns, for the register
    const char* changed; // the name of a table that has changed since, and nobody accepted it; else null
};

// Reads the columns of public tables that a vetted query names, and those of them that earlier releases named, in the
// active snapshot.
PublicContents read_public_contents(Query* query, int32 project, const Registered& earlier);

// Error kDataChanged.
[[noreturn]] void refuse_changed_table(const char* table, const Registered& earlier);

} // namespace health_dp::release
