#include "shared/run/wait.hpp"

#include <array>

#include "shared/run/approval.hpp"
#include "shared/workflow/event_rules.hpp"
#include "shared/workflow/executors/registry.hpp"
#include "shared/workflow/executors/written.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr std::array kOutcomes = {"fail"sv, "continue"sv};

constexpr Field kSignal{
    "signal",
    {.kind = Shape::Kind::text},
    "The name of the signal it waits for: letters, digits, '.', '_' and '-'. One that came before is kept."};
constexpr Field kUntil{
    "until", {.kind = Shape::Kind::text}, "The time it waits for, as RFC 3339: 2026-11-21T08:00:00Z."};

constexpr Field kEvent{"event", kEventRule,
                       "The event it waits for: its source and name, with filters as in on, and an if."};

constexpr std::array kOneFields = {kSignal, kEvent, kUntil};
constexpr Shape kOne = {.kind = Shape::Kind::object, .fields = kOneFields};

constexpr std::array kParameters = {
    kSignal,
    kEvent,
    kUntil,
    Field{"anyOf",
          {.kind = Shape::Kind::list, .item = &kOne},
          "Several of {signal}, {event} and {until}: whichever comes first."},
    Field{"since",
          {.kind = Shape::Kind::text},
          "Events that came from then on count too: a time, or how long before the step's begin (10m). Its "
          "begin if not given."},
    Field{"onTimeout",
          {.kind = Shape::Kind::text, .values = kOutcomes},
          "fail: the step fails with class timeout (the default); continue: its result has timedOut: true."},
};
constexpr std::array kWhat = {"signal"sv, "event"sv, "until"sv, "anyOf"sv};
constexpr std::array kOneOf = {OneOf{kWhat}};

void check_what(const Node& what, const std::string& path, Problems& problems) {
  check_time(what, "until", path, problems);
  const Node* const signal = what.find_text("signal");
  if (signal == nullptr || has_expression(*signal)) return;
  const auto refuse = [&](const std::string& why) {
    problems.add(signal->at, path_of(path, "signal"), "found " + describe(*signal) + why);
  };
  if (!run::is_signal_name(signal->text))
    refuse(", expected a name of letters, digits, '.', '_' and '-', at most 100 of them");
  else if (signal->text.starts_with(run::approval_signal("")))
    refuse(
        ": names that begin with approval. are of approvals, and nobody can send them: use type: approval");
}

void check(const Node& params, const std::string& path, Problems& problems) {
  check_what(params, path, problems);
  const Node* const any_of = params.find_list("anyOf");
  for (std::size_t i = 0; any_of != nullptr && i < any_of->children.size(); ++i) {
    const Node& one = any_of->children[i];
    if (!one.is_map()) continue;
    const std::string place = path_of(path_of(path, "anyOf"), i);
    if (one.children.size() != 1) {
      problems.add(
          one.at, place,
          one.children.empty()
              ? "found nothing, expected one of signal, event and until"
              : "found several, expected one of signal, event and until: give each an entry of its own");
    }
    check_what(one, place, problems);
  }
}

}  // namespace

const Description kWait = {
    .name = "wait",
    .summary =
        "Waits for a signal, an event, a time, or the first of several, held by the dispatcher; `timeout` "
        "bounds it. Its result is {name, data, receivedAt} of a signal, {event, delivery, receivedAt, "
        "payload} of an event, {at} of a time, or {timedOut: true}.",
    .parameters = kParameters,
    .one_of = kOneOf,
    .check = check,
    .timeout = limits::kRunTimeout,
    .held = true,
    .awaits_events = true,
};

}  // namespace callboard::workflow
