#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "dispatcher/engine/engine.hpp"
#include "shared/run/listening.hpp"

namespace callboard::dispatcher {

using HeardEventPtr = std::shared_ptr<const run::HeardEvent>;  // shared by all that listen to it

/// Stored deliveries as events, for the runs that listen: read once for however many ask at the same time,
/// and the last few kept. On the loop.
class HeardEvents {
 public:
  explicit HeardEvents(const Engine::Ports& ports) : ports_(ports) {}

  /// Null: the delivery is gone, or its body can't be read; nobody listens to such. An error passes. Not
  /// called back within the call.
  using Got = std::function<void(const Result<HeardEventPtr>&)>;
  void load(const DeliveryId& delivery, Got got);

 private:
  void have(const DeliveryId& id, const Result<log::Delivery>& delivery);

  const Engine::Ports& ports_;
  std::unordered_map<DeliveryId, std::vector<Got>> waiting_;
  std::deque<std::pair<DeliveryId, HeardEventPtr>> kept_;  // the newest last
};

}  // namespace callboard::dispatcher
