#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/ids.hpp"
#include "shared/run/state.hpp"

/// Events that come while a run is open: what cancels it, and what steps wait for. Pure.
///
/// Which events a run has heard of is no part of its log: they are deliveries, which the log keeps anyway.
/// Whoever owns the run holds each against what listens (`hear`), which comes out the same whoever does it
/// and whenever, for all that an `if` reads is settled by then. Of one that is taken the run is told by a
/// fact: a command that cancels it, or a signal for that attempt alone; its effect comes by the decision that
/// consumes it.
namespace callboard::run {

/// An event as it came in.
struct HeardEvent {
  DeliveryId delivery;
  std::string source;                    // "github"
  std::string event;                     // "pull_request.closed"
  Time at{};                             // when the log had it
  std::shared_ptr<const Value> payload;  // shared by all that listen to it
};

/// Something of a run listens: its `cancelOn`, or an attempt of a step that waits.
struct Listen {
  StepIndex step = kNoStep;  // kNoStep: cancelOn
  std::string target;        // names it in the log's index of listeners
  Time since{};              // no event that came before counts
};

/// cancelOn of the run's present generation.
Listen listen_for_cancel(const RunState& state);
/// The present attempt of a `wait`.
Listen listen_for_wait(const Graph& graph, const RunState& state, StepIndex step, Time since);
std::string wait_target(const Graph& graph, const RunState& state, StepIndex step);

/// The rules of what is named so; empty: there is none.
const std::vector<EventRule>& rules_of(const Graph& graph, std::string_view target);

enum class Hearing : std::uint8_t {
  takes,    // it is what was listened for
  refuses,  // it is not
  over,     // nothing listens there any more, and nothing ever will
  not_yet,  // as far as the run is folded, nothing listens there yet
};
/// The event that started the run is not heard, nor is one that came before `since`. An `if` that can't be
/// evaluated does not hold.
Hearing hear(const Graph& graph, const RunState& state, std::string_view target, const HeardEvent& event);

/// The fact that tells the run of an event that was taken: the same for everyone who appends it.
struct EventRow {
  std::string key;
  EventType type = EventType::signal_received;
  std::string data;
};
EventRow tell_of(std::string_view target, const HeardEvent& event);

/// The fact that tells a wait that it would have to look back over more than limits::kLookBackEvents: it
/// fails.
EventRow tell_of_too_many(std::string_view target);
/// Whether such a fact is one.
bool tells_of_too_many(const Signal& signal);

/// What the key of such a fact says: cmd/event-<delivery> or signal/event-<delivery>-<target>.
struct ToldKey {
  DeliveryId delivery;
  std::string step{};  // or item; empty: it cancels the run
};
std::optional<ToldKey> find_told(std::string_view key);

}  // namespace callboard::run
