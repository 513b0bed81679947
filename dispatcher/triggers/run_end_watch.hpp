#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dispatcher/triggers/arrivals.hpp"
#include "dispatcher/triggers/ended_run.hpp"
#include "dispatcher/triggers/registry.hpp"
#include "shared/base/ports.hpp"
#include "shared/log/listeners.hpp"
#include "shared/log/run_ends.hpp"

namespace callboard::dispatcher {

/// Turns the ends of runs that workflows listen to (`on.workflow`), or open runs, into arrivals, exactly
/// once: the close leaves an end in its own transaction, the arrival's origin is the run and its closing
/// decision, and an end is removed only behind its arrival (or where nobody listens any more). It looks at
/// the ends of this dispatcher's partitions, a few times a second. On the loop.
class RunEndWatch {
 public:
  struct Ports {
    Loop& loop;
    Clock& clock;
    Random& random;
    Engine& engine;
    log::EventLog& events;
    log::RunEnds& ends;
    log::Listeners& listeners;
    const Registry& registry;
    Arrivals& arrivals;
  };
  /// `complain` is told of ends that could not be read; they are tried again.
  using Complain = std::function<void(const RunId& run, const std::string& problem)>;
  RunEndWatch(Ports ports, Complain complain);
  ~RunEndWatch();
  RunEndWatch(const RunEndWatch&) = delete;
  RunEndWatch& operator=(const RunEndWatch&) = delete;

  void start();
  void stop();

 private:
  struct Round;

  void look_in(Micros delay);
  void look();
  void take(std::vector<log::RunEnds::End> ends);
  void arrive(const std::shared_ptr<Round>& round, const log::RunEnds::End& end,
              const std::vector<run::Event>& events);
  void arrive_if_awaited(const std::shared_ptr<Round>& round, const log::RunEnds::End& end, EndedRun ended);
  void send(const std::shared_ptr<Round>& round, const log::RunEnds::End& end, EndedRun ended);
  void settle(const std::shared_ptr<Round>& round);

  Ports ports_;
  Complain complain_;
  Loop::TimerId timer_ = 0;
  bool is_stopped_ = true;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with callbacks that may come later
};

}  // namespace callboard::dispatcher
