#pragma once

#include <unordered_map>
#include <vector>

#include "dispatcher/engine/publisher.hpp"
#include "dispatcher/engine/runs.hpp"

namespace callboard::dispatcher {

/// Tells workers to stop what they execute of cancelling runs, again and again, until every attempt has an
/// outcome, was never begun, or is with nobody any more. Then the run may close. On the loop.
class Stopper {
 public:
  Stopper(const Engine::Ports& ports, const Fleet& fleet, Publisher& publisher, Runs& runs)
      : ports_(ports), fleet_(fleet), publisher_(publisher), runs_(runs) {}

  void stop_workers(OpenRun& run);
  /// Each second.
  void repeat();
  void stop() { stopped_ = true; }

 private:
  void tell(const OpenRun& run);
  std::vector<log::EventLog::KeyOf> open_keys(const OpenRun& run) const;
  void look(const RunId& id);
  void judge(const RunId& id);
  void settle(const RunId& id, const std::vector<Incarnation>& dead);
  /// Nobody executes what was begun: its worker is dead, has let go of it, or is silent beyond the time-out.
  bool is_over(const OpenRun& run, run::StepIndex step, const std::vector<Incarnation>& dead,
               Micros told_for) const;

  const Engine::Ports& ports_;
  const Fleet& fleet_;
  Publisher& publisher_;
  Runs& runs_;
  bool stopped_ = false;
  std::unordered_map<RunId, Steady> stopping_;  // since when
};

}  // namespace callboard::dispatcher
