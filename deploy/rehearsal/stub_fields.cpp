#include "deploy/rehearsal/stub_fields.hpp"

#include <array>

#include "shared/base/limits.hpp"
#include "shared/workflow/fields.hpp"

namespace callboard::rehearsal {
namespace {

using namespace std::string_view_literals;
using workflow::Field;
using workflow::Shape;
using Kind = Shape::Kind;

constexpr Shape kAny = {.kind = Kind::any};
constexpr Shape kText = {.kind = Kind::text};
constexpr Shape kTexts = {.kind = Kind::list, .item = &kText};
constexpr Shape kDuration = {.kind = Kind::duration};
constexpr Shape kMapOfAny = {.kind = Kind::map, .item = &kAny};

constexpr std::array kErrorClasses = {"network"sv, "auth"sv,  "rate_limit"sv, "validation"sv,
                                      "server"sv,  "quota"sv, "prompt"sv,     "timeout"sv,
                                      "exit"sv,    "lost"sv,  "cancelled"sv,  "internal"sv};
constexpr std::array kStepStates = {"pending"sv,   "ready"sv,  "running"sv, "waiting"sv,  "retrying"sv,
                                    "completed"sv, "failed"sv, "skipped"sv, "cancelled"sv};
constexpr std::array kRunStates = {"pending"sv,    "running"sv,   "waiting"sv, "paused"sv,
                                   "cancelling"sv, "completed"sv, "failed"sv,  "cancelled"sv};
constexpr Shape kErrorClass = {.kind = Kind::text, .values = kErrorClasses};
constexpr Shape kStepState = {.kind = Kind::text, .values = kStepStates};

constexpr std::array kErrorFields = {
    Field{"class", kErrorClass, "The error's class; internal if not given."},
    Field{"message", kText, "What it says."},
};
constexpr std::array kAnswerFields = {
    Field{"result", kAny, "The step completes with it."},
    Field{"error", {.kind = Kind::object, .fields = kErrorFields}, "The attempt fails."},
    Field{"takes", kDuration, "How long the attempt takes."},
};
constexpr Shape kAnswer = {.kind = Kind::object, .fields = kAnswerFields};
constexpr std::array kAnswersChoices = {kAnswer, Shape{.kind = Kind::list, .item = &kAnswer}};
constexpr Shape kAnswers = {.kind = Kind::either, .choices = kAnswersChoices};

constexpr std::array kSignalFields = {
    Field{"name", kText, "The signal's name.", workflow::Presence::required},
    Field{"data", kAny, "What comes with it."},
    Field{"after", kDuration, "When it comes, from the begin of the run."},
};
constexpr Shape kSignal = {.kind = Kind::object, .fields = kSignalFields};

constexpr std::array kApprovalFields = {
    Field{"step", kText, "The step's key.", workflow::Presence::required},
    Field{"by", kText, "Who says so.", workflow::Presence::required},
    Field{"approve", {.kind = Kind::boolean}, "true if not given."},
    Field{"comment", kText, "Why."},
    Field{"after", kDuration, "From the begin of the run; at once if not given."},
};
constexpr Shape kApproval = {.kind = Kind::object, .fields = kApprovalFields};

constexpr std::array kEventFields = {
    Field{"github", kText, "The name of an event of GitHub: pull_request.closed."},
    Field{"linear", kText, "Of Linear: Issue.update."},
    Field{"webhook", kText, "The path of a webhook."},
    Field{"workflow", kText, "The end of a workflow's run: nightly.completed."},
    Field{"payload", kMapOfAny, "What comes with it."},
    Field{"after", kDuration, "When it comes, from the begin of the run; at once if not given."},
    Field{"before", kDuration, "How long before the run it came: a wait with since sees it."},
};
constexpr Shape kEvent = {.kind = Kind::object, .fields = kEventFields};

constexpr std::array kExpectedStepFields = {
    Field{"state", kStepState, "How it ends."},
    Field{"attempts", {.kind = Kind::integer, .least = 1, .most = limits::kMaxAttempts}, "How many it took."},
    Field{"result", kAny, "What it gives."},
    Field{"errorClass", kErrorClass, "The class of its last error."},
};
constexpr std::array kExpectedStepChoices = {kStepState,
                                             Shape{.kind = Kind::object, .fields = kExpectedStepFields}};
constexpr Shape kExpectedStep = {.kind = Kind::either, .choices = kExpectedStepChoices};

constexpr std::array kExpectFields = {
    Field{"starts", {.kind = Kind::boolean}, "Whether the event starts a run."},
    Field{"trigger", kText, "What stands in why it does or does not."},
    Field{"idempotencyKey", kText, "Of a webhook: what makes two requests one; empty: nothing."},
    Field{"state", {.kind = Kind::text, .values = kRunStates}, "How the run ends."},
    Field{"steps", {.kind = Kind::map, .item = &kExpectedStep}, "How its steps end."},
    Field{"order", kTexts, "Steps that end one behind the other."},
    Field{"outputs", kMapOfAny, "What its outputs are, as far as they are named here."},
    Field{"error", kText, "What stands in the run's error."},
};

constexpr std::array kSources = {workflow::kGitHub, workflow::kLinear, workflow::kWebhook,
                                 workflow::kWorkflowEnds, workflow::kSchedule};
constexpr std::array kFields = {
    Field{"event", kMapOfAny, "The payload of the event that starts the run."},
    Field{
        "eventName", kText,
        "The event's name: pull_request.opened; the path of a webhook; the end of a run: nightly.completed. "
        "May be left out where the workflow's triggers and the payload leave one."},
    Field{"source", {.kind = Kind::text, .values = kSources}, "Where it comes from; github if not given."},
    Field{"inputs", kMapOfAny, "What the run is given."},
    Field{"vars", kMapOfAny, "The vars context."},
    Field{"now", kText, "When the run begins, as RFC 3339."},
    Field{
        "at", kText,
        "Of the source schedule: the time of the tick; if not given, that of the last before now, or of the "
        "next."},
    Field{"steps", {.kind = Kind::map, .item = &kAnswers}, "What each step comes to."},
    Field{"approvals",
          {.kind = Kind::list, .item = &kApproval},
          "What people say to steps that wait for approval, while it goes on."},
    Field{"signals", {.kind = Kind::list, .item = &kSignal}, "Signals that come while it goes on."},
    Field{"events",
          {.kind = Kind::list, .item = &kEvent},
          "Events that steps wait for or that cancel the run, while it goes on."},
    Field{"expect", {.kind = Kind::object, .fields = kExpectFields}, "What the run is to come to."},
};
constexpr Shape kStubs = {.kind = Kind::object, .fields = kFields};

}  // namespace

const Shape& stubs_shape() { return kStubs; }

}  // namespace callboard::rehearsal
