#include "postgres/lone_database.hpp"

namespace health_dp::postgres {

namespace {

constexpr int kPatienceMs = 5000;
constexpr int kLookMs = 10;

const char* option(List* options, const char* name) {
    ListCell* cell;
    foreach (cell, options) {
        DefElem* element = lfirst_node(DefElem, cell);
        if (strcmp(element->defname, name) == 0 && element->arg != nullptr)
            return defGetString(element);
    }
    return nullptr;
}

// The database that the statement needs for itself; null when it is none of those statements.
const char* database_wanted(Node* statement) {
    switch (nodeTag(statement)) {
    case T_DropdbStmt:
        return castNode(DropdbStmt, statement)->dbname;
    case T_RenameStmt: {
        RenameStmt* rename = castNode(RenameStmt, statement);
        return rename->renameType == OBJECT_DATABASE ? rename->subname : nullptr;
    }
    case T_AlterDatabaseStmt: {
        AlterDatabaseStmt* alter = castNode(AlterDatabaseStmt, statement);
        return option(alter->options, "tablespace") != nullptr ? alter->dbname : nullptr;
    }
    case T_CreatedbStmt: {
        const char* source = option(castNode(CreatedbStmt, statement)->options, "template");
        return source != nullptr ? source : "template1";
    }
    default:
        return nullptr;
    }
}

// PostgreSQL checks privileges later; whoever cannot go through with the statement must not send workers away either.
bool may_dismiss(Node* statement, Oid database) {
    return owns_database(database, GetUserId()) || (IsA(statement, CreatedbStmt) && may_create_databases(GetUserId()));
}

} // namespace

void dismiss_before_utility(Node* statement, Dismiss dismiss) {
    const char* name = database_wanted(statement);
    if (name == nullptr)
        return;
    const Oid database = get_database_oid(name, true);
    if (!OidIsValid(database) || !may_dismiss(statement, database))
        return;
    // PostgreSQL itself then waits some seconds for a process that is on its way out.
    for (int waited = 0; dismiss(database) && waited < kPatienceMs; waited += kLookMs) {
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, kLookMs, PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
        CHECK_FOR_INTERRUPTS();
    }
}

} // namespace health_dp::postgres
