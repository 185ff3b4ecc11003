#include "release/room/reconstruction.hpp"

#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/grammar/grammar.hpp"
#include "release/plan/aggregates.hpp"
#include "release/session/values.hpp"
#include "release/suppressed/grouping_sets.hpp"

namespace health_dp::release {

namespace {

[[noreturn]] void refuse_malformed() {
    ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION), errmsg("a request to a room is malformed")));
    pg_unreachable();
}

Const* receive_value(const TravellingValue& value) {
    if (!may_travel(value.type))
        ereport(ERROR, (errcode(sqlstate::kBadType),
                        errmsg("a value of type %s cannot be sent to a release", format_type_be(value.type)),
                        errhint("Use text, numbers, dates, uuid, enums, or arrays of them.")));
    const Oid type = getBaseType(value.type);
    int16 length;
    bool by_value;
    get_typlenbyval(type, &length, &by_value);
    Datum datum = 0;
    if (!value.is_null) {
        Oid function, parameter;
        getTypeBinaryInputInfo(type, &function, &parameter);
        StringInfoData bytes;
        initStringInfo(&bytes);
        appendBinaryStringInfo(&bytes, value.bytes, value.size);
        datum = OidReceiveFunctionCall(function, &bytes, parameter, -1);
        if (bytes.cursor != bytes.len)
            refuse_malformed();
    }
    return makeConst(value.type, -1, InvalidOid, length, datum, value.is_null, by_value);
}

bool is_measure(const Expr* expression, bool suppressed) {
    if (!IsA(expression, Aggref) || reinterpret_cast<const Aggref*>(expression)->agglevelsup != 0)
        return false;
    bool with_bounds;
    switch (classify_aggregate(reinterpret_cast<const Aggref*>(expression), &with_bounds)) {
    case AggregateKind::count:
    case AggregateKind::sum:
    case AggregateKind::average:
        return !suppressed;
    case AggregateKind::suppressed_count:
    case AggregateKind::suppressed_sum:
    case AggregateKind::suppressed_average:
    case AggregateKind::suppressed_variance:
    case AggregateKind::suppressed_hidden:
        return suppressed;
    case AggregateKind::none:
        break;
    }
    return false;
}

// As sessions make the query of a release: keys, then measures, over tables; a suppressed one may have grouping sets.
// Nothing in it is looked at here.
void check_clauses(Query* query, bool suppressed) {
    Query* permissions = makeNode(Query); // where they lie meanwhile
    postgres::move_permissions(query, permissions);
    Query* plain = makeNode(Query);
    plain->commandType = CMD_SELECT;
    plain->querySource = QSRC_ORIGINAL;
    plain->rtable = query->rtable;
    plain->jointree = query->jointree;
    plain->hasRowSecurity = query->hasRowSecurity;
    plain->hasSubLinks = query->hasSubLinks;
    plain->hasAggs = true;
    plain->targetList = query->targetList;
    plain->groupClause = query->groupClause;
    const int keys = list_length(query->groupClause);
    if (suppressed && are_grouping_sets(query->groupingSets, keys)) {
        plain->groupingSets = query->groupingSets;
        plain->groupDistinct = query->groupDistinct;
    }
    const bool is_plain = equal(plain, query);
    postgres::move_permissions(permissions, query);
    if (!is_plain || query->jointree == nullptr)
        refuse_malformed();
}

void check_columns(const Query* query, bool suppressed) {
    const int keys = list_length(query->groupClause);
    bool good = list_length(query->targetList) > keys;
    for (int at = 0; good && at < list_length(query->targetList); ++at) {
        const auto* target = lfirst_node(TargetEntry, list_nth_cell(query->targetList, at));
        const Index number = at < keys ? static_cast<Index>(at) + 1 : 0;
        good =
            !target->resjunk && target->resno == at + 1 && target->ressortgroupref == number &&
            (at < keys ? lfirst_node(SortGroupClause, list_nth_cell(query->groupClause, at))->tleSortGroupRef == number
                       : is_measure(target->expr, suppressed));
    }
    if (!good)
        refuse_malformed();
}

struct Reader {
    Oid role;
};

// Nobody's privileges but the asker's, or those of a view's owner, count.
bool note_reader(Node* node, void* context) {
    if (node == nullptr)
        return false;
    if (IsA(node, Query)) {
        postgres::read_as_default(castNode(Query, node), static_cast<Reader*>(context)->role);
        return postgres::walk_query(castNode(Query, node), note_reader, context, 0);
    }
    return postgres::walk_expression(node, note_reader, context);
}

} // namespace

List* reconstruct(const Request& request) {
    List* queries = NIL;
    ListCell* cell;
    foreach (cell, request.releases) {
        const auto* release = static_cast<RequestedRelease*>(lfirst(cell));
        auto* tree = static_cast<Node*>(stringToNode(release->tree));
        if (tree == nullptr || !IsA(tree, Query) || castNode(Query, tree)->commandType != CMD_SELECT)
            elog(ERROR, "a request without a query");
        List* values = NIL;
        ListCell* value;
        foreach (value, release->values)
            values = lappend(values, receive_value(*static_cast<TravellingValue*>(lfirst(value))));
        auto* query = castNode(Query, tree);
        check_clauses(query, request.suppressed);
        query = grammar::rebuild(query, grammar::Stage::arrived);
        check_columns(query, request.suppressed);
        AcquireRewriteLocks(query, true, false);
        query = insert_values(query, values);
        Reader reader = {request.current_user};
        note_reader(reinterpret_cast<Node*>(query), &reader);
        queries = lappend(queries, query);
    }
    return queries;
}

} // namespace health_dp::release
