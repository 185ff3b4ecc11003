// Changes a tree that PostgreSQL has written as text, by a seed: it stays well formed, and means something else.
#pragma once

#include "postgres/api.hpp"

char* mutate_tree(const char* tree, std::uint64_t seed);

// ":name value": the value stands in the which-th field of this name; ":name @other": what the first field "other" has.
char* set_field(const char* tree, const char* field, int which);
