// Keys at work: what SQL functions compute with a domain's key, counted before it is computed [C23].
#pragma once

#include "keys/keys.hpp"

#include <memory>
#include <string>
#include <vector>

namespace health_dp::keys {

// As in health_dp.key_permission.
enum class Operation : uint8 {
    pseudonymise,
    seal,
    reidentify,
    pseudonymise_nir,
    shift_date,
    blind,
    evaluate,
    finalise,
    link,
    rotate,
    record_key
};

// Takes uses from the ledger's worker in blocks that grow, so that a million rows take some twenty commits and a single
// call exactly one use. What is left at the end goes back. Lives where an ereport does not skip its destructor.
class Meter {
  public:
    // `motive` for an operation that takes an approved order, else empty.
    Meter(const core::keys::KeyName& key, Operation operation, std::string motive = {});
    Meter(const Meter&) = delete;
    Meter& operator=(const Meter&) = delete;
    ~Meter();

    // Returns when `uses` more may be made and are on record. Raises (see ledger::reserve()): outside entry() only,
    // with no C++ object alive that nobody else ends.
    void count(int64 uses) {
        if (left_ < uses)
            take(uses);
        left_ -= uses;
    }

  private:
    void take(int64 uses);

    core::keys::KeyName key_;
    Operation operation_;
    std::string motive_;
    int64 use_id_ = 0;
    int64 reserved_ = 0; // of the entry use_id_
    int64 left_ = 0;     // of those
    int64 next_block_ = 1;
};

// What tells one computation of a call site from another: its domain and version, and whatever else it depends on.
struct Asked {
    const char* domain; // not terminated
    int domain_length;
    int32 version; // 0 for the current one
    const char* detail;
    int detail_length;
    int32 number;
};

// Computations under way at one call site of a statement, so that a key is fetched once and not for each row. Kept for
// one statement and one user at most: who waits longer would keep a destroyed key, or another user's permission.
template <class Engine>
class Site {
  public:
    struct Entry {
        std::string domain;
        int32 version;
        std::string detail;
        int32 number;
        std::unique_ptr<Meter> meter;
        std::unique_ptr<Engine> engine;
    };

    // The site of a function call, made at its first call.
    static Site* of(FunctionCallInfo fcinfo) {
        auto* site = static_cast<Site*>(fcinfo->flinfo->fn_extra);
        if (site == nullptr) {
            site = postgres::own_in<Site>(fcinfo->flinfo->fn_mcxt);
            fcinfo->flinfo->fn_extra = site;
        }
        site->forget_others();
        return site;
    }

    // Null where there is none yet.
    Entry* find(const Asked& asked) {
        for (std::size_t i = 0; i < entries_.size(); i++) {
            Entry& entry = *entries_[(last_ + i) % entries_.size()];
            if (entry.version == asked.version && entry.number == asked.number &&
                is(entry.domain, asked.domain, asked.domain_length) &&
                is(entry.detail, asked.detail, asked.detail_length)) {
                last_ = (last_ + i) % entries_.size();
                return &entry;
            }
        }
        return nullptr;
    }

    // Without its engine, which is made once the first use is on record. Within entry() only.
    Entry* add(const Asked& asked, std::unique_ptr<Meter> meter) {
        if (entries_.size() == kMost)
            entries_.erase(entries_.begin());
        entries_.push_back(std::make_unique<Entry>(Entry{
            {asked.domain, static_cast<std::size_t>(asked.domain_length)},
            asked.version,
            asked.detail_length > 0 ? std::string(asked.detail, static_cast<std::size_t>(asked.detail_length)) : "",
            asked.number,
            std::move(meter),
            nullptr}));
        last_ = entries_.size() - 1;
        return entries_.back().get();
    }

  private:
    static constexpr std::size_t kMost = 16; // keys take locked memory

    static bool is(const std::string& known, const char* bytes, int length) {
        return known.size() == static_cast<std::size_t>(length) &&
               (length == 0 || memcmp(known.data(), bytes, length) == 0);
    }

    void forget_others() {
        const TimestampTz statement = GetCurrentStatementStartTimestamp();
        const Oid user = GetUserId();
        if (statement == statement_ && user == user_)
            return;
        entries_.clear();
        last_ = 0;
        statement_ = statement;
        user_ = user;
    }

    std::vector<std::unique_ptr<Entry>> entries_;
    std::size_t last_ = 0;
    TimestampTz statement_ = 0;
    Oid user_ = InvalidOid;
};

} // namespace health_dp::keys
