#include "dispatcher/engine/loader.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/engine/delivery_payload.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::dispatcher {
namespace {

constexpr Micros kTryAgain = std::chrono::milliseconds(500);
constexpr std::size_t kNoticesKept =
    4'096;  // of one run while it is read; what is beyond them is found when overdue

bool is_passing(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout ||
         error.code == ErrorCode::too_large;
}

}  // namespace

Loader::Loader(const Engine::Ports& ports, const Partitions& partitions, Partition count, Runs& runs)
    : ports_(ports), partitions_(partitions), count_(count), runs_(runs) {}

void Loader::load_partition(Partition partition) {
  ports_.ownership.open_runs(partition, [this, partition](Result<std::vector<RunId>> open) {
    if (stopped_ || !partitions_.owns(partition)) return;
    if (!open) {
      ports_.loop.after(kTryAgain, [this, partition] { load_partition(partition); });
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
  if (loading.is_reading) loading.once_more = true;
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
  if (found != loading_.end() && found->second.noticed.size() < kNoticesKept) {
    found->second.noticed.push_back(event);
  }
}

void Loader::stop() {
  stopped_ = true;
  queue_.clear();
  loading_.clear();
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
  found->second.is_reading = true;
  found->second.once_more = false;
  ports_.events.read_run(run, [this, run](Result<std::vector<run::Event>> events) {
    if (!stopped_) have_events(run, std::move(events));
  });
}

void Loader::have_events(const RunId& run, Result<std::vector<run::Event>> events) {
  if (!events) return give_up(run, events.error());
  Loading& loading = loading_.at(run);
  if (loading.once_more) return read(run);
  loading.events = std::move(*events);
  if (runs_.find(run) != nullptr) return add(run, nullptr);
  const auto first = std::ranges::find(loading.events, run::decision_key(0), &run::Event::key);
  if (first == loading.events.end()) return give_up(run, {ErrorCode::invalid, "the run has no d/0"});
  auto created = run::decode_created(first->data);
  if (!created) return give_up(run, created.error());
  std::string hash = created->hash;
  ports_.definitions.load(std::move(hash),
                          [this, run, created = std::move(*created)](Result<GraphPtr> graph) {
                            if (!stopped_) have_graph(run, created, std::move(graph));
                          });
}

void Loader::have_graph(const RunId& run, const run::Created& created, Result<GraphPtr> graph) {
  if (!graph) return give_up(run, graph.error());
  Loading& loading = loading_.at(run);
  loading.graph = std::move(*graph);
  if (!loading.graph->reads_event || !created.delivery) return add(run, nullptr);
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
  Loading& loading = loading_.at(run);
  if (loading.once_more) return read(run);
  if (!partitions_.owns(partition)) return finish(run, true);
  std::ranges::move(loading.noticed, std::back_inserter(loading.events));
  if (runs_.find(run) != nullptr) {
    runs_.refold(run, loading.events);
  } else {
    runs_.add({run, partition, std::move(loading.graph), std::move(event), std::move(loading.events), true});
  }
  finish(run, !runs_.is_to_be_rewound(run));
}

void Loader::give_up(const RunId& run, const Error& error) {
  if (is_passing(error)) {
    ports_.loop.after(kTryAgain, [this, run] { read(run); });
    return;
  }
  if (error.code == ErrorCode::not_found && loading_.at(run).events.empty()) return finish(run, false);
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
