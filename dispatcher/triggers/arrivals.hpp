#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dispatcher/engine/engine.hpp"
#include "dispatcher/triggers/workflow_set.hpp"
#include "shared/log/log.hpp"

namespace callboard::dispatcher {

/// Events into the log, whatever they come from: matched with the current workflows, stored with the runs
/// that they start (or with the starts that are held back) in one transaction, and the runs adopted behind
/// it. On the loop.
class Arrivals {
 public:
  struct Ports {
    Clock& clock;
    Engine& engine;
    log::Intake& intake;
    const WorkflowSet& workflows;
  };
  /// `vars`: compact JSON, the `vars` context of new runs.
  Arrivals(Ports ports, std::string vars) : ports_(ports), vars_(std::move(vars)) {}

  struct Event {
    log::Delivery delivery;                // without verdicts
    std::shared_ptr<const Value> payload;  // shared with the runs that read it; null where nobody listens
    std::string origin_kind{};             // as in log::Arrival
    std::string origin{};
    std::uint32_t cause_depth = 0;  // of the runs that it starts
    bool is_matched = true;         // false: no workflow can listen to it
    std::string only{};             // the one workflow that sees it; empty: all do
  };
  /// What log::Intake answers; held for limits::kIngressHold while the database is away.
  using Accepted = std::move_only_function<void(Result<log::Arrived>)>;
  void accept(Event event, Accepted done);

 private:
  struct Handling;

  void start(Handling& handling, Match::Start& start, log::Verdict& verdict, const Event& event,
             bool untrusted);
  void hold(Handling& handling, const Match::Start& start, log::Verdict& verdict, const Event& event,
            bool untrusted);
  std::shared_ptr<Handling> make_handling(Event& event);
  void settle(const Handling& handling, const Result<log::Arrived>& arrived);

  Ports ports_;
  std::string vars_;
  std::uint64_t held_ = 0;  // events held so far
};

}  // namespace callboard::dispatcher
