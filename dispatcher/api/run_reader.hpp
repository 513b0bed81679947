#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dispatcher/api/context.hpp"
#include "shared/run/state.hpp"

namespace callboard::dispatcher {

/// A run folded from the log.
struct LoadedRun {
  GraphPtr graph;
  run::RunState state;
};

/// Reads the run's events and folds them: as they stand now, or up to a position. `not_found` if there is no
/// such run.
void load_run(Context& context, const RunId& run, std::optional<std::int64_t> at, log::Done<LoadedRun> done);

/// The JSON of a run (shape `Run`) once it is closed, or as it stands when `timeout` has passed. A run that
/// another dispatcher owns is looked at a few times a second.
void show_when_closed(Context& context, const RunId& run, Micros timeout, log::Done<std::string> done);

/// The JSON of a run, with the engine's reasons where the run is this dispatcher's.
std::string write_loaded(const Context& context, const LoadedRun& loaded);

}  // namespace callboard::dispatcher
