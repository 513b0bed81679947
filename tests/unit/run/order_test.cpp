#include <gtest/gtest.h>

#include <set>
#include <span>

#include "shared/run/listening.hpp"
#include "shared/run/stored_fold.hpp"
#include "shared/run/waiting.hpp"
#include "tests/support/run_builder.hpp"
#include "tests/support/sim_loop.hpp"

// Random graphs, random worlds: whatever the order in which the events of a run are folded, the state is the
// same and the same follows from it; and at every moment an open run names what it waits for.
namespace callboard::run {
namespace {

using namespace std::chrono_literals;
using test::describe;
using test::History;
using test::must;
using test::SimRandom;

constexpr int kSeeds = 400;

std::optional<expression::Expression> random_condition(SimRandom& random) {
  static const char* const kConditions[] = {"true",         "false",        "always()",
                                            "failure()",    "success()",    "cancelled()",
                                            "!cancelled()", "inputs.n > 3", "secrets.TOKEN"};
  if (random.chance(60)) return std::nullopt;
  return must(expression::parse_expression(kConditions[random.below(std::size(kConditions))]));
}

/// Behind some of the others, with one step behind it.
void add_group(SimRandom& random, test::GraphBuilder& builder, std::uint64_t before) {
  builder.step("g--with").after("s" + std::to_string(random.below(before)));
  builder.edit([&](Step& step) { step.condition = random_condition(random); });
  builder.params(random.chance(20) ? R"({"n":"${ fromJSON('{') }"})" : R"({"n":1})");
  builder.step("g--x").after("g--with").step("g--y").after(random.chance(50) ? "g--x" : "g--with");
  builder.edit([&](Step& step) { step.condition = random_condition(random); });
  if (random.chance(30)) builder.retry(2);
  if (random.chance(20)) builder.each("fromJSON('[1,2]')");
  builder.step("g").after("g--with", "g--x", "g--y").params(R"({"y":"${ steps['g--y'].result.n }"})");
  if (random.chance(30)) builder.continue_on_error();
  builder.group("g--with", "g").step("behind").after("g");
  builder.edit([&](Step& step) { step.condition = random_condition(random); });
}

Graph random_graph(SimRandom& random) {
  test::GraphBuilder builder;
  const std::uint64_t count = 1 + random.below(9);
  for (std::uint64_t i = 0; i < count; ++i) {
    builder.step("s" + std::to_string(i));
    for (std::uint64_t j = 0; j < i; ++j) {
      if (random.chance(35)) builder.after("s" + std::to_string(j));
    }
    builder.edit([&](Step& step) { step.condition = random_condition(random); });
    if (random.chance(40)) builder.retry(1 + static_cast<std::uint32_t>(random.below(3)));
    if (random.chance(15)) builder.sleep(random.chance(90) ? R"({"for":0.5})" : R"({"for":"never"})");
    if (random.chance(10)) builder.wait(R"({"signal":"go"})", 20s);
    if (random.chance(15)) {
      static const char* const kChildren[] = {R"({"workflow":"w"})", R"({"workflow":"w","wait":false})",
                                              R"({"workflow":"w","onCancel":"leave"})",
                                              R"({"workflow":"w","wait":"maybe"})"};
      builder.child(kChildren[random.below(std::size(kChildren))], 20s);
    }
    const bool continues = random.chance(8);  // which no item may
    if (continues) builder.continue_as(R"({"inputs":{"n":1}})");
    if (random.chance(8)) {
      builder.wait(R"({"anyOf":[{"signal":"go"},{"event":""}],"since":"2s"})", 20s);
      builder.edit([](Step& step) { step.awaits = {test::make_event_rule("push")}; });
    }
    if (!continues && random.chance(20))
      builder.each("fromJSON('[1,2,3,4]')", 1 + static_cast<std::uint32_t>(random.below(4)));
    if (random.chance(20)) builder.once(static_cast<OnLost>(random.below(3)));
    if (random.chance(20)) builder.continue_on_error();
    if (random.chance(15)) {
      builder.edit([](Step& step) {
        if (!step.held) step.throttle = Throttle{.key = {}, .limit = 1, .per = 1s};
      });
    }
    if (random.chance(15)) {
      builder.edit([&](Step& step) {
        if (step.held) return;
        step.until = must(expression::parse_expression("steps." + step.key + ".result.n > 3"));
      });
    }
  }
  if (random.chance(40)) add_group(random, builder, count);
  if (random.chance(30)) builder.concurrency("g");
  if (random.chance(20)) builder.throttle("t", 2, 1s);
  builder.timeout(random.chance(10) ? 3s : std::chrono::seconds(24h));
  if (random.chance(10)) builder.cancel_on(test::make_event_rule("closed"));
  return builder.build(random.chance(50));
}

/// The world around one owner: workers that take jobs, in any order, with any outcome; time; somebody who
/// cancels, pauses, signals, answers and, once the run is closed, has it go on.
class World {
 public:
  World(SimRandom& random, const Graph& graph) : random_(random), graph_(graph), history_(graph) {
    append(history_.created(R"({"n":)" + std::to_string(random.below(6)) + "}"));
  }

  /// Plays until the run is closed for good; false if it comes to a stand.
  bool play() {
    for (int turn = 0; turn < 4'000; ++turn) {
      if (!row_) {
        follow(decide(graph_, state_,
                      {.now = history_.at,
                       .workers_stopped = stopping_ && !has_jobs_out(),
                       .hold = hold_ ? &*hold_ : nullptr,
                       .prepared = &prepared_}));
      }
      EXPECT_EQ(waiting_for(graph_, state_).empty(), is_closed(state_.phase));
      if (is_closed(state_.phase) && !row_ && !wants_more()) return true;
      if (row_)
        decide_row();
      else if (!state_.attention_run && state_.attention.empty())
        move();
    }
    return false;
  }

  const std::vector<Event>& events() const { return events_; }
  const RunState& state() const { return state_; }

 private:
  /// A run that is closed may be asked to go on, by commands of which some are meant for another generation.
  bool wants_more() {
    if (state_.generation == 4 || random_.chance(50)) return false;
    out_.clear();
    seen_.clear();
    timers_.clear();
    stopping_ = false;
    if (random_.chance(50)) {
      append(history_.command(next_id(), "retry"));
    } else {
      Command command{.name = "rewind", .actor = "somebody", .generation = state_.generation};
      for (const Step& step : graph_.steps) {
        if (random_.chance(60)) command.keep.push_back(step.key);
      }
      append(history_.command(next_id(), command));
    }
    history_.generation = state_.generation + (random_.chance(10) ? 1 : 0);
    if (random_.chance(20)) append(history_.command(next_id(), "retry"));
    history_.generation = state_.generation;
    return true;
  }

  std::string next_id() { return "c" + std::to_string(++last_id_); }

  /// As the log does: the first row under a key stands.
  void append(const Event& event) {
    if (std::ranges::find(events_, event.key, &Event::key) != events_.end()) return;
    events_.push_back(event);
    must(fold(graph_, state_, event));
  }

  void follow(Decided decided) {
    for (const PublishJob& job : decided.jobs) publish(job);
    for (const ArmTimer& timer : decided.timers) timers_[timer.step] = timer.at;
    for (StartRun& start : decided.starts) prepare(std::move(start));
    if (decided.stop_workers) stopping_ = true;
    for (const Listen& listen : decided.listens) listens_.insert(listen.target);
    row_ = std::move(decided.row);
  }

  /// Some can't be started.
  void prepare(StartRun start) {
    Prepared prepared{.asked = start, .definition = "hash", .inputs = start.inputs};
    if (start.role != StartRun::Role::made && random_.chance(15))
      prepared.problem = StepError{ErrorClass::validation, "there is no such workflow"};
    prepared_.insert_or_assign(start.run, std::move(prepared));
    if (start.step == kNoStep)
      state_.attention_run = true;
    else
      state_.attention.push_back(start.step);
  }

  bool is_child(StepIndex step) const { return step_of(graph_, state_, step).starts_child(); }
  bool has_jobs_out() const {
    return std::ranges::any_of(out_, [&](const auto& job) { return !is_child(job.first); });
  }
  /// Those that the row has made, and that somebody waits for.
  void begin_children(const DecisionRow& row) {
    for (const Decision& decision : row.list) {
      if (decision.type != EventType::step_started || !decision.run) continue;
      const StepIndex place = find_place(state_, decision.step, decision.item);
      if (state_.steps[place].phase == StepPhase::running)
        out_.push_back({place, state_.steps[place].attempt});
    }
  }

  void publish(const PublishJob& job) {
    std::uint32_t attempt = job.attempt;
    for (const StepIndex step : job.steps) {
      if (seen_.insert({step, attempt}).second) out_.push_back({step, attempt});
      attempt = 1;
    }
  }

  void decide_row() {
    if (random_.chance(20) && !out_.empty()) return execute();  // facts come in while a row is on its way
    const DecisionRow row = *std::exchange(row_, std::nullopt);
    if (row.admits && random_.chance(60)) return;  // no place is free; the run is woken some time
    append(history_.decided(row));
    history_.generation = state_.generation;
    begin_children(row);
    if (!row.closes) return;
    for (const std::string& key : row.free_keys) {
      append(history_.event(
          key, EventType::step_failed,
          encode_outcome({.type = EventType::step_failed, .error = {ErrorClass::cancelled, "closed"}})));
    }
  }

  /// True if somebody did something.
  bool meddle() {
    if (is_closed(state_.phase)) return false;
    if (random_.chance(hold_ ? 30 : 2)) {
      hold_or_lift();
      state_.attention_run = true;
    } else if (random_.chance(2)) {
      append(history_.cancel(next_id()));
    } else if (random_.chance(4)) {
      append(history_.command(next_id(), random_.chance(60) ? "pause" : "resume"));
    } else if (state_.phase == RunPhase::paused && random_.chance(30)) {
      append(history_.command(next_id(), "resume"));
    } else if (random_.chance(6)) {
      hear();
    } else if (random_.chance(8)) {
      append(history_.signal(next_id(), random_.chance(80) ? "go" : "stop", std::to_string(last_id_)));
    } else {
      return answer();
    }
    return true;
  }

  /// An event comes in: the run is told of it once for each that takes it.
  void hear() {
    HeardEvent heard{.delivery = DeliveryId{test::kRun.uuid},
                     .source = "github",
                     .event = random_.chance(90) ? "push" : "closed",
                     .at = history_.at,
                     .payload = std::make_shared<const Value>(Object())};
    heard.delivery.uuid.bytes[12] = static_cast<std::uint8_t>(++last_id_);
    heard.delivery.uuid.bytes[13] = static_cast<std::uint8_t>(last_id_ >> 8);
    for (const std::string& target : listens_) {
      if (run::hear(graph_, state_, target, heard) != Hearing::takes) continue;
      EventRow told = tell_of(target, heard);
      append(history_.event(std::move(told.key), told.type, std::move(told.data)));
    }
  }

  /// A pause that stands over this run among others.
  void hold_or_lift() {
    if (hold_) return hold_.reset();
    hold_ = Hold{random_.chance(50) ? "all" : "workflow:w", "paused by " + next_id()};
  }

  bool answer() {
    for (StepIndex step = 0; step < state_.steps.size(); ++step) {
      if (state_.steps[step].phase != StepPhase::asking || random_.chance(60)) continue;
      static const char* const kAnswers[] = {"retry", "fail", "complete"};
      Command command{.name = "answer", .actor = {}, .generation = state_.generation};
      command.step = key_of(graph_, state_, step);
      command.attempt = state_.steps[step].attempt;
      command.answer = kAnswers[random_.below(3)];
      command.result = "\"as somebody said\"";
      append(history_.command(next_id(), command));
      return true;
    }
    return false;
  }

  void move() {
    if (meddle()) return;
    if (stopping_ && random_.chance(30)) {
      // The workers have stopped; what they had begun stays without an outcome.
      std::erase_if(out_, [&](const auto& job) { return !is_child(job.first); });
      seen_.clear();
      state_.attention_run = true;
    } else if (!out_.empty()) {
      execute();
    } else {
      wake();
    }
  }

  void execute() {
    // A line's steps are executed in order; jobs in any.
    const auto at = static_cast<std::ptrdiff_t>(random_.below(out_.size()));
    const auto [step, attempt] = out_[static_cast<std::size_t>(at)];
    const bool ready = std::ranges::all_of(step_of(graph_, state_, step).depends_on, [&](StepIndex above) {
      return is_closed(state_.steps[above].phase) || state_.closing;
    });
    if (!ready) return;
    const std::string key = key_of(graph_, state_, step);
    if (!is_child(step) && random_.chance(30)) append(history_.started(key, attempt));
    if (random_.chance(30)) return;
    out_.erase(out_.begin() + at);
    if (random_.chance(65))
      append(history_.completed(key, R"({"n":)" + std::to_string(random_.below(9)) + "}", attempt));
    else if (is_child(step) && random_.chance(30))
      append(history_.failed(key, ErrorClass::cancelled, attempt));
    else if (!is_child(step) && random_.chance(20))
      append(history_.lost(key, attempt));
    else
      append(history_.failed(key, random_.chance(50) ? ErrorClass::network : ErrorClass::auth, attempt));
    drop_unreachable();
  }

  /// A line ends at its first failure: what travelled behind it was not executed, and is published again when
  /// ready.
  void drop_unreachable() {
    std::erase_if(out_, [&](const auto& job) {
      const StepPhase phase = state_.steps[job.first].phase;
      const bool waits = phase == StepPhase::pending || phase == StepPhase::blocked;
      if (waits) seen_.erase(job);
      return waits || is_closed(phase);
    });
  }

  void wake() {
    if (timers_.empty() || state_.phase == RunPhase::paused || state_.queued) {
      state_.attention_run = true;
      return;
    }
    const auto next = std::ranges::min_element(timers_, {}, [](const auto& timer) { return timer.second; });
    history_.at = std::max(history_.at, next->second);
    const bool asks = std::ranges::count(state_.steps, StepPhase::asking, &StepState::phase) > 0;
    if (next->first == kNoStep && asks) {
      state_.attention_run = true;
      return;
    }
    if (next->first == kNoStep && graph_.timeout > 1h && !stopping_) {
      ADD_FAILURE() << "only the run's time-out would end it\n" << describe(graph_, state_);
    }
    if (next->first == kNoStep)
      state_.attention_run = true;
    else
      state_.attention.push_back(next->first);
    timers_.erase(next);
  }

  SimRandom& random_;
  const Graph& graph_;
  History history_;
  RunState state_ = make_state(graph_, test::kRun);
  std::vector<Event> events_;
  std::vector<std::pair<StepIndex, std::uint32_t>> out_;
  std::set<std::pair<StepIndex, std::uint32_t>> seen_;
  std::map<StepIndex, Time> timers_;
  std::map<RunId, Prepared> prepared_;
  std::set<std::string> listens_;  // targets
  std::optional<DecisionRow> row_;
  std::optional<Hold> hold_;
  int last_id_ = 0;
  bool stopping_ = false;
};

void shuffle(SimRandom& random, std::vector<Event>& events) {
  for (std::size_t i = events.size(); i > 1; --i) std::swap(events[i - 1], events[random.below(i)]);
}

RunState fold_all(const Graph& graph, const std::vector<Event>& events) {
  RunState state = make_state(graph, test::kRun);
  for (const Event& event : events) {
    must(fold(graph, state, event));
    EXPECT_EQ(waiting_for(graph, state).empty(), is_closed(state.phase));
  }
  return state;
}

std::string describe(const Graph& graph, const RunState& state, const Decided& decided) {
  std::string out = test::names(graph, state, decided.jobs) + " stop " + std::to_string(decided.stop_workers);
  for (const ArmTimer& timer : decided.timers) {
    out += " timer " + (timer.step == kNoStep ? "run" : key_of(graph, state, timer.step)) + "@" +
           std::to_string(timer.at.time_since_epoch().count());
  }
  for (const StartRun& start : decided.starts) out += " start " + to_string(start.run);
  for (const Told& told : decided.tells) out += " tell " + to_string(told.run) + " " + told.key;
  for (const Listen& listen : decided.listens)
    out += " listens " + listen.target + "@" + std::to_string(listen.since.time_since_epoch().count());
  if (decided.row)
    out += " row " + std::to_string(decided.row->number) + encode_decisions(graph, decided.row->list);
  return out;
}

/// What a new owner, to whom everything is new, decides.
std::string decide_from_cold(const Graph& graph, RunState state, Time now) {
  state.attention_run = true;
  for (StepIndex i = 0; i < state.steps.size(); ++i) state.attention.push_back(i);
  const Decided decided = decide(graph, state, {.now = now, .workers_stopped = true});
  return describe(graph, state, decided);
}

TEST(Order, OfFoldingMakesNoDifferenceAndEveryRunCloses) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SimRandom random(seed);
    const Graph graph = random_graph(random);
    World world(random, graph);
    ASSERT_TRUE(world.play()) << describe(graph, world.state());
    // the whole history, and a part of it as an owner may know it: any facts, and the decisions up to one of
    // them
    for (const std::size_t size : {world.events().size(), 1 + random.below(world.events().size())}) {
      std::vector<Event> events(world.events().begin(),
                                world.events().begin() + static_cast<std::ptrdiff_t>(size));
      const RunState expected = fold_all(graph, events);
      for (int i = 0; i < 4; ++i) {
        shuffle(random, events);
        if (random.chance(50)) events.push_back(events[random.below(events.size())]);  // a duplicate
        const RunState state = fold_all(graph, events);
        ASSERT_EQ(describe(graph, state), describe(graph, expected));
        const Time now = state.latest_at + 10min;
        ASSERT_EQ(decide_from_cold(graph, state, now), decide_from_cold(graph, expected, now));
      }
    }
  }
}

TEST(Order, AFoldFromColdPutsEverythingThatIsOpenAndReadyInAttention) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SimRandom random(seed);
    const Graph graph = random_graph(random);
    World world(random, graph);
    world.play();
    const std::size_t size = 1 + random.below(world.events().size());
    std::vector<Event> events(world.events().begin(),
                              world.events().begin() + static_cast<std::ptrdiff_t>(size));
    shuffle(random, events);
    RunState state = fold_all(graph, events);
    const Time now = state.latest_at;
    const std::string all = decide_from_cold(graph, state, now);
    const Decided decided = decide(graph, state, {.now = now, .workers_stopped = true});
    EXPECT_EQ(describe(graph, state, decided), all);
  }
}

FoldPoint make_point(RunState state) {
  return {.checkpoint = {.id = "1.0.c" + std::to_string(state.steps.size())},
          .chain = "c",
          .events = 1,
          .state = std::move(state)};
}

/// The fold of the events, of which the first `cut` were stored and read again on the way: whole, or as what
/// differs from an earlier one of `before`.
RunState fold_through_store(const Graph& graph, std::span<const Event> events, std::size_t before,
                            std::size_t cut) {
  const auto fold_on = [&](RunState state, std::size_t from, std::size_t to) {
    for (const Event& event : events.subspan(from, to - from)) must(fold(graph, state, event));
    return state;
  };
  FoldPoint base = make_point(fold_on(make_state(graph, test::kRun), 0, before));
  base = must(decode_fold(graph, test::kRun, must(encode_fold(graph, base)), nullptr));
  const FoldPoint point = make_point(fold_on(base.state, before, cut));
  const std::string changes = must(encode_changes(graph, point, base));
  return fold_on(must(decode_fold(graph, test::kRun, changes, &base)).state, cut, events.size());
}

TEST(Order, AFoldThatWasStoredAnywhereGoesOnAsOneThatWasNot) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SimRandom random(seed);
    const Graph graph = random_graph(random);
    World world(random, graph);
    world.play();
    std::vector<Event> events = world.events();
    events.resize(1 + random.below(events.size()));  // as an owner may know it: it ends anywhere
    for (int i = 0; i < 4; ++i) {
      const RunState expected = fold_all(graph, events);
      const std::size_t cut = random.below(events.size() + 1);
      const RunState state = fold_through_store(graph, events, random.below(cut + 1), cut);
      ASSERT_EQ(must(encode_fold(graph, make_point(state))), must(encode_fold(graph, make_point(expected))));
      ASSERT_EQ(describe(graph, state), describe(graph, expected));
      const Time now = state.latest_at + 10min;
      ASSERT_EQ(decide_from_cold(graph, state, now), decide_from_cold(graph, expected, now));
      shuffle(random, events);
    }
  }
}

}  // namespace
}  // namespace callboard::run
