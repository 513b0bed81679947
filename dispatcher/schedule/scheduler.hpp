#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dispatcher/engine/repeat.hpp"
#include "dispatcher/schedule/tick_policy.hpp"
#include "dispatcher/schedule/tick_runs.hpp"
#include "dispatcher/triggers/registry.hpp"

namespace callboard::dispatcher {

/// Fires the ticks of the current workflows' schedules: each dispatcher those of the workflows whose
/// partition it leases. That is for speed; that a tick is made once rests on the account and on the origins
/// of runs. On the loop.
class Scheduler {
 public:
  struct Ports {
    TickRuns::Ports runs;
    const Registry& registry;
  };
  Scheduler(Ports ports, std::string vars, bool segments);
  ~Scheduler() { stop(); }
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  void start();
  /// Nothing is decided or made after it; what was decided and is not made yet will be by whoever comes next.
  void stop();
  /// For runs of ticks that are asked for by hand.
  TickRuns& runs() { return runs_; }

 private:
  struct Entry {
    CurrentWorkflowPtr workflow;
    std::size_t trigger = 0;  // of its schedules
    Time next{};
  };
  /// What was decided for one entry, with what it was decided of.
  struct Pending {
    log::ScheduleKey key;
    CurrentWorkflowPtr workflow;
    TickDecision decision;
  };
  using Pendings = std::vector<Pending>;

  bool is_ours(const std::string& slug) const;
  void look();
  void drop_lost();
  void keep_changed();
  void kept(const std::vector<CurrentWorkflowPtr>& workflows);
  void drop_entries(const std::string& slug);
  void sweep();
  void finish_others();

  void wait_for(const log::ScheduleKey& key, Time at);
  void arm();
  void fire();
  void consider(const std::vector<log::ScheduleKey>& keys);
  void decide(const std::vector<log::ScheduleKey>& keys, std::vector<log::ScheduleState> states);
  std::string find_pause(const std::string& slug) const;
  void write(std::vector<log::Schedules::Decision> decisions, std::shared_ptr<Pendings> pendings);
  void carry_out(const Pending& pending);
  void try_later(const std::vector<log::ScheduleKey>& keys);

  TickRuns::Ports ports_;
  const Registry& registry_;
  TickRuns runs_;
  Repeat looks_;
  Repeat finishes_;
  Repeat sweeps_;
  std::map<std::string, std::string>
      kept_;  // slug to hash, of the workflows whose schedules the log knows of
  bool is_keeping_ = false;
  std::map<log::ScheduleKey, Entry> entries_;
  std::set<std::pair<Time, log::ScheduleKey>> queue_;  // of entries that nobody is deciding about just now
  Loop::TimerId timer_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with callbacks that may come later
};

}  // namespace callboard::dispatcher
