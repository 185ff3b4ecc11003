// The ledger's tables, as the worker writes them: many charges in one transaction, each judged on its own.
#pragma once

#include "ledger/queue.hpp"

namespace health_dp::ledger::book {

// Judges and books what is taken from the queue, in one transaction with one commit. Whatever goes wrong ends in a
// refusal; nothing is accepted before the commit has returned. `notes_written`: the notes are on disk as well.
void write(int count, const int* places, Answer* answers, int note_count, const Note* notes, bool* notes_written);

// Marks the charges that were made before this moment and have not ended: the server that they ran in has. They are
// nobody's failure [C20]. False when that could not be written.
bool mark_interrupted(TimestampTz before);

} // namespace health_dp::ledger::book
