// From one pseudonym to another under the key of a further domain, for linkage (88-link.sql). Internal to functions
// of the owner's: nobody else may call it or sees what it returns.
#include "core/pseudonym/pseudonymiser.hpp"

#include "sql_functions/byte_types.hpp"
#include "sql_functions/keyed.hpp"

using namespace health_dp;
using core::pseudonym::CanonicalIdentifier;
using core::pseudonym::Pseudonym;
using core::pseudonym::Pseudonymiser;

namespace {

const Pseudonymiser* pseudonymiser_for(FunctionCallInfo fcinfo, std::string_view domain, int32 version, int uses) {
    return keyed::engine_for<Pseudonymiser>(fcinfo, keyed::asked(domain, version), keys::Operation::link,
                                            core::keys::Purpose::pseudonym, "", uses,
                                            [](const keyed::Source& source, const core::SecretBytes& key) {
                                                return Pseudonymiser::create(keyed::view_of(key), source.name.version);
                                            });
}

// Of the text of a pseudonym: what pseudonymise() gives for it in a domain of texts.
Pseudonym relinked(const Pseudonymiser& pseudonymiser, const Pseudonym& value) {
    const auto text = value.text();
    return pseudonymiser.pseudonymise(CanonicalIdentifier::of_text({text.data(), text.size()}).value());
}

} // namespace

// relink(pseudonyms pseudonym[], domain text, version integer) returns pseudonym[], none of which may be null
HDP_FUNCTION(hdp_linkage_relink) {
    ArrayType* array = PG_GETARG_ARRAYTYPE_P(0);
    const Oid type = ARR_ELEMTYPE(array);
    Datum* values;
    int count;
    deconstruct_array(array, type, Pseudonym::kBytes, false, TYPALIGN_CHAR, &values, nullptr, &count);
    if (count == 0)
        PG_RETURN_ARRAYTYPE_P(array);
    const Pseudonymiser* pseudonymiser =
        pseudonymiser_for(fcinfo, keyed::bytes_of(fcinfo, 1), PG_GETARG_INT32(2), count);
    for (int i = 0; i < count; i++)
        values[i] = byte_types::pack(
            postgres::entry([&] { return relinked(*pseudonymiser, byte_types::unpack<Pseudonym>(values[i])); }));
    PG_RETURN_ARRAYTYPE_P(construct_array(values, count, type, Pseudonym::kBytes, false, TYPALIGN_CHAR));
}
