// Security labels: the text is parsed by core, then resolved against the catalogue, here.
#include "core/labels/labels.hpp"

#include "postgres/errors.hpp"
#include "projects/catalogue.hpp"
#include "projects/label_columns.hpp"
#include "projects/labels.hpp"

namespace health_dp::projects {

namespace labels = core::labels;

namespace {

constexpr const char* kProvider = "health_dp";

// How far links may lead before they count as a circle.
constexpr int kMaxLinkDepth = 16;

[[noreturn]] void refuse_text(const char* text, const labels::LabelError& error) {
    ereport(ERROR, (errcode(sqlstate::kBadLabel),
                    errmsg("security label \"%s\" of health_dp is wrong: %s", text, error.problem),
                    errhint("%s", error.remedy)));
    pg_unreachable();
}

const char* relation_name(Oid relation) {
    const char* name = get_rel_name(relation);
    return name == nullptr ? "(dropped)" : name;
}

AttrNumber find_column(Oid relation, const char* name) {
    const AttrNumber column = get_attnum(relation, name);
    // System columns have negative numbers: they describe storage, not the row.
    if (column <= 0)
        ereport(ERROR, (errcode(sqlstate::kBadLabel),
                        errmsg("table \"%s\" has no column \"%s\" to protect it by", relation_name(relation), name),
                        errhint("Name one of its columns. Labels do not follow renamed columns: protect the table "
                                "again after that.")));
    // What computes it can fail, or say what it sees, on every row that is read.
    if (postgres::is_computed_when_read(relation, column))
        ereport(ERROR,
                (errcode(sqlstate::kBadLabel),
                 errmsg("column \"%s\" of table \"%s\" is computed when it is read", name, relation_name(relation)),
                 errhint("Make it an ordinary column, or GENERATED ALWAYS AS ... STORED.")));
    return column;
}

struct ColumnType {
    Oid type;
    int32 modifier;
    Oid collation;
};

ColumnType column_type(Oid relation, AttrNumber column) {
    ColumnType type;
    get_atttypetypmodcoll(relation, column, &type.type, &type.modifier, &type.collation);
    return type;
}

void require_deterministic(Oid relation, AttrNumber column, Oid collation) {
    if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
        ereport(ERROR, (errcode(sqlstate::kBadType),
                        errmsg("column \"%s\" of table \"%s\" has a nondeterministic collation",
                               get_attname(relation, column, false), relation_name(relation)),
                        errhint("Identifiers that look different must be different: use a deterministic collation.")));
}

// Types whose equality and canonical bytes are ours to rely on when we hash patients.
void require_owner_type(Oid relation, AttrNumber column) {
    const ColumnType type = column_type(relation, column);
    switch (type.type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case UUIDOID:
    case TEXTOID:
    case VARCHAROID:
    case BYTEAOID:
    case NUMERICOID:
        break;
    default:
        ereport(ERROR, (errcode(sqlstate::kBadType),
                        errmsg("column \"%s\" of type %s cannot say whose row it is",
                               get_attname(relation, column, false), format_type_be(type.type)),
                        errhint("Patients are identified by smallint, integer, bigint, uuid, text, varchar, bytea or "
                                "numeric.")));
    }
    require_deterministic(relation, column, type.collation);
}

bool has_inheritance_children(Oid relation) {
    return get_rel_relkind(relation) == RELKIND_RELATION && has_subclass(relation) &&
           find_inheritance_children(relation, NoLock) != NIL;
}

// Whether the index forbids two rows that agree on all of `columns`: its keys are among them, and it is unique at every
// moment, for every row, in the equality that a join uses.
bool index_makes_unique(const Form_pg_index index, const oidvector* classes, const AttrNumber* columns, int count) {
    if (!index->indisunique || !index->indimmediate || !index->indisvalid || !index->indisready || !index->indislive)
        return false;
    for (int key = 0; key < index->indnkeyatts; key++) {
        const AttrNumber column = index->indkey.values[key];
        bool named = false;
        for (int i = 0; i < count; i++)
            named = named || columns[i] == column;
        if (!named)
            return false;
        const Oid type = column_type(index->indrelid, column).type;
        const Oid usual = GetDefaultOpClass(type, BTREE_AM_OID);
        if (!OidIsValid(usual) || get_opclass_family(usual) != get_opclass_family(classes->values[key]))
            return false;
    }
    return true;
}

bool has_unique_index(Oid relation_oid, const AttrNumber* columns, int count) {
    Relation relation = relation_open(relation_oid, AccessShareLock);
    List* indexes = RelationGetIndexList(relation);
    bool found = false;
    ListCell* cell;
    foreach (cell, indexes) {
        HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
        if (!HeapTupleIsValid(tuple))
            continue;
        const bool whole = heap_attisnull(tuple, Anum_pg_index_indpred, nullptr) &&
                           heap_attisnull(tuple, Anum_pg_index_indexprs, nullptr);
        bool is_null = false;
        const oidvector* classes = reinterpret_cast<const oidvector*>(
            DatumGetPointer(SysCacheGetAttr(INDEXRELID, tuple, Anum_pg_index_indclass, &is_null)));
        found = found || (whole && index_makes_unique((Form_pg_index)GETSTRUCT(tuple), classes, columns, count));
        ReleaseSysCache(tuple);
    }
    list_free(indexes);
    relation_close(relation, AccessShareLock);
    return found;
}

// A relation that can carry a table label at all.
void require_table(Oid relation) {
    const char kind = get_rel_relkind(relation);
    if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
        ereport(ERROR, (errcode(sqlstate::kNotProtectable), errmsg("\"%s\" is not a table", relation_name(relation)),
                        errhint("Label the tables below it: health_dp knows ordinary and partitioned tables.")));
    if (get_rel_persistence(relation) == RELPERSISTENCE_TEMP)
        ereport(ERROR,
                (errcode(sqlstate::kNotProtectable), errmsg("\"%s\" is a temporary table", relation_name(relation)),
                 errhint("Label permanent tables.")));
}

static_assert(kMaxLinkColumns == labels::kMaxLinkColumns);

// The own side of a label: everything that can be judged without the target of a link.
void resolve_own_side(Oid relation, const char* text, const labels::TableLabel& parsed, TableLabel* label) {
    memset(label, 0, sizeof(*label));
    if (const labels::LabelError* error = std::get_if<labels::LabelError>(&parsed))
        refuse_text(text, *error);
    if (std::holds_alternative<labels::Public>(parsed)) {
        label->kind = LabelKind::public_table;
    } else if (const labels::ProtectedDirect* direct = std::get_if<labels::ProtectedDirect>(&parsed)) {
        label->kind = LabelKind::protected_direct;
        label->owner = find_column(relation, direct->owner.data());
        require_owner_type(relation, label->owner);
    } else if (const labels::ProtectedVia* link = std::get_if<labels::ProtectedVia>(&parsed)) {
        label->kind = LabelKind::protected_via;
        label->link_columns = link->columns;
        for (int i = 0; i < link->columns; i++)
            label->from[i] = find_column(relation, link->from[i].data());
    }
}

Oid find_target(const labels::ProtectedVia& link) {
    const Oid schema = get_namespace_oid(link.schema.data(), true);
    return OidIsValid(schema) ? get_relname_relid(link.table.data(), schema) : InvalidOid;
}

void read_label_to_depth(Oid relation, TableLabel* label, int depth);

// The target of a link: it exists, is protected in its turn, and one row of ours meets at most one of its rows.
void resolve_target(Oid relation, const labels::ProtectedVia& link, TableLabel* label, int depth) {
    label->target = find_target(link);
    if (!OidIsValid(label->target))
        ereport(
            ERROR,
            (errcode(sqlstate::kBadLabel),
             errmsg("table \"%s\" links to \"%s.%s\", which does not exist", relation_name(relation),
                    link.schema.data(), link.table.data()),
             errhint("Labels do not follow renamed tables: protect the table again with health_dp.protect_via().")));
    if (depth >= kMaxLinkDepth)
        ereport(ERROR, (errcode(sqlstate::kBadLabel),
                        errmsg("the links from table \"%s\" lead in a circle", relation_name(relation)),
                        errhint("Links must end in a table that names the patient in a column: health_dp.protect().")));
    require_table(label->target);

    TableLabel target_label;
    read_label_to_depth(label->target, &target_label, depth + 1);
    if (target_label.kind != LabelKind::protected_direct && target_label.kind != LabelKind::protected_via)
        ereport(ERROR, (errcode(sqlstate::kBadLabel),
                        errmsg("table \"%s\" links to \"%s\", which is not protected", relation_name(relation),
                               relation_name(label->target)),
                        errhint("Protect \"%s\" first: health_dp.protect() or health_dp.protect_via().",
                                relation_name(label->target))));

    for (int i = 0; i < link.columns; i++) {
        label->to[i] = find_column(label->target, link.to[i].data());
        const ColumnType from = column_type(relation, label->from[i]);
        const ColumnType to = column_type(label->target, label->to[i]);
        if (from.type != to.type || from.collation != to.collation)
            ereport(ERROR, (errcode(sqlstate::kBadType),
                            errmsg("column \"%s\" of \"%s\" and column \"%s\" of \"%s\" differ in type or collation",
                                   link.from[i].data(), relation_name(relation), link.to[i].data(),
                                   relation_name(label->target)),
                            errhint("Both sides of a link need the same type and the same collation.")));
        require_deterministic(relation, label->from[i], from.collation);
    }

    // A unique index on a parent says nothing of rows in tables that merely inherit from it.
    if (has_inheritance_children(label->target) || !has_unique_index(label->target, label->to, label->link_columns))
        ereport(ERROR,
                (errcode(sqlstate::kBadLabel),
                 errmsg("table \"%s\" links to columns of \"%s\" that are not unique", relation_name(relation),
                        relation_name(label->target)),
                 errhint("The target needs a valid unique index on the link's columns: not partial, not deferrable, "
                         "on plain columns, and no inheritance children.")));
}

void resolve_label(Oid relation, const char* text, TableLabel* label, int depth) {
    const labels::TableLabel parsed = labels::parse_table_label(text);
    require_table(relation);
    resolve_own_side(relation, text, parsed, label);
    if (const labels::ProtectedVia* link = std::get_if<labels::ProtectedVia>(&parsed))
        resolve_target(relation, *link, label, depth);
}

const char* label_text(Oid relation, AttrNumber column) {
    ObjectAddress address;
    ObjectAddressSubSet(address, RelationRelationId, relation, column);
    return GetSecurityLabel(&address, kProvider);
}

void read_label_to_depth(Oid relation, TableLabel* label, int depth) {
    memset(label, 0, sizeof(*label));
    const char* text = label_text(relation, 0);
    if (text == nullptr)
        label->kind = LabelKind::none;
    else {
        resolve_label(relation, text, label, depth);
        require_recorded_columns(relation, *label);
    }
}

void require_bounded_type(Oid relation, AttrNumber column) {
    const ColumnType type = column_type(relation, column);
    switch (type.type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case NUMERICOID:
    case FLOAT4OID:
    case FLOAT8OID:
        break;
    default:
        ereport(ERROR, (errcode(sqlstate::kBadType),
                        errmsg("column \"%s\" of type %s cannot have bounds", get_attname(relation, column, false),
                               format_type_be(type.type)),
                        errhint("Bounds are for smallint, integer, bigint, numeric, real and double precision.")));
    }
}

void check_column_label(Oid relation, AttrNumber column, const char* text) {
    const labels::ColumnLabel parsed = labels::parse_column_label(text);
    require_table(relation);
    if (const labels::LabelError* error = std::get_if<labels::LabelError>(&parsed))
        refuse_text(text, *error);
    if (std::holds_alternative<labels::Bounds>(parsed))
        require_bounded_type(relation, column);
}

// Its rows are those of the table above it.
void refuse_public_part(Oid relation, const labels::TableLabel& label) {
    const Oid parent = std::holds_alternative<labels::Public>(label) ? protected_ancestor(relation) : InvalidOid;
    if (OidIsValid(parent))
        ereport(ERROR,
                (errcode(sqlstate::kNotProtectable),
                 errmsg("table \"%s\" is a partition or a child of protected table \"%s\"", relation_name(relation),
                        relation_name(parent)),
                 errhint("What it holds is protected with that table. Detach it first if it holds no patients.")));
}

// To own a table is not enough: "public" opens it to releases, and says something of what it holds.
void require_steward() {
    const Oid steward = get_role_oid("health_dp_steward", true);
    if (!superuser() && !(OidIsValid(steward) && has_privs_of_role(GetUserId(), steward)))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("only stewards label tables for health_dp"),
                        errhint("Ask one: health_dp.declare_public(), health_dp.protect(), "
                                "health_dp.declare_bounds().")));
}

// The hook of SECURITY LABEL FOR health_dp. PostgreSQL has checked that the user owns the object, and locked it.
void check_label(const ObjectAddress* object, const char* text) {
    require_steward();
    if (object->classId != RelationRelationId)
        ereport(ERROR, (errcode(sqlstate::kBadLabel), errmsg("health_dp labels tables and their columns only"),
                        errhint("SECURITY LABEL FOR health_dp ON TABLE ... or ON COLUMN ...")));
    if (object->objectSubId != 0) {
        if (text != nullptr)
            check_column_label(object->objectId, static_cast<AttrNumber>(object->objectSubId), text);
    } else if (text != nullptr) {
        // The own side only. A dump restores a label before the target's label and indexes; what read_table_label()
        // does not find there later keeps the table closed.
        TableLabel label;
        const labels::TableLabel parsed = labels::parse_table_label(text);
        require_table(object->objectId);
        resolve_own_side(object->objectId, text, parsed, &label);
        refuse_public_part(object->objectId, parsed);
        record_columns(object->objectId, &parsed);
    } else
        record_columns(object->objectId, nullptr);
    // Plans that were made under the old label go, those over parts of the table with them; a removed label counts as a
    // change, too.
    ListCell* cell;
    foreach (cell, find_all_inheritors(object->objectId, NoLock, nullptr))
        CacheInvalidateRelcacheByRelid(lfirst_oid(cell));
}

} // namespace

void read_table_label(Oid relation, TableLabel* label) { read_label_to_depth(relation, label, 0); }

bool is_protected(Oid relation) {
    if (relation < FirstNormalObjectId)
        return false;
    TableLabel label;
    read_table_label(relation, &label);
    return label.kind == LabelKind::protected_direct || label.kind == LabelKind::protected_via ||
           OidIsValid(protected_ancestor(relation));
}

const char* table_label_text(Oid relation) { return label_text(relation, 0); }

void check_table_label(Oid relation, const char* text, TableLabel* label) {
    resolve_label(relation, text, label, 0);
    refuse_public_part(relation, labels::parse_table_label(text));
}

void record_label(Oid relation) {
    const char* text = table_label_text(relation);
    if (text == nullptr)
        return;
    const labels::TableLabel parsed = labels::parse_table_label(text);
    record_columns(relation, &parsed);
}

Oid read_link_target(Oid relation) {
    const char* text = table_label_text(relation);
    if (text == nullptr)
        return InvalidOid;
    const labels::TableLabel parsed = labels::parse_table_label(text);
    const labels::ProtectedVia* link = std::get_if<labels::ProtectedVia>(&parsed);
    return link == nullptr ? InvalidOid : find_target(*link);
}

bool read_bounds(Oid relation, AttrNumber column, DecimalText lower, DecimalText upper) {
    static_assert(sizeof(DecimalText) == sizeof(labels::PlainDecimal));
    const char* text = label_text(relation, column);
    if (text == nullptr)
        return false;
    const labels::ColumnLabel parsed = labels::parse_column_label(text);
    if (const labels::LabelError* error = std::get_if<labels::LabelError>(&parsed))
        refuse_text(text, *error);
    const labels::Bounds* bounds = std::get_if<labels::Bounds>(&parsed);
    if (bounds == nullptr)
        return false;
    // The column's type may have changed since.
    require_bounded_type(relation, column);
    memcpy(lower, bounds->lower.data(), sizeof(DecimalText));
    memcpy(upper, bounds->upper.data(), sizeof(DecimalText));
    return true;
}

void initialise() { register_label_provider(kProvider, check_label); }

} // namespace health_dp::projects
