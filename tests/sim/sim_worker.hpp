#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "tests/support/sim_house.hpp"
#include "worker/job_loop.hpp"

namespace callboard::test {

/// Every execution of every attempt, by the executor's own account.
struct Executions {
  using Attempt = std::tuple<RunId, std::string, std::uint32_t, std::uint32_t>;  // step, attempt, generation
  struct Count {
    std::uint32_t begun = 0;
    Steady first{};
  };
  std::map<Attempt, Count> counts;
};

/// Takes a while, and ends as chance has it: the same for every execution of an attempt.
class ChanceExecutor final : public worker::Executor {
 public:
  ChanceExecutor(SimLoop& loop, SimClock& clock, Executions& executions)
      : loop_(loop), clock_(clock), executions_(executions) {}

  bool is_poisoned() const { return poisoned_; }
  std::string_view name() const override { return "chance"; }
  worker::Begun begin(worker::StepCall call, worker::StepDone done) override {
    if (is_poison(call)) {
      poisoned_ = true;
      loop_.freeze();  // nothing of this process runs any more, until somebody finds it dead
    }
    auto& count = executions_.counts[{call.run, call.step, call.attempt, call.generation}];
    if (count.begun++ == 0) count.first = clock_.steady();
    SimRandom chance(stable_hash(call.run.uuid.bytes) ^
                     stable_hash(call.step, call.attempt + 100 * call.generation));
    run::Outcome outcome = outcome_of(chance);
    if (chance.chance(40)) return outcome;
    return std::make_unique<Running>(loop_, duration_of(chance), std::move(outcome), std::move(done));
  }

 private:
  class Running final : public worker::Execution {
   public:
    Running(SimLoop& loop, Micros duration, run::Outcome outcome, worker::StepDone done)
        : loop_(loop), outcome_(std::move(outcome)), done_(std::move(done)) {
      timer_ = loop_.after(duration, [this] { done_(std::move(outcome_)); });
    }
    ~Running() override { loop_.cancel(timer_); }
    void stop(worker::Stop) override {
      loop_.cancel(timer_);
      timer_ = loop_.after(std::chrono::milliseconds(1),
                           [this] { done_(worker::failed(run::ErrorClass::cancelled, "stopped")); });
    }

   private:
    SimLoop& loop_;
    run::Outcome outcome_;
    worker::StepDone done_;
    Loop::TimerId timer_ = 0;
  };

  /// A few steps kill every worker that executes them.
  static bool is_poison(const worker::StepCall& call) {
    SimRandom chance(stable_hash(call.run.uuid.bytes) ^ stable_hash(call.step, 7));
    return chance.below(400) == 0;
  }
  static run::Outcome outcome_of(SimRandom& chance) {
    if (chance.chance(8)) return worker::failed(run::ErrorClass::network, "by chance");
    if (chance.chance(3)) return worker::failed(run::ErrorClass::validation, "by chance");
    run::Outcome outcome;
    outcome.result = R"({"n":)" + std::to_string(chance.below(100)) + "}";
    return outcome;
  }
  static Micros duration_of(SimRandom& chance) {
    const std::uint64_t longest = chance.chance(10) ? 6'000'000 : 200'000;
    return Micros(static_cast<std::int64_t>(1'000 + chance.below(longest)));
  }

  SimLoop& loop_;
  SimClock& clock_;
  Executions& executions_;
  bool poisoned_ = false;
};

/// Shows a test each job that a worker says is done.
class SeenSource final : public topics::JobSource {
 public:
  using Saw = std::function<void(const topics::Job&)>;
  SeenSource(std::unique_ptr<topics::JobSource> source, Saw saw)
      : source_(std::move(source)), saw_(std::move(saw)) {}

  void start(OnJob on_job) override {
    source_->start([this, on_job = std::move(on_job)](topics::JobDelivery delivery) mutable {
      if (auto job = topics::decode_job(delivery.bytes)) held_[delivery.handle] = std::move(*job);
      on_job(std::move(delivery));
    });
  }
  void ack(std::uint64_t handle) override {
    const auto held = held_.extract(handle);
    if (!held.empty()) saw_(held.mapped());
    source_->ack(handle);
  }
  void hand_back(std::uint64_t handle, Micros delay) override {
    held_.erase(handle);
    source_->hand_back(handle, delay);
  }
  void want(std::uint32_t slots) override { source_->want(slots); }
  void renew(const std::vector<std::uint64_t>& handles) override { source_->renew(handles); }
  void stop(Task stopped) override { source_->stop(std::move(stopped)); }

 private:
  std::unique_ptr<topics::JobSource> source_;
  Saw saw_;
  std::map<std::uint64_t, topics::Job> held_;
};

/// One worker process. Destroying it is kill -9.
class SimWorker {
 public:
  SimWorker(SimHouse& house, std::uint64_t seed, Executions& executions, log::Fates fates,
            SeenSource::Saw acked)
      : random_(seed),
        loop_(house.time),
        clock_(house.time),
        self_{make_uuid(clock_.now(), random_)},
        log_(loop_, clock_, house.tables, std::move(fates)),
        end_(house.bus.connect(loop_)),
        source_(end_->make_source("default"), std::move(acked)) {
    auto chance = std::make_unique<ChanceExecutor>(loop_, clock_, executions);
    chance_ = chance.get();
    executors_.add(std::move(chance));
    worker::JobLoop::Options options;
    options.self = self_;
    options.name = "worker " + std::to_string(seed);
    options.slots = 4;
    options.on_database_time = [this](Time at, Steady) { clock_.measure(at); };
    options.complain = [](std::string_view) {};
    job_loop_.emplace(
        worker::JobLoop::Ports{loop_, clock_, log_.events(), log_.ownership(), source_, end_->notices()},
        executors_, secrets_, std::move(options));
    job_loop_->start();
  }

  SimLoop& loop() { return loop_; }
  SimClock& clock() { return clock_; }
  /// It has begun a step that kills its worker.
  bool is_poisoned() const { return chance_->is_poisoned(); }

 private:
  SimRandom random_;
  SimLoop loop_;
  SimClock clock_;
  Incarnation self_;
  log::MemoryLog log_;
  std::unique_ptr<topics::Bus> end_;
  const ChanceExecutor* chance_ = nullptr;
  SeenSource source_;
  worker::Executors executors_;
  worker::Secrets secrets_;
  std::optional<worker::JobLoop> job_loop_;
};

}  // namespace callboard::test
