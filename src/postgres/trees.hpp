// Walking and copying node trees from C++.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::postgres {

inline bool walk_expression(Node* node, Walker walker, void* context) {
    return expression_tree_walker(node, as_walker(walker), context);
}
// Of a syntax tree, before its analysis.
inline bool walk_syntax(Node* node, Walker walker, void* context) {
    return raw_expression_tree_walker(node, as_walker(walker), context);
}
inline bool walk_query(Query* query, Walker walker, void* context, int flags) {
    return query_tree_walker(query, as_walker(walker), context, flags);
}
inline Node* mutate_expression(Node* node, Mutator mutator, void* context) {
    return expression_tree_mutator(node, as_mutator(mutator), context);
}
inline Query* mutate_query(Query* query, Mutator mutator, void* context, int flags) {
    return query_tree_mutator(query, as_mutator(mutator), context, flags);
}

// PostgreSQL's copyObject is typed only where the compiler has typeof.
template <class T>
T* copy(const T* node) {
    return static_cast<T*>(copyObjectImpl(node));
}

} // namespace health_dp::postgres
