#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/check.hpp"
#include "shared/run/admission.hpp"
#include "shared/run/decide.hpp"
#include "shared/run/fold.hpp"
#include "shared/run/items.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/value/read.hpp"

/// Graphs and events of runs in a few words, for tests.
namespace callboard::test {

using namespace std::chrono_literals;

/// A broken test, not a failed one.
template <typename T>
T must(Result<T> result) {
  if (!result) check_failed(result.error().message.c_str(), __FILE__, __LINE__);
  return std::move(*result);
}
inline void must(const Result<void>& result) {
  if (!result) check_failed(result.error().message.c_str(), __FILE__, __LINE__);
}

/// A rule made by hand: events of GitHub of this name, with an `if` where one is given.
inline run::EventRule make_event_rule(std::string event, const std::string& condition = {}) {
  run::EventRule rule{.source = "github",
                      .keys = {event.substr(0, event.find('.'))},
                      .text = "github " + event,
                      .accepts = [event](std::string_view source, std::string_view name,
                                         const Value&) { return source == "github" && name == event; },
                      .condition = {}};
  if (!condition.empty()) rule.condition = must(expression::parse_expression(condition));
  return rule;
}

/// GraphBuilder().step("a").step("b").after("a").when("success()").build(): the words behind step() are about
/// the last one. Steps are noops with effect none.
class GraphBuilder {
 public:
  GraphBuilder& step(std::string key) {
    run::Step made;
    made.key = std::move(key);
    made.executor = "noop";
    graph_.steps.push_back(std::move(made));
    return *this;
  }
  template <typename... Keys>
  GraphBuilder& after(const Keys&... keys) {
    for (const std::string_view key : {std::string_view(keys)...}) {
      const auto found = std::ranges::find(graph_.steps, key, &run::Step::key);
      CALLBOARD_CHECK(found != graph_.steps.end());
      last().depends_on.push_back(static_cast<run::StepIndex>(found - graph_.steps.begin()));
    }
    std::ranges::sort(last().depends_on);
    return *this;
  }
  GraphBuilder& when(const std::string& condition) {
    last().condition = must(expression::parse_expression(condition));
    return *this;
  }
  /// A map over what the expression gives.
  GraphBuilder& each(const std::string& items, std::uint32_t max_parallel = limits::kItems) {
    last().for_each = must(expression::parse_expression(items));
    last().max_parallel = max_parallel;
    return *this;
  }
  GraphBuilder& params(std::string_view json) {
    last().params = must(expression::make_template(must(read_json(json))));
    return *this;
  }
  GraphBuilder& retry(std::uint32_t max_attempts) {
    last().retry = {.max_attempts = max_attempts, .jitter = 0, .classes = run::default_retry_classes()};
    return *this;
  }
  GraphBuilder& until(const std::string& condition) {
    last().until = must(expression::parse_expression(condition));
    return *this;
  }
  /// The last one takes back what this one did.
  GraphBuilder& undoes(std::string_view key) {
    const auto undone = std::ranges::find(graph_.steps, key, &run::Step::key);
    CALLBOARD_CHECK(undone != graph_.steps.end());
    undone->undo = static_cast<run::StepIndex>(graph_.steps.size() - 1);
    last().for_each = undone->for_each;
    last().max_parallel = undone->max_parallel;
    return when("failure() || cancelled()");
  }
  /// The steps between these two are a group, which the last of them ends.
  GraphBuilder& group(std::string_view begin, std::string_view end) {
    const auto first = std::ranges::find(graph_.steps, begin, &run::Step::key);
    const auto last = std::ranges::find(graph_.steps, end, &run::Step::key);
    CALLBOARD_CHECK(first < last && last != graph_.steps.end());
    const auto place = [&](auto at) { return static_cast<run::StepIndex>(at - graph_.steps.begin()); };
    for (auto step = first; step != last; ++step) step->group_end = place(last);
    first->group_part = run::GroupPart::begin;
    last->group_part = run::GroupPart::end;
    last->group_begin = place(first);
    first->held = last->held = true;
    return *this;
  }
  GraphBuilder& sleep(std::string_view json) {
    last().executor = "sleep";
    last().held = true;
    return params(json);
  }
  GraphBuilder& wait(std::string_view json, Micros timeout = limits::kRunTimeout) {
    last().executor = "wait";
    last().held = true;
    last().timeout = timeout;
    return params(json);
  }
  GraphBuilder& approval(std::string_view json, Micros timeout = limits::kRunTimeout) {
    wait(json, timeout);
    last().executor = "approval";
    return *this;
  }
  /// A step that starts runs (`workflow`).
  GraphBuilder& child(std::string_view json, Micros timeout = limits::kRunTimeout) {
    wait(json, timeout);
    last().executor = "workflow";
    return *this;
  }
  GraphBuilder& continue_as(std::string_view json) {
    wait(json);
    last().executor = "continueAs";
    return *this;
  }
  GraphBuilder& once(run::OnLost on_lost = run::OnLost::ask) {
    last().effect = run::Effect::once;
    last().on_lost = on_lost;
    return *this;
  }
  GraphBuilder& continue_on_error() {
    last().continue_on_error = true;
    return *this;
  }
  GraphBuilder& edit(const std::function<void(run::Step&)>& change) {
    change(last());
    return *this;
  }
  GraphBuilder& outputs(std::string_view json) {
    graph_.outputs = must(expression::make_template(must(read_json(json))));
    return *this;
  }
  GraphBuilder& concurrency(std::string_view group, std::uint32_t limit = 1,
                            run::OnExcess on_excess = run::OnExcess::queue) {
    graph_.concurrency =
        run::Concurrency{.group = must(expression::parse_text(group, expression::Opening::dollar_brace)),
                         .limit = limit,
                         .on_excess = on_excess};
    return *this;
  }
  GraphBuilder& cancel_on(run::EventRule rule) {
    graph_.cancel_on.push_back(std::move(rule));
    return *this;
  }
  GraphBuilder& throttle(std::string_view key, std::uint32_t limit, Micros per) {
    graph_.throttle =
        run::Throttle{.key = must(expression::parse_text(key, expression::Opening::dollar_brace)),
                      .limit = limit,
                      .per = per};
    return *this;
  }
  GraphBuilder& timeout(Micros timeout) {
    graph_.timeout = timeout;
    return *this;
  }
  run::Graph build(bool segments = false) {
    graph_.name = graph_.slug = "test";
    graph_.hash = std::string(64, '0');
    run::link(graph_, segments);
    return std::move(graph_);
  }

 private:
  run::Step& last() { return graph_.steps.back(); }

  run::Graph graph_;
};

inline const RunId kRun{{{0x01, 0x9a, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 7}}};
inline const Incarnation kWorker{{{0x01, 0x9a, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 9}}};
inline const Time kStart{std::chrono::sys_days(std::chrono::year(2026) / 11 / 21).time_since_epoch()};

/// Makes the events of one run. `at` goes on by a millisecond an event unless it is set.
class History {
 public:
  explicit History(const run::Graph& graph, RunId id = kRun) : graph_(graph), id_(id) {}

  Time at = kStart;
  std::uint32_t generation = 1;  // of the facts of attempts

  run::Event event(std::string key, run::EventType type, std::string data) {
    at += 1ms;
    return {.run = id_,
            .key = std::move(key),
            .type = type,
            .writer = {},
            .position = ++position_,
            .at = at,
            .data = std::move(data)};
  }
  /// `outside`: people from outside caused it, and a person must approve it.
  run::Event created(std::string inputs = "{}", bool outside = false) {
    run::Created created{.workflow = graph_.slug,
                         .hash = graph_.hash,
                         .inputs = std::move(inputs),
                         .delivery = {},
                         .event_name = {}};
    created.created_at = at;
    created.untrusted = created.needs_approval = outside;
    must(run::render_created(graph_, id_, nullptr, created));
    return event("d/0", run::EventType::run_created, run::encode_created(created));
  }
  run::Event started(const std::string& step, std::uint32_t attempt = 1) {
    return event(run::started_key(step, attempt, generation), run::EventType::step_started,
                 run::encode_begin(kWorker));
  }
  run::Event completed(const std::string& step, std::string result = "{}", std::uint32_t attempt = 1) {
    return outcome(step, attempt, {.type = run::EventType::step_completed, .result = std::move(result)});
  }
  run::Event failed(const std::string& step, run::ErrorClass error_class, std::uint32_t attempt = 1,
                    std::string message = "no luck") {
    return outcome(step, attempt,
                   {.type = run::EventType::step_failed, .error = {error_class, std::move(message)}});
  }
  run::Event lost(const std::string& step, std::uint32_t attempt = 1) {
    return outcome(step, attempt,
                   {.type = run::EventType::step_lost, .error = {run::ErrorClass::lost, "the worker died"}});
  }
  run::Event outcome(const std::string& step, std::uint32_t attempt, const run::Outcome& outcome) {
    return event(run::result_key(step, attempt, generation), outcome.type, run::encode_outcome(outcome));
  }
  run::Event command(const std::string& id, const run::Command& asked) {
    return event(run::command_key(id), run::EventType::command_received, run::encode_command(asked));
  }
  run::Event command(const std::string& id, std::string name) {
    return command(id, run::Command{.name = std::move(name), .actor = "somebody", .generation = generation});
  }
  run::Event cancel(const std::string& id = "c1") {
    return command(id, run::Command{.name = "cancel", .actor = "somebody"});
  }
  run::Event signal(const std::string& id, std::string name, std::string data = "null") {
    return event(run::signal_key(id), run::EventType::signal_received,
                 run::encode_signal({std::move(name), std::move(data)}));
  }
  run::Event decided(std::uint32_t number, const std::vector<run::Decision>& list) {
    return event(run::decision_key(number), list.back().type, run::encode_decisions(graph_, list));
  }
  run::Event decided(const run::DecisionRow& row) { return decided(row.number, row.list); }

 private:
  const run::Graph& graph_;
  RunId id_;
  std::int64_t position_ = 0;
};

/// One owner's view of a run: folds what it is given, decides, and appends its own rows at once.
class Play {
 public:
  explicit Play(run::Graph made, bool outside = false)
      : graph(std::move(made)), history(graph), state(run::make_state(graph, kRun)) {
    fold(history.created("{}", outside));
  }
  Play(const Play&) = delete;
  Play& operator=(const Play&) = delete;

  run::Graph graph;
  History history;
  run::RunState state;
  std::vector<run::Event> events;  // all that was folded, in that order
  bool workers_stopped = false;
  std::optional<run::Hold> hold{};  // that stands over the run

  void fold(const run::Event& event) {
    events.push_back(event);
    must(run::fold(graph, state, event));
  }
  run::Decided decide() {
    const run::Hold* const held = hold ? &*hold : nullptr;
    return run::decide(graph, state, {.now = history.at, .workers_stopped = workers_stopped, .hold = held});
  }
  /// Decides until nothing new is decided; the jobs and timers of all rounds, the row of the last that had
  /// one.
  run::Decided settle() {
    run::Decided all;
    for (;;) {
      run::Decided decided = decide();
      all.jobs.insert(all.jobs.end(), decided.jobs.begin(), decided.jobs.end());
      all.timers.insert(all.timers.end(), decided.timers.begin(), decided.timers.end());
      all.stop_workers |= decided.stop_workers;
      if (!decided.row) return all;
      fold(history.decided(*decided.row));
      all.row = std::move(decided.row);
    }
  }
  /// The workers of a run that cancels have stopped.
  run::Decided stop_workers() {
    workers_stopped = true;
    state.attention_run = true;
    return settle();
  }
  /// Somebody cancels the run, and its workers stop.
  run::Decided cancel() {
    fold(history.cancel());
    settle();
    return stop_workers();
  }
  /// The time has come for a timer of this step (kNoStep: of the run).
  run::Decided wake(run::StepIndex step, Time now) {
    history.at = now;
    if (step == run::kNoStep)
      state.attention_run = true;
    else
      state.attention.push_back(step);
    return settle();
  }
  /// "build", or "build[3]".
  const run::StepState& step(std::string_view key) const {
    return state.steps[run::find_place(graph, state, key)];
  }
  run::StepPhase phase(std::string_view key) const { return step(key).phase; }
};

/// "a b+c": the jobs in the order in which they were decided, lines with +, attempts beyond the first with #.
inline std::string names(const run::Graph& graph, const run::RunState& state,
                         const std::vector<run::PublishJob>& jobs) {
  std::string out;
  for (const run::PublishJob& job : jobs) {
    if (!out.empty()) out += ' ';
    for (const run::StepIndex step : job.steps) {
      if (step != job.steps.front()) out += '+';
      out += run::key_of(graph, state, step);
      if (step == job.steps.front() && job.attempt > 1) out += '#' + std::to_string(job.attempt);
    }
  }
  return out;
}

inline std::string names(const Play& play, const std::vector<run::PublishJob>& jobs) {
  return names(play.graph, play.state, jobs);
}

/// Everything of a state that a fold makes, but for attention: what must not depend on the order of events.
inline std::string describe(const run::Graph& graph, const run::RunState& state) {
  const auto micros = [](Time at) { return std::to_string(at.time_since_epoch().count()); };
  const auto error = [](const run::StepError& of) {
    return std::string(to_string(of.error_class)) + ":" + of.message;
  };
  std::string out =
      "run " + std::string(to_string(state.phase)) + " rows " + std::to_string(state.decisions) + " open " +
      std::to_string(state.open_steps) + (state.failed ? " failed" : "") + " generation " +
      std::to_string(state.generation) + (state.queued ? " queued" : "") +
      (state.created.needs_approval ? " unapproved" : "") + (state.created.untrusted ? " untrusted" : "") +
      " begun " + micros(state.begun_at) + " opened " + micros(state.opened_at) + " paused " +
      micros(state.paused_at) + (state.paused.by_person ? " by a person" : "") + " by " + state.paused.scope +
      " " + state.paused.why + " for " + std::to_string(state.paused_for.count()) +
      (state.closing ? " closing " + error(*state.closing) : "") + " latest " + micros(state.latest_at) +
      " closed " + micros(state.closed_at) + " outputs " + state.outputs + " error " + error(state.error) +
      " later " + std::to_string(state.later_decisions.size()) + " later facts " +
      std::to_string(state.later_facts.size()) + " inputs " + state.created.inputs + "\n";
  for (const auto& [key, pending] : state.commands) out += "asked " + key + " " + pending.command.name + "\n";
  for (const auto& [key, pending] : state.signals) out += "signal " + key + "\n";
  for (const std::string& key : state.consumed) out += "consumed " + key + "\n";
  for (const auto& [of, map] : state.maps) {
    out += "map " + std::to_string(of) + (map.has_begun ? " of " : " before ") + std::to_string(map.count) +
           " opened " + std::to_string(map.opened) + " begun " + micros(map.begun_at) + " ends";
    for (const Time end : map.ends) out += " " + micros(end);
    out += "\n";
  }
  run::each_place(graph, state, [&](run::StepIndex place) {
    const run::StepState& step = state.steps[place];
    out += run::key_of(graph, state, place) + " ";
    out += std::to_string(static_cast<int>(step.phase)) + " g" + std::to_string(step.generation) +
           (step.kept ? " kept" : "") + (step.decided ? " decided" : "") + " #" +
           std::to_string(step.attempt) + " deps " + std::to_string(step.open_dependencies) +
           (step.settled ? " settled" : "") + (step.left_open ? " left" : "") +
           (step.below_failure ? " below" : "") + " " + step.result + " " + error(step.error) + " ready " +
           micros(step.ready_at) + " started " + micros(step.started_at) + " closed " +
           micros(step.closed_at) + " retry " + micros(step.retry_at) + " by " + to_string(step.worker) +
           " usage " + step.usage + " admitted " + std::to_string(step.admitted) + " early";
    for (const run::Event& event : step.early) out += " " + event.key;
    out += "\n";
  });
  return out;
}

}  // namespace callboard::test
