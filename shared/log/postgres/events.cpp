#include "shared/log/postgres/events.hpp"

#include "shared/log/postgres/batch_parts.hpp"
#include "shared/log/postgres/statements.hpp"
#include "shared/log/postgres/tail.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::log {
namespace {

using Events = std::vector<run::Event>;

constexpr int kBeginTries = 16;  // of workers that begin the same attempt at the same moment

// The keys of one attempt stand together: from $2 (its prefix) to $3.
constexpr Statement kBeginAgain{
    "begin_again",
    "with seen as materialized ("
    "  select run_id, key, type, writer, position, at, data from event "
    "  where run_id = $1::uuid and key >= $2::text and key < $3::text), "
    "made as ("
    "  insert into event (run_id, key, writer, type, data) "
    "  select $1::uuid, $2::text || 'begun/' || (count(*) filter (where type = 20) + 1), $4::bigint, 20, "
    "$5::bytea from seen "
    "  having count(*) filter (where type = 20) < $6::int "
    "    and count(*) filter (where key = $2::text || 'result' or (type = 20 and writer = $4::bigint)) = 0 "
    "  on conflict do nothing returning run_id, key, type, writer, position, at, data) "
    "select run_id, key, type, writer, position, at, whole(run_id, data) from "
    "(select * from seen union all select * from made) as both_of"};

Events read_events(const Rows& rows) {
  return read_each(rows, [&](int row) { return read_event(rows, row); });
}

EventLog::Begun read_begun(const Rows& rows, Writer writer) {
  EventLog::Begun begun;
  for (run::Event& event : read_events(rows)) {
    const auto key = run::parse_key(event.key);
    if (!key) continue;
    if (key->kind == run::KeyKind::result)
      begun.result = std::move(event);
    else if (key->kind == run::KeyKind::started)
      begun.started = std::move(event);
    else if (key->kind == run::KeyKind::begun) {
      ++begun.begins;
      if (event.writer == writer) begun.k = static_cast<int>(key->number);
    }
  }
  return begun;
}

}  // namespace

void PostgresEvents::append(Append row, Done<Appended> done) {
  const auto refuse = [&](ErrorCode code, std::string message) {
    loop_.post([done = std::move(done), code, message = std::move(message)]() mutable {
      done(fail(code, std::move(message)));
    });
  };
  if (row.data.size() > limits::kEventBytes)
    return refuse(ErrorCode::too_large, "an event's data has at most 4 MiB");
  if (row.close && !(run::is_closed(row.close->phase) && row.key.starts_with("d/"))) {
    return refuse(ErrorCode::invalid, "only a row of decisions closes a run, and only into a closed phase");
  }
  if (!row.migrates.empty() && (row.close || row.reopens || !row.inbox || !row.key.starts_with("d/"))) {
    return refuse(ErrorCode::invalid, "only a row of decisions moves a run, and its owner is told");
  }
  if (row.reopens && (row.close || row.inbox || !row.key.starts_with("d/"))) {
    return refuse(ErrorCode::invalid, "only a row of decisions opens a run again, and it does nothing else");
  }
  if (!backlog_.has_room(bytes_of(row))) return refuse(ErrorCode::too_large, "the queue to the log is full");
  std::string reference = blob_reference(row.data);
  lane_.append({std::move(row), std::move(reference), std::move(done)});
}

void PostgresEvents::read_run(const RunId& run, Done<Events> done) { runs_.read(run, std::move(done)); }

void PostgresEvents::read_keys(std::vector<KeyOf> keys, Done<Events> done) {
  ArrayWriter runs(PgType::uuid, keys.size(), keys.size() * 16);
  ArrayWriter names(PgType::text, keys.size(), keys.size() * 32);
  for (const KeyOf& key : keys) {
    runs.add(key.run.uuid);
    names.add(key.key);
  }
  Params params;
  params.add_bytes(std::move(runs).take()).add_bytes(std::move(names).take());
  readers_.run<Events>(
      [params = std::move(params)](Session& session) -> Result<Events> {
        const auto rows = session.run(kReadKeys, params);
        return rows ? Result<Events>(read_events(*rows)) : failed<Events>(rows);
      },
      std::move(done));
}

void PostgresEvents::begin_again(const RunId& run, std::string step, std::uint32_t attempt,
                                 std::uint32_t generation, Writer writer, const Incarnation& worker,
                                 Done<Begun> done) {
  const std::string result = run::result_key(step, attempt, generation);
  const std::string prefix = result.substr(0, result.rfind('/') + 1);
  std::string end = prefix;
  end.back() = '/' + 1;
  Params params;
  params.add(run).add_bytes(prefix).add_bytes(end).add(writer.value).add_bytes(run::encode_begin(worker));
  params.add(static_cast<std::int32_t>(limits::kPoisonBegins));
  readers_.run<Begun>(
      [params = std::move(params), writer](Session& session) -> Result<Begun> {
        for (int i = 0; i < kBeginTries; ++i) {
          const auto rows = session.run(kBeginAgain, params);
          if (!rows) return failed<Begun>(rows);
          Begun begun = read_begun(*rows, writer);
          const bool settled = begun.k != 0 || begun.result || begun.begins >= limits::kPoisonBegins;
          if (settled) return begun;
        }
        return fail(ErrorCode::unavailable, "too many begin the same attempt at once");
      },
      std::move(done));
}

void PostgresEvents::read_tail(std::optional<RunId> run, std::string cursor, int limit, Done<Tail> done) {
  readers_.run<Tail>([run, cursor = std::move(cursor),
                      limit](Session& session) { return log::read_tail(session, run, cursor, limit); },
                     std::move(done));
}

}  // namespace callboard::log
