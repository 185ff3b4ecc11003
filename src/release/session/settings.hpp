// The session's settings, and the hooks that were there before us.
#pragma once

#include "postgres/api.hpp"
#include "projects/catalogue.hpp"

namespace health_dp::release {

// Defines the settings, installs the hooks. From _PG_init, when preloaded.
void initialise();

planner_hook_type previous_planner();

// Who asks: the session's roles, unless a superuser has a member's question explained.
struct AskingRoles {
    Oid session_user;
    Oid current_user;
};
AskingRoles asking_roles();

// Reads the project of the session; errors kNoProject, kUnknownProject.
void select_project(projects::Project* project);

// What the session asks for; empty text or 0 where it leaves it to the project.
const char* requested_project();
const char* requested_epsilon();
const char* requested_delta();
int requested_groups();
int requested_rows();

} // namespace health_dp::release
