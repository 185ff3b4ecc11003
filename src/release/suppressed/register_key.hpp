// Seals what the register of suppressed releases holds [C21]: hidden counts are among it, and whoever copies the disks
// has the table. The key is the key keeper's, of a domain of its own; a keeper that is sealed stops suppressed
// releases.
#pragma once

#include "core/keys/domain.hpp"

#include "postgres/api.hpp"

namespace health_dp::release {

// Where a record stands: moved to another project or charge, it does not open.
struct RecordPlace {
    int32 project;
    int64 charge_id;
    const char* population; // 32 hexadecimal digits
};

struct RecordBytes {
    const char* bytes; // in the memory context of the call
    Size size;
};

// Asks the keeper for the current key, which the transaction then keeps. Errors: those of keys::find_key() and
// keys::derived_key(), and kUnknownDomain where the key was never made. To be called before a release is charged.
void require_register_key();

// Under the current key, whose version goes with the record.
RecordBytes seal_record(const RecordPlace& place, const char* bytes, Size size, core::keys::Version* version);

// Errors as require_register_key(); ERRCODE_DATA_CORRUPTED for anything that seal_record() has not made for this place.
RecordBytes open_record(const RecordPlace& place, const char* sealed, Size size, core::keys::Version version);

} // namespace health_dp::release
