// SQL functions on the register of suppressed releases.
#include "release/suppressed/register_key.hpp"

#include "postgres/boundary.hpp"

using namespace health_dp;

// reseal_cells(project_id integer, charge_id bigint, population text, cells bytea, key_version integer)
// returns (cells_now bytea, version_now smallint)
HDP_FUNCTION(hdp_reseal_cells) {
    const release::RecordPlace place = {PG_GETARG_INT32(0), PG_GETARG_INT64(1), text_to_cstring(PG_GETARG_TEXT_PP(2))};
    const bytea* cells = PG_GETARG_BYTEA_PP(3);
    const int32 version = PG_GETARG_INT32(4);
    release::RecordBytes clear = {VARDATA_ANY(cells), VARSIZE_ANY_EXHDR(cells)};
    if (version != 0)
        clear = release::open_record(place, clear.bytes, clear.size, static_cast<core::keys::Version>(version));
    core::keys::Version now = 0;
    const release::RecordBytes sealed = release::seal_record(place, clear.bytes, clear.size, &now);
    auto* result = static_cast<bytea*>(palloc(VARHDRSZ + sealed.size));
    SET_VARSIZE(result, VARHDRSZ + sealed.size);
    memcpy(VARDATA(result), sealed.bytes, sealed.size);
    TupleDesc type = nullptr;
    if (get_call_result_type(fcinfo, nullptr, &type) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "reseal_cells() returns a row");
    Datum values[] = {PointerGetDatum(result), Int16GetDatum(now)};
    bool nulls[] = {false, false};
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(type), values, nulls)));
}
