// The SQLSTATEs of health_dp, class ZD. One condition, one code: applications and tests match on these.
#pragma once

#include "postgres/api.hpp"

#define HDP_SQLSTATE(a, b, c) MAKE_SQLSTATE('Z', 'D', a, b, c)

namespace health_dp::sqlstate {

constexpr int kNotLoaded = HDP_SQLSTATE('0', '0', '1');        // library not in shared_preload_libraries
constexpr int kProtected = HDP_SQLSTATE('0', '0', '2');        // protected table outside a release
constexpr int kNotPatientSafe = HDP_SQLSTATE('0', '0', '3');   // a relation in a release mixes patients
constexpr int kUnsafeExpression = HDP_SQLSTATE('0', '0', '4'); // an expression not on the allow-list
constexpr int kUnsupported = HDP_SQLSTATE('0', '0', '5');      // a clause releases do not take yet
constexpr int kObservation = HDP_SQLSTATE('0', '0', '6');      // EXPLAIN, debugging output and the like
constexpr int kReleaseFailed = HDP_SQLSTATE('0', '0', '7');    // any failure after the charge: one constant message
constexpr int kOtherVersion = HDP_SQLSTATE('0', '0', '8');     // the database's objects are of another version

constexpr int kNoProject = HDP_SQLSTATE('1', '0', '1');       // no project selected
constexpr int kUnknownProject = HDP_SQLSTATE('1', '0', '2');  // no such project, or the user is no member of it
constexpr int kOutsideValidity = HDP_SQLSTATE('1', '0', '3'); // not yet valid, or expired
constexpr int kSuspended = HDP_SQLSTATE('1', '0', '4');       // suspended by a steward
constexpr int kNotGranted = HDP_SQLSTATE('1', '0', '5');      // the table is not granted to the project
constexpr int kReleaseKind = HDP_SQLSTATE('1', '0', '6');     // the project does not permit this kind of release
constexpr int kInvalidProject = HDP_SQLSTATE('1', '0', '7');  // a project definition that makes no sense
constexpr int kProjectChanged = HDP_SQLSTATE('1', '0', '8');  // project setting differs from the plan's

constexpr int kBadLabel = HDP_SQLSTATE('2', '0', '1');       // label text, or a label that fits its table no more
constexpr int kNotProtectable = HDP_SQLSTATE('2', '0', '2'); // a relation that cannot be protected as it is

constexpr int kBadBounds = HDP_SQLSTATE('3', '0', '1');     // reversed, NULL, not finite
constexpr int kMissingBounds = HDP_SQLSTATE('3', '0', '2'); // neither explicit nor declared
constexpr int kBadEpsilon = HDP_SQLSTATE('3', '0', '3');    // missing, not positive, above the ceiling
constexpr int kBadDelta = HDP_SQLSTATE('3', '0', '4');      // missing where needed, not in (0, 1), above the ceiling
constexpr int kBadLimit = HDP_SQLSTATE('3', '0', '5');      // M or R below 1 or above the ceiling
constexpr int kBadType = HDP_SQLSTATE('3', '0', '6');       // a type that cannot be summed, grouped by or own rows
constexpr int kScaleTooWide = HDP_SQLSTATE('3', '0', '7');  // noise scale beyond exact arithmetic

constexpr int kBudgetExhausted = HDP_SQLSTATE('4', '0', '1');   // the charge does not fit the rest of the budget
constexpr int kLedgerUnavailable = HDP_SQLSTATE('4', '0', '2'); // no worker, a standby, a write error: unknown means no
constexpr int kLedgerFinal = HDP_SQLSTATE('4', '0', '3');       // a change of what is in the ledger (raised by SQL)
constexpr int kExecutionsOfDay = HDP_SQLSTATE('4', '0', '4');   // the login role's executions of the day are used up
constexpr int kFailuresOfDay = HDP_SQLSTATE('4', '0', '5');     // too many of its executions failed past their charge

constexpr int kKeysSealed = HDP_SQLSTATE('5', '0', '1');      // custodians have not entered enough shares
constexpr int kKeysStarting = HDP_SQLSTATE('5', '0', '2');    // the key keeper asks its provider
constexpr int kKeysUnavailable = HDP_SQLSTATE('5', '0', '3'); // the key keeper has ended, or does not answer
constexpr int kNoKeyProvider = HDP_SQLSTATE('5', '0', '4');   // health_dp.key_provider is not set
constexpr int kKeyProvider = HDP_SQLSTATE('5', '0', '5');     // the provider gives no root key
constexpr int kKeyStore = HDP_SQLSTATE('5', '0', '6');        // missing, damaged, of another root, not writable
constexpr int kUnknownDomain = HDP_SQLSTATE('5', '0', '7');   // no such domain, or no such version of it
constexpr int kKeyDestroyed = HDP_SQLSTATE('5', '0', '8');    // for good
constexpr int kBadShare = HDP_SQLSTATE('5', '0', '9');        // sealed to another key, twice in, of another root
constexpr int kRootNotNew = HDP_SQLSTATE('5', '1', '0');      // destroying takes a new root key
constexpr int kInvalidDomain = HDP_SQLSTATE('5', '1', '1');   // a name that is none, or is taken
constexpr int kKeyPending = HDP_SQLSTATE('5', '1', '2');      // contributions to the key are missing
constexpr int kBadContribution = HDP_SQLSTATE('5', '1', '3'); // of another place, sealed to another key, or twice in
constexpr int kNotParty = HDP_SQLSTATE('5', '1', '4');        // who may not contribute here (raised by SQL)
constexpr int kOtherKind = HDP_SQLSTATE('5', '1', '5');  // keys of slots where they are not, or not (raised by SQL)
constexpr int kCopiedKeys = HDP_SQLSTATE('5', '1', '6'); // a copy of a database uses no keys before it is told so

constexpr int kBadIdentifier = HDP_SQLSTATE('6', '0', '1'); // text or bytes that are no identifier of their type

constexpr int kKeyUse = HDP_SQLSTATE('6', '0', '2');       // nobody permitted this use of a key
constexpr int kKeyQuota = HDP_SQLSTATE('6', '0', '3');     // the day's uses are used up
constexpr int kOrder = HDP_SQLSTATE('6', '0', '4');        // no approved order to reidentify
constexpr int kDoesNotOpen = HDP_SQLSTATE('6', '0', '5');  // sealed with another key or for another column, or changed
constexpr int kOtherForm = HDP_SQLSTATE('6', '0', '6');    // an identifier of another form than the domain's
constexpr int kNotRotatable = HDP_SQLSTATE('6', '0', '7'); // a column or table that cannot be rotated (raised by SQL)

constexpr int kBadMessage = HDP_SQLSTATE('6', '2', '0');        // no message of the blind pseudonymisation
constexpr int kUntrustedResponse = HDP_SQLSTATE('6', '2', '1'); // another request's, another key's, or a wrong proof
constexpr int kBadBatch = HDP_SQLSTATE('6', '2', '2');          // too few, too many
constexpr int kBadPublicKey = HDP_SQLSTATE('6', '2', '3');      // mistyped, or none
constexpr int kOtherBatch = HDP_SQLSTATE('6', '2', '4');        // a request that was not made of these identifiers

// Of linkage, raised by SQL.
constexpr int kUnknownLinkage = HDP_SQLSTATE('6', '3', '0');    // no linkage of that name
constexpr int kLinkageExpired = HDP_SQLSTATE('6', '3', '1');    // its lifetime is over
constexpr int kLinkageClosed = HDP_SQLSTATE('6', '3', '2');     // its records were deleted
constexpr int kNotYourLinkage = HDP_SQLSTATE('6', '3', '3');    // a role that is not its source or reader
constexpr int kInvalidLinkage = HDP_SQLSTATE('6', '3', '4');    // a definition that makes no sense
constexpr int kBadDelivery = HDP_SQLSTATE('6', '3', '5');       // NULLs, identities, or arrays that do not fit
constexpr int kOtherKeyVersion = HDP_SQLSTATE('6', '3', '6');   // identifiers made with another version of the key
constexpr int kNotYetCertifiable = HDP_SQLSTATE('6', '3', '7'); // records or a key are still there

constexpr int kBadLevels = HDP_SQLSTATE('6', '4', '0');    // levels of a hierarchy (raised by SQL)
constexpr int kBadHierarchy = HDP_SQLSTATE('6', '4', '1'); // a code with several rows (raised by SQL)
constexpr int kBadMeasure = HDP_SQLSTATE('6', '4', '2');   // a measure of no table or no columns (raised by SQL)

constexpr int kUnknownPolicy = HDP_SQLSTATE('7', '0', '1'); // no such suppression policy
constexpr int kBadPolicy = HDP_SQLSTATE('7', '0', '2'); // a policy that makes no sense, or is in use (raised by SQL)
constexpr int kBadDefinition = HDP_SQLSTATE('7', '0', '3'); // a description of tables outside the grammar
constexpr int kBadTable = HDP_SQLSTATE('7', '0', '4');      // a query's result that is no such table
constexpr int kDoesNotAddUp = HDP_SQLSTATE('7', '0', '5');  // cells that contradict each other
constexpr int kCannotProtect = HDP_SQLSTATE('7', '0', '6'); // not even with everything hidden
constexpr int kNoSafePattern = HDP_SQLSTATE('7', '0', '7'); // none found and audited within time and size
constexpr int kNoNoise = HDP_SQLSTATE('7', '0', '8');       // a policy without perturbation
constexpr int kTooMuchBehind = HDP_SQLSTATE('7', '0', '9'); // the table behind several tables is too large
constexpr int kTotalAsCode = HDP_SQLSTATE('7', '1', '0');   // a code that is the sum of all others

constexpr int kMixedRelease = HDP_SQLSTATE('7', '2', '0');    // dp and sc aggregates in one statement
constexpr int kRuleUnsupported = HDP_SQLSTATE('7', '2', '1'); // a policy with a rule that queries do not apply
constexpr int kOtherPopulation = HDP_SQLSTATE('7', '2', '2'); // not the population of an earlier suppressed release
constexpr int kDataChanged = HDP_SQLSTATE('7', '2', '3');     // other numbers than in an earlier suppressed release
constexpr int kReleaseUnsafe = HDP_SQLSTATE('7', '2', '4');   // what must be hidden could not be hidden safely
constexpr int kNotRepeatable = HDP_SQLSTATE('7', '2', '5');   // parameters, the clock, settings: not the same each time
constexpr int kPersonalKey = HDP_SQLSTATE('7', '2', '6');     // grouping by the patient
constexpr int kOtherKeys = HDP_SQLSTATE('7', '2', '7');       // neither fewer nor more keys than earlier releases
constexpr int kMultipliedRows = HDP_SQLSTATE('7', '2', '8');  // rows are counted that a join may multiply
constexpr int kMixedColumns = HDP_SQLSTATE('7', '2', '9');    // one condition over several columns of counted rows
constexpr int kSummedKey = HDP_SQLSTATE('7', '3', '0');       // a column is summed and looked at by keys or conditions

constexpr int kNoRoom = HDP_SQLSTATE('8', '0', '1');    // no room for a release: none is free, or none may be had
constexpr int kRoomLost = HDP_SQLSTATE('8', '0', '2');  // the room ended, or stopped, without an answer
constexpr int kRoomRole = HDP_SQLSTATE('8', '0', '3');  // the rooms' role is missing, or is more than nobody
constexpr int kOversized = HDP_SQLSTATE('8', '0', '4'); // a message between session and room beyond the limit
constexpr int kRoomFence = HDP_SQLSTATE('8', '0', '5'); // a statement or function that no room runs

} // namespace health_dp::sqlstate
