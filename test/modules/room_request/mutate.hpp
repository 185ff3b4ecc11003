// Changes a tree that PostgreSQL has written as text, by a seed: it stays well formed, and means something else.
#pragma once

#include "postgres/api.hpp"

char* mutate_tree(const char* tree, std::uint64_t seed);

// ":name value": the value stands in the which-th field of this name. ":name#3 value": in its fourth; ":name @other":
// what the first field "other" has, or "@other#3"; ":name TWICE": its list, twice. Several of them, one after the
// other, stand behind semicolons.
char* set_fields(const char* tree, const char* fields, int which);
