#include <utility>

#include "shared/base/time.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/run/slice.hpp"
#include "worker/handling.hpp"

namespace callboard::worker {
namespace {

constexpr std::size_t kMessageBytes = 4 * limits::kKiB;
constexpr std::size_t kMessageTail = 3 * limits::kKiB;
constexpr int kLooksForLife = 8;  // in an idle time-out: silence is found at most an eighth too late
constexpr Micros kShortestLook = std::chrono::milliseconds(10);
constexpr Micros kRefusedRetry = std::chrono::milliseconds(200);

/// What is too large to be stored fails the step instead. Long messages keep their beginning and their end:
/// cut only here, when they are free of secrets, for half a secret would not be found.
void fit(run::Outcome& outcome) {
  if (outcome.result.size() > limits::kResultBytes) {
    const std::string size = std::to_string(outcome.result.size());
    const auto started_at = outcome.started_at;
    outcome = failed(run::ErrorClass::validation, "the result has " + size + " bytes; at most " +
                                                      std::to_string(limits::kResultBytes) + " are kept");
    outcome.started_at = started_at;
  }
  std::string& message = outcome.error.message;
  if (message.size() <= kMessageBytes) return;
  message = message.substr(0, kMessageBytes - kMessageTail) + " […] " +
            message.substr(message.size() - kMessageTail);
}

}  // namespace

void Handling::make_call() {
  run::SliceStep& step = job_.slice.steps[at_];
  if (bench_.executors.find(step.executor) == nullptr) {
    return record(failed(run::ErrorClass::internal, "this worker has no executor named " + step.executor));
  }
  const auto params = step.params ? Result<expression::Rendered>(std::move(*step.params))
                                  : run::slice_params(job_.slice, at_, results_);
  if (!params) return record(failed(run::ErrorClass::validation, params.error().message));
  if (job_.untrusted && !params->secrets.empty())
    return record(failed(run::ErrorClass::auth, std::string(run::kNoSecrets)));
  auto filled = expression::fill_secrets(
      *params, [this](std::string_view name) -> const std::string* { return bench_.secrets.find(name); });
  if (!filled) return record(failed(run::ErrorClass::validation, filled.error().message));
  StepCall call{.run = run(),
                .workflow = job_.workflow,
                .generation = job_.slice.generation,
                .step = step.key,
                .attempt = step.attempt,
                .params = std::move(*filled),
                .secret_pointers = {},
                .effect = step.effect,
                .timeout = step.timeout,
                .trace = job_.trace};
  for (const auto& slot : params->secrets) call.secret_pointers.push_back(slot.pointer);
  if (step.effect == run::Effect::once) return say_started_first(std::move(call));
  execute(std::move(call));
}

/// For effect once: the executor begins only when `started` is durable and this handling's own.
void Handling::say_started_first(StepCall call) {
  call_ = std::move(call);
  started_ = Started::asked;
  bench_.executing.try_emplace(attempt_name(), handle());
  say_started();
}

void Handling::execute(StepCall call) {
  phase_ = Phase::executing;
  bench_.executing.try_emplace(attempt_name(), handle());
  if (bench_.record != nullptr) {
    bench_.record->add(run(), call.step, call.attempt, call.generation);
  }
  started_at_ = bench_.clock.now();
  std::string why = "the step took longer than " + format_duration(call.timeout);
  // The run's owner cancels it at its deadline. This is for one that nobody owns.
  if (job_.deadline && *job_.deadline + limits::kDeadlineGrace < started_at_ + call.timeout) {
    call.timeout = *job_.deadline + limits::kDeadlineGrace - started_at_;
    why = "the run took longer than it may";
  }
  const Micros timeout = call.timeout;
  if (step().idle_timeout) {
    signs_ = std::make_shared<std::atomic<std::uint64_t>>(0);
    call.show_life = [signs = signs_] { signs->fetch_add(1, std::memory_order_relaxed); };
  }
  auto begun = bench_.executors.find(step().executor)
                   ->begin(std::move(call), life_.guard([this](run::Outcome outcome) {
                     if (phase_ == Phase::executing) executed(std::move(outcome));
                   }));
  if (auto* outcome = std::get_if<run::Outcome>(&begun)) return executed(std::move(*outcome));
  execution_ = std::move(std::get<std::unique_ptr<Execution>>(begun));
  timeout_timer_ = bench_.loop.after(timeout, life_.guard([this, why = std::move(why)] { time_out(why); }));
  if (step().idle_timeout) {
    signs_seen_ = 0;
    last_sign_ = bench_.clock.steady();
    watch_silence();
  }
  if (started_ != Started::unsaid) return;
  started_timer_ = bench_.loop.after(limits::kStartedAfter, life_.guard([this] {
    started_ = Started::asked;
    say_started();
  }));
}

log::Append Handling::make_row(std::string key, run::EventType type, std::string data) const {
  log::Append row;
  row.run = run();
  row.key = std::move(key);
  row.type = type;
  row.writer = writer_;
  row.data = std::move(data);
  return row;
}

void Handling::say_started() {
  auto row = make_row(run::started_key(step().key, step().attempt, job_.slice.generation),
                      run::EventType::step_started, run::encode_begin(bench_.self));
  bench_.events.append(std::move(row), life_.guard([this, at = at_](Result<log::Appended> appended) {
    const bool is_at_hand = at == at_ && (phase_ == Phase::beginning || phase_ == Phase::executing);
    if (!appended) {
      if (is_at_hand) retry_later(&Handling::say_started);
      return;
    }
    bench_.outbox.notice(job_.partition, appended->stored);
    if (!is_at_hand) return;
    if (!appended->won) return started_stands(appended->stored);
    started_ = Started::mine;
    if (!call_) return;
    if (halt_ == Halt::cancel) return record(failed(run::ErrorClass::cancelled, halt_reason_));
    execute(*std::exchange(call_, std::nullopt));
  }));
}

/// The key `started` was taken. Before the execution (effect once) its writer decides all; during one that
/// may be repeated, only a live one does.
void Handling::started_stands(const run::Event& stored) {
  if (call_) return consider_started(stored);
  const auto worker = run::decode_begin(stored.data);
  if (!worker || (dead_ && *worker == *dead_)) return;
  if (*worker == bench_.self) {
    if (is_at_another()) lose_to(stored);
    return;
  }
  bench_.ownership.find_dead({*worker},
                             life_.guard([this, stored, at = at_](Result<std::vector<Incarnation>> dead) {
                               if (dead && dead->empty() && at == at_) lose_to(stored);
                             }));
}

void Handling::time_out(std::string why) {
  if (halt_ >= Halt::timeout) return;
  halt_reason_ = std::move(why);
  halt(Halt::timeout, Stop::gracefully);
}

void Handling::watch_silence() {
  const Micros bound = *step().idle_timeout;
  const Steady now = bench_.clock.steady();
  if (const std::uint64_t signs = signs_->load(std::memory_order_relaxed); signs != signs_seen_) {
    signs_seen_ = signs;
    last_sign_ = now;
  }
  if (now - last_sign_ >= bound)
    return time_out("the step showed no sign of life for " + format_duration(bound));
  const Micros left = std::chrono::ceil<Micros>(last_sign_ + bound - now);
  silence_timer_ = bench_.loop.after(std::min(left, std::max(bound / kLooksForLife, kShortestLook)),
                                     life_.guard([this] { watch_silence(); }));
}

void Handling::halt(Halt why, Stop how) {
  if (why < halt_) return;
  halt_ = why;
  if (execution_) execution_->stop(how);
}

void Handling::executed(run::Outcome outcome) {
  cancel_timers();
  execution_.reset();
  const bool has_completed = outcome.type == run::EventType::step_completed;
  if (halt_ == Halt::abandon) return hand_back(Micros(0));
  if (halt_ == Halt::lost) return accept_stored(*lost_to_);
  if (halt_ == Halt::timeout && !has_completed) {
    outcome = failed(run::ErrorClass::timeout, halt_reason_);
  } else if (halt_ == Halt::cancel && !has_completed) {
    outcome = failed(run::ErrorClass::cancelled, halt_reason_);
  }
  record(std::move(outcome));
}

void Handling::record(run::Outcome outcome) {
  phase_ = Phase::recording;
  if (started_at_ != Time() && started_ == Started::unsaid) outcome.started_at = started_at_;
  bench_.secrets.scrub(outcome);
  fit(outcome);
  outcome_ = std::move(outcome);
  append_result();
}

/// The outcome is held here until its fate is known; the slots bound how many are.
void Handling::append_result() {
  auto row = make_row(key(), outcome_.type, run::encode_outcome(outcome_));
  bench_.events.append(std::move(row), life_.guard([this](Result<log::Appended> appended) {
    if (!appended) return refused(appended.error());
    recorded(*appended);
  }));
}

void Handling::refused(const Error& error) {
  if (error.code != ErrorCode::invalid) {  // the log's queue is full, or the database is away
    waiting_timer_ = bench_.loop.after(kRefusedRetry, life_.guard([this] { append_result(); }));
    return;
  }
  bench_.complain(attempt_name() + ": the log refuses the outcome: " + error.message);
  if (std::exchange(was_refused_, true))
    return ack();  // not even this much can be said: the run itself is not there
  record(failed(run::ErrorClass::internal, "the outcome could not be stored: " + error.message));
}

void Handling::recorded(const log::Appended& appended) {
  leave_attempt();
  bench_.outbox.notice(job_.partition, appended.stored);
  if (!appended.won) return accept_stored(appended.stored);
  if (outcome_.type != run::EventType::step_completed) return ack();
  go_on();
}

/// Behind a step that completed.
void Handling::go_on() {
  results_.push_back(std::move(outcome_.result));
  if (++at_ == job_.slice.steps.size()) return ack();
  started_ = Started::unsaid;
  started_at_ = Time();
  was_refused_ = false;
  needs_begun_ = false;
  dead_.reset();
  if (halt_ != Halt::cancel && bench_.clock.steady() - began_ >= limits::kSegmentTime)
    return hand_back(Micros(0));
  prepare();
}

/// The key is another's. What it stored may end the job; else the other goes on with it, and this copy comes
/// again behind the last recorded result.
void Handling::accept_stored(const run::Event& stored) {
  if (stored.type == run::EventType::step_started) return yield_to_other();
  const bool is_end = stored.type != run::EventType::step_completed || at_ + 1 == job_.slice.steps.size();
  if (is_end) return ack();
  hand_back(limits::kAckWait);
}

}  // namespace callboard::worker
