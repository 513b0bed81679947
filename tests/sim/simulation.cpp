#include "tests/sim/simulation.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "shared/run/commands.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "tests/sim/checks.hpp"
#include "tests/sim/workflows.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;

constexpr int kWorkflows = 5;
constexpr Micros kStep = 1s;
constexpr std::uint64_t kRunsAtMost = 60;

Micros up_to(SimRandom& random, std::chrono::milliseconds most) {
  return std::chrono::milliseconds(random.below(static_cast<std::uint64_t>(most.count())));
}

}  // namespace

Simulation::Simulation(std::uint64_t seed, bool is_talkative)
    : seed_(seed),
      is_talkative_(is_talkative),
      pace_(pace_of(seed)),
      random_(mix_bits(seed)),
      weather_(random_),
      house_(&weather_),
      people_(house_, random_) {
  for (int number = 0; number < kWorkflows; ++number) {
    run::Graph graph = make_random_workflow(random_, number, pace_.unit);
    workflows_.push_back(graph.hash);
    house_.define(make_variant(random_, graph), random_.chance(60));
    house_.define(std::move(graph), random_.chance(60));
  }
  house_.time.on_step([this] {
    check_inbox();
    check_places();
    check_listeners();
    check_turns();
  });
  for (const bool is_dispatcher : {true, true, false, false}) {
    processes_.emplace_back();
    processes_.back().is_dispatcher = is_dispatcher;
    begin(processes_.back());
  }
}

Simulation::~Simulation() = default;

Simulation::Pace Simulation::pace_of(std::uint64_t seed) {
  if (seed % kSlowOf != 0) return {1s, 40s, 800ms, 15min, 5s, 0s};
  return {30min, 12h, 30min, 20 * 24h, 1h, 10min};
}

std::vector<std::string> Simulation::run() {
  house_.time.run_for(up_to(random_, 3s));
  const Steady end = house_.time.now() + pace_.faults_for;
  while (house_.time.now() < end && complaints_.empty()) {
    act();
    pass(up_to(random_, pace_.between_acts));
  }
  calm_down();
  wait_for_the_end();
  check_end();
  return complaints_;
}

/// Until every run has ended, or none has for long: those of one group end one after the other.
void Simulation::wait_for_the_end() {
  constexpr int kMostCalms = 10;  // for a chain of runs that has no end
  const Steady latest = house_.time.now() + kMostCalms * pace_.calm_at_most;
  const auto count_open = [&] {
    return std::ranges::count_if(house_.tables.heads,
                                 [](const auto& head) { return !head.second.closed_at; });
  };
  const auto is_over = [&] {
    return house_.tables.inbox.empty() && house_.tables.heard.empty() && count_open() == 0;
  };
  Steady help_at = house_.time.now();
  Steady patience = latest;
  std::ptrdiff_t closed = -1;
  while (house_.time.now() < latest && complaints_.empty() && !is_over()) {
    if (const auto now_closed = std::ssize(house_.tables.heads) - count_open(); now_closed > closed) {
      closed = now_closed;
      patience = house_.time.now() + pace_.calm_at_most;
    }
    if (house_.time.now() >= patience) return;
    if (house_.time.now() >= help_at) {
      people_.help(*some_dispatcher());
      help_at += pace_.help_each;
    }
    pass(kStep);
  }
}

/// Looks after the processes meanwhile.
void Simulation::pass(Micros duration) {
  const Steady end = house_.time.now() + duration;
  do {
    house_.time.run_for(std::min<Micros>(kStep, end - house_.time.now()));
    tend();
    check_queues();
    if (house_.time.now() >= look_at_heard_at_) {
      check_heard();
      look_at_heard_at_ = house_.time.now() + pace_.between_looks;
    }
    if (!unexplained_.empty() || house_.time.now() == end) check_reasons();
  } while (house_.time.now() < end && complaints_.empty());
}

void Simulation::begin(Process& process) {
  const std::uint64_t life = mix_bits(seed_ * 1'000 + ++last_life_);
  const auto fates = [this](log::CallKind kind) { return weather_.fate(kind); };
  if (process.is_dispatcher) {
    process.dispatcher = std::make_unique<SimDispatcher>(
        house_, life, fates, [this, &process](const topics::Job& job) { check_published(process, job); });
  } else {
    process.worker = std::make_unique<SimWorker>(house_, life, executions_, fates,
                                                 [this](const topics::Job& job) { check_acked(job); });
  }
}

void Simulation::kill(Process& process) {
  process.dispatcher.reset();
  process.worker.reset();
  process.thaw_at.reset();
}

void Simulation::act() {
  const std::uint64_t dice = random_.below(100);
  if (dice < 55) {
    start_run();
  } else if (dice < 64) {
    ask();
  } else if (dice < 70) {
    send_event();
  } else if (dice < 85) {
    harm_process();
  } else if (dice < 91) {
    harm_bus();
  } else if (dice < 96) {
    send_again();
  } else if (dice < 97) {
    harm_fold();
  } else if (dice < 98) {
    store_fold();
  } else {
    ask_of_all();
  }
}

SimDispatcher* Simulation::some_dispatcher() {
  std::vector<SimDispatcher*> up;
  for (Process& process : processes_) {
    if (process.dispatcher && !process.thaw_at) up.push_back(process.dispatcher.get());
  }
  return up.empty() ? nullptr : up[random_.below(up.size())];
}

void Simulation::start_run() {
  SimDispatcher* const dispatcher = some_dispatcher();
  if (dispatcher == nullptr || house_.tables.heads.size() >= kRunsAtMost) return;
  const std::uint64_t count = 1 + random_.below(4);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string& workflow = workflows_[random_.below(workflows_.size())];
    causes_.emplace_back("delivery-" + std::to_string(causes_.size()), workflow);
    dispatcher->start_run(workflow, R"({"n":2})", causes_.back().first);
  }
}

/// The sender has not heard an answer, or somebody has it sent once more; perhaps to another dispatcher.
void Simulation::send_again() {
  SimDispatcher* const dispatcher = some_dispatcher();
  if (dispatcher == nullptr || causes_.empty()) return;
  const auto& [cause, workflow] = causes_[random_.below(causes_.size())];
  say("again: " + cause);
  dispatcher->start_run(workflow, R"({"n":2})", cause);
}

void Simulation::ask() {
  SimDispatcher* const dispatcher = some_dispatcher();
  if (dispatcher == nullptr) return;
  if (const std::string asked = people_.meddle(*dispatcher); !asked.empty()) say(asked);
}

void Simulation::ask_of_all() {
  SimDispatcher* const dispatcher = some_dispatcher();
  if (dispatcher != nullptr) say(people_.meddle_with_all(*dispatcher));
}

void Simulation::harm_process() {
  Process& process = processes_[random_.below(processes_.size())];
  if (!process.is_up() || process.thaw_at) return;
  const char* const kind = process.is_dispatcher ? "dispatcher" : "worker";
  const std::uint64_t dice = random_.below(10);
  if (dice < 5) {
    kill(process);
    process.back_at = house_.time.now() + up_to(random_, 8s);
    ++kills_;
    say(std::string("kill a ") + kind);
  } else if (dice < 8) {
    process.loop().freeze();
    process.thaw_at = house_.time.now() + up_to(random_, random_.chance(50) ? 2s : 20s);
    ++freezes_;
    say(std::string("freeze a ") + kind);
  } else {
    process.clock().jump((random_.chance(50) ? 1 : -1) * up_to(random_, 600s));
    say(std::string("the clock of a ") + kind + " jumps");
  }
}

void Simulation::harm_bus() {
  ++wipes_;
  switch (random_.below(5)) {
    case 0: say("purge"); return house_.bus.purge();
    case 1: say("remake"); return house_.bus.remake();
    case 2:
      say("backup");
      backup_ = house_.bus.snapshot();
      return;
    case 3:
      if (!backup_) return;
      say("restore");
      return house_.bus.restore(*backup_);
    default:
      say("the bus is away");
      house_.bus.set_available(false);
      bus_back_at_ = house_.time.now() + up_to(random_, 6s);
  }
}

/// Stored folds are a cache: they may go, and be damaged.
void Simulation::harm_fold() {
  auto& folds = house_.tables.folds;
  if (folds.empty()) return;
  const auto of = std::next(folds.begin(), static_cast<std::ptrdiff_t>(random_.below(folds.size())));
  if (random_.chance(30)) {
    say("the stored folds of run " + to_string(of->first) + " are lost");
    folds.erase(of);
    return;
  }
  std::string& data = of->second[random_.below(of->second.size())].data;
  data[random_.below(data.size())] ^= 1;
  say("a stored fold of run " + to_string(of->first) + " is damaged");
}

void Simulation::store_fold() {
  SimDispatcher* const dispatcher = some_dispatcher();
  if (dispatcher == nullptr || accepted_.empty()) return;
  const RunId run =
      *std::next(accepted_.begin(), static_cast<std::ptrdiff_t>(random_.below(accepted_.size())));
  dispatcher->engine().fold_saver().save(run, random_.chance(50),
                                         [](const Result<dispatcher::FoldSaver::Saved>&) {});
}

void Simulation::tend() {
  const Steady now = house_.time.now();
  for (Process& process : processes_) {
    if (process.dispatcher) watch(*process.dispatcher);
    if (process.worker && process.worker->is_poisoned()) {
      say("a worker dies of its job");
      kill(process);
      process.back_at = now + up_to(random_, 3s);
      ++kills_;
    }
    if (!process.is_up() && now >= process.back_at) begin(process);
    if (process.thaw_at && now >= *process.thaw_at) {
      process.thaw_at.reset();
      process.loop().thaw();
    }
  }
  if (bus_back_at_ && now >= *bus_back_at_) {
    bus_back_at_.reset();
    house_.bus.set_available(true);
  }
}

void Simulation::calm_down() {
  say("calm");
  weather_.clear_up();
  house_.bus.set_available(true);
  for (Process& process : processes_) {
    if (process.dispatcher) watch(*process.dispatcher);
    if (process.thaw_at) process.loop().thaw();
    process.thaw_at.reset();
    if (!process.is_up()) begin(process);
  }
}

// What a dispatcher has promised to run must be in the log, and what an owner holds in memory at the end of a
// run must be what the log folds to.
void Simulation::watch(SimDispatcher& dispatcher) {
  accepted_.insert(dispatcher.accepted().begin(), dispatcher.accepted().end());
  const Incarnation owner = dispatcher.self();
  for (const auto& [id, head] : house_.tables.heads) {
    if (head.closed_at || !dispatcher.engine().owns(head.partition)) continue;
    if (!watched_.emplace(owner, id).second) continue;
    dispatcher.engine().when_closed(
        id, limits::kWaitMost,
        [this, owner, id](bool closed, const run::Graph* graph, const run::RunState* live) {
          if (closed && live != nullptr) return compare(id, *graph, *live);
          watched_.erase({owner, id});
        });
  }
}

void Simulation::compare(const RunId& id, const run::Graph& graph, const run::RunState& live) {
  if (const auto difference = find_difference_to_log(house_, id, graph, live))
    complain("run " + to_string(id) + ": memory and log differ: " + *difference);
}

/// What is awaited until a time that has passed is awaited no more; what was set aside has no reason at all.
bool Simulation::is_true(const dispatcher::Engine::Reason& reason) const {
  return reason.kind != "set_aside" && (!reason.until || *reason.until > house_.database_clock.now());
}

void Simulation::check_reasons() {
  const Steady now = house_.time.now();
  for (const auto& [id, head] : house_.tables.heads) {
    const auto owner = std::ranges::find_if(processes_, [&](Process& process) {
      return process.dispatcher && !process.thaw_at && process.dispatcher->engine().owns(head.partition);
    });
    if (head.closed_at || owner == processes_.end()) {
      unexplained_.erase(id);
      continue;
    }
    const auto parked_until = owner->dispatcher->engine().find_parked(id);
    if (parked_until && *parked_until > house_.database_clock.now()) {
      unexplained_.erase(id);
      continue;
    }
    const auto reasons = owner->dispatcher->engine().find_reasons(id);
    if (reasons && !reasons->empty() && is_true(reasons->front())) {
      unexplained_.erase(id);
      continue;
    }
    if (reasons && !reasons->empty() && reasons->front().kind == "set_aside") {
      complain("run " + to_string(id) + " was set aside: " + reasons->front().detail);
    }
    const Steady since = unexplained_.emplace(id, now).first->second;
    if (now - since > kUnexplainedAtMost)
      complain("run " + to_string(id) + " is open, and nobody knows why or the reason is over");
  }
}

/// Nothing of a run is published while a pause stands over it that its owner knows of, which it does at the
/// latest a lease after it was set; but what a cancelled run still has to do.
void Simulation::check_published(const Process& process, const topics::Job& job) {
  check_turn(job);
  const log::MemoryTables::Head& head = house_.tables.heads.at(job.slice.run);
  const auto places = house_.tables.slots.find(head.group);
  const bool has_place =
      places != house_.tables.slots.end() &&
      std::ranges::any_of(places->second, [&](const auto& place) { return place.second == job.slice.run; });
  if (!head.group.empty() && !head.closed_at && !has_place)
    complain("run " + to_string(job.slice.run) + ": published without its place");
  if (const auto lacking = find_lacking_place(house_, job.slice.run))
    complain("run " + to_string(job.slice.run) + ": published, and nobody above it has a place in " +
             *lacking);
  const auto created =
      run::decode_created(house_.tables.events.at({job.slice.run, run::decision_key(0)}).data);
  if (created && created->needs_approval) {
    const auto state = people_.look(job.slice.run);
    if (state && state->created.needs_approval)
      complain("run " + to_string(job.slice.run) + ": published before it was approved");
    if (job.untrusted) complain("run " + to_string(job.slice.run) + ": approved, and kept from its secrets");
  }
  const auto& known = process.dispatcher->engine().pauses();
  for (const auto& [key, pause] : house_.tables.pauses) {
    if (pause.scope == "workflow" && pause.name != head.slug) continue;
    const bool is_old = house_.database_clock.now() - pause.at > limits::kLease;
    if (!is_old && std::ranges::find(known, pause) == known.end()) continue;
    const auto state = people_.look(job.slice.run);
    if (state && !state->closing)
      complain("run " + to_string(job.slice.run) + ": published under a pause of " + pause.scope + " " +
               pause.name);
  }
}

/// The bus forgets it: either what became of the line is in the log, or another worker has begun the step and
/// another copy of the job is known.
void Simulation::check_acked(const topics::Job& job) {
  const auto find = [&](const std::string& key) {
    const auto event = house_.tables.events.find({job.slice.run, key});
    return event == house_.tables.events.end() ? nullptr : &event->second;
  };
  bool has_begun = false;  // who has begun a step goes on with the line, whatever of it has ended meanwhile
  for (const run::SliceStep& step : job.slice.steps) {
    has_begun |= find(run::started_key(step.key, step.attempt, job.slice.generation)) != nullptr;
    const run::Event* const result = find(run::result_key(step.key, step.attempt, job.slice.generation));
    if (result != nullptr && result->type == run::EventType::step_completed) continue;
    if (result == nullptr && !(job.again && has_begun))
      complain("run " + to_string(job.slice.run) + ": the job of " + step.key +
               " is acknowledged, and its outcome is not in the log");
    return;
  }
}

/// What names a closed run that somebody has asked to go on stays until a decision has consumed it.
void Simulation::check_inbox() {
  auto& inbox = house_.tables.inbox;
  if (inbox.size() == inbox_.size()) return;
  for (const auto& [place, id] : std::exchange(inbox_, inbox)) {
    if (inbox.contains(place) || !house_.is_closed(id)) continue;
    const bool is_named = std::ranges::any_of(inbox, [&](const auto& row) { return row.second == id; });
    const auto state = is_named ? std::nullopt : people_.look(id);
    if (state && run::is_to_be_rewound(*state))
      complain("run " + to_string(id) + ": it is to go on, and nothing names it any more");
  }
}

/// Every cause has one run, and every run one cause: an origin, a step of its parent, or the run before it.
void Simulation::check_causes() {
  std::set<RunId> caused;
  for (const auto& [cause, origin] : house_.tables.origins) {
    if (origin.runs.size() != 1 || !caused.insert(origin.runs.front()).second)
      complain("a cause has not one run of its own");
  }
  for (const auto& [id, head] : house_.tables.heads) {
    for (const RunId& started : check_started(house_, id, complaints_)) {
      if (!caused.insert(started).second) complain("run " + to_string(started) + " was started twice");
    }
  }
  for (const auto& [id, head] : house_.tables.heads) {
    if (!caused.contains(id)) complain("run " + to_string(id) + " has no cause: one was taken in twice");
  }
}

void Simulation::check_end() {
  if (!complaints_.empty()) return;
  for (const RunId& id : accepted_) {
    if (!house_.tables.heads.contains(id)) complain("run " + to_string(id) + " was accepted and is lost");
  }
  check_causes();
  check_rates();
  for (const auto& [id, head] : house_.tables.heads) {
    if (!head.closed_at) {
      std::string why;
      for (Process& process : processes_) {
        const auto reasons =
            process.dispatcher ? process.dispatcher->engine().find_reasons(id) : std::nullopt;
        if (!reasons) continue;
        for (const auto& reason : *reasons)
          why += " " + reason.kind + "(" + std::to_string(reason.step) + ")";
      }
      complain("run " + to_string(id) + " does not end:" + why);
    }
    for (const std::string& problem : check_log_of(house_, id, random_)) {
      complain("run " + to_string(id) + ": " + problem);
    }
  }
  const std::uint32_t harm = kills_ + freezes_ + wipes_;
  for (const auto& [attempt, count] : executions_.counts) {
    const auto& [id, key, number, generation] = attempt;
    const run::Graph& graph = *house_.graphs.at(house_.tables.heads.at(id).hash);
    const run::StepIndex step = graph.find(run::parse_step_name(key)->step);
    if (step == run::kNoStep) {
      complain("run " + to_string(id) + ": " + key + " was executed, which its definition has not");
      continue;
    }
    const bool is_once = graph.steps[step].effect == run::Effect::once;
    const std::uint32_t most = is_once ? 1 : weather_.is_mild() ? 1 + harm : 1'000;
    if (count.begun > most) {
      complain("run " + to_string(id) + ": " + key + " attempt " + std::to_string(number) + " was executed " +
               std::to_string(count.begun) + " times");
    }
  }
}

std::string Simulation::summary() const {
  std::size_t repeated = 0;
  for (const auto& [attempt, count] : executions_.counts) repeated += count.begun - 1;
  return std::to_string(house_.tables.heads.size()) + " runs, " + std::to_string(executions_.counts.size()) +
         " attempts, " + std::to_string(repeated) + " repeated, " + std::to_string(kills_) + " kills, " +
         std::to_string(freezes_) + " freezes, " + std::to_string(wipes_) + " faults of the bus, " +
         std::to_string(passed() / 1s) + " s";
}

Micros Simulation::passed() const { return house_.time.now() - Steady(1h); }

void Simulation::complain(std::string what) {
  say(what);
  complaints_.push_back(std::move(what));
}

void Simulation::say(const std::string& what) const {
  if (!is_talkative_) return;
  const auto at = (house_.time.now() - Steady(1h)) / 1ms;
  std::printf("%8.3f %s\n", static_cast<double>(at) / 1'000, what.c_str());
}

}  // namespace callboard::test
