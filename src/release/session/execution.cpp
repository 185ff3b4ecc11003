#include "core/accounting/parameters.hpp"

#include "release/session/execution.hpp"

#include "ledger/ledger.hpp"
#include "postgres/errors.hpp"
#include "release/session/settings.hpp"

#include <optional>
#include <vector>

#include "postgres/boundary.hpp"

namespace health_dp::release {

struct ReleaseKeys {
    std::vector<std::optional<core::ReleaseKey>> of;
};

namespace {

Execution* current = nullptr;

bool greater(const char* a, const char* b) {
    const auto left = core::Decimal::parse(a);
    const auto right = core::Decimal::parse(b);
    return left.ok() && right.ok() && left.value() > right.value();
}

// A decimal setting: the session's, or else the project's; checked against the project's ceiling.
void freeze_decimal(const char* name, const char* requested, const projects::DecimalText& fallback,
                    const projects::DecimalText& ceiling, int code, projects::DecimalText& frozen) {
    strlcpy(frozen, requested[0] != '\0' ? requested : fallback, sizeof(projects::DecimalText));
    if (frozen[0] == '\0')
        ereport(ERROR, (errcode(code), errmsg("health_dp.%s is not set, and the project has no default", name),
                        errhint("SET health_dp.%s = '...': it is what this execution may spend.", name)));
    if (ceiling[0] != '\0' && greater(frozen, ceiling))
        ereport(ERROR,
                (errcode(code), errmsg("health_dp.%s = %s is above the project's ceiling of %s", name, frozen, ceiling),
                 errhint("SET health_dp.%s to at most %s.", name, ceiling)));
}

int freeze_limit(const char* name, int requested, int fallback, int ceiling) {
    const int value = requested > 0 ? requested : fallback;
    if (value < 1 || value > ceiling)
        ereport(ERROR, (errcode(sqlstate::kBadLimit),
                        errmsg("health_dp.%s = %d is outside the project's range of 1 to %d", name, value, ceiling),
                        errhint("SET health_dp.%s to a value in that range.", name)));
    return value;
}

} // namespace

void check_same_project(int32 planned) {
    projects::Project project;
    select_project(&project);
    if (project.id != planned)
        ereport(ERROR, (errcode(sqlstate::kProjectChanged), errmsg("this statement was prepared under another project"),
                        errhint("PREPARE it again, or SET health_dp.project back.")));
}

void set_price(Execution* execution, const Price& asked, bool selects) {
    const projects::Project& project = execution->project;
    execution->max_groups =
        freeze_limit("max_groups_per_patient", asked.max_groups, project.default_groups, project.max_groups);
    execution->max_rows = freeze_limit("max_rows_per_patient", asked.max_rows, project.default_rows, project.max_rows);
    freeze_decimal("epsilon", asked.epsilon, project.default_epsilon, project.max_epsilon, sqlstate::kBadEpsilon,
                   execution->epsilon);
    projects::check_price(project, execution->epsilon);
    if (selects)
        freeze_decimal("delta", asked.delta, project.default_delta, project.max_delta, sqlstate::kBadDelta,
                       execution->delta);
    else
        strlcpy(execution->delta, "0", sizeof(execution->delta));
}

void use_execution(Execution* execution) {
    if (current != nullptr)
        delete current->keys;
    current = execution;
}

Execution* current_execution() {
    if (current == nullptr)
        elog(ERROR, "a release outside a room");
    return current;
}

const core::ReleaseKey& release_key(Execution* execution, int index) {
    if (execution->keys == nullptr)
        execution->keys = new ReleaseKeys{};
    auto& keys = execution->keys->of;
    if (keys.size() <= static_cast<std::size_t>(index))
        keys.resize(static_cast<std::size_t>(index) + 1);
    auto& key = keys[static_cast<std::size_t>(index)];
    if (!key) {
        auto drawn = core::ReleaseKey::generate();
        if (!drawn.ok())
            postgres::throw_sql_error(sqlstate::kReleaseFailed, drawn.error().message);
        key = std::move(drawn).value();
    }
    return *key;
}

void charge(Execution* execution, const char* claimed, const char* executed) {
    ledger::Charge charge = {};
    charge.project = execution->project.id;
    charge.kind = execution->kind;
    charge.session_user = execution->session_user;
    charge.current_user = execution->current_user;
    charge.login_role = execution->login_role;
    strlcpy(charge.epsilon, execution->epsilon, sizeof(charge.epsilon));
    strlcpy(charge.delta, execution->delta, sizeof(charge.delta));
    charge.releases = execution->releases;
    charge.query = claimed;
    charge.executed = executed;
    execution->charge_id = ledger::charge(charge);
}

void raise_constant_failure() {
    ereport(ERROR,
            (errcode(sqlstate::kReleaseFailed), errmsg("the release failed after its charge"),
             errhint("The charge stays. Ask the DBA to check memory and temporary disk space, then ask again.")));
    pg_unreachable();
}

} // namespace health_dp::release
