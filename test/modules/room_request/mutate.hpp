// Changes a tree that PostgreSQL has written as text, by a seed: it stays well formed, and means something else.
#pragma once

#include "postgres/api.hpp"

char* mutate_tree(const char* tree, std::uint64_t seed);
