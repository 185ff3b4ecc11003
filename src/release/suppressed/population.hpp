// Digests by which a later release is told to range over the same population, or over the same key, or not. They are of
// the text of the vetted query with every name qualified: a dump brings back the same names, though no OID.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// 32 hexadecimal digits each.
char* digest_of_text(const char* text);
char* digest_of_population(const Query* inner); // FROM and WHERE, whatever the query calls them
char* digest_of_key(const Query* inner, Node* key);

} // namespace health_dp::release
