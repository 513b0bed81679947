#pragma once

#include <unordered_set>
#include <vector>

#include "dispatcher/engine/outcomes.hpp"
#include "dispatcher/engine/publisher.hpp"
#include "dispatcher/engine/runs.hpp"

namespace callboard::dispatcher {

/// Looks after published jobs that have no outcome for a while, in rounds of many: the log is read again (a
/// notice was lost), the time-outs of silent workers are kept, and a job that nobody has begun is asked for
/// on the bus. Only on proof that the bus lost it, and after the log, asked once more, shows neither a result
/// nor a `started` of a live worker, is it published again. A time-out alone proves nothing. On the loop.
class Overdue {
 public:
  Overdue(const Engine::Ports& ports, Publisher& publisher, Runs& runs, Outcomes& outcomes,
          Engine::Counts& counts)
      : ports_(ports), publisher_(publisher), runs_(runs), outcomes_(outcomes), counts_(counts) {}

  /// One round, unless one is under way.
  void look();
  void stop() { stopped_ = true; }

 private:
  /// What a round knows of the workers that say they have begun.
  using Dead = std::unordered_set<Incarnation>;

  void read(std::vector<std::uint64_t> jobs, std::function<void(std::vector<std::uint64_t>)> then);
  void find_dead(std::vector<std::uint64_t> jobs);
  void judge(const std::vector<std::uint64_t>& jobs);
  /// True: its worker is alive, or its outcome is being written.
  bool is_in_hands(Job& job);
  void probe(std::vector<std::uint64_t> jobs);
  void probed(std::uint64_t serial, const Result<bool>& is_there);
  void republish(const std::vector<std::uint64_t>& jobs);
  void look_later(Job& job);
  void end_round() { in_round_ = false; }
  Job* find_published(std::uint64_t serial);

  const Engine::Ports& ports_;
  Publisher& publisher_;
  Runs& runs_;
  Outcomes& outcomes_;
  Engine::Counts& counts_;
  bool stopped_ = false;
  bool in_round_ = false;
  Dead dead_;
  std::size_t probes_open_ = 0;
  std::vector<std::uint64_t> lost_;  // proven to be gone from the bus in this round
};

}  // namespace callboard::dispatcher
