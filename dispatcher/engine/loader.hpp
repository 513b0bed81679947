#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dispatcher/engine/fold_saver.hpp"
#include "dispatcher/engine/runs.hpp"

namespace callboard::dispatcher {

/// Brings runs from the log into memory: all open ones of a partition just taken, single ones that the inbox
/// names. At most kLoadsAtOnce at a time, again and again while the database is away. On the loop.
class Loader {
 public:
  static constexpr std::size_t kLoadsAtOnce = 512;  // two questions to PostgreSQL
  /// True: the run is in memory as the log has it, or closed, or not ours. False: it was not read, or it is
  /// closed and a command that no decision has consumed has it go on.
  using Loaded = std::function<void(bool read)>;

  Loader(const Engine::Ports& ports, const Partitions& partitions, Partition count, Runs& runs,
         FoldStore& fold_store, FoldSaver& fold_saver);

  /// Everything that is open in a partition that was just taken. Its notices must be subscribed to before.
  void load_partition(Partition partition);
  /// A run, as the log has it now: folded anew if it is in memory.
  void load(const RunId& run, Loaded loaded);
  /// Keeps an event of a run that is being loaded: the log may have been read just before it was appended.
  void notice(const run::Event& event);
  bool is_loading(const RunId& run) const { return loading_.contains(run); }
  std::size_t size() const { return loading_.size(); }
  void stop();

 private:
  /// What has been read of a run so far.
  struct Reading {
    std::optional<run::RunState> start;  // a stored fold, which `events` are folded onto
    std::vector<run::Event> events;
    std::vector<run::Event> noticed;
    GraphPtr graph;
    bool once_more = false;  // asked for again after the log was read
  };
  /// Small while it waits for its turn: a take-over brings them by the hundred thousand.
  struct Loading {
    std::vector<Loaded> loaded;
    bool is_active = false;  // has left the queue
    std::unique_ptr<Reading> reading{};
  };

  Reading& reading_of(const RunId& run) { return *loading_.at(run).reading; }
  void load_open_runs(Partition partition);
  void next();
  void read(const RunId& run);
  void read_stored(const RunId& run);
  void have_events(const RunId& run, Result<std::vector<run::Event>> events);
  void have_graph(const RunId& run, const run::Created& created, Result<GraphPtr> graph);
  void have_payload(const RunId& run, Result<log::Delivery> delivery);
  void add(const RunId& run, std::shared_ptr<const Value> event);
  void give_up(const RunId& run, const Error& error);
  void finish(const RunId& run, bool read);

  const Engine::Ports& ports_;
  const Partitions& partitions_;
  Partition count_;
  Runs& runs_;
  FoldStore& fold_store_;
  FoldSaver& fold_saver_;
  bool stopped_ = false;
  std::size_t active_ = 0;
  std::deque<RunId> queue_;
  std::unordered_map<RunId, Loading> loading_;
  std::unordered_set<RunId> stored_;  // runs to be loaded that have a stored fold
};

}  // namespace callboard::dispatcher
