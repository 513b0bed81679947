#include "shared/log/archive/retention.hpp"

#include <unistd.h>

#include <algorithm>

#include "shared/log/archive/database.hpp"
#include "shared/log/archive/export.hpp"
#include "shared/log/archive/rows_in.hpp"

namespace callboard::log {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr Statement kNow{"now", "select now()"};
constexpr Statement kDays{
    "days",
    "select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid "
    "where i.inhparent = 'event'::regclass and c.relname ~ '^event_[0-9]{8}$' order by c.relname"};
// A run without a head row is not known to be closed; a delivery whose event is held may start one.
constexpr Statement kCount{
    "count",
    "select (select count(*) from event where run_id >= $1::uuid and run_id < $2::uuid), "
    "(select count(*) from event where run_id >= $1::uuid and run_id < $2::uuid and key = 'd/0'), "
    "(select count(*) from event e where run_id >= $1::uuid and run_id < $2::uuid and key = 'd/0' "
    "  and not exists (select from run r where r.run_id = e.run_id and r.closed_at is not null)) "
    "+ (select count(*) from run where closed_at is null and delivery >= $1::uuid and delivery < $2::uuid "
    "  and not (run_id >= $1::uuid and run_id < $2::uuid)) "
    "+ (select count(*) from held_event where delivery >= $1::uuid and delivery < $2::uuid)"};
constexpr Statement kDropHeads{"drop_heads",
                               "delete from run where run_id >= $1::uuid and run_id < $2::uuid"};
constexpr Statement kDropLabels{"drop_labels",
                                "delete from run_label where run_id >= $1::uuid and run_id < $2::uuid"};
// An arrival's rows have one time, near the times in its ids; one without runs goes by that time alone.
constexpr Statement kDropFolds{"drop_day_folds",
                               "delete from fold where run_id >= $1::uuid and run_id < $2::uuid"};
constexpr Statement kDropOrigins{
    "drop_origins",
    "delete from origin o where o.at >= $3::timestamptz - interval '2 hours' "
    "and o.at < $3::timestamptz + interval '26 hours' "
    "and case when octet_length(o.runs) = 0 then o.at >= $3::timestamptz and o.at < $3::timestamptz + "
    "interval "
    "'1 day' else exists (select from generate_series(0, octet_length(o.runs) / 16 - 1) i "
    "where encode(substr(o.runs, i * 16 + 1, 16), 'hex')::uuid >= $1::uuid "
    "and encode(substr(o.runs, i * 16 + 1, 16), 'hex')::uuid < $2::uuid) end"};

/// The least UUIDv7 of a point in time, as first_uuid in the migrations.
Uuid first_uuid(Time at) {
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(at).time_since_epoch().count();
  Uuid uuid;
  for (std::size_t i = 0; i < 6; ++i) uuid.bytes[i] = static_cast<std::uint8_t>(millis >> (8 * (5 - i)));
  return uuid;
}

Params bounds(sys_days day) {
  return Params().add(first_uuid(Time(day))).add(first_uuid(Time(day + days(1))));
}

std::optional<sys_days> parse_day(const std::string& partition) {
  const std::string digits = partition.substr(partition.size() - 8);
  const auto at =
      parse_time(digits.substr(0, 4) + "-" + digits.substr(4, 2) + "-" + digits.substr(6) + "T00:00:00Z");
  return at ? std::optional(std::chrono::floor<days>(*at)) : std::nullopt;
}

class Retention {
 public:
  Retention(const std::string& url, const RetentionOptions& options)
      : url_(url), options_(options), session_(url) {}

  Result<RetentionReport> run();

 private:
  Result<void> find_days();
  Result<RetainedDay> count(sys_days day);
  Result<void> archive();
  Result<void> drop(RetainedDay& day);
  Result<void> drop_rows(sys_days day);

  const std::string& url_;
  const RetentionOptions& options_;
  LongSession session_;
  RetentionReport report_;
};

Result<RetainedDay> Retention::count(sys_days day) {
  const auto counted = session_.run(kCount, bounds(day));
  if (!counted) return std::unexpected(counted.error());
  RetainedDay found;
  found.day = day;
  found.events = static_cast<std::uint64_t>(counted->int8(0, 0));
  found.runs = static_cast<std::uint64_t>(counted->int8(0, 1));
  found.open = static_cast<std::uint64_t>(counted->int8(0, 2));
  return found;
}

Result<void> Retention::find_days() {
  const auto now = session_.run(kNow);
  if (!now) return std::unexpected(now.error());
  const Time bound = now->time(0, 0) - options_.older_than;
  const auto partitions = session_.run(kDays);
  if (!partitions) return std::unexpected(partitions.error());
  for (int row = 0; row < partitions->size(); ++row) {
    const auto day = parse_day(partitions->text(row, 0));
    if (!day || Time(*day + days(1)) > bound) continue;
    auto found = count(*day);
    if (!found) return std::unexpected(found.error());
    found->dropped = found->open == 0;
    report_.days.push_back(std::move(*found));
  }
  return {};
}

Result<void> Retention::archive() {
  Selection selection;
  for (const RetainedDay& day : report_.days) {
    if (!day.dropped) continue;
    const Span span{Time(day.day), Time(day.day + days(1))};
    if (!selection.spans.empty() && selection.spans.back().until == span.since)
      selection.spans.back().until = span.until;
    else
      selection.spans.push_back(span);
  }
  if (selection.spans.empty()) return {};
  if (::access(options_.archive.c_str(), F_OK) == 0)
    return fail(ErrorCode::conflict, options_.archive + " is there already: name another file");
  auto file = FileWriter::open(options_.archive, std::nullopt);
  if (!file) return std::unexpected(file.error());
  const auto write = [&](std::string_view bytes) { return file->write(bytes); };
  const auto counts = export_log(url_, selection, write);
  if (!counts) return std::unexpected(counts.error());
  if (auto finished = file->finish(); !finished) return finished;
  auto lines = FileLines::open(options_.archive);
  if (!lines) return std::unexpected(lines.error());
  const auto read = check_archive(*lines);
  if (!read) return std::unexpected(read.error());
  if (!(read->counts == *counts)) return fail(ErrorCode::internal, "the archive does not read as written");
  report_.archived = *counts;
  return {};
}

Result<void> Retention::drop_rows(sys_days day) {
  Params params = bounds(day);
  if (const auto heads = session_.run(kDropHeads, params); !heads) return std::unexpected(heads.error());
  if (const auto labels = session_.run(kDropLabels, params); !labels) return std::unexpected(labels.error());
  if (const auto folds = session_.run(kDropFolds, params); !folds) return std::unexpected(folds.error());
  params.add(Time(day));
  if (const auto origins = session_.run(kDropOrigins, params); !origins)
    return std::unexpected(origins.error());
  const std::string name = day_name(day);
  return session_.execute("drop table event_" + name + "; drop table if exists blob_" + name +
                          "; drop table if exists delivery_" + name);
}

/// Nothing is appended to the day while it is looked at and dropped; readers wait for the last step alone.
Result<void> Retention::drop(RetainedDay& day) {
  auto transaction = Transaction::begin(session_);
  if (!transaction) return std::unexpected(transaction.error());
  auto locked = session_.execute("set local lock_timeout = '10s'; lock table event_" + day_name(day.day) +
                                 " in exclusive mode");
  if (!locked) return locked;
  const auto now = count(day.day);
  if (!now) return std::unexpected(now.error());
  if (now->open > 0 || now->events != day.events) {
    day.dropped = false;
    day.problem = "something was appended to it just now";
    return {};
  }
  if (auto dropped = drop_rows(day.day); !dropped) return dropped;
  return transaction->commit();
}

Result<RetentionReport> Retention::run() {
  auto done = session_.open();
  if (done) done = lock_for_maintenance(session_);
  if (done) done = find_days();
  if (!done) return std::unexpected(done.error());
  if (options_.dry_run) return report_;
  if (!options_.archive.empty()) done = archive();
  if (!done) return std::unexpected(done.error());
  for (RetainedDay& day : report_.days) {
    if (!day.dropped) continue;
    if (auto dropped = drop(day); !dropped) {
      day.dropped = false;
      day.problem = dropped.error().message;
    }
  }
  return report_;
}

}  // namespace

Result<RetentionReport> retain_log(const std::string& url, const RetentionOptions& options) {
  if (const auto partitions = check_database(url); !partitions) return std::unexpected(partitions.error());
  return Retention(url, options).run();
}

}  // namespace callboard::log
