#include "core/accounting/parameters.hpp"

#include "release/session/settings.hpp"

#include "postgres/errors.hpp"
#include "release/plan/plan.hpp"
#include "release/session/explanation.hpp"
#include "release/session/question.hpp"
#include "release/session/side_channels.hpp"

namespace health_dp::release {

namespace {

char* project_setting = nullptr;
char* epsilon_setting = nullptr;
char* delta_setting = nullptr;
char* mechanism_setting = nullptr;
int groups_setting = 0;
int rows_setting = 0;

planner_hook_type planner_before = nullptr;
set_rel_pathlist_hook_type leaves_before = nullptr;

bool check_epsilon(char** value, void**, GucSource) {
    if ((*value)[0] == '\0' || core::Epsilon::parse(*value).ok())
        return true;
    GUC_check_errcode(sqlstate::kBadEpsilon);
    GUC_check_errdetail("epsilon is a positive decimal number with at most 18 digits before and after the point.");
    GUC_check_errhint("For example: SET health_dp.epsilon = 0.5;");
    return false;
}

bool check_delta(char** value, void**, GucSource) {
    if ((*value)[0] == '\0' || core::Delta::parse(*value).ok())
        return true;
    GUC_check_errcode(sqlstate::kBadDelta);
    GUC_check_errdetail("delta is a decimal number between 0 and 1, both excluded.");
    GUC_check_errhint("For example: SET health_dp.delta = '1e-7';");
    return false;
}

bool check_mechanism(char** value, void**, GucSource) {
    if (strcmp(*value, "laplace") == 0)
        return true;
    GUC_check_errcode(sqlstate::kUnsupported);
    GUC_check_errdetail("This version charges pure epsilon and draws discrete Laplace noise only.");
    GUC_check_errhint("SET health_dp.mechanism = 'laplace';");
    return false;
}

// 0 is the project's default. The upper limit is the project's, and known when a statement runs.
bool check_limit(int* value, void**, GucSource) {
    if (*value >= 0)
        return true;
    GUC_check_errcode(sqlstate::kBadLimit);
    GUC_check_errdetail("Limits per patient are numbers from 1, or 0 for the project's default.");
    GUC_check_errhint("For example: SET health_dp.max_groups_per_patient = 3;");
    return false;
}

// Plans hold the row filters of the project they were made under; settings never replan on their own.
void assign_project(const char*, void*) {
    if (IsUnderPostmaster && !IsParallelWorker())
        ResetPlanCache();
}

void define_string(const char* name, const char* description, char** variable, const char* start,
                   GucStringCheckHook check, GucStringAssignHook assign) {
    DefineCustomStringVariable(name, description, nullptr, variable, start, PGC_USERSET, 0, check, assign, nullptr);
}

void add_leaves(PlannerInfo* root, RelOptInfo* relation, Index index, RangeTblEntry* entry) {
    if (leaves_before != nullptr)
        leaves_before(root, relation, index, entry);
    add_leaf_path(root, relation, entry);
}

} // namespace

planner_hook_type previous_planner() { return planner_before; }

const char* requested_project() { return project_setting; }
const char* requested_epsilon() { return epsilon_setting; }
const char* requested_delta() { return delta_setting; }
int requested_groups() { return groups_setting; }
int requested_rows() { return rows_setting; }

AskingRoles asking_roles() {
    const Oid explained = explained_member();
    if (OidIsValid(explained))
        return {explained, explained};
    return {GetSessionUserId(), GetUserId()};
}

void select_project(projects::Project* project) {
    if (requested_project()[0] == '\0')
        ereport(ERROR, (errcode(sqlstate::kNoProject), errmsg("no project is selected"),
                        errhint("SET health_dp.project = '...'; health_dp.projects lists yours.")));
    // In the words that others' projects get as well: which projects there are is nobody else's business.
    if (!projects::find_project(requested_project(), project))
        projects::refuse_unknown_project(requested_project());
}

void initialise() {
    define_string("health_dp.project", "The project under whose authorisation the session asks.", &project_setting, "",
                  nullptr, assign_project);
    define_string("health_dp.epsilon", "What one execution may spend of the project's epsilon.", &epsilon_setting, "",
                  check_epsilon, nullptr);
    define_string("health_dp.delta", "What one execution may spend of the project's delta, where groups are selected.",
                  &delta_setting, "", check_delta, nullptr);
    define_string("health_dp.mechanism", "How noise is drawn: laplace.", &mechanism_setting, "laplace", check_mechanism,
                  nullptr);
    DefineCustomIntVariable("health_dp.max_groups_per_patient",
                            "How many groups of a release one patient may reach (M); 0 means the project's default.",
                            nullptr, &groups_setting, 0, INT_MIN, INT_MAX, PGC_USERSET, 0, check_limit, nullptr,
                            nullptr);
    DefineCustomIntVariable("health_dp.max_rows_per_patient",
                            "How many rows of a patient count in each group (R); 0 means the project's default.",
                            nullptr, &rows_setting, 0, INT_MIN, INT_MAX, PGC_USERSET, 0, check_limit, nullptr, nullptr);
    planner_before = planner_hook;
    planner_hook = plan_statement;
    leaves_before = set_rel_pathlist_hook;
    set_rel_pathlist_hook = add_leaves;
    register_nodes();
    register_leaf();
    install_observation_hooks();
}

} // namespace health_dp::release
