#pragma once

#include <memory>
#include <set>
#include <vector>

#include "dispatcher/engine/loader.hpp"
#include "dispatcher/engine/parked.hpp"

namespace callboard::dispatcher {

/// What an owner can't expect: new runs and commands of others, read from the inbox of its partitions; and
/// every while a comparison of the index of open runs with memory, the net below. A row is deleted only once
/// its run is folded, by a statement that requires the lease. On the loop.
class Inbox {
 public:
  Inbox(const Engine::Ports& ports, const Incarnation& self, const Partitions& partitions, Loader& loader,
        Runs& runs, Parked& parked)
      : ports_(ports), self_(self), partitions_(partitions), loader_(loader), runs_(runs), parked_(parked) {}

  void read();
  void compare_open_runs();
  void stop() { stopped_ = true; }

 private:
  /// One answer of the inbox, until the last of its runs is folded.
  struct Batch {
    std::vector<log::Ownership::InboxRow> folded;
    std::size_t open = 0;
    bool is_full = false;
  };

  void have(std::vector<log::Ownership::InboxRow> rows);
  void forget_deleted(const std::vector<log::Ownership::InboxRow>& rows);
  void end(const std::shared_ptr<Batch>& batch);
  void have_read();
  void compare(Partition partition, std::vector<RunId> before);
  void compared(std::vector<RunId> open, const std::vector<RunId>& before);

  const Engine::Ports& ports_;
  Incarnation self_;
  const Partitions& partitions_;
  Loader& loader_;
  Runs& runs_;
  Parked& parked_;
  bool reading_ = false;
  bool read_again_ = false;      // somebody asked meanwhile
  std::set<std::int64_t> kept_;  // rows of runs in memory that are to be rewound: they stay until then
  bool stopped_ = false;
};

}  // namespace callboard::dispatcher
