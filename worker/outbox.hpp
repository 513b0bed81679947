#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "shared/base/ports.hpp"
#include "shared/run/event.hpp"
#include "topics/bus.hpp"
#include "worker/life.hpp"

namespace callboard::worker {

/// What leaves the process at the end of a turn of the loop: first the notices, one for each partition of
/// what was committed together, then the acks and the jobs handed back. So nothing is acknowledged before its
/// notice is on its way.
class Outbox {
 public:
  /// Called with the handles of the deliveries that are over, once the bus has been told.
  using OnOver = std::function<void(const std::vector<std::uint64_t>& handles)>;

  Outbox(Loop& loop, topics::JobSource& jobs, topics::Notices& notices, OnOver on_over);

  void notice(Partition partition, run::Event event);
  void ack(std::uint64_t handle);
  void hand_back(std::uint64_t handle, Micros delay);
  /// Sends what waits, now.
  void flush();

 private:
  struct Over {
    std::uint64_t handle = 0;
    bool acked = false;
    Micros delay{0};
  };
  void schedule();
  void send_notices();

  Loop& loop_;
  topics::JobSource& jobs_;
  topics::Notices& notices_;
  OnOver on_over_;
  bool scheduled_ = false;
  std::map<Partition, std::vector<run::Event>> events_;
  std::vector<Over> over_;
  Life life_;
};

}  // namespace callboard::worker
