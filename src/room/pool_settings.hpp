#pragma once

#include "postgres/api.hpp"

namespace health_dp::room::settings {

constexpr int kMaxRooms = 64;

extern int rooms;
extern int room_wait;         // ms
extern int room_idle_timeout; // s
extern int rooms_per_member;
extern int rooms_per_project;

void define();

// Into the log, at the server's start: what the pool can do with the processes that the server has.
void warn_of_too_few_processes();

} // namespace health_dp::room::settings
