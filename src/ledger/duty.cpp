// Which database has a worker.
#include "postgres/api.hpp"

#include "ledger/shared.hpp"
#include "postgres/errors.hpp"
#include "postgres/versions.hpp"

namespace health_dp::ledger {

namespace {

// A worker that has not reported by then may have died before it could say so, or nobody ever started it: the session
// that had claimed the duty may have been ended in between. Then somebody else may claim it.
constexpr int kStartPatienceMs = 5000;

Duty* find_duty(Oid database) {
    for (Duty& duty : shared_memory->duties)
        if (duty.state != DutyState::vacant && duty.database == database)
            return &duty;
    return nullptr;
}

// Null when the duty is somebody else's by now.
Duty* own_duty(const duty::Assignment& assignment) {
    Duty& duty = shared_memory->duties[assignment.number];
    return duty.state != DutyState::vacant && duty.generation == assignment.generation ? &duty : nullptr;
}

// Their requests may need a worker now, which they call themselves.
void wake_clients(Oid database) {
    for (int i = 0; i < kMaxRequests; i++) {
        int client = kNobody;
        {
            Locked locked;
            const Request& request = shared_memory->requests[i];
            if (request.database == database &&
                (request.state == RequestState::waiting || request.state == RequestState::answered))
                client = request.client;
        }
        if (client != kNobody)
            postgres::wake_process(client);
    }
}

} // namespace

int worker_process(Oid database) {
    const Duty* duty = find_duty(database);
    return duty != nullptr && duty->state == DutyState::on_duty ? duty->process : kNobody;
}

namespace duty {

Claim claim(Oid database, Assignment* assignment) {
    const TimestampTz now = GetCurrentTimestamp();
    Locked locked;
    Duty* duty = find_duty(database);
    if (duty != nullptr && duty->state == DutyState::starting &&
        TimestampDifferenceExceeds(duty->since, now, kStartPatienceMs))
        duty->state = DutyState::vacant;
    else if (duty != nullptr)
        return Claim::present;
    for (int i = 0; i < kMaxDuties; i++) {
        Duty& vacant = shared_memory->duties[i];
        if (vacant.state != DutyState::vacant)
            continue;
        vacant = {DutyState::starting, false, database, ++shared_memory->generations, kNobody, now};
        *assignment = {i, vacant.generation, database};
        return Claim::claimed;
    }
    return Claim::no_room;
}

void give_up(const Assignment& assignment) {
    Locked locked;
    if (Duty* duty = own_duty(assignment))
        duty->state = DutyState::vacant;
}

bool report(Assignment* assignment) {
    const TimestampTz now = GetCurrentTimestamp();
    Locked locked;
    Duty* duty = find_duty(assignment->database);
    if (duty == nullptr || duty->state != DutyState::starting)
        return false;
    // The first to report gets the duty, also when its own claim has lapsed and another worker is on its way: on a slow
    // machine every claim might lapse. The new generation sends the other one away.
    duty->state = DutyState::on_duty;
    duty->generation = ++shared_memory->generations;
    duty->process = postgres::own_process_number();
    if (shared_memory->first_on_duty == 0)
        shared_memory->first_on_duty = now;
    *assignment = {static_cast<int>(duty - shared_memory->duties), duty->generation, assignment->database};
    return true;
}

TimestampTz first_on_duty() {
    Locked locked;
    return shared_memory->first_on_duty;
}

bool is_dismissed(const Assignment& assignment) {
    Locked locked;
    const Duty* duty = own_duty(assignment);
    return duty == nullptr || duty->dismissed;
}

bool leave(const Assignment& assignment) {
    Locked locked;
    Duty* duty = own_duty(assignment);
    if (duty == nullptr)
        return true;
    if (!duty->dismissed)
        for (const Request& request : shared_memory->requests)
            if (request.state == RequestState::waiting && request.database == assignment.database)
                return false;
    duty->state = DutyState::vacant;
    return true;
}

void end(const Assignment& assignment) {
    {
        Locked locked;
        Duty* duty = own_duty(assignment);
        if (duty == nullptr)
            return;
        duty->state = DutyState::vacant;
        // What it had taken was rolled back: publishing follows the commit without a chance to be interrupted.
        for (Request& request : shared_memory->requests) {
            if (request.database != assignment.database)
                continue;
            if (request.state == RequestState::abandoned)
                request.state = RequestState::vacant;
            if (request.state != RequestState::taken)
                continue;
            request.answer.refused = true;
            request.answer.refusal = {};
            request.answer.refusal.sqlstate = sqlstate::kLedgerUnavailable;
            strlcpy(request.answer.refusal.message, "the ledger's worker ended before it could charge the query",
                    sizeof(request.answer.refusal.message));
            strlcpy(request.answer.refusal.hint, "Ask again; another worker starts by itself.",
                    sizeof(request.answer.refusal.hint));
            request.state = RequestState::answered;
        }
        for (int i = 0; i < shared_memory->note_count; i++)
            if (shared_memory->notes[i].database == assignment.database)
                shared_memory->notes[i].taken = false;
    }
    wake_clients(assignment.database);
}

bool dismiss(Oid database) {
    int process = kNobody;
    {
        Locked locked;
        Duty* duty = find_duty(database);
        if (duty == nullptr)
            return false;
        duty->dismissed = true;
        // One that has not reported yet will find that it was dismissed; the claim itself ends here.
        if (duty->state == DutyState::starting)
            duty->state = DutyState::vacant;
        else
            process = duty->process;
    }
    if (process != kNobody)
        postgres::wake_process(process);
    return process != kNobody;
}

} // namespace duty

} // namespace health_dp::ledger
