#include "tests/sim/checks.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "shared/run/close.hpp"
#include "shared/run/commands.hpp"
#include "shared/run/fold.hpp"
#include "shared/run/items.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/listening.hpp"
#include "shared/run/step_fold.hpp"
#include "shared/run/stored_fold.hpp"

namespace callboard::test {
namespace {

Result<run::RunState> fold_run(const run::Graph& graph, const RunId& id,
                               const std::vector<run::Event>& events) {
  run::RunState state = run::make_state(graph, id);
  if (auto folded = run::fold_all(graph, state, events); !folded) return std::unexpected(folded.error());
  return state;
}

/// A close, directly behind it a rewind, a close again, …; nothing stands behind the last close.
void check_ends(const std::map<std::uint32_t, run::EventType>& ends, std::size_t rows, bool is_closed,
                std::vector<std::string>& problems) {
  bool closed = false;
  std::uint32_t last = 0;
  for (const auto& [number, type] : ends) {
    const bool rewinds = type == run::EventType::run_rewound;
    if (rewinds != closed) problems.push_back(rewinds ? "it is rewound while it is open" : "it ends twice");
    if (rewinds && number != last + 1) problems.push_back("a decision stands between its end and its rewind");
    closed = !rewinds;
    last = number;
  }
  if (closed != is_closed) problems.push_back(is_closed ? "it has no end" : "it has an end and is open");
  if (closed && last + 1 != rows) problems.push_back("a decision stands behind its end");
}

/// Somebody asked for it, and meant the generation that it ends.
bool is_asked_for(const run::Decision& rewind, const std::vector<run::Event>& events) {
  return std::ranges::any_of(rewind.consumes, [&](const std::string& key) {
    const auto event = std::ranges::find(events, key, &run::Event::key);
    if (event == events.end()) return false;
    const auto command = run::decode_command(event->data);
    return command && (command->name == "retry" || command->name == "rewind") &&
           command->generation + 1 == rewind.generation;
  });
}

/// Taken back is what had completed, and where a step before has failed all of that.
void check_undone(const run::Graph& graph, const run::RunState& state, std::vector<std::string>& problems) {
  const auto has_failed = [&](run::StepIndex step) {
    return run::is_failure(graph.steps[step], state.steps[step]);
  };
  for (run::StepIndex place = 0; place < state.steps.size(); ++place) {
    const run::StepIndex undone = run::step_of(graph, state, place).undoes;
    if (undone == run::kNoStep) continue;
    const auto& before = graph.steps[run::root_of(graph, state, place)].depends_on;
    const run::StepPhase phase = state.steps[place].phase;
    const bool has_begun = phase == run::StepPhase::completed || phase == run::StepPhase::failed;
    const bool has_completed = run::has_completed(graph, state, undone, run::item_of(graph, state, place));
    if (has_begun && !has_completed)
      problems.push_back(run::key_of(graph, state, place) + " took back what had not completed");
    if (has_completed && !has_begun && !state.closing && std::ranges::any_of(before, has_failed))
      problems.push_back(run::key_of(graph, state, place) + " did not take back what had completed");
  }
}

/// What must be so at the end of a run.
void check_closed(const run::Graph& graph, const run::RunState& state, std::vector<std::string>& problems) {
  if (run::wants_rewind(state)) problems.push_back("somebody asked for it to go on, and it was forgotten");
  bool has_cancelled = false;
  for (run::StepIndex step = 0; step < state.steps.size(); ++step) {
    const bool starts_runs = run::step_of(graph, state, step).executor == "workflow";  // a child alone may be
    has_cancelled |= state.steps[step].phase == run::StepPhase::cancelled && !starts_runs;
  }
  if (has_cancelled && !state.closing)
    problems.push_back("a step was stopped, and nobody has cancelled the run");
  check_undone(graph, state, problems);
}

/// Between a pause and the resume, a pause by somebody else, a migration and a cancel may stand, and nothing
/// more; what a person has paused only a person lets go on.
void check_pauses(const std::map<std::uint32_t, std::vector<run::Decision>>& rows,
                  std::vector<std::string>& problems) {
  run::Paused paused;
  for (const auto& [number, list] : rows) {
    for (const run::Decision& decision : list) {
      const bool pauses = decision.type == run::EventType::run_paused;
      const bool cancels = decision.type == run::EventType::run_cancelling;
      const bool ends = decision.type == run::EventType::run_resumed || cancels;
      if (decision.type == run::EventType::run_migrated) continue;
      if (paused.is_paused() && !pauses && !ends)
        problems.push_back("a decision stands between a pause and its end");
      if (paused.by_person && !decision.paused.by_person && !cancels && decision.consumes.empty())
        problems.push_back("a person's pause was lifted by nobody");
      if (pauses || ends) paused = decision.paused;
    }
  }
}

/// One that can be read is the fold of the log at its checkpoint.
void check_folds(const run::Graph& graph, const RunId& id, const std::vector<run::Event>& events,
                 const std::vector<log::StoredFold>& folds, std::vector<std::string>& problems) {
  std::optional<run::FoldPoint> base;
  for (const log::StoredFold& fold : folds) {
    const auto point = run::decode_fold(graph, id, fold.data, base ? &*base : nullptr);
    if (!point) return;
    if (const auto fault = run::find_fault(graph, *point, events))
      problems.push_back("its stored fold: " + *fault);
    base = *point;
  }
}

/// A step takes one event in a generation, and no event twice.
class Events {
 public:
  void see(const run::Decision& decision, std::vector<std::string>& problems) {
    if (decision.type == run::EventType::run_rewound) steps_.clear();
    for (const std::string& key : decision.consumes) {
      if (!run::find_told(key)) continue;
      if (!keys_.insert(key).second) problems.push_back("an event is consumed twice: " + key);
      if (decision.type == run::EventType::signal_consumed &&
          !steps_.emplace(decision.step, decision.item).second)
        problems.push_back("a step has consumed two events: " + key);
    }
  }

 private:
  std::set<std::string> keys_;
  std::set<std::pair<run::StepIndex, std::optional<std::uint32_t>>> steps_;
};

void check_decisions(const run::Graph& graph, const std::vector<run::Event>& events, bool is_closed,
                     std::vector<std::string>& problems) {
  std::set<std::uint32_t> numbers;
  // of the generation, by step and item, without those that somebody asked for
  std::map<std::pair<run::StepIndex, std::optional<std::uint32_t>>, std::uint32_t> retries;
  std::map<std::uint32_t, run::EventType> ends;  // by the row's number: closes, and the rewinds behind them
  std::map<std::uint32_t, std::vector<run::Decision>> rows;  // by their numbers
  Events taken;
  for (const run::Event& event : events) {
    const auto key = run::parse_key(event.key);
    if (!key) {
      problems.push_back("a key that is none: " + event.key);
      continue;
    }
    if (key->kind != run::KeyKind::decision) continue;
    numbers.insert(key->number);
    if (key->number == 0) continue;
    const auto list = run::decode_decisions(graph, event.data);
    if (!list) {
      problems.push_back(event.key + ": " + list.error().message);
      continue;
    }
    for (const run::Decision& decision : *list) {
      taken.see(decision, problems);
      rows[key->number].push_back(decision);
      if (decision.type == run::EventType::run_rewound) retries.clear();
      if (decision.type == run::EventType::step_retry_scheduled && decision.consumes.empty()) {
        const std::uint32_t attempts = ++retries[{decision.step, decision.item}] + 1;
        if (attempts > graph.steps[decision.step].retry.max_attempts)
          problems.push_back("a step is tried beyond its budget");
      }
      if (decision.type == run::EventType::run_rewound && !is_asked_for(decision, events)) {
        problems.push_back("it is rewound, and nobody has asked for that");
      }
      const bool closes = run::closing_phase(decision.type).has_value();
      if (closes || decision.type == run::EventType::run_rewound) ends.emplace(key->number, decision.type);
    }
  }
  if (numbers.empty() || *numbers.rbegin() + 1 != numbers.size())
    problems.push_back("its decisions have a hole");
  check_ends(ends, numbers.size(), is_closed, problems);
  check_pauses(rows, problems);
}

/// A parent that waits for its child closes behind it, unless it leaves it.
void check_child(const SimHouse& house, const RunId& child, const run::Created& created,
                 const run::Decision& decision, std::vector<std::string>& problems) {
  if (!created.parent || !created.parent->awaits || decision.leaves) return;
  const std::string key =
      run::result_key(created.parent->step, created.parent->attempt, created.parent->generation);
  const auto result = house.tables.events.find({created.parent->run, key});
  if (result == house.tables.events.end()) {
    problems.push_back("run " + to_string(child) + " is awaited, and its parent has no " + key);
    return;
  }
  const auto closes = [&](const run::Event& event) {
    return event.type == run::EventType::run_completed || event.type == run::EventType::run_failed ||
           event.type == run::EventType::run_cancelled;
  };
  const auto events = house.events_of(child);
  const auto close = std::ranges::find_if(events, closes);
  if (close == events.end() || close->position > result->second.position)
    problems.push_back("run " + to_string(child) + " ended its parent's step before it had ended");
}

}  // namespace

/// Places of items depend on the order of events.
run::StepIndex find_same(const run::RunState& a, const run::RunState& b, run::StepIndex place) {
  const std::size_t steps = a.steps.size() - a.items.size();
  if (place < steps) return place;
  const run::Item& item = a.items[place - steps];
  const run::StepIndex same = run::find_place(b, item.map, item.number);
  return same == run::kNoStep ? place : same;
}

std::optional<std::string> find_difference(const run::RunState& a, const run::RunState& b) {
  if (a.phase != b.phase) {
    return "phase " + std::string(to_string(a.phase)) + " and " + std::string(to_string(b.phase));
  }
  if (a.decisions != b.decisions) return "numbers of decisions";
  if (a.generation != b.generation) return "generations";
  if (a.outputs != b.outputs) return "outputs";
  if (a.open_steps != b.open_steps) return "open steps";
  if (a.paused != b.paused || a.paused_for != b.paused_for) return "pauses";
  if (a.steps.size() != b.steps.size()) return "items of maps";
  for (std::size_t i = 0; i < a.steps.size(); ++i) {
    const run::StepState& x = a.steps[i];
    const run::StepState& y = b.steps[find_same(a, b, static_cast<run::StepIndex>(i))];
    if (x.phase != y.phase || x.attempt != y.attempt || x.generation != y.generation ||
        x.result != y.result || !(x.error == y.error)) {
      return "step " + std::to_string(i) + ": " + std::string(to_string(x.phase)) + " at " +
             std::to_string(x.attempt) + " and " + std::string(to_string(y.phase)) + " at " +
             std::to_string(y.attempt);
    }
  }
  return std::nullopt;
}

std::optional<std::string> find_lacking_place(const SimHouse& house, const RunId& run) {
  const auto created = run::decode_created(house.tables.events.at({run, "d/0"}).data);
  const auto& head = house.tables.heads.at(run);
  const bool stands = created && created->group && head.group.empty() && !head.closed_at;
  if (!stands) return std::nullopt;
  const std::string& group = created->group->name;
  const auto places = house.tables.slots.find(group);
  for (auto above = created->parent; above;) {
    const bool has_place =
        places != house.tables.slots.end() &&
        std::ranges::any_of(places->second, [&](const auto& place) { return place.second == above->run; });
    if (has_place) return std::nullopt;
    above = run::decode_created(house.tables.events.at({above->run, "d/0"}).data)->parent;
  }
  return group;
}

std::vector<RunId> check_started(const SimHouse& house, const RunId& run,
                                 std::vector<std::string>& problems) {
  std::vector<RunId> out;
  const run::Graph& graph = *house.graphs.at(house.tables.heads.at(run).hash);
  for (const run::Event& event : house.events_of(run)) {
    const auto list = event.key.starts_with("d/")
                          ? run::decode_decisions(graph, event.data)
                          : Result<std::vector<run::Decision>>(std::vector<run::Decision>());
    if (!list) continue;  // said elsewhere
    for (const run::Decision& decision : *list) {
      const bool starts =
          decision.type == run::EventType::step_started || decision.type == run::EventType::run_completed;
      if (!starts || !decision.run) continue;
      const std::string name = "run " + to_string(*decision.run);
      out.push_back(*decision.run);
      const auto first = house.tables.events.find({*decision.run, "d/0"});
      if (first == house.tables.events.end() || !house.tables.heads.contains(*decision.run)) {
        problems.push_back(name + " was to be made with a row that stands, and is not there");
        continue;
      }
      const auto created = run::decode_created(first->second.data);
      const bool is_child = created && created->parent && created->parent->run == run;
      const bool is_next = created && created->continued_from == run;
      if (is_child == is_next) problems.push_back(name + " does not say who started it");
      check_child(house, *decision.run, *created, decision, problems);
    }
  }
  return out;
}

std::optional<std::string> find_difference_to_log(const SimHouse& house, const RunId& run,
                                                  const run::Graph& graph, const run::RunState& held) {
  if (held.closing) return std::nullopt;  // its close wrote outcomes that nobody folds
  const auto folded = fold_run(graph, run, house.events_of(run));
  if (!folded) return "the log does not fold: " + folded.error().message;
  if (folded->generation > held.generation) return std::nullopt;  // somebody has had it go on since
  return find_difference(held, *folded);
}

std::vector<std::string> check_log_of(const SimHouse& house, const RunId& run, SimRandom& random) {
  std::vector<std::string> problems;
  const auto head = house.tables.heads.find(run);
  if (head == house.tables.heads.end()) return {"it was accepted and is not there"};
  const run::Graph& graph = *house.graphs.at(head->second.hash);
  std::vector<run::Event> events = house.events_of(run);
  check_decisions(graph, events, run::is_closed(head->second.phase), problems);
  const auto in_order = fold_run(graph, run, events);
  if (!in_order) return {"its log does not fold: " + in_order.error().message};
  if (run::is_closed(head->second.phase)) check_closed(graph, *in_order, problems);
  if (run::is_closed(head->second.phase) && in_order->phase != head->second.phase) {
    problems.push_back("its head row and its fold differ");
  }
  const auto folds = house.tables.folds.find(run);
  if (folds != house.tables.folds.end()) check_folds(graph, run, events, folds->second, problems);
  for (std::size_t at = events.size(); at > 1; --at) std::swap(events[at - 1], events[random.below(at)]);
  const auto shuffled = fold_run(graph, run, events);
  if (!shuffled) {
    problems.push_back("shuffled it does not fold: " + shuffled.error().message);
  } else if (const auto difference = find_difference(*in_order, *shuffled)) {
    problems.push_back("shuffled it folds to another state: " + *difference);
  }
  return problems;
}

}  // namespace callboard::test
