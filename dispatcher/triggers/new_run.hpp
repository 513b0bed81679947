#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dispatcher/engine/engine.hpp"

namespace callboard::dispatcher {

/// The source of runs that a person or a program asks for over the API; other runs have their delivery's.
inline constexpr std::string_view kApiSource = "api";

/// What a new run begins with.
struct RunSeed {
  GraphPtr graph;
  std::string inputs = "{}";  // compact JSON, defaults filled in
  std::string vars = "{}";
  std::string source;
  std::optional<DeliveryId> delivery;
  std::string event_name;
  std::shared_ptr<const Value> event{};  // the delivery's payload; null: there is none, or nobody reads it
  std::uint32_t cause_depth = 0;         // as in run::Created
  bool untrusted = false;
  bool needs_approval = false;
  std::optional<RunId> forked_from{};
  std::vector<run::Decision> kept{};  // of a fork: the ends of steps that it begins with
};

/// A row for the intake, in a partition of this dispatcher's where it owns any. `invalid`: the group in which
/// the run would need a place, or a label, can't be rendered.
Result<log::NewRun> make_new_run(Engine& engine, const RunSeed& seed, Time now);

}  // namespace callboard::dispatcher
