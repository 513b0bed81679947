#include "shared/log/postgres/folds.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <span>

#include "shared/log/postgres/batch_parts.hpp"

namespace callboard::log {
namespace {

using Opened = Folds::Opened;

constexpr Statement kFolds{
    "folds",
    "select run_id, checkpoint, base, definition, position, events, seen::text, since, at, data, "
    "(select last_value from event_position) from fold f where run_id = $1::uuid and home = fold_home() "
    "and (whole or base = (select w.checkpoint from fold w where w.run_id = f.run_id and w.whole)) "
    "order by whole desc"};
constexpr Statement kListFolds{
    "list_folds",
    "select run_id, checkpoint, base, definition, position, events, seen::text, since, at, ''::bytea, "
    "0::bigint from fold f where run_id = $1::uuid and home = fold_home() "
    "and (whole or base = (select w.checkpoint from fold w where w.run_id = f.run_id and w.whole)) "
    "order by whole desc"};

// What every read of events begins with. The first row (position 0) holds the snapshot of the very statement.
constexpr std::string_view kEvents =
    "select $1::uuid, ''::text collate \"C\", 0::smallint, 0::bigint, 0::bigint, now(), "
    "convert_to(pg_current_snapshot()::text, 'UTF8'), pg_snapshot_xmin(pg_current_snapshot())::text::bigint "
    "union all select run_id, key, type, writer, position, at, whole(run_id, data), xid from event where ";
constexpr std::string_view kNotFolded =
    "xid >= $4::bigint and (position > $2::bigint "
    "or not pg_visible_in_snapshot(xid::text::xid8, $3::text::pg_snapshot)) and ";
constexpr std::string_view kOfRun = "run_id = $1::uuid";
// Not by the index of the keys, which does not answer a comparison of texts.
constexpr std::string_view kOfRunAmongItsDay =
    "run_id >= $5::uuid and run_id < $6::uuid and run_id::text = $1::uuid::text";

// A row read by transaction costs about a quarter of one that is looked up by its key.
constexpr std::int64_t kCheaper = 4;

// A whole one takes the place of all; the other rests on one that must stand.
constexpr Statement kSaveFold{
    "save_fold",
    "with gone as (delete from fold where run_id = $1::uuid and not whole and $3::text = '') "
    "insert into fold (run_id, checkpoint, base, definition, position, events, seen, since, home, data) "
    "select $1::uuid, $2::text, $3::text, $4::text, $5::bigint, $6::int, $7::text::pg_snapshot, $8::bigint, "
    "fold_home(), $9::bytea "
    "where exists (select from run where run_id = $1::uuid) and ($3::text = '' or exists "
    "(select from fold where run_id = $1::uuid and whole and checkpoint = $3::text and home = fold_home())) "
    "on conflict (run_id, whole) do update set checkpoint = excluded.checkpoint, base = excluded.base, "
    "definition = excluded.definition, position = excluded.position, events = excluded.events, "
    "seen = excluded.seen, since = excluded.since, home = excluded.home, at = excluded.at, "
    "data = excluded.data returning run_id"};
constexpr Statement kDropFolds{"drop_folds", "delete from fold where run_id = $1::uuid returning run_id"};
constexpr Statement kStoredRuns{"stored_runs",
                                "select f.run_id from fold f join run r on r.run_id = f.run_id "
                                "where f.whole and r.partition = $1::smallint and r.closed_at is null"};

StoredFold read_fold(const Rows& rows, int row) {
  StoredFold fold;
  fold.run = RunId{rows.uuid(row, 0)};
  fold.checkpoint = rows.text(row, 1);
  fold.base = rows.text(row, 2);
  fold.definition = rows.text(row, 3);
  fold.position = rows.int8(row, 4);
  fold.events = static_cast<std::uint32_t>(rows.int4(row, 5));
  fold.seen = rows.text(row, 6);
  fold.since = rows.int8(row, 7);
  fold.at = rows.time(row, 8);
  fold.data = rows.text(row, 9);
  return fold;
}

std::vector<StoredFold> read_folds(const Rows& rows) {
  return read_each(rows, [&](int row) { return read_fold(rows, row); });
}

/// The bounds of the day in a UUIDv7, as the partitions have them.
void add_day_of(const RunId& run, Params& params) {
  const auto day = std::chrono::floor<std::chrono::days>(time_of(run.uuid));
  for (const auto& bound : {day, day + std::chrono::days(1)}) {
    auto millis = std::chrono::milliseconds(bound.time_since_epoch()).count();
    Uuid least;
    for (std::size_t i = 6; i-- > 0; millis >>= 8) least.bytes[i] = static_cast<std::uint8_t>(millis);
    params.add(least);
  }
}

PgResult<Rows> read_whole(Session& session, const RunId& run) {
  const std::string sql = std::string(kEvents) + std::string(kOfRun);
  return session.run({"fold_whole_run", sql.c_str()}, Params().add(run));
}

/// By the keys of the run, which reads all of its events; or by transactions, which reads what all runs of
/// its day have appended since.
PgResult<Rows> read_rest(Session& session, const RunId& run, const StoredFold& fold, std::int64_t last) {
  Params params;
  params.add(run).add(fold.position).add_bytes(fold.seen).add(fold.since);
  const bool by_run = last - fold.position > kCheaper * fold.events;
  if (!by_run) add_day_of(run, params);
  std::string sql = std::string(kEvents) + std::string(kNotFolded);
  sql += by_run ? kOfRun : kOfRunAmongItsDay;
  return session.run({by_run ? "fold_rest_by_run" : "fold_rest_by_transaction", sql.c_str()}, params);
}

/// By position; the snapshot's row, which has none, is the first.
std::vector<int> in_order(const Rows& rows) {
  std::vector<int> order(static_cast<std::size_t>(rows.size()));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](int row) { return rows.int8(row, 4); });
  return order;
}

Result<Opened> open_run(Session& session, const RunId& run) {
  const auto folds = session.run(kFolds, Params().add(run));
  if (!folds) return failed<Opened>(folds);
  Opened opened;
  opened.folds = read_folds(*folds);
  const auto rest = opened.folds.empty() ? read_whole(session, run)
                                         : read_rest(session, run, opened.folds.back(), folds->int8(0, 10));
  if (!rest) return failed<Opened>(rest);
  const std::vector<int> order = in_order(*rest);
  opened.seen = rest->text(order.front(), 6);
  opened.settled = rest->int8(order.front(), 7);
  opened.events.reserve(order.size());
  opened.transactions.reserve(order.size());
  for (const int row : std::span(order).subspan(1)) {
    opened.events.push_back(read_event(*rest, row));
    opened.transactions.push_back(rest->int8(row, 7));
  }
  if (opened.folds.empty() && opened.events.empty())
    return fail(ErrorCode::not_found, "there is no run " + to_string(run));
  return opened;
}

}  // namespace

void PostgresFolds::open(const RunId& run, Done<Opened> done) {
  readers_.run<Opened>([run](Session& session) { return open_run(session, run); }, std::move(done));
}

void PostgresFolds::save(StoredFold fold, Done<bool> done) {
  Params params;
  params.add(fold.run).add_bytes(std::move(fold.checkpoint)).add_bytes(std::move(fold.base));
  params.add_bytes(std::move(fold.definition)).add(fold.position).add(static_cast<std::int32_t>(fold.events));
  params.add_bytes(std::move(fold.seen)).add(fold.since).add_bytes(std::move(fold.data));
  readers_.run<bool>(
      [params = std::move(params)](Session& session) -> Result<bool> {
        const auto saved = session.run(kSaveFold, params);
        return saved ? Result<bool>(saved->size() == 1) : failed<bool>(saved);
      },
      std::move(done));
}

void PostgresFolds::list(const RunId& run, Done<std::vector<StoredFold>> done) {
  readers_.run<std::vector<StoredFold>>(
      [run](Session& session) -> Result<std::vector<StoredFold>> {
        const auto rows = session.run(kListFolds, Params().add(run));
        if (!rows) return failed<std::vector<StoredFold>>(rows);
        return read_folds(*rows);
      },
      std::move(done));
}

void PostgresFolds::drop(const RunId& run, Done<int> done) {
  readers_.run<int>(
      [run](Session& session) -> Result<int> {
        const auto dropped = session.run(kDropFolds, Params().add(run));
        return dropped ? Result<int>(dropped->size()) : failed<int>(dropped);
      },
      std::move(done));
}

void PostgresFolds::stored_runs(Partition partition, Done<std::vector<RunId>> done) {
  readers_.run<std::vector<RunId>>(
      [partition](Session& session) -> Result<std::vector<RunId>> {
        const auto rows = session.run(kStoredRuns, Params().add(static_cast<std::int16_t>(partition)));
        if (!rows) return failed<std::vector<RunId>>(rows);
        return read_each(*rows, [&](int row) { return RunId{rows->uuid(row, 0)}; });
      },
      std::move(done));
}

}  // namespace callboard::log
