// Which of PostgreSQL's functions may run on protected rows [C18]: those that cannot fail, cannot be observed and have
// no side effects, and those that our total versions (NULL where the original raises) stand in for.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

enum class Verdict {
    refused,
    total,       // allowed as it is
    substituted, // allowed through health_dp.<total>, its arguments cast to `common`
    pattern,     // LIKE and ILIKE: allowed with a constant pattern that is well formed
    field,       // extract, date_part, date_trunc: through the substitute, with a constant field it knows
    lengths,     // substr, substring: allowed with a constant length that is not negative
};

struct Admission {
    Verdict verdict;
    const char* substitute; // function in schema health_dp; null unless substituted, field or ILIKE
    Oid common;             // type its arguments are cast to; InvalidOid: as they are
};

// The verdict on a function of pg_catalog or ours; everything else is refused.
Admission admit_function(Oid function);

// Aggregates that may be computed per patient inside a release: functions of the multiset of their input, exact.
bool admit_patient_aggregate(Oid function);

// Conversions through text (CoerceViaIO) that cannot fail.
bool admit_text_conversion(Oid source, Oid target);

// Fields of date_trunc and of extract that every date or timestamp has.
bool known_field(const char* field, bool truncating, Oid type);

// Types whose equality has a canonical form, fit for grouping; domains are looked through.
bool groupable_type(Oid type);

} // namespace health_dp::release
