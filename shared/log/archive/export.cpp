#include "shared/log/archive/export.hpp"

#include "shared/log/archive/stored.hpp"

namespace callboard::log {
namespace {

Result<void> add_runs(Snapshot& snapshot, const Reading& reading, ArchiveWriter& archive) {
  auto events = EventReader::open(snapshot, reading);
  if (!events) return std::unexpected(events.error());
  std::optional<RunId> run;
  while (true) {
    auto next = events->next();
    if (!next) return std::unexpected(next.error());
    if (!*next) return {};
    StoredEvent& stored = **next;
    if (!stored.has_data) {
      return fail(ErrorCode::conflict,
                  "run " + to_string(stored.event.run) + ", " + stored.event.key +
                      ": its blob is missing; `callboard log verify` tells what else is");
    }
    if (run != stored.event.run) {
      run = stored.event.run;
      if (auto added = archive.add(RunHeading{*run, std::move(stored.group)}); !added) return added;
    }
    if (auto added = archive.add(std::move(stored.event)); !added) return added;
  }
}

/// What stands before the runs.
Result<void> add_beginning(Snapshot& snapshot, const ArchiveHeader& header, ArchiveWriter& archive) {
  if (auto added = archive.add(header); !added) return added;
  const auto add = [&](auto record) { return archive.add(std::move(record)); };
  if (auto added = visit_definitions(snapshot, header.selection, add); !added) return added;
  if (auto added = visit_deliveries(snapshot, header.selection, add); !added) return added;
  return visit_origins(snapshot, header.selection, add);
}

Result<ArchiveCounts> finish(Result<void> added, ArchiveWriter& archive) {
  if (!added) return std::unexpected(added.error());
  const ArchiveCounts counts = archive.counts();
  if (auto sealed = archive.seal(); !sealed) return std::unexpected(sealed.error());
  return counts;
}

}  // namespace

Result<ArchiveCounts> export_log(const std::string& url, const Selection& selection,
                                 const WriteBytes& write) {
  const auto partitions = check_database(url);
  if (!partitions) return std::unexpected(partitions.error());
  auto snapshot = Snapshot::open(url);
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto seen = snapshot->read("select pg_current_snapshot()::text");
  if (!seen) return std::unexpected(seen.error());
  ArchiveWriter archive(write);
  auto added = add_beginning(*snapshot, {*partitions, seen->text(0, 0), selection}, archive);
  if (added) added = add_runs(*snapshot, {selection, "", std::nullopt}, archive);
  return finish(std::move(added), archive);
}

Result<ArchiveCounts> resume_export(const std::string& url, const ResumePoint& point,
                                    const WriteBytes& write) {
  if (const auto partitions = check_database(url); !partitions) return std::unexpected(partitions.error());
  auto snapshot = Snapshot::open(url);
  if (!snapshot) return std::unexpected(snapshot.error());
  ArchiveWriter archive(write, point.state);
  return finish(add_runs(*snapshot, {point.header.selection, point.header.snapshot, point.last}, archive),
                archive);
}

Result<std::int64_t> count_held(const std::string& url) {
  LongSession session(url);
  if (auto opened = session.open(); !opened) return std::unexpected(opened.error());
  const auto rows = session.run({"count_held", "select count(*) from held_event"});
  if (!rows) return std::unexpected(rows.error());
  return rows->int8(0, 0);
}

}  // namespace callboard::log
