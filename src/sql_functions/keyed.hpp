// SQL functions that compute with a domain's key: argument, permission, key, computation, in this order.
#pragma once

#include "core/pseudonym/canonical.hpp"

#include "keys/use.hpp"
#include "postgres/errors.hpp"

namespace health_dp::keyed {

// Bytes of a text argument, where they lie; what was detoasted belongs to the call's memory context.
inline std::string_view bytes_of(FunctionCallInfo fcinfo, int number) {
    const text* argument = PG_GETARG_TEXT_PP(number);
    return {VARDATA_ANY(argument), VARSIZE_ANY_EXHDR(argument)};
}

// In UTF-8, whatever the database has: the same person is the same in databases of different encodings.
inline std::string_view identifier_in_utf8(const text* value) {
    const char* bytes = VARDATA_ANY(value);
    const int size = static_cast<int>(VARSIZE_ANY_EXHDR(value));
    const char* converted = pg_server_to_any(bytes, size, PG_UTF8);
    return {converted, converted == bytes ? static_cast<std::size_t>(size) : strlen(converted)};
}

inline std::string_view identifier_argument(FunctionCallInfo fcinfo, int number) {
    return identifier_in_utf8(PG_GETARG_TEXT_PP(number));
}

inline std::span<const std::uint8_t> view_of(const bytea* bytes) {
    return {reinterpret_cast<const std::uint8_t*>(VARDATA_ANY(bytes)), VARSIZE_ANY_EXHDR(bytes)};
}

// Within entry() only.
inline Datum pack_bytes(std::span<const std::uint8_t> bytes) {
    return postgres::call([&] {
        auto* result = static_cast<bytea*>(palloc(VARHDRSZ + bytes.size()));
        SET_VARSIZE(result, VARHDRSZ + bytes.size());
        memcpy(VARDATA(result), bytes.data(), bytes.size());
        return PointerGetDatum(result);
    });
}

inline keys::Asked asked(std::string_view domain, int32 version = 0, std::string_view detail = {}, int32 number = 0) {
    return {domain.data(), static_cast<int>(domain.size()), version,
            detail.data(), static_cast<int>(detail.size()), number};
}

// What makes an engine from a key of a domain and version.
struct Source {
    core::keys::KeyName name;
    core::pseudonym::Form form;
};

// The engine for what a call asks, with `uses` of its key on record. The key is fetched after the first of them is, and
// once for a call site and statement. `make` gets the Source and the derived key and returns a Result<Engine>; within
// entry().
template <class Engine, class Make>
Engine* engine_for(FunctionCallInfo fcinfo, const keys::Asked& asked, keys::Operation operation,
                   core::keys::Purpose purpose, const char* motive, int64 uses, Make&& make) {
    auto* site = keys::Site<Engine>::of(fcinfo);
    auto* entry = site->find(asked);
    if (entry != nullptr && entry->engine != nullptr) {
        entry->meter->count(uses);
        return entry->engine.get();
    }
    const char* domain = pnstrdup(asked.domain, asked.domain_length);
    if (asked.version < 0 || asked.version > static_cast<int32>(core::keys::kMaxVersion))
        ereport(ERROR, (errcode(sqlstate::kUnknownDomain), errmsg("key versions go from 1 to 255"),
                        errhint("Versions: SELECT * FROM health_dp.key_versions.")));
    const Source source = {keys::find_key(domain, static_cast<core::keys::Version>(asked.version)),
                           keys::find_form(domain)};
    if (entry == nullptr)
        entry = postgres::entry(
            [&] { return site->add(asked, std::make_unique<keys::Meter>(source.name, operation, motive)); });
    entry->meter->count(uses);
    postgres::entry([&] {
        const core::SecretBytes key = keys::derived_key(source.name, purpose);
        core::Result<Engine> made = make(source, key);
        if (!made.ok())
            postgres::throw_sql_error(sqlstate::kKeysUnavailable, made.error().message);
        entry->engine = std::make_unique<Engine>(std::move(made).value());
    });
    return entry->engine.get();
}

inline core::keys::KeyView view_of(const core::SecretBytes& key) { return key.bytes().first<core::keys::kKeyBytes>(); }

inline const char* hint_of(core::pseudonym::Form form) {
    switch (form) {
    case core::pseudonym::Form::nir:
        return "This domain identifies persons by their NIR: thirteen characters and a key of two, as in 2 69 05 49 "
               "588 "
               "157 80.";
    case core::pseudonym::Form::holder:
        return "This domain identifies persons by number|birth date|sex|rank, as in "
               "269054958815780|1987-03-01|2|1.";
    case core::pseudonym::Form::text:
        break;
    }
    return "An identifier is a text of 1 to 255 bytes without control characters.";
}

// Within entry() only. The message never holds the text: an identifier that is mistyped by one digit is still
// somebody's.
inline core::pseudonym::CanonicalIdentifier canonical(core::pseudonym::Form form, std::string_view text) {
    auto identifier = core::pseudonym::CanonicalIdentifier::of(form, text);
    if (!identifier.ok())
        postgres::throw_sql_error(sqlstate::kBadIdentifier, identifier.error().message, hint_of(form));
    return identifier.value();
}

} // namespace health_dp::keyed
