// The register of suppressed releases: what a project has published so far.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

struct Registered {
    int64 release; // the project's latest; 0 for none
    int64 number;  // which of the project's it is, from 1: what its members may know
    char population[33];
    const char* cells; // of all its releases, in the memory context of the call
    int size;
    const char* public_contents; // as public_contents.hpp has them; null for none
};

// What is committed now, whatever the transaction's snapshot shows, opened: errors as open_record().
Registered read_register(int32 project);

} // namespace health_dp::release
