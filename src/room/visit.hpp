// The session's side of a room: a process of ours that reads what the session must not. Knows nothing of releases.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::room {

// Who asks, for the ceilings; a limit of 0 is the setting's (health_dp.rooms_per_member, health_dp.rooms_per_project).
struct Claim {
    Oid database;
    Oid member;
    int32 project;
    int member_limit;
    int project_limit;
};

// In the memory context in which it was entered. Plain data.
struct Visit;

// A room of this database: an idle one, or else a new one, or else the place of one that another database leaves idle,
// or else the next to become free, first come, first served, up to health_dp.room_wait. The claim's database is the
// session's, whatever it says. Raises kNoRoom or kNotLoaded; then nothing was sent, and nothing may have been charged.
// Whatever ends the process ends its visits; whatever else ends the caller must abandon(): use with_visit().
Visit* enter(const Claim& claim);

// One frame of at most 8 MB (kOversized), through a ring that is smaller. When the room has finished already, which is
// when it refuses before it has read everything, the rest is dropped: receive() says why.
void send(Visit* visit, uint8 kind, const char* data, Size size);

// The next frame, into `frame` from its beginning; returns its kind. Raises kRoomLost when the room has finished, or
// has ended, without another word, kRoomRole when it refused to work. Honours cancel, termination, a client that has
// gone.
uint8 receive(Visit* visit, StringInfo frame);

// The request is answered: the room is free for others.
void leave(Visit* visit);

// However else the session ends: the room stops what it does. After leave() nothing.
void abandon(Visit* visit);

// Enters, runs body(visit), leaves; abandons on error and on exit. The body holds plain data only.
template <class Body>
void with_visit(const Claim& claim, Body&& body) {
    Visit* visit = enter(claim);
    const auto cleanup = [](int, Datum abandoned) { abandon(reinterpret_cast<Visit*>(DatumGetPointer(abandoned))); };
    const pg_on_exit_callback on_exit = cleanup;
    PG_ENSURE_ERROR_CLEANUP(on_exit, PointerGetDatum(visit));
    { body(visit); }
    PG_END_ENSURE_ERROR_CLEANUP(on_exit, PointerGetDatum(visit));
    leave(visit);
}

} // namespace health_dp::room
