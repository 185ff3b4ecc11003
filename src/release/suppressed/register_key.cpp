#include "release/suppressed/register_key.hpp"

#include <array>
#include <map>
#include <string_view>

#include "core/pseudonym/siv.hpp"
#include "keys/keys.hpp"
#include "keys/undumpable.hpp"
#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"

namespace health_dp::release {

namespace {

using core::keys::Version;
using core::pseudonym::AesSiv;
using Bytes = core::pseudonym::Bytes;

constexpr const char* kDomain = "health_dp.suppressed_release";
constexpr std::string_view kLabel = "health_dp suppressed release 1";

// Those that a transaction has asked for: a key that is destroyed in the meantime is used until its end.
struct Keys;
Keys* kept = nullptr;

struct Keys {
    keys::Undumpable heap;
    std::map<Version, AesSiv> of_version;
    Version current = 0;
    ~Keys() { kept = nullptr; }
};

Keys& kept_keys() {
    if (kept == nullptr)
        kept = postgres::own_in<Keys>(TopTransactionContext);
    return *kept;
}

[[noreturn]] void refuse_keyless() {
    ereport(ERROR, (errcode(sqlstate::kUnknownDomain), errmsg("suppressed releases have no key yet"),
                    errhint("A custodian makes it: SELECT "
                            "health_dp.seal_suppressed_releases();")));
    pg_unreachable();
}

// What the keeper or the catalogue of keys says, and why it matters here.
[[noreturn]] void rethrow_with_reason(ErrorData* error) {
    if (error->detail == nullptr)
        error->detail =
            pstrdup("Hidden numbers of suppressed releases are kept sealed: without the key none is possible.");
    ReThrowError(error);
}

Version fetch(Version version) {
    MemoryContext context = CurrentMemoryContext;
    Keys& keys = kept_keys();
    const Version wanted = version == 0 ? keys.current : version;
    if (wanted != 0 && keys.of_version.contains(wanted))
        return wanted;
    core::keys::KeyName name;
    PG_TRY();
    {
        keys::require_keeper();
        if (!keys::has_domain(kDomain))
            refuse_keyless();
        name = keys::find_key(kDomain, version);
        postgres::entry([&] {
            const core::SecretBytes key = keys::derived_key(name, core::keys::Purpose::publication);
            auto siv = AesSiv::create(key.bytes());
            if (!siv.ok())
                postgres::throw_sql_error(sqlstate::kKeysUnavailable, siv.error().message);
            keys.of_version.emplace(name.version, std::move(siv).value());
        });
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(context);
        ErrorData* error = CopyErrorData();
        FlushErrorState();
        rethrow_with_reason(error);
    }
    PG_END_TRY();
    if (version == 0)
        keys.current = name.version;
    return name.version;
}

Bytes view_of(const char* bytes, Size size) { return {reinterpret_cast<const std::uint8_t*>(bytes), size}; }

// Fixed sizes, so that no two places give the same bytes.
struct Associated {
    std::array<std::uint8_t, 13> numbers{};
    std::array<Bytes, 3> parts;

    Associated(const RecordPlace& place, Version version) {
        numbers[0] = version;
        for (std::size_t i = 0; i < 4; ++i)
            numbers[1 + i] = static_cast<std::uint8_t>(static_cast<uint32>(place.project) >> (8 * i));
        for (std::size_t i = 0; i < 8; ++i)
            numbers[5 + i] = static_cast<std::uint8_t>(static_cast<uint64>(place.charge_id) >> (8 * i));
        parts = {view_of(kLabel.data(), kLabel.size()), numbers, view_of(place.population, strlen(place.population))};
    }
};

RecordBytes copy_out(const std::vector<std::uint8_t>& bytes) {
    void* copy = postgres::call([&] { return MemoryContextAllocHuge(CurrentMemoryContext, bytes.size()); });
    memcpy(copy, bytes.data(), bytes.size());
    return {static_cast<const char*>(copy), bytes.size()};
}

} // namespace

void require_register_key() { (void)fetch(0); }

RecordBytes seal_record(const RecordPlace& place, const char* bytes, Size size, Version* version) {
    *version = fetch(0);
    return postgres::entry([&] {
        const auto sealed = kept->of_version.at(*version).seal(Associated(place, *version).parts, view_of(bytes, size));
        if (!sealed.ok())
            postgres::throw_sql_error(sqlstate::kKeysUnavailable, sealed.error().message);
        return copy_out(sealed.value());
    });
}

RecordBytes open_record(const RecordPlace& place, const char* sealed, Size size, Version version) {
    (void)fetch(version);
    return postgres::entry([&] {
        const auto opened = kept->of_version.at(version).open(Associated(place, version).parts, view_of(sealed, size));
        if (!opened.ok())
            postgres::throw_sql_error(ERRCODE_DATA_CORRUPTED, "a record of suppressed releases does not open",
                                      "It was changed, or belongs to another key store: restore the register from a "
                                      "backup, together with the key store that goes with it.");
        return copy_out(opened.value());
    });
}

} // namespace health_dp::release
