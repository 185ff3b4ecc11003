// Frames through a slot's rings: what both sides of a visit have in common.
#pragma once

#include "postgres/api.hpp"

#include "room/pool.hpp"

namespace health_dp::room {

// Plain data.
struct Line {
    Slot* slot;
    uint64 visit;
    bool from_room; // this side is the room
    int peer;       // process number of the other side
    uint64 sent;    // frames
    uint64 received;
    // Sleeps until the latch is set, or for some time; may raise. False when the other side has ended: it reads nothing
    // any more, and writes nothing beyond what is in the ring.
    bool (*rest)(Line* line);
};

// False when the other side has ended before all was written.
bool write_frame(Line* line, uint8 kind, const char* data, Size size);

enum class Arrival : uint8 { frame, ended, damaged };
Arrival read_frame(Line* line, uint8* kind, StringInfo frame);

// The key of all frames' check values: drawn by the first process that needs it, after it was forked.
void prepare_key();

} // namespace health_dp::room
