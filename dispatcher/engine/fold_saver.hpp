#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "dispatcher/engine/fold_store.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/ports.hpp"

namespace callboard::dispatcher {

/// Stores folds of long runs, at their newest checkpoint, in the background: one at a time, a few hundred
/// events a turn of the loop. On the loop.
class FoldSaver {
 public:
  /// `least_events`: that stand behind a checkpoint, or between it and the one stored, for it to be worth it.
  FoldSaver(Loop& loop, FoldStore& store, std::uint32_t least_events);
  ~FoldSaver();
  FoldSaver(const FoldSaver&) = delete;
  FoldSaver& operator=(const FoldSaver&) = delete;

  /// So many events of the run were just folded. Nothing if that is not worth it, or while another is at it:
  /// whoever folds the run next comes again.
  void keep(const RunId& run, std::size_t events_folded);

  /// What is stored now of a run.
  struct Saved {
    run::Checkpoint checkpoint;
    bool whole = true;
    std::uint32_t events = 0;
  };
  /// At once, in turn. `whole`: all of it; else only what has changed since the whole one that is stored, if
  /// one is. `conflict` where the run has come to no checkpoint yet, or its folds were replaced meanwhile;
  /// `too_large` while too many wait.
  void save(const RunId& run, bool whole, log::Done<Saved> done);

  /// Begins nothing any more; whoever waits is not called.
  void stop();

 private:
  struct Wanted {
    RunId run;
    bool whole = false;
    log::Done<Saved> done;  // none: nobody asked
  };
  struct Work;

  void next();
  void begin(Wanted wanted);
  void have_run(Result<StoredRun> stored);
  void fold_some();
  void store();
  void finish(Result<Saved> saved);

  Loop& loop_;
  FoldStore& store_;
  std::uint32_t least_events_;
  std::deque<Wanted> waiting_;
  std::unique_ptr<Work> work_;  // under way
  bool stopped_ = false;
};

}  // namespace callboard::dispatcher
