#pragma once

#include <set>

#include "shared/log/memory/calls.hpp"
#include "shared/log/memory/tables.hpp"

namespace callboard::log {

class MemoryOwnership final : public Ownership {
 public:
  MemoryOwnership(MemoryTables& tables, MemoryCalls& calls) : tables_(tables), calls_(calls) {}

  void beat(const Member& member, Done<Beat> done) override;
  void take(const Incarnation& holder, std::vector<Partition> want, std::vector<Partition> give,
            Done<std::vector<Partition>> done) override;
  void leave(const Incarnation& member, Done<bool> done) override;
  void find_dead(std::vector<Incarnation> members, Done<std::vector<Incarnation>> done) override;
  void members(Done<std::vector<Member>> done) override;
  void open_runs(Partition partition, Done<std::vector<RunId>> done) override;
  void read_inbox(std::vector<Partition> partitions, int limit, Done<std::vector<InboxRow>> done) override;
  void delete_inbox(const Incarnation& holder, std::vector<InboxRow> rows, Done<bool> done) override;
  void show(std::vector<Shown> runs, Done<bool> done) override;

  /// The session is gone: the locks that it took are free.
  void free_locks();

 private:
  MemoryTables& tables_;
  MemoryCalls& calls_;
  std::set<Incarnation> locked_;
};

}  // namespace callboard::log
