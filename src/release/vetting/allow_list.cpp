#include "release/vetting/allow_list.hpp"

#include "release/vetting/statement.hpp"

namespace health_dp::release {

namespace {

// Each line: comparisons or conversions that return for every input, depend on nothing but it, and tell nobody.
constexpr Oid kTotal[] = {
    // boolean
    F_BOOLEQ,
    F_BOOLNE,
    F_BOOLLT,
    F_BOOLGT,
    F_BOOLLE,
    F_BOOLGE,
    F_INT4_BOOL,
    F_BOOL_INT4,
    // integers
    F_INT2EQ,
    F_INT2NE,
    F_INT2LT,
    F_INT2GT,
    F_INT2LE,
    F_INT2GE,
    F_INT4EQ,
    F_INT4NE,
    F_INT4LT,
    F_INT4GT,
    F_INT4LE,
    F_INT4GE,
    F_INT8EQ,
    F_INT8NE,
    F_INT8LT,
    F_INT8GT,
    F_INT8LE,
    F_INT8GE,
    F_INT24EQ,
    F_INT24NE,
    F_INT24LT,
    F_INT24GT,
    F_INT24LE,
    F_INT24GE,
    F_INT42EQ,
    F_INT42NE,
    F_INT42LT,
    F_INT42GT,
    F_INT42LE,
    F_INT42GE,
    F_INT28EQ,
    F_INT28NE,
    F_INT28LT,
    F_INT28GT,
    F_INT28LE,
    F_INT28GE,
    F_INT82EQ,
    F_INT82NE,
    F_INT82LT,
    F_INT82GT,
    F_INT82LE,
    F_INT82GE,
    F_INT48EQ,
    F_INT48NE,
    F_INT48LT,
    F_INT48GT,
    F_INT48LE,
    F_INT48GE,
    F_INT84EQ,
    F_INT84NE,
    F_INT84LT,
    F_INT84GT,
    F_INT84LE,
    F_INT84GE,
    F_INT2AND,
    F_INT2OR,
    F_INT2XOR,
    F_INT2NOT,
    F_INT4AND,
    F_INT4OR,
    F_INT4XOR,
    F_INT4NOT,
    F_INT8AND,
    F_INT8OR,
    F_INT8XOR,
    F_INT8NOT,
    F_INT4_INT2,
    F_INT8_INT4,
    F_INT8_INT2,
    F_INT2UP,
    F_INT4UP,
    F_INT8UP,
    // floating point and numeric
    F_FLOAT4EQ,
    F_FLOAT4NE,
    F_FLOAT4LT,
    F_FLOAT4GT,
    F_FLOAT4LE,
    F_FLOAT4GE,
    F_FLOAT8EQ,
    F_FLOAT8NE,
    F_FLOAT8LT,
    F_FLOAT8GT,
    F_FLOAT8LE,
    F_FLOAT8GE,
    F_FLOAT48EQ,
    F_FLOAT48NE,
    F_FLOAT48LT,
    F_FLOAT48GT,
    F_FLOAT48LE,
    F_FLOAT48GE,
    F_FLOAT84EQ,
    F_FLOAT84NE,
    F_FLOAT84LT,
    F_FLOAT84GT,
    F_FLOAT84LE,
    F_FLOAT84GE,
    F_FLOAT4UM,
    F_FLOAT8UM,
    F_FLOAT4ABS,
    F_FLOAT8ABS,
    F_ABS_FLOAT4,
    F_ABS_FLOAT8,
    F_FLOAT4UP,
    F_FLOAT8UP,
    F_ROUND_FLOAT8,
    F_TRUNC_FLOAT8,
    F_CEIL_FLOAT8,
    F_CEILING_FLOAT8,
    F_FLOOR_FLOAT8,
    F_SIGN_FLOAT8,
    F_FLOAT8_FLOAT4,
    F_FLOAT8_INT2,
    F_FLOAT8_INT4,
    F_FLOAT8_INT8,
    F_FLOAT4_INT2,
    F_FLOAT4_INT4,
    F_FLOAT4_INT8,
    F_NUMERIC_EQ,
    F_NUMERIC_NE,
    F_NUMERIC_LT,
    F_NUMERIC_GT,
    F_NUMERIC_LE,
    F_NUMERIC_GE,
    F_NUMERIC_UMINUS,
    F_NUMERIC_UPLUS,
    F_NUMERIC_ABS,
    F_ABS_NUMERIC,
    F_SIGN_NUMERIC,
    F_NUMERIC_INT2,
    F_NUMERIC_INT4,
    F_NUMERIC_INT8,
    F_NUMERIC_FLOAT4,
    F_NUMERIC_FLOAT8,
    // text
    F_TEXTEQ,
    F_TEXTNE,
    F_TEXT_LT,
    F_TEXT_LE,
    F_TEXT_GT,
    F_TEXT_GE,
    F_BPCHAREQ,
    F_BPCHARNE,
    F_BPCHARLT,
    F_BPCHARLE,
    F_BPCHARGT,
    F_BPCHARGE,
    F_CHAREQ,
    F_CHARNE,
    F_CHARLT,
    F_CHARLE,
    F_CHARGT,
    F_CHARGE,
    F_NAMEEQ,
    F_NAMENE,
    F_NAMELT,
    F_NAMELE,
    F_NAMEGT,
    F_NAMEGE,
    F_NAMEEQTEXT,
    F_NAMENETEXT,
    F_TEXTEQNAME,
    F_TEXTNENAME,
    F_LEFT,
    F_RIGHT,
    F_LENGTH_TEXT,
    F_LENGTH_BPCHAR,
    F_CHAR_LENGTH_TEXT,
    F_CHAR_LENGTH_BPCHAR,
    F_CHARACTER_LENGTH_TEXT,
    F_CHARACTER_LENGTH_BPCHAR,
    F_TEXTLEN,
    F_STARTS_WITH,
    F_STRPOS,
    F_TEXT_BPCHAR,
    F_TEXT_CHAR,
    F_TEXT_BOOL,
    F_TEXT_NAME,
    F_SUBSTR_TEXT_INT4,
    F_SUBSTRING_TEXT_INT4,
    // dates and times
    F_DATE_EQ,
    F_DATE_NE,
    F_DATE_LT,
    F_DATE_LE,
    F_DATE_GT,
    F_DATE_GE,
    F_TIME_EQ,
    F_TIME_NE,
    F_TIME_LT,
    F_TIME_LE,
    F_TIME_GT,
    F_TIME_GE,
    F_TIMESTAMP_EQ,
    F_TIMESTAMP_NE,
    F_TIMESTAMP_LT,
    F_TIMESTAMP_LE,
    F_TIMESTAMP_GT,
    F_TIMESTAMP_GE,
    F_TIMESTAMPTZ_EQ,
    F_TIMESTAMPTZ_NE,
    F_TIMESTAMPTZ_LT,
    F_TIMESTAMPTZ_LE,
    F_TIMESTAMPTZ_GT,
    F_TIMESTAMPTZ_GE,
    F_DATE_EQ_TIMESTAMP,
    F_DATE_NE_TIMESTAMP,
    F_DATE_LT_TIMESTAMP,
    F_DATE_LE_TIMESTAMP,
    F_DATE_GT_TIMESTAMP,
    F_DATE_GE_TIMESTAMP,
    F_TIMESTAMP_EQ_DATE,
    F_TIMESTAMP_NE_DATE,
    F_TIMESTAMP_LT_DATE,
    F_TIMESTAMP_LE_DATE,
    F_TIMESTAMP_GT_DATE,
    F_TIMESTAMP_GE_DATE,
    F_DATE_EQ_TIMESTAMPTZ,
    F_TIMESTAMPTZ_EQ_DATE,
    F_TIMESTAMP_EQ_TIMESTAMPTZ,
    F_TIMESTAMPTZ_EQ_TIMESTAMP,
    F_DATE_NE_TIMESTAMPTZ,
    F_TIMESTAMPTZ_NE_DATE,
    F_TIMESTAMP_NE_TIMESTAMPTZ,
    F_TIMESTAMPTZ_NE_TIMESTAMP,
    F_DATE_LT_TIMESTAMPTZ,
    F_TIMESTAMPTZ_LT_DATE,
    F_TIMESTAMP_LT_TIMESTAMPTZ,
    F_TIMESTAMPTZ_LT_TIMESTAMP,
    F_DATE_LE_TIMESTAMPTZ,
    F_TIMESTAMPTZ_LE_DATE,
    F_TIMESTAMP_LE_TIMESTAMPTZ,
    F_TIMESTAMPTZ_LE_TIMESTAMP,
    F_DATE_GT_TIMESTAMPTZ,
    F_TIMESTAMPTZ_GT_DATE,
    F_TIMESTAMP_GT_TIMESTAMPTZ,
    F_TIMESTAMPTZ_GT_TIMESTAMP,
    F_DATE_GE_TIMESTAMPTZ,
    F_TIMESTAMPTZ_GE_DATE,
    F_TIMESTAMP_GE_TIMESTAMPTZ,
    F_TIMESTAMPTZ_GE_TIMESTAMP,
    F_DATE_TIMESTAMPTZ,
    F_NOW,
    F_TRANSACTION_TIMESTAMP,
    F_INTERVAL_EQ,
    F_INTERVAL_NE,
    F_INTERVAL_LT,
    F_INTERVAL_LE,
    F_INTERVAL_GT,
    F_INTERVAL_GE,
    F_DATE_TIMESTAMP,
    // uuid, bytea, enum, network addresses
    F_UUID_EQ,
    F_UUID_NE,
    F_UUID_LT,
    F_UUID_LE,
    F_UUID_GT,
    F_UUID_GE,
    F_BYTEAEQ,
    F_BYTEANE,
    F_BYTEALT,
    F_BYTEALE,
    F_BYTEAGT,
    F_BYTEAGE,
    F_LENGTH_BYTEA,
    F_ENUM_EQ,
    F_ENUM_NE,
    F_OIDEQ,
    F_OIDNE,
};

struct Substitute {
    Oid function;
    const char* name;
    Oid common;
};

constexpr Substitute kSubstitutes[] = {
    {F_INT2PL, "total_add", INT2OID},
    {F_INT2MI, "total_subtract", INT2OID},
    {F_INT2MUL, "total_multiply", INT2OID},
    {F_INT2DIV, "total_divide", INT2OID},
    {F_INT2MOD, "total_modulo", INT2OID},
    {F_MOD_INT2_INT2, "total_modulo", INT2OID},
    {F_INT4PL, "total_add", INT4OID},
    {F_INT4MI, "total_subtract", INT4OID},
    {F_INT4MUL, "total_multiply", INT4OID},
    {F_INT4DIV, "total_divide", INT4OID},
    {F_INT4MOD, "total_modulo", INT4OID},
    {F_MOD_INT4_INT4, "total_modulo", INT4OID},
    {F_INT8PL, "total_add", INT8OID},
    {F_INT8MI, "total_subtract", INT8OID},
    {F_INT8MUL, "total_multiply", INT8OID},
    {F_INT8DIV, "total_divide", INT8OID},
    {F_INT8MOD, "total_modulo", INT8OID},
    {F_MOD_INT8_INT8, "total_modulo", INT8OID},
    {F_INT24PL, "total_add", INT4OID},
    {F_INT24MI, "total_subtract", INT4OID},
    {F_INT24MUL, "total_multiply", INT4OID},
    {F_INT24DIV, "total_divide", INT4OID},
    {F_INT42PL, "total_add", INT4OID},
    {F_INT42MI, "total_subtract", INT4OID},
    {F_INT42MUL, "total_multiply", INT4OID},
    {F_INT42DIV, "total_divide", INT4OID},
    {F_INT28PL, "total_add", INT8OID},
    {F_INT28MI, "total_subtract", INT8OID},
    {F_INT28MUL, "total_multiply", INT8OID},
    {F_INT28DIV, "total_divide", INT8OID},
    {F_INT82PL, "total_add", INT8OID},
    {F_INT82MI, "total_subtract", INT8OID},
    {F_INT82MUL, "total_multiply", INT8OID},
    {F_INT82DIV, "total_divide", INT8OID},
    {F_INT48PL, "total_add", INT8OID},
    {F_INT48MI, "total_subtract", INT8OID},
    {F_INT48MUL, "total_multiply", INT8OID},
    {F_INT48DIV, "total_divide", INT8OID},
    {F_INT84PL, "total_add", INT8OID},
    {F_INT84MI, "total_subtract", INT8OID},
    {F_INT84MUL, "total_multiply", INT8OID},
    {F_INT84DIV, "total_divide", INT8OID},
    {F_INT2UM, "total_negate", INT2OID},
    {F_INT4UM, "total_negate", INT4OID},
    {F_INT8UM, "total_negate", INT8OID},
    {F_INT2ABS, "total_abs", INT2OID},
    {F_INT4ABS, "total_abs", INT4OID},
    {F_INT8ABS, "total_abs", INT8OID},
    {F_ABS_INT2, "total_abs", INT2OID},
    {F_ABS_INT4, "total_abs", INT4OID},
    {F_ABS_INT8, "total_abs", INT8OID},
    {F_FLOAT4PL, "total_add", FLOAT4OID},
    {F_FLOAT4MI, "total_subtract", FLOAT4OID},
    {F_FLOAT4MUL, "total_multiply", FLOAT4OID},
    {F_FLOAT4DIV, "total_divide", FLOAT4OID},
    {F_FLOAT8PL, "total_add", FLOAT8OID},
    {F_FLOAT8MI, "total_subtract", FLOAT8OID},
    {F_FLOAT8MUL, "total_multiply", FLOAT8OID},
    {F_FLOAT8DIV, "total_divide", FLOAT8OID},
    {F_FLOAT48PL, "total_add", FLOAT8OID},
    {F_FLOAT48MI, "total_subtract", FLOAT8OID},
    {F_FLOAT48MUL, "total_multiply", FLOAT8OID},
    {F_FLOAT48DIV, "total_divide", FLOAT8OID},
    {F_FLOAT84PL, "total_add", FLOAT8OID},
    {F_FLOAT84MI, "total_subtract", FLOAT8OID},
    {F_FLOAT84MUL, "total_multiply", FLOAT8OID},
    {F_FLOAT84DIV, "total_divide", FLOAT8OID},
    {F_NUMERIC_ADD, "total_add", NUMERICOID},
    {F_NUMERIC_SUB, "total_subtract", NUMERICOID},
    {F_NUMERIC_MUL, "total_multiply", NUMERICOID},
    {F_NUMERIC_DIV, "total_divide", NUMERICOID},
    {F_NUMERIC_MOD, "total_modulo", NUMERICOID},
    {F_MOD_NUMERIC_NUMERIC, "total_modulo", NUMERICOID},
    // conversions that may not fit
    {F_INT2_INT4, "total_int2", INT8OID},
    {F_INT2_INT8, "total_int2", INT8OID},
    {F_INT4_INT8, "total_int4", INT8OID},
    {F_INT2_FLOAT4, "total_int2", FLOAT8OID},
    {F_INT2_FLOAT8, "total_int2", FLOAT8OID},
    {F_INT4_FLOAT4, "total_int4", FLOAT8OID},
    {F_INT4_FLOAT8, "total_int4", FLOAT8OID},
    {F_INT8_FLOAT4, "total_int8", FLOAT8OID},
    {F_INT8_FLOAT8, "total_int8", FLOAT8OID},
    {F_INT2_NUMERIC, "total_int2", NUMERICOID},
    {F_INT4_NUMERIC, "total_int4", NUMERICOID},
    {F_INT8_NUMERIC, "total_int8", NUMERICOID},
    {F_FLOAT4_FLOAT8, "total_float4", FLOAT8OID},
    {F_FLOAT8_NUMERIC, "total_float8", NUMERICOID},
    {F_FLOAT4_NUMERIC, "total_float4", NUMERICOID},
    {F_ROUND_NUMERIC, "total_round", NUMERICOID},
    {F_ROUND_NUMERIC_INT4, "total_round", InvalidOid},
    {F_TRUNC_NUMERIC, "total_trunc", NUMERICOID},
    {F_TRUNC_NUMERIC_INT4, "total_trunc", InvalidOid},
    {F_CEIL_NUMERIC, "total_ceil", NUMERICOID},
    {F_CEILING_NUMERIC, "total_ceil", NUMERICOID},
    {F_FLOOR_NUMERIC, "total_floor", NUMERICOID},
    // text
    {F_TEXTCAT, "total_concat", TEXTOID},
    {F_LOWER_TEXT, "total_lower", TEXTOID},
    {F_UPPER_TEXT, "total_upper", TEXTOID},
    {F_BTRIM_TEXT, "total_btrim", TEXTOID},
    {F_LTRIM_TEXT, "total_ltrim", TEXTOID},
    {F_RTRIM_TEXT, "total_rtrim", TEXTOID},
    // dates and times
    {F_DATE_MI, "total_subtract", DATEOID},
    {F_DATE_PLI, "total_add", InvalidOid},
    {F_DATE_MII, "total_subtract", InvalidOid},
    {F_DATE_PL_INTERVAL, "total_add", InvalidOid},
    {F_DATE_MI_INTERVAL, "total_subtract", InvalidOid},
    {F_TIMESTAMP_PL_INTERVAL, "total_add", InvalidOid},
    {F_TIMESTAMP_MI_INTERVAL, "total_subtract", InvalidOid},
    {F_TIMESTAMP_MI, "total_subtract", TIMESTAMPOID},
    {F_TIMESTAMP_DATE, "total_timestamp", DATEOID},
    {F_TIMESTAMP_TIMESTAMPTZ, "total_timestamp", TIMESTAMPTZOID},
    {F_TIMESTAMPTZ_DATE, "total_timestamptz", DATEOID},
    {F_TIMESTAMPTZ_TIMESTAMP, "total_timestamptz", TIMESTAMPOID},
    {F_TIMESTAMPTZ_PL_INTERVAL, "total_add", InvalidOid},
    {F_TIMESTAMPTZ_MI_INTERVAL, "total_subtract", InvalidOid},
    {F_TIMESTAMPTZ_MI, "total_subtract", TIMESTAMPTZOID},
    {F_AGE_TIMESTAMP_TIMESTAMP, "total_age", TIMESTAMPOID},
};

constexpr Substitute kFields[] = {
    {F_EXTRACT_TEXT_DATE, "total_extract", InvalidOid},
    {F_EXTRACT_TEXT_TIMESTAMP, "total_extract", InvalidOid},
    {F_DATE_PART_TEXT_DATE, "total_date_part", InvalidOid},
    {F_DATE_PART_TEXT_TIMESTAMP, "total_date_part", InvalidOid},
    {F_DATE_TRUNC_TEXT_TIMESTAMP, "total_date_trunc", InvalidOid},
    {F_EXTRACT_TEXT_TIMESTAMPTZ, "total_extract", InvalidOid},
    {F_DATE_PART_TEXT_TIMESTAMPTZ, "total_date_part", InvalidOid},
    {F_DATE_TRUNC_TEXT_TIMESTAMPTZ, "total_date_trunc", InvalidOid},
};

// Functions of ours, by name and arguments: their OIDs differ from database to database.
struct Own {
    const char* name;
    int count;
    Oid types[3];
};

constexpr Own kOwn[] = {
    {"age_in_years", 2, {DATEOID, DATEOID}},
    {"age_band", 3, {INT4OID, INT4OID, INT4OID}},
    {"quarter", 1, {DATEOID}},
    {"quarter_start", 1, {DATEOID}},
    {"department_of", 1, {TEXTOID}},
};

// LIKE as it is; ILIKE makes copies in lower case.
constexpr Substitute kPatterns[] = {
    {F_TEXTLIKE, nullptr, InvalidOid},      {F_TEXTNLIKE, nullptr, InvalidOid},
    {F_BPCHARLIKE, nullptr, InvalidOid},    {F_BPCHARNLIKE, nullptr, InvalidOid},
    {F_TEXTICLIKE, "total_ilike", TEXTOID}, {F_TEXTICNLIKE, "total_not_ilike", TEXTOID},
};
constexpr Oid kLengths[] = {F_SUBSTR_TEXT_INT4_INT4, F_SUBSTRING_TEXT_INT4_INT4};

constexpr Oid kPatientAggregates[] = {
    F_COUNT_,        F_COUNT_ANY,       F_BOOL_AND,   F_BOOL_OR,    F_EVERY,         F_SUM_INT2,        F_SUM_INT4,
    F_SUM_INT8,      F_SUM_NUMERIC,     F_AVG_INT2,   F_AVG_INT4,   F_AVG_INT8,      F_AVG_NUMERIC,     F_MIN_INT2,
    F_MIN_INT4,      F_MIN_INT8,        F_MIN_FLOAT4, F_MIN_FLOAT8, F_MIN_NUMERIC,   F_MIN_DATE,        F_MIN_TIME,
    F_MIN_TIMESTAMP, F_MIN_TIMESTAMPTZ, F_MIN_TEXT,   F_MAX_INT2,   F_MAX_INT4,      F_MAX_INT8,        F_MAX_FLOAT4,
    F_MAX_FLOAT8,    F_MAX_NUMERIC,     F_MAX_DATE,   F_MAX_TIME,   F_MAX_TIMESTAMP, F_MAX_TIMESTAMPTZ, F_MAX_TEXT,
};

// Each has one spelling of a value, or plan/spelling.hpp gives it one.
constexpr Oid kGroupable[] = {BOOLOID,    CHAROID,     INT2OID, INT4OID,      INT8OID,    OIDOID,    FLOAT4OID,
                              FLOAT8OID,  NUMERICOID,  TEXTOID, NAMEOID,      VARCHAROID, BPCHAROID, BYTEAOID,
                              DATEOID,    TIMEOID,     UUIDOID, TIMESTAMPOID, INETOID,    CIDROID,   TIMESTAMPTZOID,
                              MACADDROID, MACADDR8OID, BITOID,  VARBITOID,    INTERVALOID};

template <std::size_t N>
bool contains(const Oid (&list)[N], Oid wanted) {
    for (Oid entry : list)
        if (entry == wanted)
            return true;
    return false;
}

template <std::size_t N>
const Substitute* find(const Substitute (&list)[N], Oid wanted) {
    for (const Substitute& entry : list)
        if (entry.function == wanted)
            return &entry;
    return nullptr;
}

bool own_and_total(Oid function) {
    const char* name = own_name(function);
    if (name == nullptr)
        return false;
    Oid* types = nullptr;
    int count = 0;
    get_func_signature(function, &types, &count);
    for (const Own& own : kOwn)
        if (strcmp(own.name, name) == 0 && own.count == count && memcmp(own.types, types, sizeof(Oid) * count) == 0)
            return true;
    return false;
}

} // namespace

Admission admit_function(Oid function) {
    if (contains(kTotal, function) || own_and_total(function))
        return {Verdict::total, nullptr, InvalidOid};
    if (const Substitute* found = find(kSubstitutes, function))
        return {Verdict::substituted, found->name, found->common};
    if (const Substitute* found = find(kFields, function))
        return {Verdict::field, found->name, found->common};
    if (const Substitute* found = find(kPatterns, function))
        return {Verdict::pattern, found->name, found->common};
    if (contains(kLengths, function))
        return {Verdict::lengths, nullptr, InvalidOid};
    return {Verdict::refused, nullptr, InvalidOid};
}

bool admit_patient_aggregate(Oid function) { return contains(kPatientAggregates, function); }

bool admit_text_conversion(Oid source, Oid target) {
    // Output functions that cannot fail, into the types whose input accepts any text.
    constexpr Oid kSources[] = {BOOLOID, INT2OID, INT4OID, INT8OID, NUMERICOID, DATEOID, UUIDOID, TEXTOID, VARCHAROID};
    return contains(kSources, source) && (target == TEXTOID || target == VARCHAROID);
}

bool known_field(const char* field, bool truncating, Oid type) {
    constexpr const char* kDateFields[] = {"year", "quarter", "month", "week", "day", "decade", "century"};
    constexpr const char* kOnlyExtracted[] = {"dow", "isodow", "doy", "isoyear", "epoch"};
    constexpr const char* kTimeFields[] = {"hour", "minute", "second"};
    for (const char* known : kDateFields)
        if (pg_strcasecmp(field, known) == 0)
            return true;
    if (!truncating)
        for (const char* known : kOnlyExtracted)
            if (pg_strcasecmp(field, known) == 0)
                return true;
    if (type != DATEOID)
        for (const char* known : kTimeFields)
            if (pg_strcasecmp(field, known) == 0)
                return true;
    return false;
}

bool groupable_type(Oid type) {
    const Oid base = getBaseType(type);
    return contains(kGroupable, base) || type_is_enum(base);
}

} // namespace health_dp::release
