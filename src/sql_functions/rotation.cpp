// Identifiers opened with one version of a key and made anew with the current one, within one call.
#include "core/pseudonym/pseudonymiser.hpp"
#include "core/pseudonym/sealed.hpp"

#include "keys/rotation.hpp"
#include "keys/undumpable.hpp"
#include "sql_functions/byte_types.hpp"
#include "sql_functions/keyed.hpp"

using namespace health_dp;
using namespace health_dp::core::pseudonym;
using keys::Operation;

namespace {

// Bytes of an identifier while it is open: wiped at the end.
class Opened {
  public:
    Opened(const Sealer& sealer, const SealedIdentifier& sealed) {
        auto identifier = sealer.open(sealed);
        if (!identifier.ok())
            postgres::throw_sql_error(sqlstate::kDoesNotOpen, identifier.error().message,
                                      "It opens in the domain and under the column's name that it was sealed with.");
        bytes_ = std::move(identifier).value();
    }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    ~Opened() { explicit_bzero(bytes_.data(), bytes_.size()); }

    std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

  private:
    std::vector<std::uint8_t> bytes_;
};

SealedIdentifier sealed_of(const bytea* bytes) {
    auto sealed = SealedIdentifier::from_bytes(keyed::view_of(bytes));
    if (!sealed.ok())
        postgres::throw_sql_error(sqlstate::kBadIdentifier, sealed.error().message);
    return std::move(sealed).value();
}

int32 version_of(const bytea* sealed) { return keyed::view_of(sealed).front(); }

core::keys::KeyName key_of(std::string_view domain, core::keys::Version version) {
    core::keys::KeyName name;
    postgres::call([&] { name = keys::find_key(pnstrdup(domain.data(), domain.size()), version); });
    return name;
}

template <class Value>
Value checked(core::Result<Value> made) {
    if (!made.ok())
        postgres::throw_sql_error(sqlstate::kKeysUnavailable, made.error().message);
    return std::move(made).value();
}

Sealer sealer(const core::keys::KeyName& name, const core::SecretBytes& key, std::string_view column) {
    return checked(Sealer::create(key.bytes(), name.domain, column, name.version));
}

Pseudonymiser pseudonymiser(const core::keys::KeyName& name) {
    const core::SecretBytes key = keys::derived_key(name, core::keys::Purpose::pseudonym);
    return checked(Pseudonymiser::create(keyed::view_of(key), name.version));
}

struct SealedRenewal {
    keys::Undumpable heap;
    Sealer old;
    Sealer current;
};

struct PseudonymRenewal {
    keys::Undumpable heap;
    Form form;
    Sealer sealer;
    Pseudonymiser old;
    Pseudonymiser current;
};

} // namespace

// renew_sealed(sealed, domain text, column_name text) returns sealed
HDP_FUNCTION(hdp_rotation_renew_sealed) {
    const bytea* argument = PG_GETARG_BYTEA_PP(0);
    const std::string_view domain = keyed::bytes_of(fcinfo, 1);
    const std::string_view column = keyed::bytes_of(fcinfo, 2);
    const SealedRenewal* renewal = keyed::engine_for<SealedRenewal>(
        fcinfo, keyed::asked(domain, version_of(argument), column), Operation::rotate, core::keys::Purpose::siv, "", 1,
        [&](const keyed::Source& source, const core::SecretBytes& key) -> core::Result<SealedRenewal> {
            const core::keys::KeyName current = key_of(domain, 0);
            const core::SecretBytes current_key = keys::derived_key(current, core::keys::Purpose::siv);
            return SealedRenewal{keys::Undumpable(), sealer(source.name, key, column),
                                 sealer(current, current_key, column)};
        });
    return postgres::entry([&] {
        const Opened identifier(renewal->old, sealed_of(argument));
        return keyed::pack_bytes(checked(renewal->current.seal(identifier.text())).bytes());
    });
}

// renew_pseudonym(pseudonym, sealed, domain text, column_name text) returns pseudonym
HDP_FUNCTION(hdp_rotation_renew_pseudonym) {
    const Pseudonym pseudonym = byte_types::unpack<Pseudonym>(PG_GETARG_DATUM(0));
    const bytea* argument = PG_GETARG_BYTEA_PP(1);
    const std::string_view domain = keyed::bytes_of(fcinfo, 2);
    const std::string_view column = keyed::bytes_of(fcinfo, 3);
    const PseudonymRenewal* renewal = keyed::engine_for<PseudonymRenewal>(
        fcinfo, keyed::asked(domain, version_of(argument), column, pseudonym.version()), Operation::rotate,
        core::keys::Purpose::siv, "", 1,
        [&](const keyed::Source& source, const core::SecretBytes& key) -> core::Result<PseudonymRenewal> {
            return PseudonymRenewal{keys::Undumpable(), source.form, sealer(source.name, key, column),
                                    pseudonymiser(key_of(domain, pseudonym.version())),
                                    pseudonymiser(key_of(domain, 0))};
        });
    return byte_types::pack(postgres::entry([&] {
        const Opened identifier(renewal->sealer, sealed_of(argument));
        const auto person = CanonicalIdentifier::of(renewal->form, identifier.text());
        // Nobody's identifier in this domain; what is wrong with it would say something of what is sealed.
        if (!person.ok() || !(renewal->old.pseudonymise(person.value()) == pseudonym))
            return pseudonym;
        return renewal->current.pseudonymise(person.value());
    }));
}

// launch_rotation(rotation_id bigint) returns void
HDP_FUNCTION(hdp_rotation_launch) {
    keys::rotation::launch(PG_GETARG_INT64(0));
    PG_RETURN_VOID();
}
