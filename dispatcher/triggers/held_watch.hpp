#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dispatcher/engine/engine.hpp"
#include "dispatcher/triggers/held_start.hpp"
#include "dispatcher/triggers/registry.hpp"
#include "shared/base/ports.hpp"
#include "shared/log/held.hpp"

namespace callboard::dispatcher {

/// Fires the groups of held starts that are ripe, each by one arrival whose origin is the group. It claims
/// them four times a second, by the database's clock; what it claimed and did not fire is claimed again, by
/// any dispatcher. A group's run is of the definition that its workflow has when it fires; of a workflow
/// that is gone the deliveries say so. On the loop.
class HeldWatch {
 public:
  struct Ports {
    Loop& loop;
    Clock& clock;
    Random& random;
    Engine& engine;
    log::Held& held;
    log::Intake& intake;
    log::Catalog& catalog;
    const Registry& registry;
  };
  /// `vars`: compact JSON, the `vars` context of new runs.
  HeldWatch(Ports ports, std::string vars);
  ~HeldWatch();
  HeldWatch(const HeldWatch&) = delete;
  HeldWatch& operator=(const HeldWatch&) = delete;

  void start();
  void stop();

 private:
  using Group = log::Held::Group;
  using Parts = std::vector<log::Held::Part>;
  struct Round;
  using RoundPtr = std::shared_ptr<Round>;  // shared with the callbacks of its groups

  void look_in(Micros delay);
  void look();
  void take(const Group& group, const RoundPtr& round);
  void fire(const Group& group, const Parts& parts, const RoundPtr& round);
  void find_gone(const Group& group, const Parts& parts, const RoundPtr& round);
  void drop(const Group& group, const Parts& parts, std::string why, const RoundPtr& round);
  void accept(log::Arrival arrival, const GraphPtr& graph, std::shared_ptr<const Value> payload,
              const RoundPtr& round);
  void settle(const RoundPtr& round);
  log::Arrival make_arrival(const Group& group, const Parts& parts) const;

  Ports ports_;
  std::string vars_;
  Loop::TimerId timer_ = 0;
  bool is_stopped_ = true;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with callbacks that may come later
};

}  // namespace callboard::dispatcher
