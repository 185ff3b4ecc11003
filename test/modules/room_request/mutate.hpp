// Changes a tree that PostgreSQL has written as text, by a seed: it stays well formed, and means something else.
#pragma once

#include "postgres/api.hpp"

char* mutate_tree(const char* tree, std::uint64_t seed);

// ":name value": what stands in the field of this name, the number-th of it in the tree, is the value.
char* set_field(const char* tree, const char* field, int which);
