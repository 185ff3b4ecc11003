// Whether a call gets what its function expects: a function that is given another type reads memory as what it is not.
#include "postgres/errors.hpp"
#include "release/grammar/rules.hpp"
#include "release/plan/aggregates.hpp"
#include "release/vetting/allow_list.hpp"

namespace health_dp::release::grammar {

namespace {

[[noreturn]] void refuse_function(Oid function) {
    char* name = format_procedure(function);
    ereport(ERROR, (errcode(sqlstate::kUnsafeExpression), errmsg("function %s may not run on protected rows", name),
                    errhint("Inside a release only functions that cannot fail or be observed are evaluated: "
                            "comparisons, arithmetic, CASE, COALESCE, simple text and date functions.")));
    pg_unreachable();
}

// What vetting puts in the place of others, and the key of a suppressed release with grouping sets.
bool is_substitute(Oid function) {
    const char* name = own_name(function);
    return name != nullptr && (strncmp(name, "total_", 6) == 0 || strcmp(name, "release_set") == 0);
}

bool is_aggregate(Oid function, Stage stage) {
    if (classify_function(function) != AggregateKind::none || admit_patient_aggregate(function))
        return true;
    const char* name = own_name(function);
    return stage == Stage::vetted && name != nullptr && strcmp(name, "release_marker") == 0;
}

// PostgreSQL's functions in SQL are replaced by their text, and that is vetted; one that stays a call is refused.
bool has_text(Oid function) {
    HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
    if (!HeapTupleIsValid(tuple))
        return false;
    const bool has = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->prolang == SQLlanguageId;
    ReleaseSysCache(tuple);
    return has && function < FirstNormalObjectId;
}

struct Signature {
    char kind;
    bool plain; // returns no set, takes no VARIADIC
    Oid result;
    int count;
    int defaults; // of the last arguments
    Oid arguments[FUNC_MAX_ARGS];
};

Signature signature_of(Oid function) {
    HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for function %u", function); // callable() has seen it
    const auto* form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
    Signature signature = {};
    signature.kind = form->prokind;
    signature.plain = !form->proretset && !OidIsValid(form->provariadic);
    signature.result = form->prorettype;
    signature.count = form->pronargs;
    signature.defaults = form->pronargdefaults;
    memcpy(signature.arguments, form->proargtypes.values, sizeof(Oid) * form->pronargs);
    ReleaseSysCache(tuple);
    return signature;
}

// Resolves "any" types as PostgreSQL does, which errors where they contradict each other.
Oid resolve(const Oid* actual, Oid* declared, int count, Oid result) {
    result = enforce_generic_type_consistency(actual, declared, count, result, false);
    for (int i = 0; i < count; ++i)
        if (declared[i] != actual[i] && declared[i] != ANYOID && !IsPolymorphicType(declared[i]))
            refuse_malformed("arguments of other types than their function's");
    return result;
}

} // namespace

Oid callable(Oid function, Building* in) {
    const Admission admission = admit_function(function);
    const bool may = in->stage == Stage::arrived
                         ? admission.verdict != Verdict::refused || has_text(function)
                         : is_substitute(function) || admission.verdict == Verdict::total ||
                               admission.verdict == Verdict::lengths ||
                               (admission.verdict == Verdict::pattern && admission.substitute == nullptr);
    if (may || is_aggregate(function, in->stage))
        return function;
    if (!SearchSysCacheExists1(PROCOID, ObjectIdGetDatum(function)))
        refuse_malformed("a function that does not exist");
    refuse_function(function);
}

Oid own_operator(Oid number, Building*) {
    if (!SearchSysCacheExists1(OPEROID, ObjectIdGetDatum(number)))
        refuse_malformed("an operator that does not exist");
    return number;
}

Oid function_of(Oid number) {
    const Oid function = get_opcode(number);
    if (!OidIsValid(function))
        refuse_malformed("an operator without a function");
    return function;
}

void check_call(Oid function, char kind, const List* arguments, Oid result) {
    Signature signature = signature_of(function);
    if (signature.kind != kind || !signature.plain)
        refuse_malformed("a call with other arguments than its function's");
    // Arguments may be named, and those with defaults may be missing.
    Oid actual[FUNC_MAX_ARGS];
    Oid declared[FUNC_MAX_ARGS];
    Bitmapset* given = nullptr;
    int count = 0;
    const ListCell* cell;
    foreach (cell, arguments) {
        auto* argument = static_cast<Node*>(lfirst(cell));
        const bool named = IsA(argument, NamedArgExpr);
        const int place = named ? castNode(NamedArgExpr, argument)->argnumber : count;
        if (place < 0 || place >= signature.count || bms_is_member(place, given))
            refuse_malformed("a call with other arguments than its function's");
        given = bms_add_member(given, place);
        actual[count] = exprType(argument);
        declared[count++] = signature.arguments[place];
    }
    for (int place = 0; place < signature.count - signature.defaults; ++place)
        if (!bms_is_member(place, given))
            refuse_malformed("a call with other arguments than its function's");
    if (resolve(actual, declared, count, signature.result) != result)
        refuse_malformed("a call of another type than its function's");
}

void check_array_call(Oid number, const List* arguments) {
    // What is callable and says yes or no is an operator of two arguments.
    Signature signature = signature_of(function_of(number));
    if (signature.result != BOOLOID || list_length(arguments) != 2)
        refuse_malformed("a comparison with an array that is none");
    const Oid array = exprType(static_cast<Node*>(lsecond(arguments)));
    const Oid element = get_base_element_type(array);
    if (!OidIsValid(element))
        refuse_malformed("a comparison with an array that is none");
    const Oid actual[] = {exprType(static_cast<Node*>(linitial(arguments))), element};
    resolve(actual, signature.arguments, 2, signature.result);
}

void check_comparison(SortGroupClause* clause, Oid type) {
    TypeCacheEntry* entry = lookup_type_cache(type, TYPECACHE_EQ_OPR);
    if (clause->eqop != entry->eq_opr)
        refuse_malformed("keys that are not compared by their type's equality");
    clause->hashable = op_hashjoinable(clause->eqop, type);
    if (!OidIsValid(clause->sortop))
        return;
    bool reverse;
    if (get_equality_op_for_ordering_op(clause->sortop, &reverse) != clause->eqop)
        refuse_malformed("keys that are not ordered by their type's order");
}

void check_keys(const List* clauses, const List* targets) {
    ListCell* cell;
    foreach (cell, clauses) {
        auto* clause = lfirst_node(SortGroupClause, cell);
        const TargetEntry* found = nullptr;
        const ListCell* column;
        foreach (column, targets)
            if (lfirst_node(TargetEntry, column)->ressortgroupref == clause->tleSortGroupRef)
                found = lfirst_node(TargetEntry, column);
        if (clause->tleSortGroupRef == 0 || found == nullptr)
            refuse_malformed("a key that is not selected");
        check_comparison(clause, exprType(reinterpret_cast<Node*>(found->expr)));
    }
}

} // namespace health_dp::release::grammar
