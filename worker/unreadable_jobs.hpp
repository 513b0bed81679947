#pragma once

#include <string>

#include "topics/bus.hpp"
#include "topics/job.hpp"
#include "worker/bench.hpp"
#include "worker/life.hpp"

namespace callboard::worker {

/// Deliveries whose bytes are no job to this program. Each goes back, for a worker that is newer; delivered
/// often enough, the attempt that it is named after is given up on, unless somebody has an outcome or lives
/// and executes it. Handed back, or published again by its owner, it would go round for ever. What is named
/// after no attempt is foreign: acknowledged, gone. On the loop.
class UnreadableJobs {
 public:
  explicit UnreadableJobs(Bench& bench) : bench_(bench) {}

  void take(const topics::JobDelivery& delivery, const std::string& why);

 private:
  struct Unread {
    std::uint64_t handle = 0;
    topics::NamedAttempt attempt;
    std::string why;
  };
  void look(Unread unread);
  void looked_up(Unread unread, const std::vector<run::Event>& found);
  void give_up(Unread unread);

  Bench& bench_;
  Life life_;
};

}  // namespace callboard::worker
