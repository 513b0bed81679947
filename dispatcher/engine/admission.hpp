#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/ports.hpp"
#include "shared/log/log.hpp"
#include "shared/run/flow.hpp"

namespace callboard::dispatcher {

/// How a run comes to what it needs to begin, a place in its group and a turn of its throttle, and what it
/// does to others for it. All that lasts is in the log: a run that waits for a place is woken by whoever
/// leaves one, whether or not this process is still there, and one that waits for a turn asks again at its
/// time, whoever owns it by then. On the loop.
class Admission {
 public:
  struct Answer {
    std::optional<run::Event> row;  // the run is admitted: d/<n> as it stands
    std::string no_place;           // why it gets no place, and does not wait; empty: it waits
    std::optional<Time> turn_at{};  // it waits for a turn, and comes to it about then
  };
  using Answered = std::move_only_function<void(Result<Answer>)>;

  /// `told`: runs of the group have been told to go, by inbox rows.
  Admission(Loop& loop, log::EventLog& events, log::Slots& slots, Writers& writers, const Incarnation& self,
            std::function<void()> told)
      : loop_(loop), events_(events), slots_(slots), writers_(writers), self_(self), told_(std::move(told)) {}

  /// What a run needs.
  struct Wanted {
    RunId run;
    std::optional<run::Group> group;
    std::optional<run::Rate> rate;
  };
  /// `conflict`: another decision stands under the row's number.
  void try_for(Wanted wanted, log::Append row, Answered done);
  /// Likewise for an attempt of a step, which needs a turn.
  void try_for_step(const RunId& run, const run::Rate& rate, log::Append row, Answered done);
  /// The run is not to be woken until it tries again: somebody else of its group is.
  /// Unless a decision stands under `unless`, the next of the run.
  void stand_aside(const RunId& run, std::string unless = {});
  /// Its steps want turns of the throttles in `keep` alone: it waits at no other.
  void leave_turns(const RunId& run, const std::vector<std::string>& keep);

 private:
  void replace_older(const Wanted& wanted, log::Append row, const std::vector<log::Slots::Standing>& standing,
                     Answered done);
  void cancel(const RunId& older, const RunId& run, const run::Group& group);
  void take(Wanted wanted, log::Append row, Answered done);
  void reject(const RunId& run, const run::Group& group, Answered done);
  void send_aside(const RunId& run, std::string unless);

  Loop& loop_;
  log::EventLog& events_;
  log::Slots& slots_;
  Writers& writers_;
  Incarnation self_;
  std::function<void()> told_;
  /// Runs that are being taken out of their queues, and what tries for them meanwhile: behind that, or what
  /// it says of a run that waits would not stand.
  std::map<RunId, std::vector<std::move_only_function<void()>>> leaving_;
};

}  // namespace callboard::dispatcher
