#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dispatcher/engine/engine.hpp"
#include "shared/base/check.hpp"
#include "shared/log/memory/memory_log.hpp"
#include "shared/run/admission.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/value/read.hpp"
#include "tests/support/sim_loop.hpp"
#include "topics/job.hpp"
#include "topics/memory/memory_bus.hpp"

/// What the processes of a simulation share, and a dispatcher process whose every part is real but its ports.
namespace callboard::test {

/// Runs of simulations are short.
inline constexpr std::uint32_t kStoredFoldEvents = 3;

using Graphs = std::map<std::string, dispatcher::GraphPtr>;  // by hash

/// Database, bus and time. Outlives the processes.
struct SimHouse {
  explicit SimHouse(topics::MessageFaults* faults = nullptr) : bus(broker_loop, database_clock, faults) {}

  void define(run::Graph graph, bool segments = true) {
    run::link(graph, segments);
    const std::string hash = graph.hash;
    log::Definition definition;
    definition.slug = graph.slug;
    definition.hash = hash;
    tables.definitions[hash] = definition;
    graphs[hash] = std::make_shared<const run::Graph>(std::move(graph));
  }
  std::vector<run::Event> events_of(const RunId& run) const {
    std::vector<run::Event> out;
    for (const auto& [position, key] : tables.positions) {
      if (key.first == run) out.push_back(tables.events.at(key));
    }
    return out;
  }
  run::RunPhase phase_of(const RunId& run) const { return tables.heads.at(run).phase; }
  bool is_closed(const RunId& run) const { return run::is_closed(phase_of(run)); }

  SimTime time;
  SimClock database_clock{time};
  SimLoop broker_loop{time};
  log::MemoryTables tables{database_clock};
  topics::MemoryBus bus;
  Graphs graphs;
};

/// Graphs as compiled once by the test.
class SimDefinitions final : public dispatcher::Definitions {
 public:
  SimDefinitions(Loop& loop, const Graphs& graphs) : loop_(loop), graphs_(graphs) {}

  void load(std::string hash, log::Done<dispatcher::GraphPtr> done) override {
    loop_.post([this, hash = std::move(hash), done = std::move(done)]() mutable {
      const auto found = graphs_.find(hash);
      if (found == graphs_.end()) return done(fail(ErrorCode::not_found, "no definition " + hash));
      done(found->second);
    });
  }
  void remember(dispatcher::GraphPtr) override {}

 private:
  Loop& loop_;
  const Graphs& graphs_;
};

/// Children are of definitions by their slugs; what they are given is what they get.
class SimCallees final : public dispatcher::Callees {
 public:
  SimCallees(Loop& loop, const Graphs& graphs) : loop_(loop), graphs_(graphs) {}

  void find(Wanted wanted, log::Done<Callee> done) override {
    loop_.post([this, wanted = std::move(wanted), done = std::move(done)]() mutable {
      for (const auto& [hash, graph] : graphs_) {
        const bool is_wanted =
            wanted.definition.empty() ? graph->slug == wanted.workflow : hash == wanted.definition;
        if (is_wanted) return done(Callee{graph, std::move(wanted.inputs)});
      }
      done(fail(ErrorCode::not_found, "there is no workflow \"" + wanted.workflow + "\""));
    });
  }
  const std::string& vars() const override { return vars_; }

 private:
  Loop& loop_;
  const Graphs& graphs_;
  std::string vars_ = "{}";
};

/// Shows a test each job that a dispatcher is about to publish.
class SeenPublisher final : public topics::JobPublisher {
 public:
  using Saw = std::function<void(const topics::Job&)>;
  SeenPublisher(topics::JobPublisher& jobs, Saw saw) : jobs_(jobs), saw_(std::move(saw)) {}

  void publish(std::string_view pool, std::string_view id, std::string bytes, Published done) override {
    if (saw_) saw_(*topics::decode_job(bytes));
    jobs_.publish(pool, id, std::move(bytes), std::move(done));
  }
  void probe(const topics::Receipt& receipt, std::string_view id, Probed done) override {
    jobs_.probe(receipt, id, std::move(done));
  }

 private:
  topics::JobPublisher& jobs_;
  Saw saw_;
};

/// One dispatcher process without its HTTP. Destroying it is kill -9.
class SimDispatcher {
 public:
  SimDispatcher(SimHouse& house, std::uint64_t seed, log::Fates fates = {}, SeenPublisher::Saw saw = {})
      : house_(house),
        random_(seed),
        loop_(house.time),
        clock_(house.time),
        self_{make_uuid(clock_.now(), random_)},
        log_(loop_, clock_, house.tables, std::move(fates)),
        end_(house.bus.connect(loop_)),
        jobs_(end_->jobs(), std::move(saw)),
        definitions_(loop_, house.graphs),
        callees_(loop_, house.graphs) {
    dispatcher::Engine::Options options;
    options.self = self_;
    options.name = "dispatcher " + std::to_string(seed);
    options.on_database_time = [this](Time at, Steady) { clock_.measure(at); };
    options.stored_fold_events = kStoredFoldEvents;
    options.on_refused_fold = [this](const RunId&, const std::string& why) { refused_folds_.push_back(why); };
    engine_.emplace(dispatcher::Engine::Ports{loop_, clock_, random_, log_.events(), log_.ownership(),
                                              log_.slots(), log_.library(), log_.folds(), log_.listeners(),
                                              definitions_, callees_, jobs_, end_->notices(), end_->health()},
                    std::move(options));
    engine_->start();
  }

  /// Accepts a run as the API does: committed first, then handed to the engine. Nothing if the process did
  /// not hear so. The same cause again is the same run; the id given back is then of a run that was not made.
  RunId start_run(const std::string& hash, std::string inputs = "{}", std::string cause = {}) {
    const dispatcher::GraphPtr graph = house_.graphs.at(hash);
    log::NewRun run;
    run.id = engine_->make_run_id();
    run.partition = partition_of(run.id, engine_->partition_count());
    run.workflow = graph->slug;
    run.hash = hash;
    run.writer = engine_->next_writer();
    run.inbox = !engine_->owns(run.partition);
    run::Created created;
    created.workflow = graph->slug;
    created.hash = hash;
    created.inputs = std::move(inputs);
    created.source = cause.empty() ? "api" : "github";
    created.created_at = clock_.now();
    CALLBOARD_CHECK(run::render_created(*graph, run.id, nullptr, created));
    created.untrusted = created.needs_approval = is_from_outside(cause);
    if (created.group && !created.needs_approval) run.group = created.group->name;
    if (created.rate && !created.needs_approval) run.rate = created.rate->name;
    run.created = run::encode_created(created);
    log::Arrival arrival;
    arrival.runs.push_back(run);
    if (!cause.empty()) {
      arrival.origin_kind = "sim";
      arrival.origin = cause;
    }
    log_.intake().accept(std::move(arrival), clock_.steady() + limits::kIngressHold,
                         [this, run, graph](Result<log::Arrived> arrived) {
                           if (!arrived) return;
                           accepted_.push_back(arrived->runs.front());
                           if (!arrived->duplicate) engine_->adopt(run, graph, nullptr, arrived->at);
                         });
    return run.id;
  }

  /// Some causes come from people outside: their runs must be approved.
  static bool is_from_outside(const std::string& cause) { return cause.ends_with('3'); }

  void cancel(const RunId& run) { command(run, {.name = "cancel", .actor = "test"}); }
  void command(const RunId& run, const run::Command& asked) {
    tell(run, run::command_key(next_id()), run::EventType::command_received, run::encode_command(asked));
  }
  /// As the API does: a decision under that number, if it is still free.
  void migrate(const RunId& run, std::uint32_t number, const run::Graph& to) {
    run::Decision decision{.type = run::EventType::run_migrated};
    decision.definition = to.hash;
    log::Append row;
    row.key = run::decision_key(number);
    row.type = decision.type;
    row.data = run::encode_decisions(to, {decision});
    row.migrates = to.hash;
    tell(run, std::move(row));
  }
  /// As the API does: in the log first, then every dispatcher is told.
  void pause(std::string scope, std::string name = {}) {
    log_.pauses().set({std::move(scope), std::move(name), {}, "test", {}}, [this](Result<log::Pause> stands) {
      if (stands) engine_->tell_of_pauses([] {});
    });
  }
  void lift(std::string scope, std::string name = {}) {
    log_.pauses().lift(std::move(scope), std::move(name), [this](Result<bool> stood) {
      if (stood) engine_->tell_of_pauses([] {});
    });
  }
  void signal(const RunId& run, std::string name) {
    tell(run, run::signal_key(next_id()), run::EventType::signal_received,
         run::encode_signal({.name = std::move(name)}));
  }

  /// As the API does: an inbox row with it, and the owner, if it is this process, is told at once.
  void tell(const RunId& run, std::string key, run::EventType type, std::string data) {
    log::Append row;
    row.key = std::move(key);
    row.type = type;
    row.data = std::move(data);
    tell(run, std::move(row));
  }
  void tell(const RunId& run, log::Append row) {
    row.run = run;
    row.writer = engine_->next_writer();
    row.inbox = true;
    log_.events().append(std::move(row), [this](Result<log::Appended> appended) {
      if (appended) engine_->notice(appended->stored);
    });
  }

  /// An event comes in; it starts nothing. Nothing if this process did not hear that it is stored.
  DeliveryId deliver(std::string event, std::string body = "{}", std::string source = "github") {
    log::Arrival arrival;
    arrival.delivery = log::Delivery{.id = DeliveryId{make_uuid(clock_.now(), random_)},
                                     .source = std::move(source),
                                     .external_id = {},
                                     .event = std::move(event),
                                     .at = {},
                                     .headers = "{}",
                                     .body = std::move(body),
                                     .verdicts = {},
                                     .matched_against = {}};
    const DeliveryId id = arrival.delivery->id;
    log_.intake().accept(std::move(arrival), clock_.steady() + limits::kIngressHold,
                         [](const Result<log::Arrived>&) {});
    return id;
  }

  dispatcher::Engine& engine() { return *engine_; }
  SimLoop& loop() { return loop_; }
  SimClock& clock() { return clock_; }
  const Incarnation& self() const { return self_; }
  /// Runs whose acceptance this process has heard of: what it has promised.
  const std::vector<RunId>& accepted() const { return accepted_; }
  /// Why stored folds were of no use.
  const std::vector<std::string>& refused_folds() const { return refused_folds_; }

 private:
  std::string next_id() { return "person-" + std::to_string(random_.next() % 1'000'000'000); }

  SimHouse& house_;
  SimRandom random_;
  SimLoop loop_;
  SimClock clock_;
  Incarnation self_;
  log::MemoryLog log_;
  std::unique_ptr<topics::Bus> end_;
  SeenPublisher jobs_;
  SimDefinitions definitions_;
  SimCallees callees_;
  std::optional<dispatcher::Engine> engine_;
  std::vector<RunId> accepted_;
  std::vector<std::string> refused_folds_;
};

/// A rule made by hand: events of GitHub of this name, with an `if` where one is given.
inline run::EventRule make_rule(std::string event, const std::string& condition = {}) {
  run::EventRule rule{.source = "github",
                      .keys = {event.substr(0, event.find('.'))},
                      .text = "github " + event,
                      .accepts = [event](std::string_view source, std::string_view name,
                                         const Value&) { return source == "github" && name == event; },
                      .condition = {}};
  if (!condition.empty()) rule.condition = *expression::parse_expression(condition);
  return rule;
}

/// A step of a graph made by hand.
inline run::Step make_step(std::string key, std::string executor = "noop",
                           std::vector<run::StepIndex> depends_on = {}, std::string_view params = "{}") {
  run::Step step;
  step.key = std::move(key);
  step.executor = std::move(executor);
  step.depends_on = std::move(depends_on);
  step.held = step.executor == "sleep" || step.executor == "wait" || step.executor == "workflow" ||
              step.executor == "continueAs";
  step.params = *expression::make_template(*read_json(params));
  return step;
}

inline run::Graph make_graph(std::string name, std::vector<run::Step> steps) {
  run::Graph graph;
  graph.name = graph.slug = graph.hash = std::move(name);
  graph.steps = std::move(steps);
  return graph;
}

}  // namespace callboard::test
