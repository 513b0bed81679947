#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "deploy/rehearsal/rehearsal.hpp"
#include "shared/run/decide.hpp"
#include "shared/run/listening.hpp"
#include "shared/run/slice.hpp"

namespace callboard::rehearsal {

/// One run, from its first event until it closes or nothing more can happen to it. It stands where engine,
/// worker and log stand otherwise: it folds, asks the core, and hands back what the stubs say.
class Player {
 public:
  Player(const run::Graph& graph, const Stubs& stubs, Time start);

  /// `event` is the payload, if there is one. `internal` if the core refuses an event.
  Result<void> play(run::Created created, std::shared_ptr<const Value> event);

  const run::RunState& state() const { return state_; }
  Micros took() const { return now_ - start_; }

  std::vector<Happening> happenings;
  std::vector<Verdict> verdicts;

 private:
  /// An attempt under way, or a signal on its way: an event of the log once its time has come.
  struct Coming {
    run::Event event;
    Happening happening;
    bool is_attempt = false;
    std::optional<run::HeardEvent> heard{};  // in the place of the event: it comes in, and may be taken
  };

  Result<void> fold(std::string key, run::EventType type, std::string data);
  Result<void> settle();
  Result<void> take(run::Decided decided);
  void begin(const run::PublishJob& job);
  void begin_step(const run::SliceStep& step);
  void end_attempt(std::string_view step, std::uint32_t attempt, Answer answer);
  /// As its stub says, or else as is made up.
  void end_in_time(const std::string& step, std::uint32_t attempt, Micros timeout, Answer made_up);
  const Answer* find_stub(const std::string& step, std::uint32_t attempt) const;
  void prepare(run::StartRun start);
  void begin_child(const run::Decision& decision);
  void stop_children();
  Answer answer_of(const run::SliceStep& step) const;
  void cue_events();
  Result<void> hear(const run::HeardEvent& event);
  Result<bool> hold(const std::string& target, const run::HeardEvent& event);
  Result<void> look_back(const std::vector<run::Listen>& listens);
  void stop_workers();
  Result<bool> go_on();
  void judge_once(run::StepIndex step);
  void tell(const run::Decision& decision);
  run::Event make_event(std::string key, run::EventType type, std::string data) const;

  const run::Graph& graph_;
  const Stubs& stubs_;
  Time start_;
  Time now_;
  run::RunState state_;
  std::multimap<Time, Coming> coming_;  // those of one time in the order in which they began
  std::map<run::StepIndex, Time> timers_;
  std::map<RunId, run::Prepared> prepared_;
  std::set<std::string> begun_;  // outcome keys of attempts
  std::set<run::StepIndex> judged_;
  std::set<std::string> listens_;       // targets
  std::vector<run::HeardEvent> heard_;  // so far
  std::size_t events_ = 0;
  bool workers_stopped_ = false;
};

}  // namespace callboard::rehearsal
