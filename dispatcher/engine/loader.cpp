#include "dispatcher/engine/loader.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/engine/delivery_payload.hpp"
#include "shared/run/pinned.hpp"

namespace callboard::dispatcher {
namespace {

constexpr Micros kTryAgain = std::chrono::milliseconds(500);
constexpr std::size_t kNoticesKept =
    4'096;  // of one run while it is read; what is beyond them is found when overdue

bool is_passing(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout ||
         error.code == ErrorCode::too_large;
}

/// To another definition than the one that was loaded.
bool was_moved_meanwhile(const std::vector<run::Event>& noticed) {
  return std::ranges::find(noticed, run::EventType::run_migrated, &run::Event::type) != noticed.end();
}

}  // namespace

Loader::Loader(const Engine::Ports& ports, const Partitions& partitions, Partition count, Runs& runs,
               FoldStore& fold_store, FoldSaver& fold_saver)
    : ports_(ports),
      partitions_(partitions),
      count_(count),
      runs_(runs),
      fold_store_(fold_store),
      fold_saver_(fold_saver) {}

void Loader::load_partition(Partition partition) {
  ports_.folds.stored_runs(partition, [this, partition](Result<std::vector<RunId>> stored) {
    if (stopped_) return;
    if (stored) stored_.insert(stored->begin(), stored->end());
    load_open_runs(partition);
  });
}

void Loader::load_open_runs(Partition partition) {
  ports_.ownership.open_runs(partition, [this, partition](Result<std::vector<RunId>> open) {
    if (stopped_ || !partitions_.owns(partition)) return;
    if (!open) {
      ports_.loop.after(kTryAgain, [this, partition] { load_open_runs(partition); });
      return;
    }
    for (const RunId& run : *open) {
      if (runs_.find(run) == nullptr) load(run, {});
    }
  });
}

void Loader::load(const RunId& run, Loaded loaded) {
  if (stopped_) return;
  const auto [entry, is_new] = loading_.try_emplace(run);
  Loading& loading = entry->second;
  if (loading.reading) loading.reading->once_more = true;
  const bool is_waited_for = loaded != nullptr;
  if (is_waited_for) loading.loaded.push_back(std::move(loaded));
  if (is_waited_for && !loading.is_active) {
    queue_.push_front(run);  // what a person asked for does not wait behind a takeover
  } else if (is_new) {
    queue_.push_back(run);
  }
  next();
}

void Loader::notice(const run::Event& event) {
  const auto found = loading_.find(event.run);
  if (found == loading_.end() || !found->second.reading) return;
  std::vector<run::Event>& noticed = found->second.reading->noticed;
  if (noticed.size() < kNoticesKept) noticed.push_back(event);
}

void Loader::stop() {
  stopped_ = true;
  queue_.clear();
  loading_.clear();
  stored_.clear();
}

void Loader::next() {
  while (!stopped_ && active_ < kLoadsAtOnce && !queue_.empty()) {
    const RunId run = queue_.front();
    queue_.pop_front();
    const auto found = loading_.find(run);
    const bool is_passed =
        found == loading_.end() || found->second.is_active;  // it stood further in front too
    if (is_passed) continue;
    found->second.is_active = true;
    ++active_;
    read(run);
  }
}

void Loader::read(const RunId& run) {
  const auto found = loading_.find(run);
  if (stopped_ || found == loading_.end()) return;
  if (!partitions_.owns(partition_of(run, count_))) return finish(run, true);
  found->second.reading = std::make_unique<Reading>();  // what was noticed so far, the log has
  if (stored_.erase(run) > 0 && runs_.find(run) == nullptr) return read_stored(run);
  ports_.events.read_run(run, [this, run](Result<std::vector<run::Event>> events) {
    if (!stopped_) have_events(run, std::move(events));
  });
}

void Loader::read_stored(const RunId& run) {
  fold_store_.open(run, [this, run](Result<StoredRun> stored) {
    if (stopped_) return;
    if (!stored) return give_up(run, stored.error());
    if (stored->last() == nullptr) return have_events(run, std::move(stored->events));
    Reading& reading = reading_of(run);
    if (reading.once_more) return read(run);
    reading.events = std::move(stored->events);
    reading.start = stored->last()->state;
    have_graph(run, run::Created(reading.start->created), std::move(stored->graph));
  });
}

void Loader::have_events(const RunId& run, Result<std::vector<run::Event>> events) {
  if (!events) return give_up(run, events.error());
  Reading& reading = reading_of(run);
  if (reading.once_more) return read(run);
  reading.events = std::move(*events);
  auto created = run::find_created(reading.events);
  if (!created) return give_up(run, created.error());
  if (const OpenRun* const known = runs_.find(run); known != nullptr) {
    if (known->graph == nullptr || known->graph->hash == created->hash) return add(run, nullptr);
    runs_.drop(run);  // it was moved to another definition
  }
  std::string hash = created->hash;
  ports_.definitions.load(std::move(hash),
                          [this, run, created = std::move(*created)](Result<GraphPtr> graph) {
                            if (!stopped_) have_graph(run, created, std::move(graph));
                          });
}

void Loader::have_graph(const RunId& run, const run::Created& created, Result<GraphPtr> graph) {
  if (!graph) return give_up(run, graph.error());
  Reading& reading = reading_of(run);
  reading.graph = std::move(*graph);
  if (!reading.graph->reads_event || !created.delivery) return add(run, nullptr);
  ports_.library.delivery(*created.delivery, [this, run](Result<log::Delivery> delivery) {
    if (!stopped_) have_payload(run, std::move(delivery));
  });
}

void Loader::have_payload(const RunId& run, Result<log::Delivery> delivery) {
  if (!delivery) return give_up(run, delivery.error());
  auto payload = read_payload(*delivery);
  if (!payload) return give_up(run, payload.error());
  add(run, std::make_shared<const Value>(std::move(*payload)));
}

void Loader::add(const RunId& run, std::shared_ptr<const Value> event) {
  const Partition partition = partition_of(run, count_);
  Reading& reading = reading_of(run);
  const bool is_partly_read = reading.start && runs_.find(run) != nullptr;
  if (reading.once_more || is_partly_read) return read(run);
  if (!partitions_.owns(partition)) return finish(run, true);
  if (was_moved_meanwhile(reading.noticed)) return read(run);
  const std::size_t read_events = reading.events.size();
  std::ranges::move(reading.noticed, std::back_inserter(reading.events));
  if (runs_.find(run) != nullptr) {
    runs_.refold(run, reading.events);
  } else {
    runs_.add({run, partition, std::move(reading.graph), std::move(event), std::move(reading.events), true,
               !loading_.at(run).loaded.empty(), std::move(reading.start)});
    fold_saver_.keep(run, read_events);
  }
  finish(run, !runs_.is_to_be_rewound(run));
}

void Loader::give_up(const RunId& run, const Error& error) {
  if (is_passing(error)) {
    ports_.loop.after(kTryAgain, [this, run] { read(run); });
    return;
  }
  if (error.code == ErrorCode::not_found && reading_of(run).events.empty()) return finish(run, false);
  const Partition partition = partition_of(run, count_);
  if (partitions_.owns(partition)) runs_.add_set_aside(run, partition, error.message);
  finish(run, true);
}

void Loader::finish(const RunId& run, bool read) {
  auto node = loading_.extract(run);
  --active_;
  for (const Loaded& loaded : node.mapped().loaded) loaded(read);
  next();
}

}  // namespace callboard::dispatcher
