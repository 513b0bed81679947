#include "dispatcher/engine/runs.hpp"

#include <algorithm>
#include <utility>

#include "shared/run/children.hpp"
#include "shared/run/commands.hpp"
#include "shared/run/decide.hpp"
#include "shared/run/fold.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::uint32_t kGrown = 4'096;                        // events of a run, to tell of
constexpr Micros kReadAgain = std::chrono::milliseconds(250);  // after an append that was refused
constexpr Micros kAskAgain = std::chrono::milliseconds(50);    // for a turn, at the earliest: clocks differ

bool has_throttle(const run::Step& step) { return step.throttle.has_value(); }

bool is_at_work(const run::RunState& state) {
  return state.phase == run::RunPhase::running || state.phase == run::RunPhase::cancelling;
}

}  // namespace

Runs::Runs(const Engine::Ports& ports, Writers& writers, const Partitions& partitions, const Pauses& pauses,
           Publisher& publisher, Timers& timers, Watchers& watchers, Engine::Counts& counts,
           const Incarnation& self, Partition partition_count, Hooks hooks)
    : ports_(ports),
      writers_(writers),
      partitions_(partitions),
      pauses_(pauses),
      publisher_(publisher),
      timers_(timers),
      watchers_(watchers),
      counts_(counts),
      hooks_(std::move(hooks)),
      admission_(ports.loop, ports.events, ports.slots, writers, self, [this] { hooks_.left_group(); }),
      children_(ports, writers, partition_count, child_hooks()),
      turns_(ports.clock, publisher) {}

Children::Hooks Runs::child_hooks() {
  return {[this](const RunId& id, std::uint64_t serial) { return find(id, serial); },
          [this](OpenRun& run) { touch(run); }, hooks_.made,
          [this](const run::Event& event) { hooks_.notice(event); }, [this] { hooks_.left_group(); }};
}

void Runs::add(Found found) {
  if (find(found.id) != nullptr) return;
  hooks_.added(found.id);
  auto run = std::make_unique<OpenRun>();
  run->graph = std::move(found.graph);
  run->state = found.start ? std::move(*found.start) : run::make_state(*run->graph, found.id);
  run->state.event = std::move(found.event);
  run->partition = found.partition;
  run->serial = ++last_serial_;
  run->again = found.again;
  run->is_asked = found.is_asked;
  if (!found.again) run->shown = run::RunPhase::running;
  const bool is_new = !found.start && found.events.size() <= 1;
  run->may_queue = !is_new && std::ranges::any_of(run->graph->steps, &has_throttle);
  OpenRun& added = *runs_.emplace(found.id, std::move(run)).first->second;
  for (const run::Event& event : found.events) {
    if (!apply(added, event)) return;
  }
  if (run::is_closed(added.state.phase)) return close(added);
  touch(added);
}

void Runs::add_set_aside(const RunId& id, Partition partition, std::string why) {
  if (find(id) != nullptr) return;
  hooks_.added(id);
  auto run = std::make_unique<OpenRun>();
  run->state.id = id;
  run->partition = partition;
  run->serial = ++last_serial_;
  set_aside(*runs_.emplace(id, std::move(run)).first->second, std::move(why));
}

void Runs::refold(const RunId& id, const std::vector<run::Event>& events) {
  OpenRun* const run = find(id);
  if (run == nullptr) return;
  if (run->graph == nullptr) return admission_.stand_aside(id);  // it can't be read, and was woken
  run::RunState state = run::make_state(*run->graph, id);
  state.event = std::move(run->state.event);
  const std::vector<run::Item> items = std::move(run->state.items);
  run->state = std::move(state);
  run->again |= run->stale;  // somebody else decides, and may publish, too
  run->stale = false;
  run->turn_at.reset();
  run->no_turn_before.clear();
  timers_.drop(*run);
  for (const run::Event& event : events) {
    if (!apply(*run, event)) return;
    watchers_.saw(event);
  }
  if (run::is_closed(run->state.phase)) return close(*run);
  publisher_.compare(*run, items);
  touch(*run);
}

void Runs::fold(const run::Event& event) {
  OpenRun* const run = find(event.run);
  if (run == nullptr || !run->set_aside.empty()) return;
  if (is_moved(*run)) return hooks_.folded(event);
  if (!apply(*run, event)) return;
  hooks_.folded(event);
  if (++run->folded == kGrown) hooks_.grown(event.run, std::exchange(run->folded, 0));
  watchers_.saw(event);
  if (is_moved(*run)) return;
  if (run::is_closed(run->state.phase)) return close(*run);
  const auto key = run::parse_key(event.key);
  if (key && key->kind == run::KeyKind::result && key->generation == run->state.generation) {
    const run::StepIndex place = run::find_place(run->state, run->graph->find(key->step), key->item);
    publisher_.settled(*run, place, key->attempt, event.type == run::EventType::step_completed);
  }
  touch(*run);
}

bool Runs::apply(OpenRun& run, const run::Event& event) {
  const auto folded = run::fold(*run.graph, run.state, event);
  if (!folded) {
    set_aside(run, event.key + ": " + folded.error().message);
    return false;
  }
  ++counts_.events_folded;
  return true;
}

bool Runs::is_moved(OpenRun& run) {
  if (run.state.created.hash.empty() || run.state.created.hash == run.graph->hash) return false;
  if (!std::exchange(run.stale, true)) hooks_.read_again(run.state.id);
  return true;
}

void Runs::set_aside(OpenRun& run, std::string why) {
  run.set_aside = std::move(why);
  publisher_.drop(run);
  turns_.drop(run);
  timers_.drop(run);
  admission_.stand_aside(run.state.id);
  ++counts_.set_aside;
}

void Runs::close(OpenRun& run) {
  const RunId id = run.state.id;
  leave_turns(run);
  if (run::needs_admission(run.state.created, run.state.generation)) hooks_.left_group();
  if (run::wants_rewind(run.state)) {
    publisher_.drop(run);
    turns_.drop(run);
    timers_.drop(run);
    run.workers_stopped = false;
    watchers_.closed(run);
    return touch(run);
  }
  ++counts_.runs_closed;
  hooks_.grown(id, run.folded);
  const auto node = runs_.extract(id);
  forget(*node.mapped());
  watchers_.closed(*node.mapped());
}

void Runs::forget(OpenRun& run) {
  publisher_.drop(run);
  turns_.drop(run);
  timers_.drop(run);
  if (run.dirty) std::ranges::replace(dirty_, &run, nullptr);
}

bool Runs::is_to_be_rewound(const RunId& id) const {
  const OpenRun* const run = find(id);
  return run != nullptr && run->set_aside.empty() && run::is_to_be_rewound(run->state);
}

void Runs::drop(const RunId& id) {
  const auto node = runs_.extract(id);
  if (node.empty()) return;
  forget(*node.mapped());
  watchers_.lost(id);
}

void Runs::park(OpenRun& run) {
  const auto node = runs_.extract(RunId(run.state.id));
  forget(*node.mapped());
}

void Runs::drop_partition(Partition partition) {
  std::vector<RunId> gone;
  each([&](const OpenRun& run) {
    if (run.partition == partition) gone.push_back(run.state.id);
  });
  for (const RunId& id : gone) drop(id);
}

void Runs::drop_all() {
  while (!runs_.empty()) drop(RunId(runs_.begin()->first));
}

OpenRun* Runs::find(const RunId& id) {
  const auto found = runs_.find(id);
  return found == runs_.end() ? nullptr : found->second.get();
}

const OpenRun* Runs::find(const RunId& id) const {
  const auto found = runs_.find(id);
  return found == runs_.end() ? nullptr : found->second.get();
}

OpenRun* Runs::find(const RunId& id, std::uint64_t serial) {
  OpenRun* const run = find(id);
  return run != nullptr && run->serial == serial ? run : nullptr;
}

void Runs::touch(OpenRun& run) {
  if (!run.dirty) {
    run.dirty = true;
    dirty_.push_back(&run);
  }
  if (turn_posted_) return;
  turn_posted_ = true;
  ports_.loop.post([this] { turn(); });
}

void Runs::turn() {
  turn_posted_ = false;
  const std::size_t count = dirty_.size();
  for (std::size_t at = 0; at < count; ++at) {
    if (dirty_[at] != nullptr) decide(*dirty_[at]);
  }
  dirty_.erase(dirty_.begin(), dirty_.begin() + static_cast<std::ptrdiff_t>(count));
  pump();
}

void Runs::pump() {
  publisher_.pump();
  for (OpenRun* const run : turns_.pump()) touch(*run);
}

void Runs::decide(OpenRun& run) {
  run.dirty = false;
  if (run.deciding || run.stale || !run.set_aside.empty() || !partitions_.owns(run.partition)) return;
  if (!run.state.queued) {
    run.no_place.clear();
    run.turn_at.reset();
  }
  const run::Outlook outlook{.now = ports_.clock.now(),
                             .workers_stopped = run.workers_stopped,
                             .hold = pauses_.find_over(run),
                             .no_place = run.no_place.empty() ? nullptr : &run.no_place,
                             .prepared = &run.prepared,
                             .turn_at = run.turn_at,
                             .no_turn_before = &run.no_turn_before,
                             .may_ask = &run.may_ask};
  run::Decided decided = run::decide(*run.graph, run.state, outlook);
  for (const run::ArmTimer& timer : decided.timers) timers_.arm(run, timer.step, timer.at);
  for (const run::PublishJob& job : decided.jobs) publisher_.offer(run, job);
  for (const run::StartRun& start : decided.starts) children_.prepare(run, start);
  for (const run::Told& told : decided.tells) children_.tell(told);
  if (run.state.phase == run::RunPhase::paused) publisher_.withdraw(run);
  if (decided.stands_aside) {
    run.turn_at.reset();  // it has left the queue
    admission_.stand_aside(run.state.id, run::decision_key(run.state.decisions));
  }
  turns_.compare(run, is_at_work(run.state));
  leave_turns(run);
  if (decided.row) commit(run, std::move(*decided.row));
  if (decided.stop_workers) hooks_.stop_workers(run);
  if (!decided.listens.empty()) hooks_.listens(run, decided.listens);
  hooks_.changed(run);
}

log::Append Runs::make_append(OpenRun& run, run::DecisionRow row) {
  run.deciding = true;
  ++rows_in_flight_;
  ++counts_.rows_decided;
  log::Append append;
  append.run = run.state.id;
  append.key = run::decision_key(row.number);
  append.type = row.list.back().type;
  append.writer = writers_.next();
  append.data = run::encode_decisions(*run.graph, row.list);
  if (row.closes) append.close = {*row.closes, std::move(row.free_keys)};
  append.reopens = row.reopens;
  return append;
}

void Runs::commit(OpenRun& run, run::DecisionRow row) {
  if (row.admits) return admit(run, std::move(row));
  if (row.admits_step != run::kNoStep) return admit_step(run, std::move(row));
  append(run, std::move(row));
}

/// What hangs on the row is done with whether or not the run is still here: it is other runs' matter.
void Runs::append(OpenRun& run, run::DecisionRow row) {
  log::Append append = make_append(run, row);
  children_.attach(run, row, append);
  auto hung = children_.take(run, row);
  ports_.events.append(std::move(append), [this, id = run.state.id, serial = run.serial,
                                           hung = std::move(hung)](Result<log::Appended> answer) mutable {
    if (answer && answer->won) children_.committed(std::move(hung), answer->stored.at);
    appended(id, serial, std::move(answer));
  });
}

void Runs::appended(const RunId& id, std::uint64_t serial, Result<log::Appended> answer) {
  --rows_in_flight_;
  OpenRun* const run = find(id, serial);
  if (run == nullptr) return;
  run->deciding = false;
  if (answer && answer->won) return fold(answer->stored);
  run->stale = true;
  if (answer) {
    ++counts_.decisions_lost;
    return hooks_.read_again(id);
  }
  if (answer.error().code == ErrorCode::invalid) return set_aside(*run, answer.error().message);
  read_again(*run);
}

void Runs::admit(OpenRun& run, run::DecisionRow row) {
  run.turn_at.reset();
  const run::Created& created = run.state.created;
  Admission::Wanted wanted{.run = run.state.id, .group = {}, .rate = created.rate};
  if (run::needs_place(created, run.state.generation)) wanted.group = created.group;
  admission_.try_for(std::move(wanted), make_append(run, std::move(row)),
                     [this, id = run.state.id, serial = run.serial](Result<Admission::Answer> answer) {
                       admitted(id, serial, std::move(answer));
                     });
}

void Runs::admitted(const RunId& id, std::uint64_t serial, Result<Admission::Answer> answer) {
  --rows_in_flight_;
  OpenRun* const run = find(id, serial);
  if (run == nullptr) return;
  run->deciding = false;
  if (answer && answer->row) return fold(*answer->row);
  if (answer) {
    run->no_place = std::move(answer->no_place);
    // Told of anything meanwhile it asks again at once.
    if (answer->turn_at && !std::exchange(run->state.attention_run, true))
      run->turn_at = std::max(*answer->turn_at, ports_.clock.now() + kAskAgain);
    return touch(*run);
  }
  not_admitted(*run, answer.error());
}

void Runs::not_admitted(OpenRun& run, const Error& error) {
  if (error.code == ErrorCode::invalid) return set_aside(run, error.message);
  if (error.code != ErrorCode::conflict) return read_again(run);
  run.stale = true;
  ++counts_.decisions_lost;
  hooks_.read_again(run.state.id);
}

void Runs::admit_step(OpenRun& run, run::DecisionRow row) {
  const run::Rate rate = *row.list.back().rate;
  Turn turn{rate.name, row.admits_step};
  admission_.try_for_step(
      run.state.id, rate, make_append(run, std::move(row)),
      [this, id = run.state.id, serial = run.serial, turn = std::move(turn)](
          Result<Admission::Answer> answer) { admitted_step(id, serial, turn, std::move(answer)); });
}

void Runs::admitted_step(const RunId& id, std::uint64_t serial, const Turn& turn,
                         Result<Admission::Answer> answer) {
  --rows_in_flight_;
  OpenRun* const run = find(id, serial);
  if (run == nullptr) return;
  run->deciding = false;
  if (!answer) return not_admitted(*run, answer.error());
  if (answer->row) {
    run->no_turn_before.erase(turn.throttle);
    run->queues.erase(turn.throttle);
    turns_.had_turn(*run, turn.throttle, turn.step);
    return fold(*answer->row);
  }
  run->no_turn_before[turn.throttle] = std::max(*answer->turn_at, ports_.clock.now() + kAskAgain);
  run->queues.insert(turn.throttle);
  touch(*run);
}

/// None of its steps wants a turn of some throttle any more: those behind it need not wait for it.
void Runs::leave_turns(OpenRun& run) {
  const auto is_wanted = [&](const std::string& throttle) {
    return is_at_work(run.state) && run.state.turns_wanted.contains(throttle);
  };
  // Where it waited before it was read is not known: at all that it wants turns of, or somewhere if of none.
  const bool wants_any = is_at_work(run.state) && !run.state.turns_wanted.empty();
  const bool may_queue = std::exchange(run.may_queue, false);
  if (may_queue && wants_any) {
    for (const auto& [throttle, steps] : run.state.turns_wanted) run.queues.insert(throttle);
  }
  const std::size_t left = std::erase_if(run.queues, [&](const auto& of) { return !is_wanted(of); });
  if (left == 0 && (!may_queue || wants_any)) return;
  std::erase_if(run.no_turn_before, [&](const auto& of) { return !is_wanted(of.first); });
  admission_.leave_turns(run.state.id, {run.queues.begin(), run.queues.end()});
}

void Runs::read_again(OpenRun& run) {
  run.stale = true;
  ports_.loop.after(kReadAgain, [this, id = run.state.id, serial = run.serial] {
    if (find(id, serial) != nullptr) hooks_.read_again(id);
  });
}

}  // namespace callboard::dispatcher
