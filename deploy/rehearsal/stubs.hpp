#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/time.hpp"
#include "shared/run/event.hpp"
#include "shared/value/value.hpp"
#include "shared/workflow/problem.hpp"

namespace callboard::rehearsal {

/// What one attempt of a step comes to, and how long it takes.
struct Answer {
  run::Outcome outcome;
  Micros takes{0};
};

/// A signal that comes while the run goes on.
struct Cue {
  std::string name;
  std::string data = "null";  // compact JSON
  Micros after{0};            // from the begin of the run
};

/// An event that comes while the run goes on, or came before it.
struct EventCue {
  std::string source;
  std::string event;
  Value payload = Object();
  Micros after{0};  // from the begin of the run; of one that came before it less than nothing
};

/// What a step is to come to; what is not said may be anything.
struct ExpectedStep {
  std::string key;
  std::optional<std::string> state;
  std::optional<std::uint32_t> attempts;
  std::optional<Value> result;
  std::optional<std::string> error_class;
};

struct Expected {
  std::optional<bool> starts;                  // whether the event starts a run
  std::optional<std::string> trigger;          // stands in why it does or does not
  std::optional<std::string> idempotency_key;  // of a webhook
  std::optional<std::string> state;
  std::vector<ExpectedStep> steps;
  std::vector<std::string> order;    // these steps end one behind the other
  std::optional<Value> outputs;      // an object; of these alone
  std::optional<std::string> error;  // stands in the run's error

  bool is_empty() const;
};

/// What is wrong with stubs for the workflow that they are of. `path` names the field: steps.build,
/// approvals[0].step; empty where none is at fault.
struct Fault {
  std::string path;
  std::string message;
};

/// A file of stubs: what a run is given, what its steps come to, and what is expected of it.
struct Stubs {
  std::optional<Value> event;  // a payload
  std::string source = "github";
  std::string event_name;
  Object inputs;
  Object vars;
  std::optional<Time> now;                           // when the run begins
  std::optional<Time> at;                            // of a schedule: the time of its tick
  std::map<std::string, std::vector<Answer>> steps;  // by attempt; the last stands for those behind it
  std::vector<Cue> signals;
  std::vector<EventCue> events;
  std::vector<std::string> approvals;  // keys of the steps that they are said of
  Expected expected;
  std::map<std::string, workflow::Position, std::less<>> places;  // of what a Fault may name
};

/// YAML or JSON. Every problem at its place, as for a workflow.
std::expected<Stubs, std::vector<workflow::Problem>> read_stubs(std::string_view bytes);

}  // namespace callboard::rehearsal
