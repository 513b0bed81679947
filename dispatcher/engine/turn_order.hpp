#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "dispatcher/engine/fair_order.hpp"
#include "dispatcher/engine/open_run.hpp"
#include "dispatcher/engine/publisher.hpp"

namespace callboard::dispatcher {

/// Which runs ask the log for turns of the throttles of their steps: of each throttle a few at once, parties
/// (repositories, workflows) turn about, and only while the step's pool has room for what comes of it, so
/// that an attempt begins when it has had its turn. Of a pool that is always full one attempt at a time waits
/// for a worker with its turn in hand: jobs that need no turn would never leave it room. A run that had a
/// turn and wants another comes behind those of its party. On the loop.
class TurnOrder {
 public:
  TurnOrder(const Clock& clock, const Publisher& publisher) : clock_(clock), publisher_(publisher) {}

  /// The run wants turns of the throttles that its state names; of none unless it is at work.
  void compare(OpenRun& run, bool is_at_work);
  /// That attempt of it has had one.
  void had_turn(OpenRun& run, const std::string& throttle, run::StepIndex step);
  void drop(OpenRun& run);
  /// Lets runs ask (OpenRun::may_ask), which are to decide then.
  std::vector<OpenRun*> pump();

 private:
  struct Waiter {
    OpenRun* run = nullptr;
    FairOrder::Place place;
    Steady since{};
  };
  struct Throttle {
    FairOrder order;
    std::unordered_map<std::uint64_t, Waiter> waiting;  // by the runs' serials
    std::size_t asking = 0;
  };
  /// It was let ask though its pool was full.
  struct Early {
    const OpenRun* run = nullptr;
    std::string throttle;
    run::StepIndex step = run::kNoStep;  // that had the turn; until then kNoStep
  };

  void wait(OpenRun& run, const std::string& name);
  void leave(OpenRun& run, const std::string& name);
  OpenRun* let_next(const std::string& name, Throttle& throttle);
  bool may_ask(const std::string& name, const Throttle& throttle, const Waiter& waiter) const;
  bool has_early(const std::string& pool) const;

  const Clock& clock_;
  const Publisher& publisher_;
  std::map<std::string, Throttle> throttles_;     // at which somebody waits or asks
  std::unordered_map<std::string, Early> early_;  // by pool
  std::uint64_t last_rank_ = 0;
};

}  // namespace callboard::dispatcher
