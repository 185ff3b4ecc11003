#include "release/vetting/row_filters.hpp"

namespace health_dp::release {

Node* row_filter(Query* query, Oid relation, int index, Statement* statement) {
    if (statement->unfiltered)
        return nullptr;
    const Place place = {kRowFilter, query, statement};
    return vet_expression(projects::row_filter(statement->project->id, relation, index), place);
}

void check_row_filter(Node* filter, Oid relation) {
    Statement statement = {};
    auto* entry = makeNode(RangeTblEntry);
    entry->rtekind = RTE_RELATION;
    entry->relid = relation;
    auto* query = makeNode(Query);
    query->commandType = CMD_SELECT;
    query->rtable = list_make1(entry);
    const Place place = {kNewRowFilter, query, &statement};
    vet_expression(filter, place);
}

} // namespace health_dp::release
