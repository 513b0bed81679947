#include <array>

#include "shared/workflow/executors/registry.hpp"

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

constexpr std::array kOneFields = {kSignal, kUntil};
constexpr Shape kOne = {.kind = Shape::Kind::object, .fields = kOneFields};

constexpr std::array kParameters = {
    kSignal,
    kUntil,
    Field{"anyOf",
          {.kind = Shape::Kind::list, .item = &kOne},
          "Several of {signal} and {until}: whichever comes first."},
    Field{"onTimeout",
          {.kind = Shape::Kind::text, .values = kOutcomes},
          "fail: the step fails with class timeout (the default); continue: its result has timedOut: true."},
    Field{"event", {.kind = Shape::Kind::any}, "Not supported yet.", Presence::later},
    Field{"since", {.kind = Shape::Kind::any}, "Not supported yet.", Presence::later},
};
constexpr std::array kWhat = {"signal"sv, "until"sv, "anyOf"sv};
constexpr std::array kOneOf = {OneOf{kWhat}};

}  // namespace

const Description kWait = {
    .name = "wait",
    .summary =
        "Waits for a signal, a time, or the first of several, held by the dispatcher; `timeout` bounds it. "
        "Its result is {name, data, receivedAt} of a signal, {at} of a time, or {timedOut: true}.",
    .parameters = kParameters,
    .one_of = kOneOf,
    .timeout = limits::kRunTimeout,
    .held = true,
};

}  // namespace callboard::workflow
