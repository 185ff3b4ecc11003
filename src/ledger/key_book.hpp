// The record of key uses and its quotas, as the worker writes them [C23]. Within the worker's transaction and SPI.
#pragma once

#include "ledger/queue.hpp"

namespace health_dp::ledger::key_book {

// Judges one reservation, on what is committed now, and puts it on record. Raises when the answer is no.
void judge(const Request& request, Answer* answer);

// How many of the reserved uses were made.
void write_notes(int count, const Note* notes);

} // namespace health_dp::ledger::key_book
