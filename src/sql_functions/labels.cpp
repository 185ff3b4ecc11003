// SQL functions on labels: what the stewards' functions of 20-labels.sql and 30-protection.sql ask.
#include "projects/labels.hpp"
#include "postgres/errors.hpp"
#include "projects/catalogue.hpp"

using namespace health_dp;

// check_label(relation oid, label text) returns void
HDP_FUNCTION(hdp_labels_check) {
    projects::TableLabel label;
    projects::check_table_label(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)), &label);
    PG_RETURN_VOID();
}

// protection(relation oid) returns text: how the relation is protected, null when its label says nothing of the sort
HDP_FUNCTION(hdp_labels_protection) {
    projects::TableLabel label;
    projects::read_table_label(PG_GETARG_OID(0), &label);
    switch (label.kind) {
    case projects::LabelKind::protected_direct:
        PG_RETURN_TEXT_P(cstring_to_text("protected"));
    case projects::LabelKind::protected_via:
        PG_RETURN_TEXT_P(cstring_to_text("protected via"));
    case projects::LabelKind::public_table:
        PG_RETURN_TEXT_P(cstring_to_text("public"));
    case projects::LabelKind::none:
        break;
    }
    PG_RETURN_NULL();
}

// declared_bound(relation oid, attnum smallint, upper boolean) returns numeric
HDP_FUNCTION(hdp_labels_bound) {
    projects::DecimalText lower;
    projects::DecimalText upper;
    if (!projects::read_bounds(PG_GETARG_OID(0), PG_GETARG_INT16(1), lower, upper))
        PG_RETURN_NULL();
    const char* bound = PG_GETARG_BOOL(2) ? upper : lower;
    PG_RETURN_DATUM(
        DirectFunctionCall3(numeric_in, CStringGetDatum(bound), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

// link_target(relation oid) returns oid, null when the label names no target that exists
HDP_FUNCTION(hdp_labels_link_target) {
    const Oid target = projects::read_link_target(PG_GETARG_OID(0));
    if (!OidIsValid(target))
        PG_RETURN_NULL();
    PG_RETURN_OID(target);
}

// record_label(relation oid) returns void
HDP_FUNCTION(hdp_labels_record) {
    projects::record_label(PG_GETARG_OID(0));
    PG_RETURN_VOID();
}

// protected_ancestor(relation oid) returns oid, null when there is none
HDP_FUNCTION(hdp_labels_ancestor) {
    const Oid ancestor = projects::protected_ancestor(PG_GETARG_OID(0));
    if (!OidIsValid(ancestor))
        PG_RETURN_NULL();
    PG_RETURN_OID(ancestor);
}

// has_walls(relation oid) returns boolean
HDP_FUNCTION(hdp_protection_has_walls) { PG_RETURN_BOOL(projects::has_walls(PG_GETARG_OID(0))); }
