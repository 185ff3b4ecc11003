#include "release/session/explanation.hpp"

#include "postgres/errors.hpp"

namespace health_dp::release {

namespace {

Oid member = InvalidOid;
StringInfo explanation = nullptr;

// All three: a superuser's function must not explain to whoever calls it, nor a member to a superuser who became one.
void require_superuser() {
    if (!superuser_arg(GetAuthenticatedUserId()) || !superuser_arg(GetSessionUserId()) || !superuser())
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("only superusers see the plan of a release"),
                        errhint("Its estimates come from protected rows. Ask your database administrator.")));
}

// With the member's rights: what the question calls outside its releases runs as it would for the member. The leaves of
// its releases have the room plan, and are empty.
void run_question(const char* question, Oid asking) {
    Oid user;
    int context;
    GetUserIdAndSecContext(&user, &context);
    const Oid before = member;
    member = asking;
    PG_TRY();
    {
        SetUserIdAndSecContext(asking, context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
        SPI_connect();
        const int outcome = SPI_execute(question, true, 0);
        if (outcome != SPI_OK_SELECT)
            ereport(ERROR, (errcode(sqlstate::kUnsupported), errmsg("only a SELECT can be explained"),
                            errhint("Give the SELECT by itself, without CREATE TABLE AS or INSERT.")));
        SPI_finish();
    }
    PG_FINALLY();
    {
        member = before;
        SetUserIdAndSecContext(user, context);
    }
    PG_END_TRY();
}

} // namespace

Oid explained_member() { return member; }

void take_explanation(StringInfo frame) {
    if (explanation == nullptr)
        elog(ERROR, "a room sends a plan that nobody asked for");
    appendBinaryStringInfo(explanation, frame->data, frame->len);
}

} // namespace health_dp::release

// health_dp.explain_release(question text, member name) -> text
HDP_FUNCTION(hdp_release_explain) {
    using namespace health_dp::release;
    require_superuser();
    const char* question = text_to_cstring(PG_GETARG_TEXT_PP(0));
    const Oid asking = get_role_oid(NameStr(*PG_GETARG_NAME(1)), false);
    StringInfo before = explanation;
    explanation = makeStringInfo();
    PG_TRY();
    { run_question(question, asking); }
    PG_CATCH();
    {
        explanation = before;
        PG_RE_THROW();
    }
    PG_END_TRY();
    StringInfo text = explanation;
    explanation = before;
    if (text->len == 0)
        ereport(ERROR, (errcode(health_dp::sqlstate::kUnsupported), errmsg("the question has no release"),
                        errhint("Use EXPLAIN for what reads no protected table.")));
    PG_RETURN_TEXT_P(cstring_to_text_with_len(text->data, text->len));
}
