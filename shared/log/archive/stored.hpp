#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shared/log/archive/database.hpp"
#include "shared/log/archive/record.hpp"
#include "shared/log/archive/run_check.hpp"

/// What stands in the database, row by row out of one snapshot of it.
namespace callboard::log {

/// What to read. `seen`: only events that this snapshot of the same database saw (ArchiveHeader::snapshot);
/// since events are never changed, that is the log as it was then. `from`: runs before it are left out.
struct Reading {
  Selection selection;
  std::string seen;
  std::optional<RunId> from;
};

/// `invalid` unless the text has the form of a snapshot; it becomes part of a statement.
Result<void> check_snapshot_text(const std::string& text);

struct StoredEvent {
  run::Event event;
  std::string reference;           // to the blob that holds the data; empty: none does
  bool has_data = true;            // false: there is no such blob
  std::optional<RunHeadRow> head;  // its labels stand at d/0 alone
  std::string group;
};

/// Events of the selected runs, in the order of run ids and, within a run, of positions.
class EventReader {
 public:
  static Result<EventReader> open(Snapshot& snapshot, const Reading& reading);
  Result<std::optional<StoredEvent>> next();

 private:
  explicit EventReader(Snapshot::Stream rows) : rows_(rows) {}
  Snapshot::Stream rows_;
};

struct StoredRun {
  RunId id;
  std::vector<run::Event> events;
  std::optional<RunHeadRow> head;
  std::string group;
  std::vector<LogProblem> blobs;  // that are missing, or not what their hash says
};

/// The same, a run at a time: one run is in memory, which is what a fold of it takes anyway.
class RunReader {
 public:
  static Result<RunReader> open(Snapshot& snapshot, const Reading& reading);
  Result<std::optional<StoredRun>> next();

 private:
  explicit RunReader(EventReader events) : events_(events) {}
  EventReader events_;
  std::optional<StoredEvent> ahead_;
};

/// Every row of a statement, in turn.
Result<void> visit_rows(Snapshot& snapshot, const std::string& sql,
                        const std::function<Result<void>(const Rows&)>& visit);

template <typename T>
using Visit = std::function<Result<void>(T)>;

/// Definitions, deliveries and origins that belong to a selection. Of a part of the runs: what they were
/// started with, deliveries of the time, and origins all of whose runs are in it.
Result<void> visit_definitions(Snapshot& snapshot, const Selection& selection,
                               const Visit<Definition>& visit);
Result<void> visit_deliveries(Snapshot& snapshot, const Selection& selection,
                              const Visit<StoredDelivery>& visit);
Result<void> visit_origins(Snapshot& snapshot, const Selection& selection, const Visit<StoredOrigin>& visit);

}  // namespace callboard::log
