#include "shared/log/postgres/event_reads.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "shared/log/postgres/batch_parts.hpp"
#include "shared/log/postgres/readers.hpp"
#include "shared/log/postgres/statements.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::log {
namespace {

constexpr int kBeginTries = 16;  // of workers that begin the same attempt at the same moment

constexpr Statement kReadRuns{
    "read_runs",
    "select run_id, key, type, writer, position, at, whole(run_id, data) from event "
    "where run_id = any ($1::uuid[]) order by run_id, position"};

// The keys of one attempt stand together: from its prefix up to `beyond`. Each is sought by itself (`offset
// 0`), so that no plan reads the table whole.
constexpr Statement kBeginAgain{
    "begin_again",
    "with beginner as materialized ("
    "  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bytea[]) with ordinality "
    "  as t (run, prefix, beyond, writer, data, i)), "
    "seen as materialized ("
    "  select b.i, e.* from beginner b cross join lateral ("
    "    select run_id, key, type, writer, position, at, data from event "
    "    where run_id = b.run and key >= b.prefix and key < b.beyond offset 0) as e), "
    "made as ("
    "  insert into event (run_id, key, writer, type, data) "
    "  select b.run, b.prefix || 'begun/' || (count(*) filter (where s.type = 20) + 1), b.writer, 20, b.data "
    "  from beginner b left join seen s on s.i = b.i "
    "  group by b.i, b.run, b.prefix, b.writer, b.data "
    "  having count(*) filter (where s.type = 20) < $6::int and count(*) filter ("
    "    where s.key = b.prefix || 'result' or (s.type = 20 and s.writer = b.writer)) = 0 "
    "  order by b.run, b.prefix, b.i "
    "  on conflict do nothing returning run_id, key, type, writer, position, at, data) "
    "select run_id, key, type, writer, position, at, whole(run_id, data) from ("
    "  select run_id, key, type, writer, position, at, data from seen union all select * from made) as "
    "both_of"};

Result<Events> run(Session& session, const Statement& statement, const Params& params) {
  const auto rows = session.run(statement, params);
  if (!rows) return failed<Events>(rows);
  return read_each(*rows, [&](int row) { return read_event(*rows, row); });
}

EventLog::Begun begun_of(const Beginner& beginner, const Events& events) {
  EventLog::Begun begun;
  for (const run::Event& event : events) {
    if (event.run != beginner.run || !event.key.starts_with(beginner.prefix)) continue;
    const auto key = run::parse_key(event.key);
    if (!key) continue;
    if (key->kind == run::KeyKind::result)
      begun.result = event;
    else if (key->kind == run::KeyKind::started)
      begun.started = event;
    else if (key->kind == run::KeyKind::begun) {
      ++begun.begins;
      if (event.writer == beginner.writer) begun.k = static_cast<int>(key->number);
    }
  }
  return begun;
}

bool is_settled(const EventLog::Begun& begun) {
  return begun.k != 0 || begun.result || begun.begins >= limits::kPoisonBegins;
}

Params begin_params(const std::vector<const Beginner*>& beginners) {
  const std::size_t count = beginners.size();
  ArrayWriter runs(PgType::uuid, count, count * 16);
  ArrayWriter prefixes(PgType::text, count, count * 32);
  ArrayWriter ends(PgType::text, count, count * 32);
  ArrayWriter writers(PgType::int8, count, count * 8);
  ArrayWriter bytes(PgType::bytes, count, count * 64);
  for (const Beginner* beginner : beginners) {
    std::string over = beginner->prefix;
    over.back() = '/' + 1;
    runs.add(beginner->run.uuid);
    prefixes.add(beginner->prefix);
    ends.add(over);
    writers.add(beginner->writer.value);
    bytes.add(run::encode_begin(beginner->worker));
  }
  Params params;
  params.add_bytes(std::move(runs).take()).add_bytes(std::move(prefixes).take());
  params.add_bytes(std::move(ends).take()).add_bytes(std::move(writers).take());
  params.add_bytes(std::move(bytes).take()).add(static_cast<std::int32_t>(limits::kPoisonBegins));
  return params;
}

}  // namespace

Result<std::vector<Events>> read_runs(Session& session, const std::vector<RunId>& runs) {
  ArrayWriter ids(PgType::uuid, runs.size(), runs.size() * 16);
  for (const RunId& id : runs) ids.add(id.uuid);
  const auto events = run(session, kReadRuns, Params().add_bytes(std::move(ids).take()));
  if (!events) return std::unexpected(events.error());
  std::vector<Events> out;
  out.reserve(runs.size());
  for (const RunId& id : runs) {
    const auto [first, last] = std::ranges::equal_range(*events, id, {}, &run::Event::run);
    out.emplace_back(first, last);  // a copy: the same run may have been asked for twice
  }
  return out;
}

Result<std::vector<Events>> read_keys(Session& session,
                                      const std::vector<std::vector<EventLog::KeyOf>>& lists) {
  std::size_t count = 0;
  for (const auto& list : lists) count += list.size();
  ArrayWriter runs(PgType::uuid, count, count * 16);
  ArrayWriter keys(PgType::text, count, count * 32);
  for (const auto& list : lists) {
    for (const EventLog::KeyOf& key : list) {
      runs.add(key.run.uuid);
      keys.add(key.key);
    }
  }
  Params params;
  params.add_bytes(std::move(runs).take()).add_bytes(std::move(keys).take());
  const auto events = run(session, kReadKeys, params);
  if (!events) return std::unexpected(events.error());
  std::map<std::pair<RunId, std::string_view>, const run::Event*> found;
  for (const run::Event& event : *events) found.try_emplace({event.run, event.key}, &event);
  std::vector<Events> out(lists.size());
  for (std::size_t i = 0; i < lists.size(); ++i) {
    for (const EventLog::KeyOf& key : lists[i]) {
      const auto at = found.find({key.run, key.key});
      if (at != found.end()) out[i].push_back(*at->second);
    }
  }
  return out;
}

Result<std::vector<EventLog::Begun>> begin_again(Session& session, const std::vector<Beginner>& beginners) {
  std::vector<EventLog::Begun> out(beginners.size());
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < beginners.size(); ++i) left.push_back(i);
  for (int tries = 0; !left.empty(); ++tries) {
    if (tries == kBeginTries) return fail(ErrorCode::unavailable, "too many begin the same attempt at once");
    std::vector<const Beginner*> asked;
    for (const std::size_t i : left) asked.push_back(&beginners[i]);
    const auto events = run(session, kBeginAgain, begin_params(asked));
    if (!events) return std::unexpected(events.error());
    for (const std::size_t i : left) out[i] = begun_of(beginners[i], *events);
    std::erase_if(left, [&](std::size_t i) { return is_settled(out[i]); });
  }
  return out;
}

}  // namespace callboard::log
