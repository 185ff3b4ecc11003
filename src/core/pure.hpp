// Included first by every header of src/core, which knows nothing of PostgreSQL: the direction cannot rot.
#pragma once

#ifdef POSTGRES_H
#error "src/core headers must be included before, and know nothing of, postgres.h"
#endif
