#include "shared/log/memory/memory_ownership.hpp"

#include <algorithm>

namespace callboard::log {

void MemoryOwnership::beat(const Member& member, Done<Beat> done) {
  const auto transaction = [this, member]() -> Result<Beat> {
    tables_.locks.insert(member.id);
    locked_.insert(member.id);
    tables_.members[member.id] = {member, tables_.clock.now() + limits::kLease};
    Beat beat{tables_.clock.now(), {}, {}, {}};
    for (const auto& [id, life] : tables_.members) {
      if (life.member.role == Role::dispatcher && tables_.lives(id)) beat.dispatchers.push_back(id);
    }
    for (const auto& [partition, holder] : tables_.leases) {
      if (holder == member.id) beat.held.push_back(partition);
    }
    if (member.role == Role::dispatcher) beat.pauses = tables_.list_pauses();
    return beat;
  };
  calls_.run<Beat>(CallKind::lease, transaction, std::move(done));
}

void MemoryOwnership::take(const Incarnation& holder, std::vector<Partition> want,
                           std::vector<Partition> give, Done<std::vector<Partition>> done) {
  const auto transaction = [this, holder, want = std::move(want),
                            give = std::move(give)]() -> Result<std::vector<Partition>> {
    for (const Partition partition : give) {
      const auto lease = tables_.leases.find(partition);
      if (lease != tables_.leases.end() && lease->second == holder) tables_.leases.erase(lease);
    }
    std::vector<Partition> taken;
    if (!tables_.lives(holder)) return taken;
    for (const Partition partition : want) {
      const auto lease = tables_.leases.find(partition);
      if (lease != tables_.leases.end() && lease->second != holder && tables_.lives(lease->second)) continue;
      tables_.leases[partition] = holder;
      taken.push_back(partition);
    }
    return taken;
  };
  calls_.run<std::vector<Partition>>(CallKind::lease, transaction, std::move(done));
}

void MemoryOwnership::leave(const Incarnation& member, Done<bool> done) {
  const auto transaction = [this, member]() -> Result<bool> {
    std::erase_if(tables_.leases, [&](const auto& lease) { return lease.second == member; });
    tables_.locks.erase(member);
    return tables_.members.erase(member) > 0;
  };
  calls_.run<bool>(CallKind::lease, transaction, std::move(done));
}

void MemoryOwnership::find_dead(std::vector<Incarnation> members, Done<std::vector<Incarnation>> done) {
  const auto read = [this, members = std::move(members)]() -> Result<std::vector<Incarnation>> {
    std::vector<Incarnation> dead;
    for (const Incarnation& member : members) {
      if (!tables_.lives(member)) dead.push_back(member);
    }
    return dead;
  };
  calls_.run<std::vector<Incarnation>>(CallKind::read, read, std::move(done));
}

void MemoryOwnership::members(Done<std::vector<Member>> done) {
  const auto read = [this]() -> Result<std::vector<Member>> {
    std::vector<Member> out;
    for (const auto& [id, life] : tables_.members) {
      if (tables_.lives(id)) out.push_back(life.member);
    }
    return out;
  };
  calls_.run<std::vector<Member>>(CallKind::read, read, std::move(done));
}

void MemoryOwnership::open_runs(Partition partition, Done<std::vector<RunId>> done) {
  const auto read = [this, partition]() -> Result<std::vector<RunId>> {
    std::vector<RunId> out;
    for (const auto& [run, head] : tables_.heads) {
      if (head.partition == partition && !head.closed_at) out.push_back(run);
    }
    return out;
  };
  calls_.run<std::vector<RunId>>(CallKind::read, read, std::move(done));
}

void MemoryOwnership::read_inbox(std::vector<Partition> partitions, int limit,
                                 Done<std::vector<InboxRow>> done) {
  const auto read = [this, asked = std::move(partitions), limit]() -> Result<std::vector<InboxRow>> {
    std::vector<InboxRow> out;
    for (const auto& [place, run] : tables_.inbox) {
      if (std::ranges::find(asked, place.first) != asked.end())
        out.push_back({place.first, place.second, run});
    }
    std::ranges::sort(out, {}, &InboxRow::id);
    out.resize(std::min(out.size(), static_cast<std::size_t>(limit)));
    return out;
  };
  calls_.run<std::vector<InboxRow>>(CallKind::read, read, std::move(done));
}

void MemoryOwnership::delete_inbox(const Incarnation& holder, std::vector<InboxRow> rows, Done<bool> done) {
  const auto transaction = [this, holder, rows = std::move(rows)]() -> Result<bool> {
    bool all = true;
    for (const InboxRow& row : rows) {
      const bool holds = tables_.holds(holder, row.partition);
      if (holds) tables_.inbox.erase({row.partition, row.id});
      all = all && holds;
    }
    return all;
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

void MemoryOwnership::show(std::vector<Shown> runs, Done<bool> done) {
  const auto transaction = [this, runs = std::move(runs)]() -> Result<bool> {
    for (const Shown& shown : runs) {
      const auto head = tables_.heads.find(shown.run);
      if (head == tables_.heads.end() || head->second.closed_at) continue;
      const bool queued = head->second.phase == run::RunPhase::pending;
      if (!queued) head->second.phase = shown.phase;
    }
    return true;
  };
  calls_.run<bool>(CallKind::other, transaction, std::move(done));
}

void MemoryOwnership::free_locks() {
  for (const Incarnation& member : locked_) tables_.locks.erase(member);
  locked_.clear();
}

}  // namespace callboard::log
