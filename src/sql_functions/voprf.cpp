// Blind pseudonymisation over whole batches: a source blinds and finalises, the holder of the key evaluates, and either
// sees of the other what the messages hold (core/pseudonym/voprf_messages.hpp).
#include "core/pseudonym/printable.hpp"
#include "core/pseudonym/pseudonym.hpp"
#include "core/pseudonym/voprf_source.hpp"

#include "sql_functions/keyed.hpp"

using namespace health_dp;
namespace voprf = core::voprf;
using core::pseudonym::CanonicalIdentifier;
using core::pseudonym::Form;
using core::pseudonym::Pseudonym;

namespace {

// Part of every key pair: never change it.
constexpr std::string_view kKeyInfo = "health_dp linkage key 1";

constexpr std::string_view kPublicKeyTag = "HDPV1";
constexpr std::size_t kPublicKeyBytes = 1 + voprf::Element::kBytes; // version of the domain's key, element

// What the arguments say, without anything to destroy.
struct Text {
    const char* bytes; // null for NULL
    std::size_t size;
};
struct Identifiers {
    int count;
    Text* texts;
};

// What a source computes with.
struct SourceEngine {
    Form form;
    core::SecretBytes secret;

    voprf::SourceBatch::Secret view() const { return secret.bytes().first<voprf::Blind::kSecretBytes>(); }
};

// Sources may have databases of different encodings, and the same person in each.
Text in_utf8(const text* value) {
    const std::string_view converted = keyed::identifier_in_utf8(value);
    return {converted.data(), converted.size()};
}

// The message names the place and never the value: an identifier that is mistyped by one digit is still somebody's.
[[noreturn]] void refuse_identifier(int place, const char* why, Form form) {
    char message[256];
    snprintf(message, sizeof(message), "identifier %d of the batch: %s", place + 1, why);
    postgres::throw_sql_error(sqlstate::kBadIdentifier, message, keyed::hint_of(form),
                              "Batches hold rows with a right identifier only: WHERE health_dp.is_identifier(...).");
}

core::Result<CanonicalIdentifier> canonical(const Text& text, Form form) {
    return CanonicalIdentifier::of(form, {text.bytes, text.size});
}

// Looked at before a use is counted: a batch with a wrong identifier costs nothing.
Identifiers identifiers_argument(ArrayType* array, const char* domain) {
    Datum* values;
    bool* nulls;
    Identifiers identifiers;
    deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &identifiers.count);
    if (identifiers.count < 1 || identifiers.count > static_cast<int>(voprf::kMaxBatch))
        ereport(ERROR, (errcode(sqlstate::kBadBatch), errmsg("a batch has 1 to 65535 identifiers"),
                        errhint("Put some 10000 rows into each batch, as docs/link.md shows.")));
    identifiers.texts = static_cast<Text*>(palloc(sizeof(Text) * static_cast<std::size_t>(identifiers.count)));
    for (int i = 0; i < identifiers.count; i++)
        identifiers.texts[i] =
            nulls[i] ? Text{nullptr, 0} : in_utf8(reinterpret_cast<const text*>(DatumGetPointer(values[i])));
    const Form form = keys::find_form(domain);
    postgres::entry([&] {
        for (int i = 0; i < identifiers.count; i++) {
            if (identifiers.texts[i].bytes == nullptr)
                refuse_identifier(i, "it is NULL", form);
            const auto identifier = canonical(identifiers.texts[i], form);
            if (!identifier.ok())
                refuse_identifier(i, identifier.error().message, form);
        }
    });
    return identifiers;
}

void fill(voprf::SourceBatch& batch, const Identifiers& identifiers, Form form) {
    batch.reserve(static_cast<std::size_t>(identifiers.count));
    for (int i = 0; i < identifiers.count; i++)
        (void)batch.add(canonical(identifiers.texts[i], form).value()).value();
}

[[noreturn]] void refuse(const core::Error& error) {
    switch (error.code) {
    case core::ErrorCode::unavailable:
        postgres::throw_sql_error(sqlstate::kKeysUnavailable, error.message);
    case core::ErrorCode::mixed:
    case core::ErrorCode::bad_proof:
        postgres::throw_sql_error(sqlstate::kUntrustedResponse, error.message,
                                  "Nothing of it is used. Send the request again; if that does not help, compare the "
                                  "public key with the key's holder over another channel.");
    case core::ErrorCode::failed_check:
    case core::ErrorCode::too_few:
        postgres::throw_sql_error(sqlstate::kOtherBatch, error.message,
                                  "Give the identifiers, the batch and the domain that the request was made of; if the "
                                  "domain's key was rotated since, blind once more.");
    default:
        postgres::throw_sql_error(sqlstate::kBadMessage, error.message,
                                  "Take what health_dp.blind() and health_dp.evaluate() returned, unchanged.");
    }
}

template <class T>
T taken(core::Result<T> result) {
    if (!result.ok())
        refuse(result.error());
    return std::move(result).value();
}

core::Result<voprf::KeyPair> key_pair(const core::SecretBytes& seed) {
    return voprf::KeyPair::derive(seed.bytes().first<voprf::KeyPair::kSeedBytes>(),
                                  {reinterpret_cast<const std::uint8_t*>(kKeyInfo.data()), kKeyInfo.size()});
}

const SourceEngine* source_engine(FunctionCallInfo fcinfo, keys::Operation operation, const char* domain, int uses) {
    return keyed::engine_for<SourceEngine>(
        fcinfo, keyed::asked(domain), operation, core::keys::Purpose::voprf, "", uses,
        [](const keyed::Source& source, const core::SecretBytes& key) -> core::Result<SourceEngine> {
            auto secret = core::SecretBytes::copy_of(key.bytes());
            if (!secret.ok())
                return secret.error();
            return SourceEngine{source.form, std::move(secret).value()};
        });
}

const voprf::KeyPair* evaluation_engine(FunctionCallInfo fcinfo, const char* domain, int uses) {
    return keyed::engine_for<voprf::KeyPair>(
        fcinfo, keyed::asked(domain), keys::Operation::evaluate, core::keys::Purpose::voprf, "", uses,
        [](const keyed::Source&, const core::SecretBytes& key) { return key_pair(key); });
}

// By its length: what it holds is judged later, and costs a use as well.
int elements_in(const bytea* request) {
    constexpr std::size_t kHeaderBytes = 8;
    const std::size_t size = VARSIZE_ANY_EXHDR(request);
    const std::size_t count = size < kHeaderBytes ? 0 : (size - kHeaderBytes) / voprf::Element::kBytes;
    if (count < 1 || count > voprf::kMaxBatch)
        ereport(ERROR, (errcode(sqlstate::kBadMessage), errmsg("these bytes are no request of a source"),
                        errhint("Take what health_dp.blind() returned, unchanged.")));
    return static_cast<int>(count);
}

core::ByteView bytes_of(const bytea* bytes) {
    return {reinterpret_cast<const std::uint8_t*>(VARDATA_ANY(bytes)), VARSIZE_ANY_EXHDR(bytes)};
}

Datum to_bytea(core::ByteView bytes) {
    return postgres::call([&] {
        auto* result = static_cast<bytea*>(palloc(VARHDRSZ + bytes.size()));
        SET_VARSIZE(result, VARHDRSZ + bytes.size());
        memcpy(VARDATA(result), bytes.data(), bytes.size());
        return PointerGetDatum(result);
    });
}

voprf::SourceBatch::Name name_of(const pg_uuid_t* batch) {
    voprf::SourceBatch::Name name;
    memcpy(name.data(), batch->data, name.size());
    return name;
}

struct PublicKey {
    core::keys::Version version;
    voprf::Element element;
};

PublicKey read_public_key(std::string_view printed) {
    constexpr const char* kHint = "It is written like HDPV1-04C7-..., as health_dp.public_key() prints it.";
    const auto read = core::read_printed(kPublicKeyTag, printed);
    if (!read.ok())
        postgres::throw_sql_error(sqlstate::kBadPublicKey, "this is no public key, or it was mistyped", kHint);
    const core::ByteView bytes = read.value().bytes();
    if (bytes.size() != kPublicKeyBytes || bytes[0] == 0)
        postgres::throw_sql_error(sqlstate::kBadPublicKey, "this is no public key of a linkage domain", kHint);
    const auto element = voprf::Element::parse(bytes.last<voprf::Element::kBytes>());
    if (!element.ok())
        postgres::throw_sql_error(sqlstate::kBadPublicKey, "this is no public key of a linkage domain", kHint);
    return {bytes[0], element.value()};
}

Pseudonym pseudonym_of(const voprf::Output& output, core::keys::Version version) {
    return {version, std::span(output).first<Pseudonym::kTagBytes>()};
}

const char* domain_argument(FunctionCallInfo fcinfo, int number) { return text_to_cstring(PG_GETARG_TEXT_PP(number)); }

} // namespace

// is_identifier(identifier text, domain text) returns boolean
HDP_FUNCTION(hdp_voprf_is_identifier) {
    const Form form = keys::find_form(domain_argument(fcinfo, 1));
    const Text value = in_utf8(PG_GETARG_TEXT_PP(0));
    PG_RETURN_BOOL(postgres::entry([&] { return canonical(value, form).ok(); }));
}

// blind(identifiers text[], domain text, batch uuid) returns bytea
HDP_FUNCTION(hdp_voprf_blind) {
    const char* domain = domain_argument(fcinfo, 1);
    const Identifiers identifiers = identifiers_argument(PG_GETARG_ARRAYTYPE_P(0), domain);
    const pg_uuid_t* name = PG_GETARG_UUID_P(2);
    const SourceEngine* source = source_engine(fcinfo, keys::Operation::blind, domain, identifiers.count);
    return postgres::entry([&] {
        voprf::SourceBatch batch(name_of(name));
        fill(batch, identifiers, source->form);
        return to_bytea(taken(batch.request(source->view())));
    });
}

// evaluate(request bytea, domain text) returns bytea
HDP_FUNCTION(hdp_voprf_evaluate) {
    const bytea* request = PG_GETARG_BYTEA_PP(0);
    const char* domain = domain_argument(fcinfo, 1);
    const voprf::KeyPair* key = evaluation_engine(fcinfo, domain, elements_in(request));
    return postgres::entry([&] { return to_bytea(taken(voprf::answer_request(*key, bytes_of(request)))); });
}

// public_key(domain text) returns text. No use of the key: it tells nothing about anybody.
HDP_FUNCTION(hdp_voprf_public_key) {
    const core::keys::KeyName key = keys::find_key(domain_argument(fcinfo, 0), 0);
    return postgres::entry([&] {
        const core::SecretBytes seed = keys::derived_key(key, core::keys::Purpose::voprf);
        const voprf::KeyPair pair = taken(key_pair(seed));
        std::array<std::uint8_t, kPublicKeyBytes> bytes{key.version};
        memcpy(bytes.data() + 1, pair.public_key().bytes().data(), voprf::Element::kBytes);
        const core::SecretText printed = taken(core::print_bytes(kPublicKeyTag, bytes));
        const std::string_view view = printed.view();
        return postgres::call(
            [&] { return PointerGetDatum(cstring_to_text_with_len(view.data(), static_cast<int>(view.size()))); });
    });
}

// public_key_version(public_key text) returns smallint
HDP_FUNCTION(hdp_voprf_public_key_version) {
    const text* printed = PG_GETARG_TEXT_PP(0);
    return postgres::entry([&] {
        const std::string_view view(VARDATA_ANY(printed), VARSIZE_ANY_EXHDR(printed));
        return Int16GetDatum(static_cast<int16>(read_public_key(view).version));
    });
}

// finalise(identifiers text[], request bytea, response bytea, public_key text, domain text, batch uuid)
// returns pseudonym[]
HDP_FUNCTION(hdp_voprf_finalise) {
    const bytea* request = PG_GETARG_BYTEA_PP(1);
    const bytea* response = PG_GETARG_BYTEA_PP(2);
    const text* printed = PG_GETARG_TEXT_PP(3);
    const char* domain = domain_argument(fcinfo, 4);
    const Identifiers identifiers = identifiers_argument(PG_GETARG_ARRAYTYPE_P(0), domain);
    const pg_uuid_t* name = PG_GETARG_UUID_P(5);
    const Oid pseudonym = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
    const SourceEngine* source = source_engine(fcinfo, keys::Operation::finalise, domain, identifiers.count);
    return postgres::entry([&] {
        const PublicKey holder = read_public_key({VARDATA_ANY(printed), VARSIZE_ANY_EXHDR(printed)});
        voprf::SourceBatch batch(name_of(name));
        fill(batch, identifiers, source->form);
        const std::vector<voprf::Output> outputs =
            taken(batch.finalise(source->view(), bytes_of(request), bytes_of(response), holder.element));
        return postgres::call([&] {
            auto* datums = static_cast<Datum*>(palloc(sizeof(Datum) * outputs.size()));
            auto* bytes = static_cast<char*>(palloc(Pseudonym::kBytes * outputs.size()));
            for (std::size_t i = 0; i < outputs.size(); i++) {
                const Pseudonym value = pseudonym_of(outputs[i], holder.version);
                datums[i] = PointerGetDatum(memcpy(bytes + i * Pseudonym::kBytes, &value, Pseudonym::kBytes));
            }
            return PointerGetDatum(construct_array(datums, static_cast<int>(outputs.size()), pseudonym,
                                                   Pseudonym::kBytes, false, TYPALIGN_CHAR));
        });
    });
}
