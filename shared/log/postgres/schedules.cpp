#include "shared/log/postgres/schedules.hpp"

#include <map>
#include <utility>

#include "shared/base/limits.hpp"

namespace callboard::log {
namespace {

constexpr std::int32_t kDecisionsToADrop = 64;  // of a schedule: its account is that much longer at most

constexpr Statement kKeep{
    "keep_schedules",
    "with named as (select w.slug from unnest($1::text[], $2::text[]) as k (slug, hash) "
    "  join workflow w on w.slug = k.slug join definition d on d.id = w.current and d.hash = k.hash), "
    "wanted as (select k.workflow, k.id from unnest($3::text[], $4::text[]) as k (workflow, id) "
    "  join named on named.slug = k.workflow), "
    "gone as (delete from schedule s using named where s.workflow = named.slug and not exists "
    "  (select from wanted k where k.workflow = s.workflow and k.id = s.id) returning s.workflow, s.id), "
    "dropped as (update tick t set outcome = 4, detail = $5::text from gone "
    "  where t.workflow = gone.workflow and t.id = gone.id and t.outcome = 2) "
    "insert into schedule (workflow, id) select workflow, id from wanted on conflict do nothing"};
constexpr Statement kEndRetired{"end_retired_schedules",
                                "with gone as (delete from schedule s where not exists "
                                "  (select from workflow w where w.slug = s.workflow and w.current is not "
                                "null) returning s.workflow, s.id) "
                                "update tick t set outcome = 4, detail = $1::text from gone "
                                "where t.workflow = gone.workflow and t.id = gone.id and t.outcome = 2"};
constexpr Statement kDropOld{
    "drop_old_ticks",
    "delete from tick where outcome > 2 and at < clock_timestamp() - $1::bigint * interval '1 microsecond'"};

constexpr Statement kSeeClosed{
    "see_closed_ticks",
    "update tick t set outcome = 3 from unnest($1::text[], $2::text[]) as k (workflow, id) "
    "where t.workflow = k.workflow and t.id = k.id and t.outcome = 1 "
    "and not exists (select from run r where r.run_id = t.run_id and r.closed_at is null)"};
constexpr Statement kSchedules{
    "schedules",
    "select s.workflow, s.id, s.serial, s.considered from unnest($1::text[], $2::text[]) as k (workflow, id) "
    "join schedule s on s.workflow = k.workflow and s.id = k.id"};
#define CALLBOARD_TICK                                                                                 \
  "select t.workflow, t.id, t.at, t.outcome, t.caught_up, t.definition, t.count, t.detail, t.run_id, " \
  "t.decided_at "
constexpr Statement kOpenTicks{"open_ticks", CALLBOARD_TICK
                               "from unnest($1::text[], $2::text[]) as k (workflow, id) "
                               "join tick t on t.workflow = k.workflow and t.id = k.id "
                               "where t.outcome < 3 order by t.at"};
constexpr Statement kStarting{"starting_ticks", CALLBOARD_TICK
                              "from tick t where t.outcome = 0 "
                              "and t.decided_at <= clock_timestamp() - $1::bigint * interval '1 microsecond' "
                              "order by t.decided_at limit $2::int"};
constexpr Statement kTicks{
    "ticks", CALLBOARD_TICK "from tick t where t.workflow = $1::text order by t.at desc, t.id limit $2::int"};
#undef CALLBOARD_TICK

// A decision stands where the row that it rests on still does; its ticks hang on that.
constexpr Statement kDecide{
    "decide_ticks",
    "with moved as (update schedule s set serial = s.serial + 1, considered = k.considered "
    "  from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[]) "
    "    as k (workflow, id, hash, serial, considered) "
    "  join workflow w on w.slug = k.workflow join definition d on d.id = w.current and d.hash = k.hash "
    "  where s.workflow = k.workflow and s.id = k.id and s.serial = k.serial "
    "  returning s.workflow, s.id, s.serial), "
    "made as (insert into tick (workflow, id, at, outcome, caught_up, definition, count, detail) "
    "  select t.workflow, t.id, t.at, t.outcome, t.caught_up <> 0, t.definition, t.count, t.detail "
    "  from unnest($6::text[], $7::text[], $8::timestamptz[], $9::smallint[], $10::smallint[], $11::text[], "
    "    $12::int[], $13::text[]) as t (workflow, id, at, outcome, caught_up, definition, count, detail) "
    "  join moved using (workflow, id) "
    "  on conflict (workflow, id, at) do update set outcome = excluded.outcome, definition = "
    "excluded.definition, "
    "    detail = excluded.detail, decided_at = clock_timestamp()), "
    "dropped as (delete from tick t using moved m where m.serial % $14::int = 0 "
    "  and t.workflow = m.workflow and t.id = m.id and t.outcome > 2 "
    "  and t.at <= (select o.at from tick o where o.workflow = m.workflow and o.id = m.id "
    "    order by o.at desc offset $15::int limit 1)) "
    "select workflow, id from moved"};

constexpr Statement kSettle{
    "settle_ticks",
    "update tick t set outcome = k.outcome, run_id = k.run_id, detail = k.detail "
    "from unnest($1::text[], $2::text[], $3::timestamptz[], $4::smallint[], $5::uuid[], $6::text[]) "
    "  as k (workflow, id, at, outcome, run_id, detail) "
    "where t.workflow = k.workflow and t.id = k.id and t.at = k.at and t.outcome = 0"};

void add(ArrayWriter& array, const Time& at) { array.add(std::string_view(to_binary(at))); }
void add(ArrayWriter& array, const std::optional<RunId>& run) {
  run ? array.add(run->uuid) : array.add_null();
}
template <typename T>
void add(ArrayWriter& array, const T& value) {
  array.add(value);
}

/// One array out of a part of every element.
template <typename Element, typename Part>
std::string column(PgType type, const std::vector<Element>& from, Part part) {
  constexpr std::size_t kGuess = 32;
  ArrayWriter array(type, from.size(), from.size() * kGuess);
  for (const Element& element : from) add(array, part(element));
  return std::move(array).take();
}

template <typename Element, typename Part>
std::string texts(const std::vector<Element>& from, Part part) {
  return column(PgType::text, from, [&](const Element& element) { return std::string_view(part(element)); });
}

Schedules::Settled read_tick(const Rows& rows, int row) {
  Schedules::Settled out{{rows.text(row, 0), rows.text(row, 1)}, {}};
  out.tick.at = rows.time(row, 2);
  out.tick.outcome = static_cast<TickOutcome>(rows.int2(row, 3));
  out.tick.caught_up = rows.boolean(row, 4);
  out.tick.definition = rows.text(row, 5);
  out.tick.count = rows.int4(row, 6);
  out.tick.detail = rows.text(row, 7);
  if (const auto run = rows.find_uuid(row, 8)) out.tick.run = RunId{*run};
  out.tick.decided_at = rows.time(row, 9);
  return out;
}

Result<std::vector<Schedules::Settled>> read_ticks(Session& session, const Statement& statement,
                                                   const Params& params) {
  const auto rows = session.run(statement, params);
  if (!rows) return failed<std::vector<Schedules::Settled>>(rows);
  return read_each(*rows, [&](int row) { return read_tick(*rows, row); });
}

Result<bool> run_all(Session& session,
                     std::initializer_list<std::pair<const Statement*, Params>> statements) {
  for (const auto& [statement, params] : statements) {
    if (const auto done = session.run(*statement, params); !done) return failed<bool>(done);
  }
  return true;
}

Params keys_of(const std::vector<ScheduleKey>& keys) {
  return Params()
      .add_bytes(texts(keys, [](const auto& key) -> auto& { return key.workflow; }))
      .add_bytes(texts(keys, [](const auto& key) -> auto& { return key.id; }));
}

Result<std::vector<ScheduleState>> read_states(Session& session, const Params& keys) {
  using States = std::vector<ScheduleState>;
  if (const auto seen = session.run(kSeeClosed, keys); !seen) return failed<States>(seen);
  const auto rows = session.run(kSchedules, keys);
  if (!rows) return failed<States>(rows);
  auto open = read_ticks(session, kOpenTicks, keys);
  if (!open) return std::unexpected(open.error());
  std::map<ScheduleKey, std::vector<Tick>> by_key;
  for (Schedules::Settled& one : *open) by_key[one.key].push_back(std::move(one.tick));
  return read_each(*rows, [&](int row) {
    ScheduleState state{{rows->text(row, 0), rows->text(row, 1)}, rows->int8(row, 2), rows->time(row, 3), {}};
    if (const auto ticks = by_key.find(state.key); ticks != by_key.end()) state.open = ticks->second;
    return state;
  });
}

/// Workflow, id, at and outcome.
Params& add_ticks(Params& params, const std::vector<Schedules::Settled>& ticks) {
  params.add_bytes(texts(ticks, [](const auto& one) -> auto& { return one.key.workflow; }));
  params.add_bytes(texts(ticks, [](const auto& one) -> auto& { return one.key.id; }));
  params.add_bytes(column(PgType::time, ticks, [](const auto& one) { return one.tick.at; }));
  return params.add_bytes(column(
      PgType::int2, ticks, [](const auto& one) { return static_cast<std::int16_t>(one.tick.outcome); }));
}

Params params_of(const std::vector<Schedules::Decision>& decisions) {
  std::vector<Schedules::Settled> ticks;
  for (const Schedules::Decision& decision : decisions) {
    for (const Tick& tick : decision.ticks) ticks.push_back({decision.key, tick});
  }
  Params params;
  params.add_bytes(texts(decisions, [](const auto& one) -> auto& { return one.key.workflow; }));
  params.add_bytes(texts(decisions, [](const auto& one) -> auto& { return one.key.id; }));
  params.add_bytes(texts(decisions, [](const auto& one) -> auto& { return one.hash; }));
  params.add_bytes(column(PgType::int8, decisions, [](const auto& one) { return one.serial; }));
  params.add_bytes(column(PgType::time, decisions, [](const auto& one) { return one.considered; }));
  add_ticks(params, ticks);
  params.add_bytes(
      column(PgType::int2, ticks, [](const auto& one) { return std::int16_t{one.tick.caught_up}; }));
  params.add_bytes(texts(ticks, [](const auto& one) -> auto& { return one.tick.definition; }));
  params.add_bytes(column(PgType::int4, ticks, [](const auto& one) { return one.tick.count; }));
  params.add_bytes(texts(ticks, [](const auto& one) -> auto& { return one.tick.detail; }));
  return params.add(kDecisionsToADrop).add(std::int32_t{limits::kTicksKept});
}

Params params_of(const std::vector<Schedules::Kept>& workflows) {
  std::vector<ScheduleKey> keys;
  for (const Schedules::Kept& kept : workflows) {
    for (const std::string& id : kept.ids) keys.push_back({kept.workflow, id});
  }
  Params params;
  params.add_bytes(texts(workflows, [](const auto& kept) -> auto& { return kept.workflow; }));
  params.add_bytes(texts(workflows, [](const auto& kept) -> auto& { return kept.hash; }));
  params.add_bytes(texts(keys, [](const auto& key) -> auto& { return key.workflow; }));
  params.add_bytes(texts(keys, [](const auto& key) -> auto& { return key.id; }));
  return params.add_bytes(std::string(kScheduleEnded));
}

Params params_of(const std::vector<Schedules::Settled>& ticks) {
  Params params;
  add_ticks(params, ticks);
  params.add_bytes(column(PgType::uuid, ticks, [](const auto& one) { return one.tick.run; }));
  return params.add_bytes(texts(ticks, [](const auto& one) -> auto& { return one.tick.detail; }));
}

}  // namespace

void PostgresSchedules::keep(std::vector<Kept> workflows, Done<bool> done) {
  readers_.run<bool>(
      [params = params_of(workflows)](Session& session) { return run_all(session, {{&kKeep, params}}); },
      std::move(done));
}

void PostgresSchedules::sweep(Done<bool> done) {
  readers_.run<bool>(
      [](Session& session) {
        return run_all(session, {{&kEndRetired, Params().add_bytes(std::string(kScheduleEnded))},
                                 {&kDropOld, Params().add(std::int64_t{limits::kTickAge.count()})}});
      },
      std::move(done));
}

void PostgresSchedules::read(std::vector<ScheduleKey> keys, Done<std::vector<ScheduleState>> done) {
  readers_.run<std::vector<ScheduleState>>(
      [params = keys_of(keys)](Session& session) { return read_states(session, params); }, std::move(done));
}

void PostgresSchedules::decide(std::vector<Decision> decisions, Done<std::vector<ScheduleKey>> done) {
  readers_.run<std::vector<ScheduleKey>>(
      [params = params_of(decisions)](Session& session) -> Result<std::vector<ScheduleKey>> {
        // Not again on a lost connection: a second one would find the serial of the first, and lose to
        // itself.
        const auto rows = session.run(kDecide, params, false);
        if (!rows) return failed<std::vector<ScheduleKey>>(rows);
        return read_each(*rows, [&](int row) { return ScheduleKey{rows->text(row, 0), rows->text(row, 1)}; });
      },
      std::move(done));
}

void PostgresSchedules::settle(std::vector<Settled> ticks, Done<bool> done) {
  readers_.run<bool>(
      [params = params_of(ticks)](Session& session) { return run_all(session, {{&kSettle, params}}); },
      std::move(done));
}

void PostgresSchedules::starting(Micros age, int limit, Done<std::vector<Settled>> done) {
  readers_.run<std::vector<Settled>>(
      [params = Params().add(std::int64_t{age.count()}).add(std::int32_t{limit})](Session& session) {
        return read_ticks(session, kStarting, params);
      },
      std::move(done));
}

void PostgresSchedules::ticks(std::string workflow, int limit, Done<std::vector<Settled>> done) {
  readers_.run<std::vector<Settled>>(
      [params = Params().add_bytes(std::move(workflow)).add(std::int32_t{limit})](Session& session) {
        return read_ticks(session, kTicks, params);
      },
      std::move(done));
}

}  // namespace callboard::log
