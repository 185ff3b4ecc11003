// Keys for sessions: derived from a domain's key by the key keeper, the one process that holds any [C21].
#pragma once

#include "core/keys/domain.hpp"
#include "core/keys/hierarchy.hpp"
#include "core/pseudonym/canonical.hpp"

#include "postgres/boundary.hpp"

namespace health_dp::keys {

// Defines the settings; with health_dp.key_provider set, also the mailbox and the keeper. Called once, from _PG_init,
// in the postmaster only.
void initialise();

// The key of the catalogue's version of a domain; with version 0, of the current one. Raises kUnknownDomain,
// kKeyPending or kKeyDestroyed. Reads what is committed now; fit for parallel mode.
core::keys::KeyName find_key(const char* domain, core::keys::Version version);

// "slot 1: Cnam; slot 2: Third party", allocated: whose contributions to a version are not yet on record.
char* missing_contributions(const char* domain, int version);

// Errors where this server has no key keeper, and none that keys could be asked of.
void require_keeper();

// Whether the catalogue has the domain, with whatever keys.
bool has_domain(const char* domain);

// What identifies a person in a domain. Raises kUnknownDomain.
core::pseudonym::Form find_form(const char* domain);

// Asks the keeper for the derived key and waits at most health_dp.key_timeout. In guarded memory, for as long as a
// statement at most: whoever keeps it longer would keep a destroyed key. Whoever computes with it counts the uses
// (keys/use.hpp). Within entry() only; errors: kNoKeyProvider, kKeysStarting, kKeysSealed, kKeyProvider, kKeyStore,
// kKeysUnavailable, kKeyDestroyed.
core::SecretBytes derived_key(const core::keys::KeyName& key, core::keys::Purpose purpose);

} // namespace health_dp::keys
