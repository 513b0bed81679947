#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dispatcher/api/context.hpp"
#include "shared/run/state.hpp"

namespace callboard::dispatcher {

/// A run folded from the log.
struct LoadedRun {
  GraphPtr graph;
  run::RunState state;
};

/// A point of a run's log: an event's position, or a time by the database's clock.
struct LogPoint {
  std::optional<std::int64_t> position;
  std::optional<Time> time;
};

/// Reads the run's events and folds them: as they stand now, or up to a point. `not_found` if there is no
/// such run, or was none yet; `conflict` if the point is beyond the last event.
void load_run(Context& context, const RunId& run, std::optional<LogPoint> at, log::Done<LoadedRun> done);

/// The same, with the events it was folded from, in the order of their positions.
struct RunEvents {
  GraphPtr graph;
  run::RunState state;
  std::vector<run::Event> events;
};
void load_events(Context& context, const RunId& run, std::optional<LogPoint> at, log::Done<RunEvents> done);
/// Asking again does not help: there is no such run, or its log or definition can't be read or folded.
bool is_lasting(const Error& error);

/// The JSON of a run (shape `Run`; of one that can't be folded what its head row says) once it is closed, or
/// as it stands when `timeout` has passed. A run that another dispatcher owns is looked at a few times a
/// second.
void show_when_closed(Context& context, const RunId& run, Micros timeout, log::Done<std::string> done);

/// The JSON of a run, with the engine's reasons where the run is this dispatcher's; `holders` says who has
/// the place that it waits for.
std::string write_loaded(const Context& context, const LoadedRun& loaded, std::string_view holders);

}  // namespace callboard::dispatcher
