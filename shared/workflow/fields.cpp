#include "shared/workflow/fields.hpp"

#include <algorithm>
#include <array>

#include "shared/base/limits.hpp"
#include "shared/workflow/event_rules.hpp"
#include "shared/workflow/flow.hpp"
#include "shared/workflow/holding.hpp"
#include "shared/workflow/typed_fields.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;
using Kind = Shape::Kind;
using enum Presence;

constexpr Shape kAny = {.kind = Kind::any};
constexpr Shape kText = {.kind = Kind::text};
constexpr Shape kBoolean = {.kind = Kind::boolean};
constexpr Shape kDuration = {.kind = Kind::duration};
constexpr Shape kScalar = {.kind = Kind::scalar};
constexpr Shape kCondition = {.kind = Kind::condition};
constexpr Shape kMapOfAny = {.kind = Kind::map, .item = &kAny};
constexpr Shape kTexts = {.kind = Kind::list, .item = &kText};
constexpr Shape kListOfAny = {.kind = Kind::list, .item = &kAny, .may_be_empty = true};

constexpr std::array kTextOrTextsChoices = {kText, kTexts};
constexpr Shape kTextOrTexts = {.kind = Kind::either, .choices = kTextOrTextsChoices};
constexpr Shape kKeys = {.kind = Kind::list, .item = &kText, .may_be_empty = true};
constexpr std::array kKeyOrKeysChoices = {kText, kKeys};
constexpr Shape kKeyOrKeys = {.kind = Kind::either, .choices = kKeyOrKeysChoices};

constexpr std::array kErrorClasses = {"network"sv, "auth"sv,  "rate_limit"sv, "validation"sv,
                                      "server"sv,  "quota"sv, "prompt"sv,     "timeout"sv,
                                      "exit"sv,    "lost"sv,  "cancelled"sv,  "internal"sv};
constexpr std::array kEffects = {"none"sv, "idempotent"sv, "once"sv};
constexpr std::array kOnLost = {"ask"sv, "fail"sv, "retry"sv};

constexpr Shape kErrorClass = {.kind = Kind::text, .values = kErrorClasses};

constexpr std::array kRetryFields = {
    Field{"maxAttempts",
          {.kind = Kind::integer, .least = 1, .most = limits::kMaxAttempts},
          "Attempts in all; 3 if not given."},
    Field{"baseDelay", kDuration, "Before the second attempt; 1s if not given."},
    Field{"maxDelay", kDuration, "No delay is longer; 30s if not given."},
    Field{"multiplier",
          {.kind = Kind::number, .least = 1, .most = 100},
          "How much longer each delay is than the one before; 2 if not given."},
    Field{"jitter",
          {.kind = Kind::number, .least = 0, .most = 1},
          "How much a delay varies either way; 0.1 is 10 %, and the default."},
    Field{"on",
          {.kind = Kind::list, .item = &kErrorClass},
          "Classes of errors that are tried again; network, rate_limit, timeout, server, lost, internal and "
          "exit if not given."},
};
constexpr Shape kRetry = {.kind = Kind::object, .fields = kRetryFields};

constexpr auto kStepRetryFields = [] {
  std::array<Field, kRetryFields.size() + 1> out{};
  std::ranges::copy(kRetryFields, out.begin());
  out.back() =
      Field{"until", kCondition,
            "An expression over the attempt's own result: an attempt that completes counts only where "
            "it holds, and is tried again else, as often as maxAttempts says."};
  return out;
}();
constexpr Shape kStepRetry = {.kind = Kind::object, .fields = kStepRetryFields};

constexpr std::array kItemsChoices = {kText, kListOfAny, kMapOfAny};

constexpr std::array kUndoFields = {
    Field{"type", kText, "The executor.", required},
    Field{"params", kMapOfAny, "What the executor gets; its strings may hold expressions."},
    Field{"if", kCondition, "Whether it is needed, beside the step having completed."},
    Field{"timeout", kDuration, "Of one attempt's execution."},
    Field{"queueTimeout", kDuration, "Of one attempt's wait for a worker."},
    Field{"retry", kRetry, "When it is tried again."},
    Field{"effect", {.kind = Kind::text, .values = kEffects}, "As a step's."},
    Field{"onLost", {.kind = Kind::text, .values = kOnLost}, "As a step's."},
    Field{"runsOn", kTextOrTexts, "The label of the workers that execute it, or all of their labels."},
    Field{"priority", {.kind = Kind::integer, .least = -1000, .most = 1000}, "As a step's."},
    Field{"throttle", kStepThrottleShape, "As a step's: how many attempts may begin in a time."},
};
constexpr Shape kUndo = {.kind = Kind::object, .fields = kUndoFields};

constexpr std::array kStepFields = {
    Field{"key", kText,
          "Names the step in expressions and dependsOn: a letter or _, then letters, digits, _ and -, at "
          "most 63."},
    Field{"name", kText, "A name for people; makes the key where none is given."},
    Field{"type", kText, "The executor."},
    Field{"uses", kText, "In place of an executor: a group of `groups`, whose steps run here."},
    Field{"with", kMapOfAny, "Of uses: what the group is given, by the names of its inputs."},
    Field{"provider", kText, "Alone: the same as type: provider with this one in params."},
    Field{"model", kText, "Of a provider step: the same as in params."},
    Field{"params", kMapOfAny, "What the executor gets; its strings may hold expressions."},
    Field{"dependsOn", kKeyOrKeys,
          "Keys of steps that must be closed before it begins; an empty list: none."},
    Field{"if", kCondition,
          "Whether it runs. Without success(), failure(), always() or cancelled(): success() && (…)."},
    Field{"timeout", kDuration, "Of one attempt's execution."},
    Field{"idleTimeout", kDuration,
          "Of one attempt's silence: a shell step writes nothing to its output, an http step receives "
          "nothing."},
    Field{"queueTimeout", kDuration, "Of one attempt's wait for a worker."},
    Field{"retry", kStepRetry, "When it is tried again. Without it there is one attempt."},
    Field{"effect",
          {.kind = Kind::text, .values = kEffects},
          "What it does to the outside; the executor's own if not given."},
    Field{"onLost",
          {.kind = Kind::text, .values = kOnLost},
          "Of effect once, when its worker died after it had begun: ask (the run waits for an answer, the "
          "default), fail, "
          "or retry as for any other error."},
    Field{"continueOnError", kBoolean, "The run goes on and does not fail because of this step."},
    Field{"runsOn", kTextOrTexts, "The label of the workers that execute it, or all of their labels."},
    Field{"priority",
          {.kind = Kind::integer, .least = -1000, .most = 1000},
          "Higher goes first among jobs of one party (repository, or workflow) that wait; 0 if not given."},
    Field{"agent", kAny, "", later},
    Field{"action", kAny, "", later},
    Field{"forEach",
          {.kind = Kind::either, .choices = kItemsChoices},
          "A list or a map, or an expression that gives one, of up to 10,000 items: the step is executed for "
          "each, with item and index; its result is the list of results. An item of a map is {key, value}."},
    Field{"maxParallel",
          {.kind = Kind::integer, .least = 1, .most = limits::kItems},
          "How many items of forEach run at once; all if not given."},
    Field{
        "undo", kUndo,
        "Takes back what the step did: runs when the run fails or is cancelled and this step had completed, "
        "the last one first. Of a map: for each item that completed, which `item`, `index` and `steps.<key>` "
        "are."},
    Field{"concurrency", kAny,
          "let the step start a child run (type: workflow) of a file that has concurrency", later},
    Field{"throttle", kStepThrottleShape,
          "How many attempts may begin in a time, of this step or of all that name the same key; the others "
          "wait for "
          "their turn, without a worker. The wait counts into neither timeout nor queueTimeout."},
    Field{"budget", kAny, "", later},
};
constexpr Shape kStep = {.kind = Kind::object, .fields = kStepFields};

constexpr std::array kForksValues = {"no-secrets"sv, "approve"sv, "refuse"sv};
constexpr Field kForks = {
    "forks",
    {.kind = Kind::text, .values = kForksValues},
    "Of what comes from a fork of the repository: its run gets no secrets (no-secrets, the default), waits "
    "until a person has approved it and then has them (approve), or does not start (refuse)."};

constexpr std::array kGitHubFields = {
    Field{"events", kTextOrTexts, "Names of events, with or without an action.", required},
    Field{"branches", kTextOrTexts,
          "Patterns for the branch that a push is to or a pull request is merged into: main, releases/**, "
          "!releases/old."},
    Field{"branchesIgnore", kTextOrTexts, "Patterns for branches that start nothing."},
    Field{"tags", kTextOrTexts, "Patterns for the tag that is pushed or released: v[0-9]+.*."},
    Field{"tagsIgnore", kTextOrTexts, "Patterns for tags that start nothing."},
    Field{"paths", kTextOrTexts,
          "Patterns for files: the commits of a push must change one of them. For push alone."},
    Field{"pathsIgnore", kTextOrTexts, "Patterns for files that alone start nothing. For push alone."},
    Field{"labels", kTextOrTexts,
          "One of these labels must be there; of labeled and unlabeled, be the one that came or went."},
    Field{"actors", kTextOrTexts, "Logins, one of which must have caused it."},
    Field{"actorsIgnore", kTextOrTexts, "Logins of those who start nothing."},
    Field{"bots", kBoolean, "Whether what bots cause starts it too; false if not given."},
    kForks,
    Field{"if", kCondition, "An expression over event; no run starts where it is false."},
};
constexpr std::array kLinearFields = {
    Field{"events", kTextOrTexts, "Names of events, with or without an action.", required},
    Field{"labels", kTextOrTexts, "One of these labels the issue must have."},
    Field{"actors", kTextOrTexts, "Names, e-mail addresses or ids, one of which must have caused it."},
    Field{"actorsIgnore", kTextOrTexts, "Those who start nothing."},
    Field{"bots", kBoolean,
          "Whether what applications and integrations cause starts it too; false if not given."},
    Field{"if", kCondition, "An expression over event; no run starts where it is false."},
};
constexpr std::array kGitHubEntryChoices = {kText, Shape{.kind = Kind::object, .fields = kGitHubFields}};
constexpr Shape kGitHubEntry = {.kind = Kind::either, .choices = kGitHubEntryChoices};
constexpr std::array kGitHubChoices = {Shape{.kind = Kind::list, .item = &kGitHubEntry}, kText,
                                       Shape{.kind = Kind::object, .fields = kGitHubFields}};
constexpr std::array kLinearEntryChoices = {kText, Shape{.kind = Kind::object, .fields = kLinearFields}};
constexpr Shape kLinearEntry = {.kind = Kind::either, .choices = kLinearEntryChoices};
constexpr std::array kLinearChoices = {Shape{.kind = Kind::list, .item = &kLinearEntry}, kText,
                                       Shape{.kind = Kind::object, .fields = kLinearFields}};

constexpr std::array kRunEndFields = {
    Field{"events", kTextOrTexts, "Ends of workflows: nightly.completed, or nightly for any end.", required},
    kForks,
    Field{"if", kCondition, "An expression over event; no run starts where it is false."},
};
constexpr std::array kRunEndEntryChoices = {kText, Shape{.kind = Kind::object, .fields = kRunEndFields}};
constexpr Shape kRunEndEntry = {.kind = Kind::either, .choices = kRunEndEntryChoices};
constexpr std::array kRunEndChoices = {Shape{.kind = Kind::list, .item = &kRunEndEntry}, kText,
                                       Shape{.kind = Kind::object, .fields = kRunEndFields}};

constexpr std::array kSchemes = {"hmac"sv, "bearer"sv, "none"sv};
constexpr std::array kSchemaChoices = {Shape{.kind = Kind::map, .item = &kAny}, kBoolean};
constexpr std::array kWebhookFields = {
    Field{"path", kText, "Requests to /webhooks/custom/PATH: letters, digits, -, _ and .", required},
    Field{"secret", kText,
          "The name of a variable of the dispatcher's environment that holds the secret, never the secret "
          "itself; it ends in _SECRET, _TOKEN or _KEY. Several secrets by commas while rotating."},
    Field{"scheme",
          {.kind = Kind::text, .values = kSchemes},
          "How a request shows that it knows the secret: hmac (HMAC-SHA256 of the body in hex, the default), "
          "bearer (the secret itself), or none, which the dispatcher takes on loopback alone."},
    Field{"header", kText,
          "The header that carries it: X-Signature-256 for hmac, Authorization for bearer, if not given."},
    Field{"prefix", kText, "What stands before it in the header: sha256= for hmac, \"Bearer \" for bearer."},
    Field{"idempotencyKey", kText,
          "Requests with the same key are one; may hold expressions over event. Without it the header "
          "idempotencyHeader is the key, and a request without one is no repeat."},
    Field{"idempotencyHeader", kText, "Idempotency-Key if not given."},
    Field{"schema",
          {.kind = Kind::either, .choices = kSchemaChoices},
          "JSON Schema of the payload; what it refuses is answered with 422."},
    Field{"if", kCondition, "An expression over event; no run starts where it is false."},
};

constexpr std::array kCatchUps = {"none"sv, "latest"sv, "all"sv};
constexpr std::array kOverlaps = {"skip"sv, "queue"sv, "allow"sv};
constexpr std::array kScheduleFields = {
    Field{"cron", kText,
          "Five fields (minute, hour, day of month, month, day of week) or six (second first), with names, "
          "ranges, "
          "steps, lists, L, # and ?; or @yearly, @monthly, @weekly, @daily, @hourly.",
          required},
    Field{"timezone", kText,
          "An IANA zone of the system's tzdata; UTC if not given. A time that the clocks leave out in spring "
          "comes at "
          "the first instant after it, one that comes twice in autumn at the first of the two, or at both "
          "where the "
          "hour is every hour."},
    Field{"catchup",
          {.kind = Kind::text, .values = kCatchUps},
          "Of ticks that were missed while no dispatcher ran: none is made good, the latest (the default), "
          "or all (at "
          "most 100 of the last 24 hours)."},
    Field{"overlap",
          {.kind = Kind::text, .values = kOverlaps},
          "Of a tick while a run of this schedule is open: it is skipped (skip, the default), waits until "
          "that one is "
          "closed (queue), or starts a run beside it (allow)."},
    Field{"jitter",
          {.kind = Kind::duration, .may_be_empty = true},
          "Each tick comes later by a part of this, the same one on every dispatcher; 0s if not given, at "
          "most 1h."},
};
constexpr std::array kScheduleChoices = {kText, Shape{.kind = Kind::object, .fields = kScheduleFields}};
constexpr Shape kOneSchedule = {.kind = Kind::either, .choices = kScheduleChoices};
constexpr std::array kSchedulesChoices = {kScheduleChoices[0], kScheduleChoices[1],
                                          Shape{.kind = Kind::list, .item = &kOneSchedule}};
constexpr Shape kSchedules = {.kind = Kind::either, .choices = kSchedulesChoices};

constexpr std::array kOnFields = {
    Field{kGitHub,
          {.kind = Kind::either, .choices = kGitHubChoices},
          "GitHub's events: pull_request.opened, or pull_request for every action; names, or maps with "
          "filters."},
    Field{kLinear,
          {.kind = Kind::either, .choices = kLinearChoices},
          "Linear's events: Issue.create, or Issue for every action; names, or maps with filters."},
    Field{"manual", kBoolean, "People start it."},
    Field{kSchedule, kSchedules, "Times at which a run starts: a cron expression, a map, or a list of them."},
    Field{kWebhook, {.kind = Kind::object, .fields = kWebhookFields}, "Requests of other programs."},
    Field{
        kWorkflowEnds,
        {.kind = Kind::either, .choices = kRunEndChoices},
        "Ends of other workflows' runs: nightly.completed, nightly.failed, nightly.cancelled, or nightly for "
        "any."},
};

constexpr auto kInputFields = with_typed_fields(std::array{
    Field{"description", kText, "For people."},
    Field{"required", kBoolean, "A run can't start without it."},
    Field{"default", kAny, "Its value where none is given; must be what the other fields say."},
});
constexpr Shape kInput = {.kind = Kind::object, .fields = kInputFields};

constexpr std::array kGroupFields = {
    Field{"description", kText, "For people."},
    Field{"inputs",
          {.kind = Kind::map, .item = &kInput},
          "What a step that uses it gives; its steps read inputs."},
    Field{"steps",
          {.kind = Kind::list, .item = &kStep},
          "Its steps, which see each other alone; their keys begin with that of the step that uses it: "
          "staging--build.",
          required},
    Field{"outputs", kMapOfAny, "The result of the step that uses it; strings may hold expressions."},
};
constexpr Shape kGroup = {.kind = Kind::object, .fields = kGroupFields};

constexpr auto kOutputTypeFields = with_typed_fields(std::array{Field{"description", kText, "For people."}});
constexpr Shape kOutputType = {.kind = Kind::object, .fields = kOutputTypeFields};

constexpr std::array kDefaultsFields = {
    Field{"timeout", kDuration, "Of steps that workers execute and that don't say."},
    Field{"retry", kRetry, "What a step's own retry doesn't say, and of steps without one."},
};

constexpr std::array kVersionChoices = {kText, Shape{.kind = Kind::number}};

constexpr std::array kWorkflowFields = {
    Field{"name", kText, "Any text to 100 characters; its slug names the workflow in addresses and commands.",
          required},
    Field{"version",
          {.kind = Kind::either, .choices = kVersionChoices},
          "For people; the content's hash is what pins a run."},
    Field{"description", kText, "For people."},
    Field{"labels",
          {.kind = Kind::map, .item = &kScalar},
          "What runs are found by (at most 32), rendered when a run is made; may hold expressions over "
          "event, inputs "
          "and vars. One that comes out empty is left out, a value is cut at 200 bytes."},
    Field{"on", {.kind = Kind::object, .fields = kOnFields}, "What starts it."},
    Field{"inputs", {.kind = Kind::map, .item = &kInput}, "What a run is given."},
    Field{"groups",
          {.kind = Kind::map, .item = &kGroup},
          "Groups of steps, used by name where a step says uses."},
    Field{"defaults", {.kind = Kind::object, .fields = kDefaultsFields}, "For every step."},
    Field{"timeout", kDuration, "Of the whole run; 24h if not given."},
    Field{"steps",
          {.kind = Kind::list, .item = &kStep},
          "The steps, as a graph by dependsOn and by what their expressions refer to.",
          required},
    Field{"outputs", kMapOfAny, "The run's outputs; strings may hold expressions."},
    Field{"outputTypes",
          {.kind = Kind::map, .item = &kOutputType},
          "What outputs must be; a run whose outputs are something else fails with class validation."},
    Field{"concurrency", kConcurrencyShape,
          "How many of its runs, or of a group of workflows', may be at work at once. A text alone is the "
          "group, with one place."},
    Field{"throttle", kThrottleShape,
          "How many of its runs, or of several workflows', may begin in a time; the others wait for their "
          "turn."},
    Field{
        "debounce", kDebounceShape,
        "Of events that come one behind the other only the last starts a run, once it is quiet. For events; "
        "schedules, people and programs start a run at once."},
    Field{"batch", kBatchShape,
          "Events are gathered into one run, whose event is {events: [payload, …], count: n}. For events; "
          "schedules, people and programs start a run at once."},
    Field{
        "cancelOn", kCancelOnShape,
        "Events that cancel an open run, waiting or paused ones too: a newer push cancels the review of the "
        "older. What came before the run does not, nor the event that started it."},
    Field{"budget", kAny, "", later},
    Field{"finally",
          {.kind = Kind::list, .item = &kStep},
          "Steps that run at the end, whatever happened; their own `if` may narrow that."},
};
constexpr Shape kWorkflow = {.kind = Kind::object, .fields = kWorkflowFields};

}  // namespace

const Shape& workflow_shape() { return kWorkflow; }
const Shape& step_shape() { return kStep; }

}  // namespace callboard::workflow
