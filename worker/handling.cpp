#include "worker/handling.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::worker {
namespace {

const run::Event* find_key(const std::vector<run::Event>& events, std::string_view key) {
  const auto found = std::ranges::find(events, key, &run::Event::key);
  return found == events.end() ? nullptr : &*found;
}

/// How long a redelivered job waits to be alone before it makes way for the jobs behind it, and until it
/// comes again.
constexpr Micros kAloneWait = limits::kAckWait;
constexpr Micros kAloneRetry = limits::kLease;
/// Delivered so often, it makes way no more: a worker that is never idle ends what it executes, and begins
/// nothing else before this job.
constexpr std::uint32_t kAloneTries = 12;

}  // namespace

Handling::Handling(Bench& bench, topics::JobDelivery delivery, topics::Job job)
    : bench_(bench),
      delivery_(std::move(delivery)),
      job_(std::move(job)),
      writer_(bench.writers.next()),
      redelivered_(delivery_.deliveries >= 2),
      needs_begun_(redelivered_) {}

Handling::~Handling() { close(); }

std::string Handling::key() const {
  return run::result_key(step().key, step().attempt, job_.slice.generation);
}

void Handling::begin() {
  const bool may_have_begun = redelivered_ || job_.again || delivery_.age > limits::kOldJob;
  if (may_have_begun) {
    look();
  } else {
    approach();
  }
}

/// Asks for everything that the log may know of the steps that are left.
void Handling::look() {
  phase_ = Phase::looking;
  std::vector<log::EventLog::KeyOf> keys;
  for (std::size_t i = at_; i < job_.slice.steps.size(); ++i) {
    const auto& step = job_.slice.steps[i];
    const std::uint32_t generation = job_.slice.generation;
    keys.push_back({run(), run::result_key(step.key, step.attempt, generation)});
    keys.push_back({run(), run::started_key(step.key, step.attempt, generation)});
    if (redelivered_) keys.push_back({run(), run::begun_key(step.key, step.attempt, 1, generation)});
  }
  bench_.events.read_keys(std::move(keys), life_.guard([this](Result<std::vector<run::Event>> found) {
    if (phase_ != Phase::looking) return;
    if (!found) return retry_later(&Handling::look);
    looked_up(*found);
  }));
}

void Handling::looked_up(const std::vector<run::Event>& found) {
  if (!take_recorded(found)) return;
  const auto& step = this->step();
  const std::uint32_t generation = job_.slice.generation;
  alone_ = redelivered_ && find_key(found, run::begun_key(step.key, step.attempt, 1, generation)) != nullptr;
  const run::Event* started = find_key(found, run::started_key(step.key, step.attempt, generation));
  if (started == nullptr || started->writer == writer_) return approach();
  consider_started(*started);
}

/// Goes behind the last recorded result; false if nothing is left to execute. What was found is noticed: its
/// writer may have died before it could.
bool Handling::take_recorded(const std::vector<run::Event>& found) {
  while (const run::Event* result = find_key(found, key())) {
    bench_.outbox.notice(job_.partition, *result);
    const bool is_end = result->type != run::EventType::step_completed || at_ + 1 == job_.slice.steps.size();
    if (is_end) {
      ack();
      return false;
    }
    auto outcome = run::decode_outcome(result->type, result->data);
    if (!outcome) {
      bench_.complain(result->key + " of run " + to_string(run()) +
                      " can't be read: " + outcome.error().message);
      hand_back(limits::kLease);
      return false;
    }
    results_.push_back(std::move(outcome->result));
    ++at_;
  }
  return true;
}

/// Somebody else's `started` stands: what follows depends on whether its writer lives.
void Handling::consider_started(const run::Event& started) {
  const auto worker = run::decode_begin(started.data);
  if (!worker) return consider_starter(started, false);
  if (*worker == bench_.self) return consider_starter(started, is_at_another());
  bench_.ownership.find_dead({*worker}, life_.guard([this, started](Result<std::vector<Incarnation>> dead) {
    if (phase_ != Phase::looking && phase_ != Phase::beginning) return;
    if (!dead) return retry_later(&Handling::look);
    consider_starter(started, dead->empty());
  }));
}

/// Another handling of this process executes the step at hand, or is about to.
bool Handling::is_at_another() const {
  const auto other = bench_.executing.find(attempt_name());
  return other != bench_.executing.end() && other->second != handle();
}

void Handling::consider_starter(const run::Event& started, bool is_alive) {
  if (is_alive) return yield_to_other();
  if (step().effect == run::Effect::once) {
    run::Outcome lost =
        failed(run::ErrorClass::lost, "the worker that executed the step is gone; what it did is not known");
    lost.type = run::EventType::step_lost;
    return record(std::move(lost));
  }
  dead_ = run::decode_begin(started.data).value_or(bench_.self);
  approach();
}

void Handling::approach() {
  if (inside_) return prepare();
  phase_ = Phase::queueing;
  bench_.gate.enter(handle(), alone_, [this] {
    inside_ = true;
    bench_.loop.cancel(std::exchange(waiting_timer_, 0));
    phase_ = Phase::beginning;
    prepare();
  });
  if (phase_ != Phase::queueing || !alone_ || delivery_.deliveries >= kAloneTries) return;
  waiting_timer_ = bench_.loop.after(kAloneWait, life_.guard([this] { hand_back(kAloneRetry); }));
}

/// The place in the gate is held; the step at hand begins, unless something is in its way.
void Handling::prepare() {
  phase_ = Phase::beginning;
  if (halt_ == Halt::cancel) return record(failed(run::ErrorClass::cancelled, halt_reason_));
  if (halt_ != Halt::none) return hand_back(Micros(0));
  if (needs_begun_) return begin_again();
  if (began_ == Steady()) began_ = bench_.clock.steady();
  if (job_.deadline && bench_.clock.now() >= *job_.deadline) {
    return record(failed(run::ErrorClass::timeout, "the run's time was over before the step began"));
  }
  make_call();
}

void Handling::begin_again() {
  bench_.events.begin_again(run(), step().key, step().attempt, job_.slice.generation, writer_, bench_.self,
                            life_.guard([this](Result<log::EventLog::Begun> begun) {
                              if (phase_ != Phase::beginning) return;
                              if (!begun) return retry_later(&Handling::begin_again);
                              begun_again(*begun);
                            }));
}

void Handling::begun_again(const log::EventLog::Begun& begun) {
  needs_begun_ = begun.k == 0;
  if (begun.result) return looked_up({*begun.result});
  const bool is_foreign = begun.started && begun.started->writer != writer_;
  const bool may_be_at_work =
      is_foreign && run::decode_begin(begun.started->data).value_or(Incarnation()) != dead_;
  if (begun.k == 0 && may_be_at_work) return consider_started(*begun.started);
  if (begun.k == 0) {
    run::Outcome lost =
        failed(run::ErrorClass::lost, "begun " + std::to_string(begun.begins) +
                                          " times after a redelivery without coming to an end");
    lost.type = run::EventType::step_lost;
    return record(std::move(lost));
  }
  if (begun.k >= 2 && !alone_) {  // begun elsewhere since it was looked up
    bench_.gate.leave(handle());
    inside_ = false;
    alone_ = true;
    return approach();
  }
  if (may_be_at_work) return consider_started(*begun.started);
  prepare();
}

bool Handling::is_meant(const topics::StopRun& stop) const {
  if (run() != stop.run || job_.slice.generation > stop.generation) return false;
  return stop.steps.empty() || std::ranges::find(stop.steps, step().key) != stop.steps.end();
}

void Handling::cancel(const std::string& reason) {
  if (halt_ >= Halt::cancel) return;
  halt_reason_ = reason;
  if (phase_ == Phase::executing) return halt(Halt::cancel, Stop::gracefully);
  halt_ = Halt::cancel;
  if (phase_ == Phase::queueing) {
    bench_.gate.leave(handle());
    record(failed(run::ErrorClass::cancelled, halt_reason_));
  }
}

void Handling::wind_down() {
  if (halt_ == Halt::none) halt_ = Halt::wind_down;
  const bool has_begun =
      phase_ == Phase::executing || phase_ == Phase::recording || started_ != Started::unsaid;
  if (!has_begun) hand_back(Micros(0));
}

void Handling::abandon() {
  if (phase_ == Phase::recording) return;
  if (phase_ == Phase::executing) return halt(Halt::abandon, Stop::at_once);
  hand_back(Micros(0));
}

void Handling::lose_to(const run::Event& stored) {
  if (phase_ != Phase::executing || lost_to_) return;
  lost_to_ = stored;
  halt(Halt::lost, Stop::gracefully);
}

void Handling::leave_attempt() {
  const auto mine = bench_.executing.find(attempt_name());
  if (mine != bench_.executing.end() && mine->second == handle()) bench_.executing.erase(mine);
}

void Handling::cancel_timers() {
  for (Loop::TimerId* timer : {&started_timer_, &timeout_timer_, &silence_timer_, &waiting_timer_})
    bench_.loop.cancel(std::exchange(*timer, 0));
}

void Handling::close() {
  if (std::exchange(phase_, Phase::over) == Phase::over) return;
  cancel_timers();
  if (at_ < job_.slice.steps.size()) leave_attempt();
  bench_.gate.leave(handle());
}

void Handling::ack() {
  close();
  bench_.outbox.ack(handle());
}

void Handling::hand_back(Micros delay) {
  if (phase_ == Phase::over) return;
  close();
  bench_.outbox.hand_back(handle(), delay);
}

void Handling::yield_to_other() {
  const bool can_go = job_.again && step().effect != run::Effect::once;
  if (can_go) return ack();
  hand_back(limits::kAckWait);
}

/// The database is away.
void Handling::retry_later(void (Handling::*what)()) {
  waiting_timer_ = bench_.loop.after(limits::kLeaseRenewal, life_.guard([this, what] {
    waiting_timer_ = 0;
    (this->*what)();
  }));
}

}  // namespace callboard::worker
