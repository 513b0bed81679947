#include "loadtest/replay_log.hpp"

#include <deque>
#include <string>
#include <utility>

#include "loadtest/workflows.hpp"
#include "shared/run/decide.hpp"
#include "shared/run/fold.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/workflow/compile.hpp"

namespace callboard::loadtest {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLongFan = 998;
constexpr std::uint32_t kLongFailures = 33;
constexpr std::uint32_t kShortFailures = 2;

/// How the workers of a made-up run behave.
struct Script {
  std::string failing_step;  // its first `failures` attempts fail; "*": those of every step
  std::uint32_t failures = 0;
  bool failures_are_slow = false;  // those have a `started` of their own
  bool slow_success = false;       // and so has the failing step's success
};

RunId make_id(std::size_t number) {
  RunId id{{{0x01, 0x9a, 0, 0, 0, 0, 0x70, 0, 0x80}}};
  for (std::size_t i = 0; i < 4; ++i)
    id.uuid.bytes[12 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  return id;
}

/// Owner and workers of one run, until it is closed.
class Author {
 public:
  Author(const run::Graph& graph, RunId id, const Script& script)
      : graph_(graph), script_(script), state_(run::make_state(graph, id)) {}

  Result<std::vector<run::Event>> write() {
    run::Created created{.workflow = graph_.slug,
                         .hash = graph_.hash,
                         .inputs = "{\"payload\":" + payload() + "}",
                         .delivery = {},
                         .event_name = {}};
    created.created_at = at_;
    append(run::decision_key(0), run::EventType::run_created, run::encode_created(created));
    while (problem_ && !run::is_closed(state_.phase)) {
      if (!decide()) continue;
      if (!jobs_.empty()) {
        execute(take(jobs_));
      } else if (!timers_.empty()) {
        const run::ArmTimer timer = take(timers_);
        at_ = std::max(at_, timer.at);
        state_.attention.push_back(timer.step);
      } else {
        return fail(ErrorCode::internal, "a made-up run does not end");
      }
    }
    if (!problem_) return std::unexpected(problem_.error());
    return std::move(events_);
  }

 private:
  template <typename T>
  static T take(std::deque<T>& queue) {
    T first = std::move(queue.front());
    queue.pop_front();
    return first;
  }

  void append(std::string key, run::EventType type, std::string data) {
    at_ += 1ms;
    events_.push_back({.run = state_.id,
                       .key = std::move(key),
                       .type = type,
                       .writer = {},
                       .position = static_cast<std::int64_t>(events_.size()) + 1,
                       .at = at_,
                       .data = std::move(data)});
    if (problem_) problem_ = run::fold(graph_, state_, events_.back());
  }

  /// False if it appended a row: then there may be more to decide.
  bool decide() {
    run::Decided decided = run::decide(graph_, state_, {.now = at_});
    for (run::PublishJob& job : decided.jobs) jobs_.push_back(std::move(job));
    for (const run::ArmTimer& timer : decided.timers) {
      if (timer.step != run::kNoStep) timers_.push_back(timer);
    }
    if (!decided.row) return true;
    append(run::decision_key(decided.row->number), decided.row->list.back().type,
           run::encode_decisions(graph_, decided.row->list));
    return false;
  }

  void execute(const run::PublishJob& job) {
    const std::string& step = graph_.steps[job.steps.front()].key;
    const bool listed = script_.failing_step == "*" || script_.failing_step == step;
    const bool fails = listed && job.attempt <= script_.failures;
    if (listed && (fails ? script_.failures_are_slow : script_.slow_success))
      append(run::started_key(step, job.attempt), run::EventType::step_started, run::encode_begin(worker_));
    run::Outcome outcome{.type = fails ? run::EventType::step_failed : run::EventType::step_completed};
    if (fails) {
      outcome.error = {run::ErrorClass::network, "the connection was reset"};
    } else {
      outcome.result = "{\"payload\":" + payload() + "}";
      outcome.started_at = at_;
    }
    append(run::result_key(step, job.attempt), outcome.type, run::encode_outcome(outcome));
  }

  const run::Graph& graph_;
  const Script& script_;
  run::RunState state_;
  Result<void> problem_;
  Time at_{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1).time_since_epoch()};
  Incarnation worker_{{{0x01, 0x9a, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 9}}};
  std::vector<run::Event> events_;
  std::deque<run::PublishJob> jobs_;
  std::deque<run::ArmTimer> timers_;
};

Result<run::Graph> compile_graph(const std::string& file) {
  auto compiled = workflow::compile(file, workflow::Format::yaml, false);
  if (!compiled) return fail(ErrorCode::internal, compiled.error().front().message);
  return std::move(compiled->graph);
}

std::string with_retry(const std::string& file) {
  return file.substr(0, file.find("steps:\n")) +
         "defaults: {retry: {maxAttempts: 40, baseDelay: 10ms, maxDelay: 100ms}}\n" +
         file.substr(file.find("steps:\n"));
}

Result<void> add_run(ReplayLog& log, std::size_t graph, const Script& script) {
  LoggedRun logged{.graph = &log.graphs[graph], .id = make_id(log.runs.size()), .events = {}};
  auto events = Author(*logged.graph, logged.id, script).write();
  if (!events) return std::unexpected(events.error());
  logged.events = std::move(*events);
  log.runs.push_back(std::move(logged));
  return {};
}

Result<ReplayLog> make_log(const std::vector<std::string>& files) {
  ReplayLog log;
  for (const std::string& file : files) {
    auto graph = compile_graph(file);
    if (!graph) return std::unexpected(graph.error());
    log.graphs.push_back(std::move(*graph));
  }
  return log;
}

/// One run, every step of which fails again and again before it completes.
Result<ReplayLog> make_failing_run(const std::string& file) {
  auto log = make_log({with_retry(file)});
  if (!log) return log;
  const Script script{.failing_step = "*", .failures = kLongFailures, .failures_are_slow = true};
  if (auto added = add_run(*log, 0, script); !added) return std::unexpected(added.error());
  return log;
}

}  // namespace

Result<ReplayLog> make_short_runs(std::size_t count) {
  auto log = make_log({chain_workflow(5), fan_workflow(6), with_retry(chain_workflow(5))});
  if (!log) return log;
  const std::vector<Script> scripts{
      {}, {}, {.failing_step = "s1", .failures = kShortFailures, .slow_success = true}};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t kind = i % scripts.size();
    if (auto added = add_run(*log, kind, scripts[kind]); !added) return std::unexpected(added.error());
  }
  return log;
}

Result<ReplayLog> make_long_run() { return make_failing_run(fan_workflow(kLongFan)); }
Result<ReplayLog> make_long_chain() { return make_failing_run(chain_workflow(kLongFan + 2)); }

}  // namespace callboard::loadtest
