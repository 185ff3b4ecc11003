#include "keys/undumpable.hpp"

#include <sys/prctl.h>

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"

namespace health_dp::keys {

namespace {

int living = 0;
int before = 1; // what the process was when the first one came

} // namespace

Undumpable::Undumpable() {
    if (living == 0) {
        before = prctl(PR_GET_DUMPABLE);
        if (prctl(PR_SET_DUMPABLE, 0) != 0)
            postgres::throw_sql_error(sqlstate::kKeysUnavailable, "this session cannot be kept out of core files");
    }
    living++;
}

// PR_SET_DUMPABLE takes 0 and 1 only; 2 is for the kernel to set.
Undumpable::~Undumpable() {
    if (counts_ && --living == 0 && before == 1)
        (void)prctl(PR_SET_DUMPABLE, 1);
}

} // namespace health_dp::keys
