#include "dispatcher/engine/core.hpp"

#include <utility>

#include "shared/base/limits.hpp"
#include "shared/run/keys.hpp"

namespace callboard::dispatcher {
namespace {

constexpr Micros kLook = std::chrono::milliseconds(250);
constexpr Micros kSecond = std::chrono::seconds(1);
constexpr Micros kYoung = 2 * limits::kOpenRunsCheck;
constexpr std::size_t kDueAtOnce = 64;
constexpr Micros kDueAgain = std::chrono::milliseconds(10);
constexpr Micros kOnceMore = std::chrono::seconds(3);

log::Ownership::Member member_of(const Engine::Options& options) {
  return {options.self, log::Ownership::Role::dispatcher, options.name, "", 0};
}

}  // namespace

Engine::Core::Core(Ports ports, Options options)
    : ports_(ports),
      options_(std::move(options)),
      writers_(options_.self),
      fleet_(ports_.clock),
      watchers_(ports_.loop, ports_.clock),
      partitions_(ports_.clock, ports_.random, ports_.ownership, member_of(options_), options_.partitions,
                  partition_hooks()),
      timers_(ports_.loop, ports_.clock,
              [this](OpenRun& run, run::StepIndex step) {
                if (step == run::kNoStep) {
                  run.state.attention_run = true;
                } else if (step < run.state.steps.size()) {  // else a rewind took its item away
                  run.state.attention.push_back(step);
                }
                runs_.touch(run);
              }),
      parked_(watchers_),
      publisher_(ports_, fleet_, partitions_, pauses_, counts_,
                 [this](OpenRun& run, run::StepIndex step, std::uint32_t attempt, const Error& error) {
                   outcomes_.write(run, step, attempt, run::ErrorClass::validation, error.message);
                 }),
      runs_(ports_, writers_, partitions_, pauses_, publisher_, timers_, watchers_, counts_, options_.self,
            options_.partitions, run_hooks()),
      pause_review_(ports_.loop, pauses_, runs_, parked_, loader_),
      outcomes_(ports_.events, writers_, runs_),
      fold_store_(ports_.folds, ports_.definitions, options_.on_refused_fold),
      fold_saver_(ports_.loop, fold_store_, options_.stored_fold_events),
      loader_(ports_, partitions_, options_.partitions, runs_, fold_store_, fold_saver_),
      inbox_(ports_, options_.self, partitions_, loader_, runs_, parked_),
      heard_events_(ports_),
      listening_(ports_, options_.self, writers_, partitions_, runs_, heard_events_,
                 [this] { inbox_.read(); }),
      heard_(ports_, options_.self, partitions_, runs_, loader_, heard_events_, listening_),
      overdue_(ports_, publisher_, runs_, outcomes_, counts_),
      stopper_(ports_, fleet_, publisher_, runs_),
      shown_(ports_, runs_,
             [this](OpenRun& run) {
               if (may_park(run)) park(run);
             }),
      beats_(ports_.loop, limits::kLeaseRenewal, [this] { partitions_.beat(); }),
      looks_(ports_.loop, kLook, [this] { look(); }),
      seconds_(ports_.loop, kSecond, [this] { look_each_second(); }),
      comparisons_(ports_.loop, limits::kOpenRunsCheck, [this] { inbox_.compare_open_runs(); }) {}

Partitions::Hooks Engine::Core::partition_hooks() {
  return {[this](Partition partition) { take(partition); }, [this](Partition partition) { lose(partition); },
          options_.on_database_time,
          [this](std::vector<log::Pause> standing) {
            if (pauses_.learn(std::move(standing))) pause_review_.begin();
          }};
}

Runs::Hooks Engine::Core::run_hooks() {
  return {[this](const RunId& run) { loader_.load(run, {}); },
          [this](OpenRun& run) { stopper_.stop_workers(run); },
          [this](OpenRun& run, const std::vector<run::Listen>& listens) { listening_.listen(run, listens); },
          [this](OpenRun& run) { changed(run); },
          [this](const run::Event& event) { loader_.notice(event); },
          [this](const RunId& run) { parked_.erase(run); },
          [this](const RunId& run, std::size_t events) { fold_saver_.keep(run, events); },
          [this] { inbox_.read(); },
          [this](const log::NewRun& run, const GraphPtr& graph, std::shared_ptr<const Value> event, Time at) {
            adopt(run, graph, std::move(event), at);
          },
          [this](const run::Event& event) { notice(event); }};
}

void Engine::Core::start() {
  ports_.notices.on_notice([this](std::string_view bytes) { hear_notice(bytes); });
  ports_.notices.listen(topics::Notices::Audience::dispatchers,
                        [this](std::string_view bytes) { hear_broadcast(bytes); });
  beats_.start();
  looks_.start();
  seconds_.start();
  comparisons_.start();
  partitions_.beat();
}

void Engine::Core::stop(Task stopped) {
  stopping_ = true;
  for (Repeat* const repeat : {&beats_, &looks_, &seconds_, &comparisons_}) repeat->stop();
  timers_.stop();
  loader_.stop();
  fold_saver_.stop();
  inbox_.stop();
  listening_.stop();
  heard_.stop();
  overdue_.stop();
  stopper_.stop();
  pause_review_.stop();
  runs_.drop_all();
  parked_.drop_all();
  partitions_.stop(std::move(stopped));
}

void Engine::Core::hear_notice(std::string_view bytes) {
  if (stopping_) return;
  const auto events = topics::decode_notice(bytes);
  if (!events) return;  // best effort: what it spoke of is read from the log when it is overdue
  for (const run::Event& event : *events) notice(event);
}

void Engine::Core::hear_broadcast(std::string_view bytes) {
  if (stopping_) return;
  auto presence = topics::decode_presence(bytes);
  if (!presence) {
    if (topics::is_pauses_changed(bytes)) partitions_.beat();
    return;
  }
  fleet_.hear(std::move(*presence));
  runs_.pump();
}

void Engine::Core::notice(const run::Event& event) {
  // What people ask for is folded in the order of the log alone: an earlier word may have gone to another
  // dispatcher.
  const auto key = run::parse_key(event.key);
  if (key && (key->kind == run::KeyKind::command || key->kind == run::KeyKind::signal)) return inbox_.read();
  if (runs_.find(event.run) != nullptr) {
    runs_.fold(event);
  } else {
    if (parked_.find(event.run)) find(event.run);
    loader_.notice(event);
  }
}

void Engine::Core::find(const RunId& run) {
  const bool is_ours = partitions_.owns(partition_of(run, options_.partitions));
  if (!stopping_ && is_ours && runs_.find(run) == nullptr) loader_.load(run, {});
}

void Engine::Core::expect(const RunId& run) {
  if (time_of(run.uuid) + kYoung < ports_.clock.now()) return;  // the comparison of open runs has found it
  find(run);
  ports_.loop.after(kOnceMore, [this, run] { find(run); });
}

void Engine::Core::take(Partition partition) {
  ports_.notices.subscribe(partition);
  loader_.load_partition(partition);
}

void Engine::Core::lose(Partition partition) {
  ports_.notices.unsubscribe(partition);
  runs_.drop_partition(partition);
  parked_.drop_partition(partition);
}

/// A run that was read at a take-over and only rests leaves memory at once: they come by the hundred
/// thousand.
void Engine::Core::changed(OpenRun& run) {
  const bool is_as_read = run.again && !run.is_asked && run.folded == 0;
  if (!is_as_read || !may_park(run)) return shown_.changed(run);
  shown_.note(run);
  park(run);
}

bool Engine::Core::may_park(const OpenRun& run) const { return Parked::may_park(run, ports_.clock.now()); }

void Engine::Core::park(OpenRun& run) {
  parked_.add(run);
  runs_.park(run);
}

/// Those whose time is near are in memory when it comes. A few at a time, so that a crowd of them does not
/// hold up those that are due.
void Engine::Core::read_due() {
  const std::vector<RunId> due = parked_.find_due(ports_.clock.now(), kDueAtOnce);
  if (due.empty() || stopping_) return;
  if (!reads_due_) {
    reads_due_ = true;
    ports_.loop.after(kDueAgain, [this] {
      reads_due_ = false;
      read_due();
    });
  }
  if (loader_.size() >= kDueAtOnce) return;
  for (const RunId& run : due) {
    if (!loader_.is_loading(run)) loader_.load(run, {});
  }
}

void Engine::Core::look() {
  partitions_.check_deadline();
  watchers_.expire();
  runs_.pump();
  overdue_.look();
  inbox_.read();
  heard_.look();
  read_due();
  shown_.write();
}

void Engine::Core::look_each_second() {
  fleet_.expire();
  stopper_.repeat();
}

void Engine::Core::adopt(const log::NewRun& run, GraphPtr graph, std::shared_ptr<const Value> event,
                         Time at) {
  if (stopping_ || !partitions_.owns(run.partition) || runs_.find(run.id) != nullptr) return;
  run::Event created;
  created.run = run.id;
  created.key = run::decision_key(0);
  created.type = run::EventType::run_created;
  created.writer = run.writer;
  created.at = at;
  created.data = run.created;
  runs_.add({run.id, run.partition, std::move(graph), std::move(event), {std::move(created)}});
}

RunId Engine::Core::make_run_id() {
  const bool owns_any = partitions_.acts() && partitions_.size() > 0;
  return callboard::make_run_id(
      ports_.clock.now(), ports_.random, options_.partitions,
      [&](Partition partition) { return !owns_any || partitions_.owns(partition); });
}

void Engine::Core::when_closed(const RunId& run, Micros timeout, Closed done) {
  const bool is_here = runs_.find(run) != nullptr || parked_.find(run) || loader_.is_loading(run);
  if (stopping_ || !is_here) return watchers_.refuse(std::move(done));
  watchers_.wait(run, timeout, std::move(done));
}

void Engine::Core::tell_of_pauses(Task known) {
  ports_.notices.broadcast(topics::Notices::Audience::dispatchers, topics::encode_pauses_changed());
  partitions_.beat(std::move(known));
}

Engine::Counts Engine::Core::counts() const {
  Counts out = counts_;
  out.partitions = partitions_.acts() ? partitions_.size() : 0;
  out.open_runs = runs_.size() + parked_.size();
  out.outstanding_jobs = publisher_.outstanding();
  out.waiting_jobs = publisher_.waiting();
  out.timers = timers_.size() + parked_.timers();
  return out;
}

}  // namespace callboard::dispatcher
