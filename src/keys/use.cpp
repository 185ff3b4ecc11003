#include "keys/use.hpp"

#include "ledger/ledger.hpp"

namespace health_dp::keys {

namespace {

constexpr int64 kLargestBlock = 65536;

const char* name_of(Operation operation) {
    switch (operation) {
    case Operation::pseudonymise:
        return "pseudonymise";
    case Operation::seal:
        return "seal";
    case Operation::reidentify:
        return "reidentify";
    case Operation::pseudonymise_nir:
        return "pseudonymise_nir";
    case Operation::shift_date:
        return "shift_date";
    case Operation::blind:
        return "blind";
    case Operation::evaluate:
        return "evaluate";
    case Operation::finalise:
        return "finalise";
    case Operation::link:
        return "link";
    case Operation::rotate:
        return "rotate";
    case Operation::record_key:
        break;
    }
    return "record_key";
}

} // namespace

Meter::Meter(const core::keys::KeyName& key, Operation operation, std::string motive)
    : key_(key), operation_(operation), motive_(std::move(motive)) {}

// Shared memory only: reached by a memory context's reset as well, in an aborted transaction.
Meter::~Meter() {
    if (use_id_ != 0)
        ledger::finish(use_id_, reserved_ - left_);
}

void Meter::take(int64 uses) {
    ledger::KeyUse use;
    memset(&use, 0, sizeof(use));
    use.use_id = use_id_;
    use.domain = key_.domain.bytes().data();
    use.version = key_.version;
    use.operation = name_of(operation_);
    use.session_user = GetSessionUserId();
    // Linkage computes inside SECURITY DEFINER functions of the extension's owner: the user who called them counts.
    use.current_user = operation_ == Operation::link ? GetOuterUserId() : GetUserId();
    use.at_least = uses - left_;
    use.wanted = Max(use.at_least, next_block_);
    use.motive = motive_.empty() ? nullptr : motive_.c_str();
    const ledger::Reservation reservation = ledger::reserve(use);
    if (reservation.use_id != use_id_) {
        // A new day has begun: what was taken from the last one and is not used goes back into it.
        if (use_id_ != 0)
            ledger::finish(use_id_, reserved_ - left_);
        use_id_ = reservation.use_id;
        reserved_ = left_ = 0;
    }
    reserved_ += reservation.granted;
    left_ += reservation.granted;
    next_block_ = Min(4 * next_block_, kLargestBlock);
    // Where the day's rest covered the missing part only together with what has gone back, the remainder is asked for.
    if (left_ < uses)
        take(uses);
}

} // namespace health_dp::keys
