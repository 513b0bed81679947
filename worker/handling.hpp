#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "topics/bus.hpp"
#include "topics/job.hpp"
#include "worker/bench.hpp"

namespace callboard::worker {

/// One delivery of a job, from its arrival until it is acknowledged or handed back (design, "The life of a
/// step"): looks it up in the log where it may not be the first, waits for its turn, executes its steps one
/// behind another, appends each outcome before the next step begins. Told what to do by its methods; says
/// what became of it to the outbox.
class Handling {
 public:
  Handling(Bench& bench, topics::JobDelivery delivery, topics::Job job);
  ~Handling();
  Handling(const Handling&) = delete;
  Handling& operator=(const Handling&) = delete;

  void begin();

  /// The run is to stop: what executes ends, and the outcome of the step at hand is `cancelled`.
  void cancel(const std::string& reason);
  /// The worker takes its leave: goes on only with the step that executes.
  void wind_down();
  /// The worker may be taken for dead, or must end: what executes ends without an outcome.
  void abandon();
  /// The step at hand has an outcome in the log that is not this handling's.
  void lose_to(const run::Event& stored);

  std::uint64_t handle() const { return delivery_.handle; }
  const RunId& run() const { return job_.slice.run; }
  /// The message speaks of the step at hand.
  bool is_meant(const topics::StopRun& stop) const;
  /// The step at hand is being executed, and a `started` says so or was asked for.
  bool has_said_started() const { return phase_ == Phase::executing && started_ != Started::unsaid; }
  /// The result key of the step at hand.
  std::string key() const;
  std::string attempt_name() const { return to_string(run()) + "/" + key(); }

 private:
  enum class Phase : std::uint8_t { looking, queueing, beginning, executing, recording, over };
  enum class Started : std::uint8_t { unsaid, asked, mine };
  enum class Halt : std::uint8_t { none, wind_down, timeout, cancel, lost, abandon };

  const run::SliceStep& step() const { return job_.slice.steps[at_]; }

  // Before the execution
  void look();
  void looked_up(const std::vector<run::Event>& found);
  bool take_recorded(const std::vector<run::Event>& found);
  void consider_started(const run::Event& started);
  bool is_at_another() const;
  void consider_starter(const run::Event& started, bool is_alive);
  void approach();
  void begin_again();
  void begun_again(const log::EventLog::Begun& begun);
  void prepare();
  void make_call();
  void say_started_first(StepCall call);

  // The execution
  void execute(StepCall call);
  log::Append make_row(std::string key, run::EventType type, std::string data) const;
  void say_started();
  void started_stands(const run::Event& stored);
  void time_out(std::string why);
  /// Ends a step that shows no sign of life for its `idle_timeout`.
  void watch_silence();
  void halt(Halt why, Stop how);
  void executed(run::Outcome outcome);

  // After it
  void record(run::Outcome outcome);
  void append_result();
  void recorded(const log::Appended& appended);
  void refused(const Error& error);
  void go_on();
  void accept_stored(const run::Event& stored);

  // The end
  void leave_attempt();
  void cancel_timers();
  void close();
  void ack();
  void hand_back(Micros delay);
  /// Another live worker is at it: a copy marked again is not needed, any other comes again.
  void yield_to_other();
  void retry_later(void (Handling::*what)());

  Bench& bench_;
  topics::JobDelivery delivery_;
  topics::Job job_;
  const Writer writer_;
  Steady began_{};  // the first execution of this handling
  Phase phase_ = Phase::looking;
  std::size_t at_ = 0;                // the step at hand
  std::vector<std::string> results_;  // of the steps before it
  bool redelivered_;
  bool needs_begun_;  // begun/<k> is not appended yet
  bool alone_ = false;
  bool inside_ = false;              // of the gate
  std::optional<Incarnation> dead_;  // whose `started` stands in the way no more

  // Of the step at hand
  Halt halt_ = Halt::none;
  std::string halt_reason_;
  std::optional<run::Event> lost_to_;
  Started started_ = Started::unsaid;
  Time started_at_{};
  std::unique_ptr<Execution> execution_;
  std::shared_ptr<std::atomic<std::uint64_t>> signs_;  // of life, counted by the execution on its threads
  std::uint64_t signs_seen_ = 0;
  Steady last_sign_{};
  Loop::TimerId started_timer_ = 0;
  Loop::TimerId timeout_timer_ = 0;
  Loop::TimerId silence_timer_ = 0;
  Loop::TimerId waiting_timer_ = 0;
  std::optional<StepCall> call_;  // while `started` goes first
  run::Outcome outcome_;          // while it is being recorded
  bool was_refused_ = false;

  Life life_;
};

}  // namespace callboard::worker
