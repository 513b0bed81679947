#include "shared/log/postgres/ownership.hpp"

#include <algorithm>

#include "shared/base/hash.hpp"
#include "shared/base/limits.hpp"
#include "shared/log/postgres/pauses.hpp"

namespace callboard::log {
namespace {

constexpr std::size_t kQuestionsAtOnce = 256;

// The lock is asked for until this session has it. `server_start` is when this server gave it: after a
// restart all locks are free for a moment, and that says nothing about their holders.
constexpr Statement kBeat{
    "beat",
    "insert into member (id, role, name, pool, slots, lock, server_start, until) "
    "select $1::uuid, $2::smallint, $3::text, $4::text, $5::int, $6::bigint, "
    "  pg_postmaster_start_time(), clock_timestamp() + $7::bigint * interval '1 microsecond' "
    "where case when exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() "
    "  and classid::bigint << 32 | objid::bigint = $6::bigint) then true else "
    "pg_try_advisory_lock($6::bigint) is not null end "
    "on conflict (id) do update set slots = excluded.slots, server_start = excluded.server_start, until = "
    "excluded.until "
    "returning clock_timestamp()"};
constexpr Statement kLiveDispatchers{"live_dispatchers", "select id from living where role = 0 order by id"};
constexpr Statement kHeld{"held", "select partition from lease where holder = $1::uuid order by partition"};

constexpr Statement kGive{"give",
                          "delete from lease where holder = $1::uuid and partition = any ($2::smallint[])"};
constexpr Statement kTake{
    "take",
    "insert into lease as l (partition, holder) "
    "select p, $1::uuid from unnest($2::smallint[]) as p where exists (select from living where id = "
    "$1::uuid) order by p "
    "on conflict (partition) do update set holder = excluded.holder, taken_at = clock_timestamp(), "
    "  epoch = case when l.holder = excluded.holder then l.epoch else l.epoch + 1 end "
    "where l.holder = excluded.holder or not exists (select from living v where v.id = l.holder) "
    "returning partition"};

constexpr Statement kLeaveLeases{"leave_leases", "delete from lease where holder = $1::uuid"};
constexpr Statement kLeaveMembers{
    "leave_members", "delete from member where id = $1::uuid returning pg_advisory_unlock(lock)"};

constexpr Statement kFindDead{"find_dead",
                              "select m from unnest($1::uuid[]) with ordinality as t (m, i) "
                              "where not exists (select from living v where v.id = t.m) order by i"};
constexpr Statement kMembers{"members", "select id, role, name, pool, slots from living order by id"};

constexpr Statement kOpenRuns{
    "open_runs",
    "select run_id from run where partition = $1::smallint and closed_at is null order by run_id"};

constexpr Statement kReadInbox{"read_inbox",
                               "select partition, id, run_id from inbox where partition = any "
                               "($1::smallint[]) order by id limit $2::int"};
constexpr Statement kDeleteInbox{
    "delete_inbox",
    "delete from inbox i using unnest($2::smallint[], $3::bigint[]) as t (partition, id), lease l "
    "where i.partition = t.partition and i.id = t.id and l.partition = t.partition and l.holder = $1::uuid"};
constexpr Statement kHoldsAll{
    "holds_all",
    "select not exists (select from unnest($2::smallint[]) as p "
    "where not exists (select from lease l where l.partition = p and l.holder = $1::uuid))"};

// A queued run (0) stays so until it is admitted; a closed one for ever.
constexpr Statement kShow{
    "show",
    "update run r set state = t.phase from unnest($1::uuid[], $2::smallint[]) as t (run_id, phase) "
    "where r.run_id = t.run_id and r.closed_at is null and r.state <> 0 and r.state <> t.phase"};

std::string array_of(const std::vector<Partition>& partitions) {
  ArrayWriter array(PgType::int2, partitions.size(), partitions.size() * 2);
  for (const Partition partition : partitions) array.add(static_cast<std::int16_t>(partition));
  return std::move(array).take();
}

std::vector<Partition> partitions_of(const Rows& rows) {
  return read_each(rows, [&](int row) { return static_cast<Partition>(rows.int2(row, 0)); });
}

template <typename T>
std::vector<T> ids_of(const Rows& rows) {
  return read_each(rows, [&](int row) { return T{rows.uuid(row, 0)}; });
}

std::int64_t lock_key(const Incarnation& member) {
  return static_cast<std::int64_t>(stable_hash(member.uuid.bytes, /*seed=*/1));
}

Result<Ownership::Beat> beat_once(Session& session, const Ownership::Member& member) {
  Params params;
  params.add(member.id)
      .add(static_cast<std::int16_t>(member.role))
      .add_bytes(member.name)
      .add_bytes(member.pool);
  params.add(static_cast<std::int32_t>(member.slots)).add(lock_key(member.id));
  params.add(static_cast<std::int64_t>(limits::kLease.count()));
  const auto now = session.run(kBeat, params);
  if (!now) return failed<Ownership::Beat>(now);
  const auto live = session.run(kLiveDispatchers, {});
  if (!live) return failed<Ownership::Beat>(live);
  const auto held = session.run(kHeld, Params().add(member.id));
  if (!held) return failed<Ownership::Beat>(held);
  Ownership::Beat beat{now->time(0, 0), ids_of<Incarnation>(*live), partitions_of(*held), {}};
  if (member.role != Ownership::Role::dispatcher) return beat;
  auto pauses = read_pauses(session);
  if (!pauses) return std::unexpected(pauses.error());
  beat.pauses = std::move(*pauses);
  return beat;
}

using Members = std::vector<Incarnation>;

Result<std::vector<Members>> find_dead_of(Session& session, const std::vector<Members>& lists) {
  Members all;
  for (const Members& list : lists) all.insert(all.end(), list.begin(), list.end());
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  ArrayWriter array(PgType::uuid, all.size(), all.size() * 16);
  for (const Incarnation& member : all) array.add(member.uuid);
  const auto rows = session.run(kFindDead, Params().add_bytes(std::move(array).take()));
  if (!rows) return failed<std::vector<Members>>(rows);
  const auto dead = ids_of<Incarnation>(*rows);
  std::vector<Members> out = lists;
  for (Members& list : out) {
    std::erase_if(list, [&](const Incarnation& id) { return std::ranges::find(dead, id) == dead.end(); });
  }
  return out;
}

}  // namespace

PostgresOwnership::PostgresOwnership(Readers& leases, Readers& readers)
    : leases_(leases), readers_(readers), dead_(readers, kQuestionsAtOnce, find_dead_of) {}

void PostgresOwnership::beat(const Member& member, Done<Beat> done) {
  leases_.run<Beat>([member](Session& session) { return beat_once(session, member); }, std::move(done));
}

void PostgresOwnership::take(const Incarnation& holder, std::vector<Partition> want,
                             std::vector<Partition> give, Done<std::vector<Partition>> done) {
  Params given;
  given.add(holder).add_bytes(array_of(give));
  Params wanted;
  wanted.add(holder).add_bytes(array_of(want));
  leases_.run<std::vector<Partition>>(
      [given = std::move(given),
       wanted = std::move(wanted)](Session& session) -> Result<std::vector<Partition>> {
        if (const auto gone = session.run(kGive, given); !gone) return failed<std::vector<Partition>>(gone);
        const auto taken = session.run(kTake, wanted);
        if (!taken) return failed<std::vector<Partition>>(taken);
        auto partitions = partitions_of(*taken);
        std::ranges::sort(partitions);
        return partitions;
      },
      std::move(done));
}

void PostgresOwnership::leave(const Incarnation& member, Done<bool> done) {
  leases_.run<bool>(
      [member](Session& session) -> Result<bool> {
        const Params params = Params().add(member);
        if (const auto freed = session.run(kLeaveLeases, params); !freed) return failed<bool>(freed);
        const auto left = session.run(kLeaveMembers, params);
        if (!left) return failed<bool>(left);
        return left->size() > 0;
      },
      std::move(done));
}

void PostgresOwnership::find_dead(std::vector<Incarnation> members, Done<std::vector<Incarnation>> done) {
  dead_.want(std::move(members), std::move(done));
}

void PostgresOwnership::members(Done<std::vector<Member>> done) {
  readers_.run<std::vector<Member>>(
      [](Session& session) -> Result<std::vector<Member>> {
        const auto rows = session.run(kMembers, {});
        if (!rows) return failed<std::vector<Member>>(rows);
        return read_each(*rows, [&](int row) {
          return Member{Incarnation{rows->uuid(row, 0)}, static_cast<Role>(rows->int2(row, 1)),
                        rows->text(row, 2), rows->text(row, 3),
                        static_cast<std::uint32_t>(rows->int4(row, 4))};
        });
      },
      std::move(done));
}

void PostgresOwnership::open_runs(Partition partition, Done<std::vector<RunId>> done) {
  readers_.run<std::vector<RunId>>(
      [partition](Session& session) -> Result<std::vector<RunId>> {
        const auto rows = session.run(kOpenRuns, Params().add(static_cast<std::int16_t>(partition)));
        if (!rows) return failed<std::vector<RunId>>(rows);
        return ids_of<RunId>(*rows);
      },
      std::move(done));
}

void PostgresOwnership::read_inbox(std::vector<Partition> partitions, int limit,
                                   Done<std::vector<InboxRow>> done) {
  const Params params = Params().add_bytes(array_of(partitions)).add(static_cast<std::int32_t>(limit));
  readers_.run<std::vector<InboxRow>>(
      [params](Session& session) -> Result<std::vector<InboxRow>> {
        const auto rows = session.run(kReadInbox, params);
        if (!rows) return failed<std::vector<InboxRow>>(rows);
        return read_each(*rows, [&](int row) {
          return InboxRow{static_cast<Partition>(rows->int2(row, 0)), rows->int8(row, 1),
                          RunId{rows->uuid(row, 2)}};
        });
      },
      std::move(done));
}

void PostgresOwnership::delete_inbox(const Incarnation& holder, std::vector<InboxRow> rows, Done<bool> done) {
  ArrayWriter partitions(PgType::int2, rows.size(), rows.size() * 2);
  ArrayWriter ids(PgType::int8, rows.size(), rows.size() * 8);
  for (const InboxRow& row : rows) {
    partitions.add(static_cast<std::int16_t>(row.partition));
    ids.add(row.id);
  }
  Params held = Params().add(holder).add_bytes(std::move(partitions).take());
  Params named = held;
  named.add_bytes(std::move(ids).take());
  readers_.run<bool>(
      [held = std::move(held), named = std::move(named)](Session& session) -> Result<bool> {
        if (const auto gone = session.run(kDeleteInbox, named); !gone) return failed<bool>(gone);
        const auto all = session.run(kHoldsAll, held);
        if (!all) return failed<bool>(all);
        return all->boolean(0, 0);
      },
      std::move(done));
}

void PostgresOwnership::show(std::vector<Shown> runs, Done<bool> done) {
  std::ranges::sort(runs, {}, &Shown::run);  // the order in which appends lock head rows
  ArrayWriter ids(PgType::uuid, runs.size(), runs.size() * 16);
  ArrayWriter phases(PgType::int2, runs.size(), runs.size() * 2);
  for (const Shown& shown : runs) {
    ids.add(shown.run.uuid);
    phases.add(static_cast<std::int16_t>(shown.phase));
  }
  const Params params = Params().add_bytes(std::move(ids).take()).add_bytes(std::move(phases).take());
  readers_.run<bool>(
      [params](Session& session) -> Result<bool> {
        const auto rows = session.run(kShow, params);
        return rows ? Result<bool>(true) : failed<bool>(rows);
      },
      std::move(done));
}

}  // namespace callboard::log
