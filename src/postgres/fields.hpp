// Fields of PostgreSQL's nodes that not every version has: what is written about them expands to nothing elsewhere.
#pragma once

#include "postgres/api.hpp"

#if PG_VERSION_NUM >= 150000
#define HDP_SINCE_15(text) text
#define HDP_UNTIL_14(text)
#else
#define HDP_SINCE_15(text)
#define HDP_UNTIL_14(text) text
#endif
#if PG_VERSION_NUM >= 160000
#define HDP_SINCE_16(text) text
#define HDP_UNTIL_15(text)
#else
#define HDP_SINCE_16(text)
#define HDP_UNTIL_15(text) text
#endif
#if PG_VERSION_NUM >= 170000
#define HDP_SINCE_17(text) text
#define HDP_UNTIL_16(text)
#else
#define HDP_SINCE_17(text)
#define HDP_UNTIL_16(text) text
#endif
#if PG_VERSION_NUM >= 180000
#define HDP_SINCE_18(text) text
#define HDP_UNTIL_17(text)
#else
#define HDP_SINCE_18(text)
#define HDP_UNTIL_17(text) text
#endif

namespace health_dp::postgres {

// How many bytes at least one can read at a pointer that palloc() gave. A chunk's header lost half its size with 16
// (c6e0fe1f2a08).
inline Size readable_bytes(void* pointer) {
#if PG_VERSION_NUM >= 160000
    constexpr Size kHeader = 8;
#else
    constexpr Size kHeader = 16;
#endif
    return GetMemoryChunkSpace(pointer) - kHeader;
}

// Whether an operator compares as an ordered index does. Renamed in 18, when other methods could order.
inline bool compares_in_index(Oid number) {
#if PG_VERSION_NUM >= 180000
    return get_op_index_interpretation(number) != NIL;
#else
    return get_op_btree_interpretation(number) != NIL;
#endif
}

// An entry of a table is read, and so are these columns of it, whatever it says of itself. Permissions have records of
// their own from 16 on.
#if PG_VERSION_NUM >= 160000
inline void require_columns(Query* query, RangeTblEntry* entry, const Bitmapset* columns) {
    RTEPermissionInfo* permissions = getRTEPermissionInfo(query->rteperminfos, entry);
    permissions->requiredPerms = ACL_SELECT;
    permissions->selectedCols = bms_add_members(permissions->selectedCols, columns);
}
// Whether an entry that is no table, or a view's, leads to a record of its own, and one that is leads to it.
inline bool has_own_permissions(const Query* query, const RangeTblEntry* entry) {
    if (entry->perminfoindex == 0)
        return entry->rtekind != RTE_RELATION;
    return OidIsValid(entry->relid) && entry->perminfoindex <= static_cast<Index>(list_length(query->rteperminfos)) &&
           list_nth_node(RTEPermissionInfo, query->rteperminfos, static_cast<int>(entry->perminfoindex) - 1)->relid ==
               entry->relid;
}
#else
inline void require_columns(Query*, RangeTblEntry* entry, const Bitmapset* columns) {
    entry->requiredPerms = ACL_SELECT;
    entry->selectedCols = bms_add_members(entry->selectedCols, columns);
}
inline bool has_own_permissions(const Query*, const RangeTblEntry*) { return true; }
#endif

} // namespace health_dp::postgres
