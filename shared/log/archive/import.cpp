#include "shared/log/archive/import.hpp"

#include <algorithm>
#include <set>

#include "shared/log/archive/missing.hpp"
#include "shared/log/archive/remade.hpp"
#include "shared/log/archive/rows_in.hpp"
#include "shared/log/postgres/migrate.hpp"

namespace callboard::log {
namespace {

using Tell = std::function<void(const LogProblem&)>;

/// What the whole of an archive says, before a row of it is written.
struct Survey {
  std::int64_t greatest_position = 0;
  std::set<std::chrono::sys_days> days;
};

/// Ids that are no times give no days: their rows go to the default partition.
constexpr Time kFirstDay = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);
constexpr Time kLastDay = std::chrono::sys_days(std::chrono::year(2200) / 1 / 1);

void add_day(const Uuid& id, Survey& survey) {
  const Time at = time_of(id);
  if (at >= kFirstDay && at < kLastDay) survey.days.insert(std::chrono::floor<std::chrono::days>(at));
}

Result<Survey> survey_archive(const std::string& path) {
  auto lines = FileLines::open(path);
  if (!lines) return std::unexpected(lines.error());
  ArchiveReader reader(*lines);
  Survey survey;
  while (true) {
    const auto record = reader.next();
    if (!record) return std::unexpected(record.error());
    if (!*record) return survey;
    if (const auto* event = std::get_if<run::Event>(&**record))
      survey.greatest_position = std::max(survey.greatest_position, event->position);
    if (const auto* run = std::get_if<RunHeading>(&**record)) add_day(run->id.uuid, survey);
    if (const auto* delivery = std::get_if<StoredDelivery>(&**record)) add_day(delivery->id.uuid, survey);
  }
}

void add(ArchiveCounts& sum, const ArchiveCounts& more) {
  sum.definitions += more.definitions;
  sum.deliveries += more.deliveries;
  sum.origins += more.origins;
  sum.runs += more.runs;
  sum.events += more.events;
}

ArchiveCounts difference(const ArchiveCounts& all, const ArchiveCounts& part) {
  return {all.definitions - part.definitions, all.deliveries - part.deliveries, all.origins - part.origins,
          all.runs - part.runs, all.events - part.events};
}

/// What stands differs from the archive: to the caller the archive is the wrong one.
std::unexpected<Error> refuse(Error error, std::string_view what_to_do) {
  if (error.code != ErrorCode::conflict) return std::unexpected(std::move(error));
  return fail(ErrorCode::invalid, error.message + std::string(what_to_do));
}

constexpr std::string_view kNothingWritten =
    "; nothing was written: import it into an empty database, or export the other runs alone (--run)";
constexpr std::string_view kChangedMeanwhile =
    "; it changed while the import ran, and what stands before it in the archive was imported";

class Import {
 public:
  Import(const std::string& url, std::string path, const Tell& tell)
      : url_(url), path_(std::move(path)), tell_(tell), session_(url), definitions_(url) {}

  Result<ImportReport> run(bool dry_run);

 private:
  using EachBatch = std::function<Result<void>(const ImportBatch& batch, const ImportBatch& missing)>;

  Result<void> open(bool dry_run);
  Result<void> each_batch(ImportReport& report, const EachBatch& visit);
  Result<void> write(const ImportBatch& batch, const ImportBatch& missing, ImportReport& report);
  Result<void> write_indexes(const ImportBatch& batch, const ImportBatch& missing, ImportReport& report);

  const std::string& url_;
  std::string path_;
  const Tell& tell_;
  LongSession session_;
  Definitions definitions_;
  Partition partitions_ = limits::kPartitions;
};

Result<void> Import::open(bool dry_run) {
  auto partitions = check_database(url_);
  if (!partitions && partitions.error().code == ErrorCode::unavailable && !dry_run) {
    // Empty, or of an older version: brought up to date as a dispatcher would.
    if (auto migrated = migrate(url_); !migrated) return migrated;
    partitions = check_database(url_);
  }
  if (!partitions) return std::unexpected(partitions.error());
  partitions_ = *partitions;
  if (auto opened = session_.open(); !opened) return opened;
  return lock_for_maintenance(session_);
}

Result<void> Import::each_batch(ImportReport& report, const EachBatch& visit) {
  auto lines = FileLines::open(path_);
  if (!lines) return std::unexpected(lines.error());
  BatchReader reader(*lines);
  while (true) {
    const auto batch = reader.next();
    if (!batch) return std::unexpected(batch.error());
    if (batch->empty()) return {};
    const auto missing = find_missing(session_, *batch);
    if (!missing) return std::unexpected(missing.error());
    add(report.written, missing->counts());
    add(report.stood, difference(batch->counts(), missing->counts()));
    if (auto visited = visit(*batch, *missing); !visited) return visited;
  }
}

Result<void> Import::write_indexes(const ImportBatch& batch, const ImportBatch& missing,
                                   ImportReport& report) {
  std::vector<HeadWrite> heads;
  std::vector<RunId> runs;
  bool has_groups = false;
  for (const ArchivedRun& lacking : missing.runs) {
    const auto whole = std::ranges::find(batch.runs, lacking.heading, &ArchivedRun::heading);
    auto head = remake_head(definitions_, whole->events, whole->heading.group, partitions_, tell_);
    if (!head) return std::unexpected(head.error());
    if (*head) heads.push_back(std::move(**head));
    runs.push_back(lacking.heading.id);
    has_groups |= !lacking.heading.group.empty();
  }
  if (const auto put = put_heads(session_, heads); !put) return std::unexpected(put.error());
  if (const auto put = put_turns(session_, heads); !put) return std::unexpected(put.error());
  if (const auto put = put_labels(session_, heads); !put) return std::unexpected(put.error());
  if (has_groups) {
    if (const auto given = give_places(session_); !given) return std::unexpected(given.error());
  }
  const auto told = tell_of_open_runs(session_, runs);
  if (!told) return std::unexpected(told.error());
  report.told += told->size();
  return {};
}

Result<void> Import::write(const ImportBatch& batch, const ImportBatch& missing, ImportReport& report) {
  if (missing.empty()) return {};
  // In a transaction of their own: those who fold read them on another connection.
  if (!missing.definitions.empty()) {
    auto transaction = Transaction::begin(session_);
    if (!transaction) return std::unexpected(transaction.error());
    if (auto stored = insert_definitions(session_, missing.definitions); !stored) return stored;
    if (auto committed = transaction->commit(); !committed) return committed;
  }
  auto transaction = Transaction::begin(session_);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto stored = insert_deliveries(session_, missing.deliveries); !stored) return stored;
  if (auto stored = insert_origins(session_, missing.origins); !stored) return stored;
  if (auto stored = insert_events(session_, missing.runs); !stored) return stored;
  if (auto stored = write_indexes(batch, missing, report); !stored) return stored;
  return transaction->commit();
}

Result<ImportReport> Import::run(bool dry_run) {
  const auto survey = survey_archive(path_);
  if (!survey) return std::unexpected(survey.error());
  if (auto opened = open(dry_run); !opened) return std::unexpected(opened.error());
  ImportReport report;
  const auto looks_only = [](const ImportBatch&, const ImportBatch&) -> Result<void> { return {}; };
  if (auto compared = each_batch(report, looks_only); !compared)
    return refuse(compared.error(), kNothingWritten);
  if (dry_run) return report;
  auto ready = move_position_beyond(session_, survey->greatest_position);
  if (ready) ready = make_day_partitions(session_, survey->days);
  if (!ready) return std::unexpected(ready.error());
  report = {};
  const auto writes = [&](const ImportBatch& batch, const ImportBatch& missing) {
    return write(batch, missing, report);
  };
  if (auto written = each_batch(report, writes); !written) return refuse(written.error(), kChangedMeanwhile);
  return report;
}

}  // namespace

Result<ImportReport> import_log(const std::string& url, const std::string& path, bool dry_run,
                                const std::function<void(const LogProblem&)>& tell) {
  return Import(url, path, tell).run(dry_run);
}

}  // namespace callboard::log
