// The room's side: how it hears what is asked, and answers. Named for the one whom the room serves; knows nothing of
// releases either.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::room {

// Read by the room itself from the session's entry among the server's processes, never from a message.
struct Asker {
    Oid login_role; // whom the session was authenticated as
    Oid database;
    int pid;
};

struct Guest;

const Asker& asker(const Guest* guest);

// As in visit.hpp. A guest who has left is an error (query_canceled), and so is a damaged message.
uint8 receive(Guest* guest, StringInfo frame);
void send(Guest* guest, uint8 kind, const char* data, Size size);

// From the beginning of a request the room holds a lock on which its session waits, so that PostgreSQL's deadlock
// detector sees that the session waits for what the room waits for. Called once the room waits for no lock any more
// that its session may stand in the way of. Idempotent; the end of a request does the same.
void end_waiting_phase(Guest* guest);

// A transaction of the room: read only, as the rooms' role, in a security context that no function it runs can leave.
// Not for the whole of a request, because PostgreSQL allows no such context outside a transaction, and takes it back at
// an error. roll_back() is for what was refused and is still to be told: it is allowed where none is open, too.
void begin();
void commit();
void roll_back();

// Serves one request: receives, answers, in transactions of its own. May raise; the session then sees kRoomLost unless
// its last word was sent before. Left open, a transaction is rolled back.
using Serve = void (*)(Guest* guest);

} // namespace health_dp::room
