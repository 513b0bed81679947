#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dispatcher/engine/definitions.hpp"
#include "shared/log/folds.hpp"
#include "shared/run/stored_fold.hpp"

namespace callboard::dispatcher {

/// A run as the log has it now: its fold as far as it is stored, and the events to be folded onto it.
struct StoredRun {
  GraphPtr graph;
  std::optional<run::FoldPoint> whole;
  std::optional<run::FoldPoint> changed;   // rests on `whole`, and is later
  std::vector<run::Event> events;          // behind the last of them, in the order of their positions
  std::vector<std::int64_t> transactions;  // of the events
  std::string seen;                        // see log::Folds::Opened
  std::int64_t settled = 0;

  const run::FoldPoint* last() const { return changed ? &*changed : whole ? &*whole : nullptr; }
};

/// Folds the events onto what is stored, or all of them.
Result<run::RunState> fold_on(const StoredRun& stored, const RunId& run);

/// Opens runs from their stored folds. One that can't be read, or does not fit the log any more, is told,
/// dropped, and the run is read from its first event. On the loop.
class FoldStore {
 public:
  using Refused = std::function<void(const RunId& run, const std::string& why)>;

  FoldStore(log::Folds& folds, Definitions& definitions, Refused refused)
      : folds_(folds), definitions_(definitions), refused_(std::move(refused)) {}

  /// `not_found` if there is no such run.
  void open(const RunId& run, log::Done<StoredRun> done);
  log::Folds& folds() { return folds_; }

 private:
  void have_read(const RunId& run, log::Folds::Opened read, log::Done<StoredRun> done);
  void refuse(const RunId& run, const Error& why, log::Done<StoredRun> done);

  log::Folds& folds_;
  Definitions& definitions_;
  Refused refused_;
};

}  // namespace callboard::dispatcher
