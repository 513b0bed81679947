#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dispatcher/engine/engine.hpp"
#include "dispatcher/triggers/current_workflow.hpp"
#include "shared/log/schedules.hpp"

namespace callboard::dispatcher {

/// The cause of a tick's run: workflow, schedule and time, the same whoever makes it. It is the delivery's id
/// by its source too.
std::string tick_origin(const log::ScheduleKey& key, Time tick);

/// Of a schedule's id: the expression and the zone.
std::pair<std::string, std::string> cron_and_zone(const std::string& id);

/// Makes the runs of ticks that were decided to start, each with a delivery that is its `event`, and tells
/// the account. A tick whose run stands already gets that one. On the loop.
class TickRuns {
 public:
  struct Ports {
    Loop& loop;
    Clock& clock;
    Random& random;
    Engine& engine;
    log::Intake& intake;
    log::Catalog& catalog;
    log::Schedules& schedules;
  };
  /// `vars`: compact JSON, the `vars` context of new runs.
  TickRuns(Ports ports, std::string vars, bool segments);

  using Made = std::move_only_function<void(Result<log::Arrived>)>;
  /// `workflow` is the definition that the tick names. `done` may be empty. Of a tick whose run is being made
  /// just now it comes when that one is there, as a duplicate.
  void make(const log::ScheduleKey& key, const log::Tick& tick, const CurrentWorkflowPtr& workflow,
            Made done = {});
  /// The same for a tick that somebody else decided and did not finish: its definition is read from the
  /// catalog.
  void finish(const log::Schedules::Settled& tick);
  /// No callback comes any more.
  void stop() { alive_.reset(); }

 private:
  using Place = std::pair<log::ScheduleKey, Time>;

  void refuse(const log::ScheduleKey& key, log::Tick tick, const Error& why, Made done);
  void accept(const log::ScheduleKey& key, log::Tick tick, const CurrentWorkflowPtr& workflow,
              std::string inputs, Made done);
  void settle(const log::ScheduleKey& key, log::Tick tick);
  void end(const Place& place, const Result<log::Arrived>& outcome);
  void send_settled();

  Ports ports_;
  std::string vars_;
  bool segments_;
  std::map<Place, std::vector<Made>> under_way_;  // who waits for the one that is being made
  std::vector<log::Schedules::Settled> settled_;
  bool is_settling_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with callbacks that may come later
};

}  // namespace callboard::dispatcher
