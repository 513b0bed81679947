#include "dispatcher/schedule/scheduler.hpp"

#include <algorithm>
#include <iterator>

#include "shared/base/hash.hpp"

namespace callboard::dispatcher {
namespace {

using namespace std::chrono_literals;

// Workflows and leases change without telling; and timers run on the machine's clock, ticks on the
// database's.
constexpr Micros kLook = 1s;
constexpr Micros kFinish = 5s;
constexpr Micros kStarting = 10s;  // for so long whoever decided a tick may be about to make its run
constexpr int kFinishedAtOnce = 256;
constexpr Micros kSweep = 1h;
constexpr std::size_t kKeptAtOnce = 500;
constexpr std::size_t kDecidedAtOnce = 256;

}  // namespace

Scheduler::Scheduler(Ports ports, std::string vars, bool segments)
    : ports_(ports.runs),
      registry_(ports.registry),
      runs_(ports.runs, std::move(vars), segments),
      looks_(ports_.loop, kLook, [this] { look(); }),
      finishes_(ports_.loop, kFinish, [this] { finish_others(); }),
      sweeps_(ports_.loop, kSweep, [this] { sweep(); }) {}

void Scheduler::start() {
  looks_.start();
  finishes_.start();
  sweeps_.start();
}

void Scheduler::stop() {
  alive_.reset();
  runs_.stop();
  looks_.stop();
  finishes_.stop();
  sweeps_.stop();
  ports_.loop.cancel(std::exchange(timer_, 0));
}

bool Scheduler::is_ours(const std::string& slug) const {
  return ports_.engine.owns(static_cast<Partition>(stable_hash(slug) % ports_.engine.partition_count()));
}

void Scheduler::look() {
  if (!registry_.is_loaded()) return;
  drop_lost();
  keep_changed();
  arm();
}

/// Workflows that are gone, or another dispatcher's.
void Scheduler::drop_lost() {
  bool is_gone = false;
  for (auto known = kept_.begin(); known != kept_.end();) {
    const bool is_current = registry_.workflows().find(known->first) != nullptr;
    if (is_current && is_ours(known->first)) {
      ++known;
      continue;
    }
    is_gone |= !is_current;
    drop_entries(known->first);
    known = kept_.erase(known);
  }
  if (is_gone) sweep();
}

/// Tells the log of workflows that are new, changed, or ours since a moment ago, those without schedules too:
/// they may have had some.
void Scheduler::keep_changed() {
  if (is_keeping_) return;
  std::vector<CurrentWorkflowPtr> changed;
  std::vector<log::Schedules::Kept> wanted;
  for (const CurrentWorkflowPtr& workflow : registry_.workflows().list()) {
    const auto known = kept_.find(workflow->graph->slug);
    if (known != kept_.end() && known->second == workflow->graph->hash) continue;
    if (!is_ours(workflow->graph->slug)) continue;
    log::Schedules::Kept& kept = wanted.emplace_back(workflow->graph->slug, workflow->graph->hash);
    for (const auto& schedule : workflow->triggers.schedules) kept.ids.push_back(schedule.times.id());
    changed.push_back(workflow);
    if (changed.size() == kKeptAtOnce) break;
  }
  if (changed.empty()) return;
  is_keeping_ = true;
  ports_.schedules.keep(std::move(wanted),
                        [this, alive = std::weak_ptr(alive_), changed](const Result<bool>& done) {
                          if (alive.expired()) return;
                          is_keeping_ = false;
                          if (done) kept(changed);
                        });
}

void Scheduler::kept(const std::vector<CurrentWorkflowPtr>& workflows) {
  for (const CurrentWorkflowPtr& workflow : workflows) {
    const std::string& slug = workflow->graph->slug;
    drop_entries(slug);
    kept_[slug] = workflow->graph->hash;
    for (std::size_t i = 0; i < workflow->triggers.schedules.size(); ++i) {
      const log::ScheduleKey key{slug, workflow->triggers.schedules[i].times.id()};
      entries_[key] = {workflow, i, Time{}};
      wait_for(key, ports_.clock.now());
    }
  }
  arm();
}

void Scheduler::drop_entries(const std::string& slug) {
  for (auto entry = entries_.lower_bound({slug, {}});
       entry != entries_.end() && entry->first.workflow == slug;) {
    queue_.erase({entry->second.next, entry->first});
    entry = entries_.erase(entry);
  }
}

void Scheduler::sweep() {
  ports_.schedules.sweep([](const Result<bool>&) {});
}

void Scheduler::finish_others() {
  ports_.schedules.starting(
      kStarting, kFinishedAtOnce,
      [this, alive = std::weak_ptr(alive_)](const Result<std::vector<log::Schedules::Settled>>& found) {
        if (alive.expired() || !found) return;
        for (const log::Schedules::Settled& tick : *found) {
          if (is_ours(tick.key.workflow)) runs_.finish(tick);
        }
      });
}

void Scheduler::wait_for(const log::ScheduleKey& key, Time at) {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return;
  queue_.erase({entry->second.next, key});
  entry->second.next = at;
  queue_.emplace(at, key);
}

void Scheduler::arm() {
  ports_.loop.cancel(std::exchange(timer_, 0));
  if (queue_.empty()) return;
  const Micros delay = queue_.begin()->first - ports_.clock.now();
  if (queue_.begin()->first != Time::max() && delay < kLook)
    timer_ = ports_.loop.after(std::max(delay, Micros(0)), [this] { fire(); });
}

void Scheduler::fire() {
  timer_ = 0;
  std::vector<log::ScheduleKey> due;
  while (!queue_.empty() && queue_.begin()->first <= ports_.clock.now() && due.size() < kDecidedAtOnce) {
    due.push_back(queue_.begin()->second);
    queue_.erase(queue_.begin());
  }
  if (!due.empty()) consider(due);
  arm();
}

void Scheduler::consider(const std::vector<log::ScheduleKey>& keys) {
  ports_.schedules.read(
      keys, [this, alive = std::weak_ptr(alive_), keys](Result<std::vector<log::ScheduleState>> states) {
        if (alive.expired()) return;
        if (!states) return try_later(keys);
        decide(keys, std::move(*states));
      });
}

void Scheduler::decide(const std::vector<log::ScheduleKey>& keys, std::vector<log::ScheduleState> states) {
  std::map<log::ScheduleKey, log::ScheduleState> by_key;
  for (log::ScheduleState& state : states) by_key[state.key] = std::move(state);
  const auto pendings = std::make_shared<Pendings>();  // shared with the callback of the write
  std::vector<log::Schedules::Decision> decisions;
  for (const log::ScheduleKey& key : keys) {
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) continue;
    const auto state = by_key.find(key);
    // It ended in the log, or is another's meanwhile: the log is told of it anew where it is wanted still.
    if (state == by_key.end() || !is_ours(key.workflow)) {
      kept_.erase(key.workflow);
      continue;
    }
    const CurrentWorkflowPtr& workflow = entry->second.workflow;
    const TickRules rules{workflow->triggers.schedules[entry->second.trigger], key.workflow,
                          workflow->graph->hash, find_pause(key.workflow)};
    TickDecision decision = decide_ticks(rules, state->second, ports_.clock.now());
    if (!decision.changes(state->second)) {
      wait_for(key, decision.look_again);
      continue;
    }
    decisions.push_back(
        {key, workflow->graph->hash, state->second.serial, decision.considered, decision.ticks});
    pendings->push_back({key, workflow, std::move(decision)});
  }
  if (!decisions.empty()) write(std::move(decisions), pendings);
  arm();
}

std::string Scheduler::find_pause(const std::string& slug) const {
  const log::Pause* const pause = find_pause_of_ticks(ports_.engine.pauses(), slug);
  if (pause == nullptr) return {};
  return (pause->name.empty() ? "everything" : pause->scope + " " + pause->name) + " is paused by " +
         pause->actor + (pause->reason.empty() ? "" : ": " + pause->reason);
}

void Scheduler::write(std::vector<log::Schedules::Decision> decisions, std::shared_ptr<Pendings> pendings) {
  ports_.schedules.decide(std::move(decisions), [this, alive = std::weak_ptr(alive_), pendings](
                                                    const Result<std::vector<log::ScheduleKey>>& stand) {
    if (alive.expired()) return;
    const std::set<log::ScheduleKey> won =
        stand ? std::set<log::ScheduleKey>(stand->begin(), stand->end()) : std::set<log::ScheduleKey>();
    std::vector<log::ScheduleKey> lost;
    for (const Pending& pending : *pendings) {
      if (won.contains(pending.key))
        carry_out(pending);
      else
        lost.push_back(pending.key);
    }
    try_later(lost);
  });
}

void Scheduler::carry_out(const Pending& pending) {
  for (const log::Tick& tick : pending.decision.ticks) {
    if (tick.outcome == log::TickOutcome::starting) runs_.make(pending.key, tick, pending.workflow);
  }
  wait_for(pending.key, pending.decision.look_again);
}

/// The database is away, somebody else decided, or the workflow changed: what stands is read again.
void Scheduler::try_later(const std::vector<log::ScheduleKey>& keys) {
  for (const log::ScheduleKey& key : keys) wait_for(key, ports_.clock.now() + kLook);
  arm();
}

}  // namespace callboard::dispatcher
