// GET /api/workers and GET /api/limits.
#include <string_view>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/resources.hpp"
#include "shared/base/limits.hpp"

namespace callboard::dispatcher {
namespace {

std::string write_worker(const topics::Presence& worker) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("id").text(to_string(worker.worker)).name("name").text(worker.name);
  json.name("pool").text(worker.pool).name("slots").number(worker.slots).name("busy").number(worker.busy);
  json.name("draining").boolean(worker.draining).name("running").begin_array();
  for (const std::string& step : worker.running) json.text(step);
  json.end_array().end_object();
  return out;
}

void list_workers(Context& context, Call call) {
  std::vector<std::string> items;
  for (const topics::Presence& worker : context.engine.workers()) items.push_back(write_worker(worker));
  call.responder.send(http::Response::json(200, write_page(items, std::nullopt)));
}

struct SizeLimit {
  std::string_view name;
  std::size_t value;
};
struct TimeLimit {
  std::string_view name;
  Micros value;
};

using namespace limits;

constexpr SizeLimit kSizes[] = {
    {"keyBytes", kKeyBytes},
    {"eventInlineBytes", kEventInlineBytes},
    {"eventBytes", kEventBytes},
    {"appendQueueRows", kAppendQueueRows},
    {"appendQueueBytes", kAppendQueueBytes},
    {"commitRows", kCommitRows},
    {"commitBytes", kCommitBytes},
    {"storedFoldEvents", kStoredFoldEvents},
    {"storedFoldBytes", kStoredFoldBytes},
    {"partitions", kPartitions},
    {"daysAhead", kDaysAhead},
    {"webhookBytes", kWebhookBytes},
    {"apiBodyBytes", kApiBodyBytes},
    {"headerBytes", kHeaderBytes},
    {"bodiesInFlightBytes", kBodiesInFlightBytes},
    {"connections", kConnections},
    {"jsonDepth", kJsonDepth},
    {"workflowBytes", kWorkflowBytes},
    {"steps", kSteps},
    {"items", kItems},
    {"yamlDepth", kYamlDepth},
    {"yamlNodes", kYamlNodes},
    {"expressionBytes", kExpressionBytes},
    {"expressionDepth", kExpressionDepth},
    {"expressionGroups", kExpressionGroups},
    {"renderedBytes", kRenderedBytes},
    {"poolBytes", kPoolBytes},
    {"workflowErrors", kWorkflowErrors},
    {"maxAttempts", kMaxAttempts},
    {"groupNesting", kGroupNesting},
    {"labels", kLabels},
    {"labelNameBytes", kLabelNameBytes},
    {"labelBytes", kLabelBytes},
    {"labelsAsked", kLabelsAsked},
    {"schemaBytes", kSchemaBytes},
    {"schemaSteps", kSchemaSteps},
    {"patternBytes", kPatternBytes},
    {"globBytes", kGlobBytes},
    {"filterEntries", kFilterEntries},
    {"filteredPaths", kFilteredPaths},
    {"verdictBytes", kVerdictBytes},
    {"causeDepth", kCauseDepth},
    {"runsStartedAtOnce", kRunsStartedAtOnce},
    {"groupBytes", kGroupBytes},
    {"groupPlaces", kGroupPlaces},
    {"throttleKeyBytes", kRateBytes},
    {"throttleLimit", kTurns},
    {"heldKeyBytes", kHeldKeyBytes},
    {"heldKeys", kHeldKeys},
    {"batchEvents", kBatchEvents},
    {"batchBytes", kBatchBytes},
    {"pauses", kPauses},
    {"pauseNameBytes", kPauseNameBytes},
    {"pauseReasonBytes", kPauseReasonBytes},
    {"eventRules", kEventRules},
    {"lookBackEvents", kLookBackEvents},
    {"schedules", kSchedules},
    {"cronBytes", kCronBytes},
    {"catchUpTicks", kCatchUpTicks},
    {"ticksQueued", kTicksQueued},
    {"ticksKept", static_cast<std::size_t>(kTicksKept)},
    {"backfillTicks", kBackfillTicks},
    {"backfillRate", static_cast<std::size_t>(kBackfillRate)},
    {"jobBytes", kJobBytes},
    {"segmentSteps", kSegmentSteps},
    {"poisonBegins", static_cast<std::size_t>(kPoisonBegins)},
    {"workerSlots", kWorkerSlots},
    {"resultsHeld", kResultsHeld},
    {"resultBytes", kResultBytes},
    {"outputBytes", kOutputBytes},
    {"httpBodyBytes", kHttpBodyBytes},
    {"httpRedirects", static_cast<std::size_t>(kHttpRedirects)},
    {"pageDefault", static_cast<std::size_t>(kPageDefault)},
    {"pageMost", static_cast<std::size_t>(kPageMost)},
};
constexpr TimeLimit kTimes[] = {
    {"headerTimeout", kHeaderTimeout},
    {"bodyTimeout", kBodyTimeout},
    {"idleTimeout", kIdleTimeout},
    {"ingressHold", kIngressHold},
    {"linearWindow", kLinearWindow},
    {"segmentTime", kSegmentTime},
    {"startedAfter", kStartedAfter},
    {"ackWait", kAckWait},
    {"ackRenewal", kAckRenewal},
    {"oldJob", kOldJob},
    {"stepTimeout", kStepTimeout},
    {"runTimeout", kRunTimeout},
    {"cancelGrace", kCancelGrace},
    {"placeTimeout", kPlaceTimeout},
    {"throttleSpan", kTurnSpan},
    {"throttleTimeout", kTurnTimeout},
    {"lease", kLease},
    {"leaseRenewal", kLeaseRenewal},
    {"overdue", kOverdue},
    {"openRunsCheck", kOpenRunsCheck},
    {"waitMost", kWaitMost},
    {"heldFor", kHeldFor},
    {"jitter", kJitter},
    {"tickGrace", kTickGrace},
    {"catchUpTime", kCatchUpTime},
    {"tickAge", kTickAge},
};

std::string write_limits() {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const SizeLimit& limit : kSizes) json.name(limit.name).number(limit.value);
  for (const TimeLimit& limit : kTimes) json.name(limit.name).text(format_duration(limit.value));
  json.end_object();
  return out;
}

}  // namespace

std::vector<Route> fleet_routes(Context& context) {
  return {
      {.method = "GET",
       .pattern = "/api/workers",
       .summary = "The workers that this dispatcher has heard of",
       .query = {},
       .body = {},
       .answers = {{200, "WorkerPage"}},
       .handle = [&context](Call call) { list_workers(context, std::move(call)); }},
      {.method = "GET",
       .pattern = "/api/limits",
       .summary = "Every size, count and time limit",
       .query = {},
       .body = {},
       .answers = {{200, "Limits"}},
       .handle = [](Call call) { call.responder.send(http::Response::json(200, write_limits())); }},
  };
}

}  // namespace callboard::dispatcher
