#include "shared/log/postgres/tail.hpp"

#include <algorithm>
#include <charconv>

#include "shared/log/postgres/batch_parts.hpp"

namespace callboard::log {
namespace {

/// Behind which event an answer ended: transactions in the order of their ids, rows by position.
struct Cursor {
  std::int64_t xid = 0;
  std::int64_t position = 0;
};

// No transaction below it is open any more, and none will be.
constexpr Statement kSettled{"settled", "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"};

constexpr Statement kTailOfRun{
    "tail_of_run",
    "select run_id, key, type, writer, position, at, whole(run_id, data), xid from event "
    "where run_id = $5::uuid and xid < $1::bigint and (xid, position) > ($2::bigint, $3::bigint) "
    "order by xid, position limit $4::int"};

constexpr Statement kTailOfAll{
    "tail_of_all",
    "select run_id, key, type, writer, position, at, whole(run_id, data), xid from event "
    "where xid < $1::bigint and xid >= $2::bigint and (xid, position) > ($2::bigint, $3::bigint) "
    "order by xid, position limit $4::int"};

// The index tells ranges of ids apart, no order: so it is asked for a window, which widens while there is
// little in it.
constexpr std::int64_t kFirstWindow = 4096;

std::optional<Cursor> parse_cursor(std::string_view text) {
  Cursor cursor;
  if (text.empty()) return cursor;
  const char* end = text.data() + text.size();
  const auto xid = std::from_chars(text.data(), end, cursor.xid);
  if (xid.ec != std::errc() || xid.ptr == end || *xid.ptr != ',') return std::nullopt;
  const auto position = std::from_chars(xid.ptr + 1, end, cursor.position);
  return position.ec == std::errc() && position.ptr == end ? std::optional(cursor) : std::nullopt;
}

std::string format_cursor(const Cursor& cursor) {
  return std::to_string(cursor.xid) + ',' + std::to_string(cursor.position);
}

Result<void> read_part(Session& session, const std::optional<RunId>& run, std::int64_t below, int limit,
                       Cursor& cursor, std::vector<run::Event>& events) {
  Params params;
  params.add(below)
      .add(cursor.xid)
      .add(cursor.position)
      .add(limit - static_cast<std::int32_t>(events.size()));
  if (run) params.add(*run);
  const auto rows = session.run(run ? kTailOfRun : kTailOfAll, params);
  if (!rows) return std::unexpected(to_error(rows.error()));
  for (int row = 0; row < rows->size(); ++row) {
    events.push_back(read_event(*rows, row));
    cursor = {rows->int8(row, 7), events.back().position};
  }
  return {};
}

}  // namespace

Result<EventLog::Tail> read_tail(Session& session, const std::optional<RunId>& run, std::string_view text,
                                 int limit) {
  auto cursor = parse_cursor(text);
  if (!cursor) return fail(ErrorCode::invalid, "this is no cursor of an earlier answer");
  const auto settled = session.run(kSettled, {});
  if (!settled) return std::unexpected(to_error(settled.error()));
  const std::int64_t end = settled->int8(0, 0);
  EventLog::Tail tail;
  std::int64_t below = run ? end : std::min(end, cursor->xid + kFirstWindow);
  for (std::int64_t window = kFirstWindow;; window *= 2) {
    if (auto read = read_part(session, run, below, limit, *cursor, tail.events); !read) {
      return std::unexpected(read.error());
    }
    if (below >= end || static_cast<int>(tail.events.size()) >= limit) break;
    below = std::min(end, below + window * 2);
  }
  tail.cursor = tail.events.empty() ? std::string(text) : format_cursor(*cursor);
  return tail;
}

}  // namespace callboard::log
