#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "shared/base/time.hpp"

/// Every size and count limit, in one place. `GET /api/limits` shows them.
namespace callboard::limits {

using namespace std::chrono_literals;

inline constexpr std::size_t kKiB = 1024;
inline constexpr std::size_t kMiB = 1024 * kKiB;

// The log
inline constexpr std::size_t kKeyBytes = 200;
inline constexpr std::size_t kEventInlineBytes =
    64 * kKiB;                                        // above it an event's data is a blob beside the run
inline constexpr std::size_t kEventBytes = 4 * kMiB;  // one event's data, blob included
inline constexpr std::size_t kAppendQueueRows =
    20'000;  // waiting in one process; beyond it callers are refused
inline constexpr std::size_t kAppendQueueBytes = 64 * kMiB;
inline constexpr std::size_t kCommitRows = 256;  // rows that share one transaction
inline constexpr std::size_t kCommitBytes = 8 * kMiB;
inline constexpr std::uint32_t kStoredFoldEvents = 256;      // behind a checkpoint, for its fold to be stored
inline constexpr std::size_t kStoredFoldBytes = 16 * kMiB;   // a larger fold is not stored
inline constexpr std::uint16_t kPartitions = 64;             // stored in the database at its first migration
inline constexpr int kDaysAhead = 7;                         // day partitions made ahead
inline constexpr std::size_t kArchiveLineBytes = 64 * kMiB;  // one line of an archive
inline constexpr std::size_t kArchiveBatchRows = 2'000;      // of one transaction of an import
inline constexpr std::size_t kArchiveBatchBytes = 8 * kMiB;
inline constexpr std::size_t kArchiveDays =
    3'660;  // day partitions that one import makes; beyond: the default

// Ingress
inline constexpr std::size_t kWebhookBytes = 25 * kMiB;  // GitHub sends no more
inline constexpr std::size_t kApiBodyBytes = 4 * kMiB;
inline constexpr std::size_t kHeaderBytes = 16 * kKiB;
inline constexpr std::size_t kBodiesInFlightBytes = 128 * kMiB;
inline constexpr std::size_t kConnections = 2'000;
inline constexpr Micros kHeaderTimeout =
    10s;  // a sender that has not finished its headers by then is cut off
inline constexpr Micros kBodyTimeout = 30s;
inline constexpr Micros kIdleTimeout = 75s;
inline constexpr Micros kIngressHold = 8s;  // how long a delivery waits for a database that is away
inline constexpr Micros kLinearWindow = 60s;
inline constexpr std::size_t kJsonDepth = 64;

// Workflow files
inline constexpr std::size_t kWorkflowBytes = 1 * kMiB;
inline constexpr std::size_t kSteps = 1'000;
inline constexpr std::uint32_t kItems = 10'000;  // of one map
inline constexpr std::size_t kYamlDepth = 40;
inline constexpr std::size_t kYamlNodes = 50'000;          // after aliases are expanded
inline constexpr std::size_t kExpressionBytes = 21'000;    // as many characters as Actions takes
inline constexpr std::size_t kExpressionDepth = 50;        // as Actions
inline constexpr std::size_t kExpressionGroups = 500;      // parentheses within each other
inline constexpr std::size_t kRenderedBytes = 512 * kKiB;  // params of one job: a NATS message holds 1 MiB
inline constexpr std::size_t kPoolBytes = 80;  // a consumer of NATS has it in its name of 255, most escaped
inline constexpr std::size_t kWorkflowErrors = 100;  // reported of one file
inline constexpr std::size_t kGroupNesting = 8;      // of groups of steps that use groups
inline constexpr std::size_t kLabels = 32;           // of one workflow
inline constexpr std::size_t kLabelNameBytes = 63;
inline constexpr std::size_t kLabelBytes = 200;  // of a label's value
inline constexpr std::size_t kLabelsAsked = 10;  // in one search
inline constexpr std::uint32_t kMaxAttempts = 100;

// Triggers
inline constexpr std::size_t kGlobBytes = 256;        // of one filter pattern
inline constexpr std::size_t kFilterEntries = 100;    // of one filter
inline constexpr std::size_t kFilteredPaths = 1'000;  // of one push; with more of them path filters hold
inline constexpr std::size_t kVerdictBytes = 500;     // of what a verdict says
inline constexpr std::size_t kWebhookPathBytes = 100;
inline constexpr std::size_t kSchemaBytes = 64 * kKiB;  // of one JSON Schema
inline constexpr std::size_t kSchemaSteps = 200'000;    // of one check of a value by a schema
inline constexpr std::int64_t kPatternBytes = 1 << 20;  // what one regular expression may take in memory
inline constexpr std::uint32_t kCauseDepth = 16;        // a run that more runs stand behind is not started
inline constexpr std::size_t kRunsStartedAtOnce = 100;  // by one row of decisions of their parent
inline constexpr int kRunEndsAtOnce = 100;              // ends of runs that one look turns into runs
// Starts that are held back
inline constexpr std::size_t kHeldKeyBytes = 1'024;
inline constexpr std::uint32_t kHeldKeys = 5'000;     // of a workflow; beyond, the oldest fires early
inline constexpr std::uint32_t kBatchEvents = 500;    // of one batch
inline constexpr std::size_t kBatchBytes = 4 * kMiB;  // of its payloads; one alone may be larger
inline constexpr Micros kHeldFor = 24h;               // the longest that an event may be held
inline constexpr Micros kHeldClaim = 10s;             // a claimed group that nobody fired is given again
inline constexpr int kHeldAtOnce = 16;                // groups that one look fires
// Schedules
inline constexpr std::size_t kSchedules = 32;  // of a workflow
inline constexpr std::size_t kCronBytes = 500;
inline constexpr Micros kJitter = 1h;       // the most that a schedule may ask for
inline constexpr Micros kTickGrace = 1min;  // a tick that is later was missed: `catchup` says what then
inline constexpr std::size_t kCatchUpTicks = 100;      // that `catchup: all` makes good at once,
inline constexpr Micros kCatchUpTime = 24h;            // and of how far back
inline constexpr int kTicksCounted = 10'000;           // of those that one row accounts for
inline constexpr std::size_t kTicksQueued = 100;       // of one schedule, that wait for its run before
inline constexpr int kTicksKept = 1'000;               // of one schedule's account
inline constexpr Micros kTickAge = 30 * 24h;           // of the account
inline constexpr std::size_t kBackfillTicks = 10'000;  // of one backfill
inline constexpr int kBackfillRate = 100;              // the most runs a second that it may ask for

// Jobs
inline constexpr std::size_t kJobBytes = 960 * kKiB;
inline constexpr std::uint32_t kSegmentSteps = 32;
inline constexpr Micros kSegmentTime = 1s;
inline constexpr Micros kStartedAfter = 50ms;  // a step still going then has `started` appended
inline constexpr Micros kDeadlineGrace =
    2s;  // behind a run's deadline a worker ends by itself what nobody has told it to stop
inline constexpr Micros kAckWait = 1s;
inline constexpr Micros kAckRenewal = 300ms;
inline constexpr Micros kOldJob = 1s;    // an older job is looked up before it is executed
inline constexpr int kPoisonBegins = 4;  // after so many begins of a redelivered job the outcome is `lost`
inline constexpr std::uint32_t kWorkerSlots = 128;  // of one worker, unless set
inline constexpr std::size_t kResultsHeld = 1'024;  // results that a worker holds while the database is away

// Steps
inline constexpr std::size_t kResultBytes = 1 * kMiB;
inline constexpr std::size_t kOutputBytes = 256 * kKiB;  // of one stream of a shell step; the rest is cut
inline constexpr std::size_t kHttpBodyBytes = 1 * kMiB;
inline constexpr int kHttpRedirects = 10;
inline constexpr Micros kStepTimeout = 5min;
inline constexpr Micros kRunTimeout = 24h;
inline constexpr std::size_t kSignalBytes = 256 * kKiB;  // of its data
inline constexpr std::size_t kSignalsKept = 1'000;       // of one run, that no step has waited for yet
inline constexpr Micros kCancelGrace = 5s;               // between SIGTERM and SIGKILL of a process group

// Groups of runs that exclude each other
inline constexpr std::size_t kGroupBytes = 1'024;     // of a group's name
inline constexpr std::uint32_t kGroupPlaces = 1'000;  // at most
inline constexpr Micros kPlaceTimeout = 7 * 24h;      // of the wait for a place, unless the workflow says
inline constexpr int kGroupReplaced = 500;            // that one run has cancelled at once

inline constexpr std::size_t kPartyBytes = 200;  // of a repository's name or a team's key, in the fair order

// Throttles: so many begin in any span of time
inline constexpr std::size_t kRateBytes = 1'024;  // of a throttle's key
inline constexpr std::uint32_t kTurns = 10'000;   // in one span, at most
inline constexpr Micros kTurnSpan = 31 * 24h;     // the longest span
inline constexpr int kTurnsAhead = 1'000;  // a run behind more of them asks again when so many had theirs
inline constexpr Micros kTurnGrace = 10s;  // a run that comes later than that for a step's turn queues anew
inline constexpr Micros kTurnTimeout = 366 * 24h;  // of the wait for a turn

// Pauses of scopes
inline constexpr std::size_t kPauses = 500;  // that stand at once; every beat of a dispatcher reads them
inline constexpr std::size_t kPauseNameBytes = 200;  // of a workflow's slug or a source
inline constexpr std::size_t kPauseReasonBytes = 500;

// Events that open runs listen to
inline constexpr std::size_t kEventRules = 20;        // of cancelOn, and of one step that waits
inline constexpr int kHeardAtOnce = 64;               // events that one look holds against the runs
inline constexpr std::size_t kListenersAtOnce = 256;  // registered in one transaction, and asked for at once
inline constexpr std::size_t kLookBacks = 8;          // of targets, at the same time
inline constexpr int kLookBackPage = 500;             // ids of deliveries
inline constexpr std::uint32_t kLookBackEvents =
    10'000;  // of one wait with `since`; with more of them it fails

// Leases
inline constexpr Micros kLease = 5s;
inline constexpr Micros kLeaseRenewal = 1s;
inline constexpr Micros kOverdue = 2s;  // an outstanding attempt is then read again from the log
inline constexpr Micros kOpenRunsCheck = 30s;

// Lists
inline constexpr int kPageDefault = 50;
inline constexpr int kPageMost = 500;
inline constexpr Micros kWaitMost = 60s;  // ?wait=

static_assert(kRenderedBytes < kJobBytes && kJobBytes < kMiB, "a job fits NATS's max_payload");
static_assert(kWebhookBytes < kBodiesInFlightBytes);
static_assert(kWebhookBytes * 4 / 3 + kMiB < kArchiveLineBytes && kEventBytes < kWebhookBytes,
              "whatever is stored fits a line, in base64 too");
static_assert(kResultBytes < kEventBytes && kEventInlineBytes < kEventBytes && kEventBytes < kCommitBytes);
static_assert(kIngressHold < kHeldClaim, "two rarely fire one group");
static_assert(kLease < kTickGrace, "a tick whose dispatcher died is not missed by that");
static_assert(kLeaseRenewal * 3 < kLease && kAckRenewal * 3 < kAckWait);
static_assert(kLease < kTurnGrace, "a run keeps its place in the queue over its owner's death");
static_assert(kStartedAfter < kAckRenewal && kSegmentTime < kOverdue);

}  // namespace callboard::limits
