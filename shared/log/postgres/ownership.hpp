#pragma once

#include "shared/log/postgres/together.hpp"

namespace callboard::log {

/// Leases and session locks go by `leases`, which has one thread and one connection, so that nothing queues
/// before them and the locks stay; everything else by `readers`.
class PostgresOwnership final : public Ownership {
 public:
  PostgresOwnership(Readers& leases, Readers& readers);

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

 private:
  Readers& leases_;
  Readers& readers_;
  Together<std::vector<Incarnation>, std::vector<Incarnation>> dead_;
};

}  // namespace callboard::log
