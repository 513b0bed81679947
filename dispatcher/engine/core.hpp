#pragma once

#include "dispatcher/engine/engine.hpp"
#include "dispatcher/engine/fleet.hpp"
#include "dispatcher/engine/heard.hpp"
#include "dispatcher/engine/inbox.hpp"
#include "dispatcher/engine/listening.hpp"
#include "dispatcher/engine/loader.hpp"
#include "dispatcher/engine/outcomes.hpp"
#include "dispatcher/engine/overdue.hpp"
#include "dispatcher/engine/parked.hpp"
#include "dispatcher/engine/partitions.hpp"
#include "dispatcher/engine/pause_review.hpp"
#include "dispatcher/engine/pauses.hpp"
#include "dispatcher/engine/publisher.hpp"
#include "dispatcher/engine/repeat.hpp"
#include "dispatcher/engine/runs.hpp"
#include "dispatcher/engine/shown.hpp"
#include "dispatcher/engine/stopper.hpp"
#include "dispatcher/engine/timers.hpp"
#include "dispatcher/engine/watchers.hpp"

namespace callboard::dispatcher {

/// The engine's units and what connects them. The ports' callbacks hold plain references to the units: they
/// come on the loop, and the loop runs nothing of this process any more once the engine is gone.
class Engine::Core {
 public:
  Core(Ports ports, Options options);

  void start();
  void stop(Task stopped);

  void adopt(const log::NewRun& run, GraphPtr graph, std::shared_ptr<const Value> event, Time at);
  void notice(const run::Event& event);
  void expect(const RunId& run);
  RunId make_run_id();
  void when_closed(const RunId& run, Micros timeout, Closed done);
  void tell_of_pauses(Task known);
  Counts counts() const;

  Time now() const { return ports_.clock.now(); }
  const Options& options() const { return options_; }
  Writers& writers() { return writers_; }
  const Partitions& partitions() const { return partitions_; }
  const Publisher& publisher() const { return publisher_; }
  const Runs& runs() const { return runs_; }
  const Parked& parked() const { return parked_; }
  const Fleet& fleet() const { return fleet_; }
  const Pauses& pauses() const { return pauses_; }
  Watchers& watchers() { return watchers_; }
  FoldStore& fold_store() { return fold_store_; }
  FoldSaver& fold_saver() { return fold_saver_; }

 private:
  void hear_notice(std::string_view bytes);
  void hear_broadcast(std::string_view bytes);
  void find(const RunId& run);
  void take(Partition partition);
  void lose(Partition partition);
  void look();
  void look_each_second();
  void changed(OpenRun& run);
  bool may_park(const OpenRun& run) const;
  void park(OpenRun& run);
  void read_due();
  Runs::Hooks run_hooks();
  Partitions::Hooks partition_hooks();

  Ports ports_;
  Options options_;
  Counts counts_;
  Writers writers_;
  Fleet fleet_;
  Watchers watchers_;
  Pauses pauses_;
  Partitions partitions_;
  Timers timers_;
  Parked parked_;
  Publisher publisher_;
  Runs runs_;
  PauseReview pause_review_;
  Outcomes outcomes_;
  FoldStore fold_store_;
  FoldSaver fold_saver_;
  Loader loader_;
  Inbox inbox_;
  HeardEvents heard_events_;
  Listening listening_;
  Heard heard_;
  Overdue overdue_;
  Stopper stopper_;
  Shown shown_;
  Repeat beats_;
  Repeat looks_;
  Repeat seconds_;
  Repeat comparisons_;
  bool reads_due_ = false;  // again, in a moment
  bool stopping_ = false;
};

/// The core's reasons, with what only the engine knows of them.
std::vector<Engine::Reason> reasons_of(const OpenRun& run, const Publisher& publisher, const Fleet& fleet,
                                       Time now);

}  // namespace callboard::dispatcher
