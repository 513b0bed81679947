#include "shared/log/archive/heads.hpp"

#include <algorithm>

#include "shared/log/postgres/batch_parts.hpp"
#include "shared/run/keys.hpp"

namespace callboard::log {
namespace {

#define CALLBOARD_INSERT_HEADS                                                                              \
  "insert into run as r (run_id, partition, workflow, definition, delivery, state, created_at, closed_at, " \
  "decisions, group_key, rate_key, parent) "                                                                \
  "select t.run_id, t.partition, d.workflow, d.id, t.delivery, t.state, t.created_at, t.closed_at, "        \
  "t.decisions, nullif(t.group_key, ''), nullif(t.rate_key, ''), t.parent "                                 \
  "from unnest($1::uuid[], $2::smallint[], $3::text[], $4::uuid[], $5::smallint[], $6::timestamptz[], "     \
  "$7::timestamptz[], $8::int[], $9::text[], $10::text[], $11::uuid[]) as t (run_id, partition, "           \
  "definition, delivery, state, created_at, closed_at, decisions, group_key, rate_key, parent) "            \
  "join definition d on d.hash = t.definition "

constexpr Statement kPutHeads{
    "put_heads", CALLBOARD_INSERT_HEADS
    "on conflict (run_id) do update set partition = excluded.partition, workflow = excluded.workflow, "
    "definition = excluded.definition, delivery = excluded.delivery, created_at = excluded.created_at, "
    "closed_at = excluded.closed_at, decisions = excluded.decisions, parent = excluded.parent, "
    "group_key = coalesce(r.group_key, excluded.group_key), "
    "rate_key = coalesce(r.rate_key, excluded.rate_key), "
    "state = case when r.state between 1 and 5 and excluded.state between 1 and 5 then r.state "
    "else excluded.state end "
    "where (r.partition, r.workflow, r.definition, r.delivery, r.created_at, r.closed_at, r.decisions, "
    "r.parent) is distinct from (excluded.partition, excluded.workflow, excluded.definition, "
    "excluded.delivery, excluded.created_at, excluded.closed_at, excluded.decisions, excluded.parent) "
    "or (r.group_key is null and excluded.group_key is not null) "
    "or (r.rate_key is null and excluded.rate_key is not null) "
    "or (r.state <> excluded.state and not (r.state between 1 and 5 and excluded.state between 1 and 5)) "
    "returning run_id"};
constexpr Statement kPutMissingHeads{"put_missing_heads",
                                     CALLBOARD_INSERT_HEADS "on conflict do nothing returning run_id"};
#undef CALLBOARD_INSERT_HEADS

#define CALLBOARD_GIVEN_LABELS "unnest($1::uuid[], $2::text[], $3::text[]) as t (run_id, name, value)"
constexpr Statement kRemoveOtherLabels{
    "remove_other_labels",
    "delete from run_label l where l.run_id = any ($4::uuid[]) and not exists (select "
    "from " CALLBOARD_GIVEN_LABELS
    " where (t.run_id, t.name, t.value) = (l.run_id, l.name, l.value)) returning run_id"};
constexpr Statement kPutLabels{
    "put_labels",
    "insert into run_label (run_id, name, value) select t.* from " CALLBOARD_GIVEN_LABELS
    " where exists (select from run r where r.run_id = t.run_id) on conflict do nothing returning run_id"};
#undef CALLBOARD_GIVEN_LABELS

constexpr Statement kTellOpen{
    "tell_open",
    "insert into inbox (partition, run_id) select r.partition, r.run_id from run r "
    "where r.run_id = any ($1::uuid[]) and r.closed_at is null "
    "and not exists (select from inbox i where i.partition = r.partition and i.run_id = r.run_id) "
    "returning run_id"};

// The n-th of a group's runs that lack a place takes the n-th that is free.
constexpr Statement kGivePlaces{
    "give_places",
    "with lacking as (select r.group_key, r.run_id, row_number() over (partition by r.group_key order by "
    "  r.run_id) as n from run r "
    "  where r.closed_at is null and r.state <> 0 and r.group_key is not null "
    "  and not exists (select from slot s where s.group_key = r.group_key and s.run_id = r.run_id)) "
    "insert into slot (group_key, k, run_id) "
    "select l.group_key, f.k, l.run_id from lacking l, lateral ("
    "  select k, row_number() over (order by k) as n "
    "  from generate_series(0, (select count(*) from slot s where s.group_key = l.group_key)::int + "
    "l.n::int) k "
    "  where not exists (select from slot s where s.group_key = l.group_key and s.k = k)) f "
    "where f.n = l.n on conflict do nothing returning run_id"};

constexpr Statement kPutTurns{
    "put_turns",
    "insert into turn (rate_key, at, until, run_id) select t.rate_key, t.at, t.until, t.run_id "
    "from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::uuid[]) as t (rate_key, at, until, "
    "run_id) "
    "where t.until > clock_timestamp() on conflict do nothing returning run_id"};

Result<std::vector<RunId>> put(LongSession& session, const Statement& statement,
                               const std::vector<const HeadWrite*>& heads) {
  if (heads.empty()) return {};
  Columns columns(heads.size());
  ArrayWriter& ids = columns.add(PgType::uuid, 16);
  ArrayWriter& partitions = columns.add(PgType::int2, 2);
  ArrayWriter& definitions = columns.add(PgType::text, 64);
  ArrayWriter& deliveries = columns.add(PgType::uuid, 16);
  ArrayWriter& states = columns.add(PgType::int2, 2);
  ArrayWriter& created = columns.add(PgType::time, 8);
  ArrayWriter& closed = columns.add(PgType::time, 8);
  ArrayWriter& decisions = columns.add(PgType::int4, 4);
  ArrayWriter& groups = columns.add(PgType::text, 8);
  ArrayWriter& rates = columns.add(PgType::text, 8);
  ArrayWriter& parents = columns.add(PgType::uuid, 16);
  for (const HeadWrite* head : heads) {
    ids.add(head->row.run.uuid);
    partitions.add(static_cast<std::int16_t>(head->row.partition));
    definitions.add(head->row.definition);
    add_id(deliveries, head->row.delivery);
    states.add(static_cast<std::int16_t>(head->row.phase));
    add_time(created, head->row.created_at);
    add_time(closed, head->row.closed_at);
    decisions.add(head->row.decisions);
    groups.add(head->group);
    rates.add(head->rate ? head->rate->name : std::string());
    add_id(parents, head->row.parent);
  }
  const auto rows = session.run(statement, std::move(columns).take());
  if (!rows) return std::unexpected(rows.error());
  return run_ids(*rows);
}

}  // namespace

Params Columns::take() && {
  Params params;
  for (ArrayWriter& column : columns_) params.add_bytes(std::move(column).take());
  return params;
}

void add_time(ArrayWriter& column, const std::optional<Time>& at) {
  at ? column.add(to_binary(*at)) : column.add_null();
}

std::vector<RunId> run_ids(const Rows& rows) {
  return read_each(rows, [&](int row) { return RunId{rows.uuid(row, 0)}; });
}

Params ids_of(std::span<const RunId> runs) {
  ArrayWriter ids(PgType::uuid, runs.size(), runs.size() * 16);
  for (const RunId& run : runs) ids.add(run.uuid);
  return Params().add_bytes(std::move(ids).take());
}

RunHeadRow guess_head(const run::Created& created, const std::vector<run::Event>& events,
                      Partition partitions) {
  RunHeadRow head = begin_head(events.front().run, created, partitions);
  for (const run::Event& event : events) {
    const auto key = run::parse_key(event.key);
    if (!key || key->kind != run::KeyKind::decision) continue;
    if (key->number == 0) head.created_at = event.at;
    const auto phase = event.type == run::EventType::run_completed   ? run::RunPhase::completed
                       : event.type == run::EventType::run_failed    ? run::RunPhase::failed
                       : event.type == run::EventType::run_cancelled ? run::RunPhase::cancelled
                                                                     : run::RunPhase::running;
    if (event.type == run::EventType::run_rewound) {
      head.phase = run::RunPhase::running;
      head.closed_at.reset();
    }
    if (!run::is_closed(phase)) continue;
    head.phase = phase;
    head.closed_at = event.at;
    head.decisions = static_cast<std::int32_t>(key->number) + 1;
  }
  return head;
}

Result<std::vector<RunId>> put_heads(LongSession& session, const std::vector<HeadWrite>& heads) {
  std::vector<const HeadWrite*> folded;
  std::vector<const HeadWrite*> guessed;
  for (const HeadWrite& head : heads) (head.is_guess ? guessed : folded).push_back(&head);
  auto changed = put(session, kPutHeads, folded);
  if (!changed) return changed;
  const auto made = put(session, kPutMissingHeads, guessed);
  if (!made) return made;
  changed->insert(changed->end(), made->begin(), made->end());
  return changed;
}

Result<std::size_t> put_turns(LongSession& session, const std::vector<HeadWrite>& heads) {
  std::size_t count = 0;
  for (const HeadWrite& head : heads) count += head.turns.size();
  if (count == 0) return 0;
  Columns columns(count);
  ArrayWriter& rates = columns.add(PgType::text, 16);
  ArrayWriter& times = columns.add(PgType::time, 8);
  ArrayWriter& ends = columns.add(PgType::time, 8);
  ArrayWriter& runs = columns.add(PgType::uuid, 16);
  for (const HeadWrite& head : heads) {
    for (const HeadWrite::Turn& turn : head.turns) {
      rates.add(turn.rate);
      times.add(to_binary(turn.at));
      ends.add(to_binary(turn.until));
      runs.add(head.row.run.uuid);
    }
  }
  const auto rows = session.run(kPutTurns, std::move(columns).take());
  if (!rows) return std::unexpected(rows.error());
  return static_cast<std::size_t>(rows->size());
}

Result<std::vector<RunId>> put_labels(LongSession& session, const std::vector<HeadWrite>& heads) {
  if (heads.empty()) return {};
  std::size_t count = 0;
  for (const HeadWrite& head : heads) count += head.row.labels.size();
  ArrayWriter runs(PgType::uuid, heads.size(), heads.size() * 16);
  Columns columns(count);
  ArrayWriter& ids = columns.add(PgType::uuid, 16);
  ArrayWriter& names = columns.add(PgType::text, 8);
  ArrayWriter& values = columns.add(PgType::text, 16);
  for (const HeadWrite& head : heads) {
    runs.add(head.row.run.uuid);
    for (const run::Label& label : head.row.labels) {
      ids.add(head.row.run.uuid);
      names.add(label.name);
      values.add(label.value);
    }
  }
  Params params = std::move(columns).take();
  Params of_runs = params;
  of_runs.add_bytes(std::move(runs).take());
  const auto removed = session.run(kRemoveOtherLabels, of_runs);
  if (!removed) return std::unexpected(removed.error());
  const auto made = session.run(kPutLabels, params);
  if (!made) return std::unexpected(made.error());
  std::vector<RunId> changed = run_ids(*removed);
  const std::vector<RunId> labelled = run_ids(*made);
  changed.insert(changed.end(), labelled.begin(), labelled.end());
  std::ranges::sort(changed);
  const auto doubles = std::ranges::unique(changed);
  changed.erase(doubles.begin(), doubles.end());
  return changed;
}

Result<std::vector<RunId>> tell_of_open_runs(LongSession& session, std::span<const RunId> runs) {
  if (runs.empty()) return {};
  const auto rows = session.run(kTellOpen, ids_of(runs));
  if (!rows) return std::unexpected(rows.error());
  return run_ids(*rows);
}

Result<std::vector<RunId>> give_places(LongSession& session) {
  const auto rows = session.run(kGivePlaces);
  if (!rows) return std::unexpected(rows.error());
  return run_ids(*rows);
}

}  // namespace callboard::log
