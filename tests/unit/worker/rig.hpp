#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "shared/log/memory/memory_log.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "tests/support/sim_loop.hpp"
#include "topics/job.hpp"
#include "topics/memory/memory_bus.hpp"
#include "worker/job_loop.hpp"
#include "worker/steps/echo.hpp"
#include "worker/steps/fail.hpp"
#include "worker/steps/noop.hpp"

namespace callboard::test {

using namespace std::chrono_literals;

/// A step that the test ends by hand.
class ManualExecutor final : public worker::Executor {
 public:
  struct Open {
    worker::StepCall call;
    worker::StepDone done;
    bool stopped = false;
  };

  explicit ManualExecutor(Loop& loop) : loop_(loop) {}
  std::string_view name() const override { return "manual"; }

  worker::Begun begin(worker::StepCall call, worker::StepDone done) override {
    begun.push_back(call.step);
    auto open = std::make_shared<Open>(Open{std::move(call), std::move(done)});
    all.push_back(open);
    return std::make_unique<Running>(*this, open);
  }
  void finish(std::size_t i, run::Outcome outcome) {
    loop_.post([open = all.at(i), outcome = std::move(outcome)]() mutable {
      if (open->done) std::exchange(open->done, nullptr)(std::move(outcome));
    });
  }

  std::vector<std::string> begun;          // keys of steps, in the order they began
  std::vector<std::shared_ptr<Open>> all;  // shared with the executions

 private:
  struct Running final : worker::Execution {
    Running(ManualExecutor& of, std::shared_ptr<Open> step) : executor(of), open(std::move(step)) {}
    ~Running() override { open->done = nullptr; }
    void stop(worker::Stop) override {
      if (std::exchange(open->stopped, true)) return;
      executor.loop_.post([step = open] {
        if (step->done) {
          std::exchange(step->done, nullptr)(worker::failed(run::ErrorClass::cancelled, "stopped"));
        }
      });
    }
    ManualExecutor& executor;
    std::shared_ptr<Open> open;
  };

  Loop& loop_;
};

/// One worker process of the simulation.
struct SimWorker {
  SimWorker(SimTime& time, const SimClock& clock, log::MemoryTables& tables, topics::MemoryBus& bus,
            std::uint8_t number, worker::Secrets worker_secrets = {}, std::uint32_t slots = 4)
      : loop(time),
        own_clock(time),
        id{Uuid{{number}}},
        log(loop, clock, tables, [this](log::CallKind) { return fate; }),
        end(bus.connect(loop)),
        source(end->make_source("default")),
        secrets(std::move(worker_secrets)) {
    executors.add(worker::make_noop(loop));
    executors.add(worker::make_echo());
    executors.add(worker::make_fail());
    auto by_hand = std::make_unique<ManualExecutor>(loop);
    manual = by_hand.get();
    executors.add(std::move(by_hand));
    worker::JobLoop::Options options;
    options.self = id;
    options.name = "worker";
    options.slots = slots;
    options.complain = [this](std::string_view message) { complaints.emplace_back(message); };
    jobs = std::make_unique<worker::JobLoop>(
        worker::JobLoop::Ports{loop, own_clock, log.events(), log.ownership(), *source, end->notices()},
        executors, secrets, std::move(options));
    jobs->start();
  }

  SimLoop loop;
  SimClock own_clock;
  Incarnation id;
  log::Fate fate;
  log::MemoryLog log;
  std::unique_ptr<topics::Bus> end;
  std::unique_ptr<topics::JobSource> source;
  worker::Secrets secrets;
  worker::Executors executors;
  ManualExecutor* manual = nullptr;
  std::vector<std::string> complaints;
  std::unique_ptr<worker::JobLoop> jobs;
};

/// A log, a bus and an owner's ears; workers come and go.
class JobLoopTest : public testing::Test {
 public:
  JobLoopTest() {
    ears->notices().on_notice([this](std::string_view bytes) {
      const auto events = topics::decode_notice(bytes);
      ASSERT_TRUE(events) << events.error().message;
      for (const auto& event : *events) noticed.push_back(event.key);
    });
    ears->notices().subscribe(0);
    ears->notices().listen(topics::Notices::Audience::dispatchers, [this](std::string_view bytes) {
      const auto said = topics::decode_presence(bytes);
      ASSERT_TRUE(said);
      presence = *said;
    });
    time.run_for(1ms);
  }

  SimWorker& add_worker(worker::Secrets secrets = {}, std::uint32_t slots = 4) {
    workers.push_back(
        std::make_unique<SimWorker>(time, clock, tables, bus, ++last_worker, std::move(secrets), slots));
    time.run_for(10ms);
    return *workers.back();
  }
  /// kill -9
  void kill(SimWorker& victim) {
    std::erase_if(workers, [&](const auto& worker) { return worker.get() == &victim; });
  }

  static run::SliceStep make_step(std::string key, std::string executor, std::string params = "{}",
                                  run::Effect effect = run::Effect::none) {
    run::SliceStep step;
    step.key = std::move(key);
    step.executor = std::move(executor);
    step.params = expression::Rendered{std::move(params), {}};
    step.timeout = 60s;
    step.effect = effect;
    return step;
  }
  topics::Job make_job(std::vector<run::SliceStep> steps) const {
    topics::Job job;
    job.slice.run = run;
    job.slice.steps = std::move(steps);
    job.workflow = "test";
    job.published_at = clock.now();
    return job;
  }
  void publish(const topics::Job& job) { publish_bytes(topics::encode_job(job)); }
  void publish_bytes(std::string bytes) { publish_as("job-" + std::to_string(++last_job), std::move(bytes)); }
  void publish_as(const std::string& id, std::string bytes) {
    ears->jobs().publish("default", id, std::move(bytes), [](Result<topics::Receipt>) {});
  }

  const run::Event* find_event(const std::string& key) const {
    const auto found = tables.events.find({run, key});
    return found == tables.events.end() ? nullptr : &found->second;
  }
  /// Waits for the outcome of an attempt.
  run::Outcome outcome(const std::string& step, std::uint32_t attempt = 1) {
    const std::string key = run::result_key(step, attempt);
    EXPECT_TRUE(time.run_until([&] { return find_event(key) != nullptr; }, 30s)) << key;
    const run::Event* event = find_event(key);
    if (event == nullptr) return {};
    auto decoded = run::decode_outcome(event->type, event->data);
    EXPECT_TRUE(decoded);
    return decoded ? *decoded : run::Outcome();
  }
  void append(run::EventType type, const std::string& key, std::string data, std::int64_t writer = 1) {
    run::Event event;
    event.run = run;
    event.key = key;
    event.type = type;
    event.writer = Writer{writer};
    event.data = std::move(data);
    tables.insert(std::move(event));
  }
  bool bus_is_empty(Micros within = 5s) {
    time.run_for(1ms);  // what was published arrives
    const bool is_empty = time.run_until([&] { return bus.size() == 0; }, within);
    time.run_for(1ms);  // what was said is heard
    return is_empty;
  }

  SimTime time;
  SimClock clock{time};
  SimLoop loop{time};
  log::MemoryTables tables{clock};
  topics::MemoryBus bus{loop, clock};
  std::unique_ptr<topics::Bus> ears = bus.connect(loop);
  RunId run{Uuid{{7}}};
  std::vector<std::string> noticed;
  topics::Presence presence;
  std::vector<std::unique_ptr<SimWorker>> workers;
  std::uint8_t last_worker = 0;
  int last_job = 0;
};

}  // namespace callboard::test
