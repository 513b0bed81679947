// The archive of a real log: out of one database and into another.
#include <gtest/gtest.h>

#include <algorithm>

#include "shared/log/archive/export.hpp"
#include "shared/log/archive/import.hpp"
#include "tests/contract/archive_house.hpp"

namespace callboard::test {
namespace {

using End = ArchiveHouse::End;

Result<log::ImportReport> import_into(const ArchiveHouse& house, const std::string& path,
                                      bool dry_run = false) {
  return log::import_log(house.url(), path, dry_run, [](const log::LogProblem& problem) {
    ADD_FAILURE() << problem.key << ": " << problem.message;
  });
}

std::string events_of(const std::string& archive) {
  return archive.substr(archive.find('\n'), archive.rfind("{\"kind\":\"end\"") - archive.find('\n'));
}

std::string problems_of(const ArchiveHouse& house) {
  std::string out;
  for (const log::LogProblem& problem : house.problems()) out += problem.key + ": " + problem.message + "\n";
  return out;
}

TEST(LogArchive, ALogComesOutOfItsArchiveAsItWas) {
  ArchiveHouse from;
  from.make_runs();
  ArchiveHouse to;
  const TestFolder folder;
  const std::string file = folder.file("log.ndjson");

  from.export_to(file);
  to.sql("truncate workflow, definition cascade");
  const auto report = import_into(to, file);

  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->written.runs, 4u);
  EXPECT_EQ(report->written.events, 4u * 3 + 4);
  EXPECT_EQ(report->told, 1u);
  EXPECT_EQ(to.truth(), from.truth());
  EXPECT_EQ(to.indexes(), from.indexes());
  EXPECT_EQ(problems_of(from), "");
  EXPECT_EQ(problems_of(to), "");
  EXPECT_GE(std::stoll(to.sql("select nextval('event_position')")),
            std::stoll(from.sql("select max(position) from event")));
  to.export_to(folder.file("again.ndjson"));
  EXPECT_EQ(events_of(read_file(folder.file("again.ndjson"))), events_of(read_file(file)));
}

TEST(LogArchive, AnEmptyDatabaseGetsTheSchema) {
  ArchiveHouse from;
  from.make_runs();
  const ArchiveHouse to(/*migrated=*/false);
  const TestFolder folder;
  from.export_to(folder.file("log.ndjson"));

  const auto report = import_into(to, folder.file("log.ndjson"));

  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(to.truth(), from.truth());
  EXPECT_EQ(problems_of(to), "");
}

TEST(LogArchive, PartitionsAreThoseOfTheTarget) {
  ArchiveHouse from;
  from.make_runs();
  const ArchiveHouse to(/*migrated=*/false);
  ASSERT_TRUE(log::migrate(to.url(), {.partitions = 7}));
  const TestFolder folder;
  from.export_to(folder.file("log.ndjson"));

  ASSERT_TRUE(import_into(to, folder.file("log.ndjson")));

  EXPECT_EQ(to.sql("select count(*) from run where partition <> partition_of(run_id, 7)"), "0");
  EXPECT_EQ(problems_of(to), "");
}

TEST(LogArchive, ASecondImportChangesNothing) {
  ArchiveHouse from;
  from.make_runs();
  const ArchiveHouse to;
  const TestFolder folder;
  from.export_to(folder.file("log.ndjson"));
  ASSERT_TRUE(import_into(to, folder.file("log.ndjson")));
  const std::string truth = to.truth();
  const std::string indexes = to.indexes();

  const auto again = import_into(to, folder.file("log.ndjson"));

  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->written == log::ArchiveCounts{});
  EXPECT_EQ(again->stood.runs, 4u);
  EXPECT_EQ(to.truth(), truth);
  EXPECT_EQ(to.indexes(), indexes);
  EXPECT_EQ(to.sql("select count(*) from inbox"), "1");
}

TEST(LogArchive, ABrokenOffImportGoesOn) {
  ArchiveHouse from;
  from.make_runs();
  const ArchiveHouse to(/*migrated=*/false);
  const TestFolder folder;
  from.export_to(folder.file("log.ndjson"));
  ASSERT_TRUE(import_into(to, folder.file("log.ndjson")));
  const std::string last = to.sql("select max(run_id::text) from event");
  to.sql("delete from event where run_id = '" + last + "'; delete from run where run_id = '" + last + "'");

  const auto again = import_into(to, folder.file("log.ndjson"));

  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->written.runs, 1u);
  EXPECT_EQ(again->stood.runs, 3u);
  EXPECT_EQ(to.truth(), from.truth());
}

TEST(LogArchive, ADryRunWritesNothing) {
  ArchiveHouse from;
  from.make_runs();
  const ArchiveHouse to;
  const TestFolder folder;
  from.export_to(folder.file("log.ndjson"));
  const std::string truth = to.truth();

  const auto report = import_into(to, folder.file("log.ndjson"), /*dry_run=*/true);

  ASSERT_TRUE(report);
  EXPECT_EQ(report->written.runs, 4u);
  EXPECT_EQ(to.truth(), truth);
}

TEST(LogArchive, ACutFileChangesNothing) {
  ArchiveHouse from;
  from.make_runs();
  const ArchiveHouse to;
  const TestFolder folder;
  from.export_to(folder.file("log.ndjson"));
  const std::string whole = read_file(folder.file("log.ndjson"));
  const std::string truth = to.truth();

  for (const std::size_t size : {whole.rfind("{\"kind\":\"end\""), whole.size() - 1, whole.size() / 2}) {
    write_file(folder.file("cut.ndjson"), whole.substr(0, size));
    const auto report = import_into(to, folder.file("cut.ndjson"));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::invalid);
    EXPECT_NE(report.error().message.find("cut"), std::string::npos) << report.error().message;
  }
  EXPECT_EQ(to.truth(), truth);
}

TEST(LogArchive, ARunWithOtherEventsChangesNothing) {
  ArchiveHouse from;
  from.make_runs();
  const ArchiveHouse to;
  const TestFolder folder;
  from.export_to(folder.file("log.ndjson"));
  ASSERT_TRUE(import_into(to, folder.file("log.ndjson")));
  const std::string last = to.sql("select max(run_id::text) from event");
  const std::string first = to.sql("select min(run_id::text) from event");
  to.sql("update event set writer = 7 where key = 'd/1' and run_id = '" + last + "'");
  to.sql("delete from event where run_id = '" + first + "'");
  const std::string truth = to.truth();

  const auto report = import_into(to, folder.file("log.ndjson"));

  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::invalid);
  EXPECT_NE(report.error().message.find(last + ", d/1"), std::string::npos) << report.error().message;
  EXPECT_EQ(to.truth(), truth);
}

TEST(LogArchive, ARunThatWentOnInTwoPlacesIsRefusedAndOneThatWentOnHereIsNot) {
  ArchiveHouse from;
  const RunId open = from.make_run({.end = End::open});
  const ArchiveHouse to;
  const TestFolder folder;
  from.export_to(folder.file("early.ndjson"));
  ASSERT_TRUE(import_into(to, folder.file("early.ndjson")));
  to.sql("insert into event (run_id, key, writer, type, data) values ('" + to_string(open) +
         "', 'cmd/here', 1, 42, '{\"v\":1,\"command\":\"cancel\"}')");

  EXPECT_TRUE(import_into(to, folder.file("early.ndjson")));
  from.sql("insert into event (run_id, key, writer, type, data) values ('" + to_string(open) +
           "', 'cmd/there', 1, 42, '{\"v\":1,\"command\":\"cancel\"}')");
  from.export_to(folder.file("late.ndjson"));
  const auto late = import_into(to, folder.file("late.ndjson"));

  ASSERT_FALSE(late);
  EXPECT_NE(late.error().message.find("cmd/here"), std::string::npos) << late.error().message;
}

TEST(LogArchive, ACutExportGoesOnToTheSameBytes) {
  ArchiveHouse house;
  house.make_runs();
  const TestFolder folder;
  house.export_to(folder.file("log.ndjson"));
  const std::string whole = read_file(folder.file("log.ndjson"));
  const std::size_t last_run = whole.rfind("{\"kind\":\"run\"");
  // What was appended since is not of the archive's snapshot.
  house.make_runs();
  house.sql(
      "insert into event (run_id, key, writer, type, data) select max(run_id::text)::uuid, 'cmd/late', 1, "
      "42, '{}' from event");

  for (const std::size_t size : {last_run + 200, last_run + 5, whole.size() - 3}) {
    write_file(folder.file("cut.ndjson"), whole.substr(0, size));
    auto lines = log::FileLines::open(folder.file("cut.ndjson"));
    ASSERT_TRUE(lines);
    const auto point = log::find_resume_point(*lines);
    ASSERT_TRUE(point) << point.error().message;
    auto file = log::FileWriter::open(folder.file("cut.ndjson"), point->state.bytes);
    ASSERT_TRUE(file);
    ASSERT_TRUE(
        log::resume_export(house.url(), *point, [&](std::string_view bytes) { return file->write(bytes); }));
    ASSERT_TRUE(file->finish());
    EXPECT_EQ(read_file(folder.file("cut.ndjson")), whole);
  }
}

TEST(LogArchive, APartOfTheLogStandsByItself) {
  ArchiveHouse from;
  const Time old = Time(std::chrono::sys_days(std::chrono::year(2026) / 3 / 5)) + std::chrono::hours(4);
  const RunId early = from.make_run({.delivered = true, .at = old});
  const RunId one = from.make_run({.delivered = true});
  from.make_run({.end = End::open, .delivered = true});
  const TestFolder folder;
  const auto runs_of = [&](const log::Selection& selection) {
    const ArchiveHouse to(/*migrated=*/false);
    from.export_to(folder.file("part.ndjson"), selection);
    const auto report = import_into(to, folder.file("part.ndjson"));
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
    EXPECT_EQ(problems_of(to), "");
    return to.sql("select string_agg(run_id::text, ' ' order by run_id) from run") + " " +
           to.sql("select count(*) from delivery") + " " + to.sql("select count(*) from origin");
  };

  EXPECT_EQ(runs_of({.spans = {{std::nullopt, old + std::chrono::hours(1)}}}), to_string(early) + " 1 1");
  EXPECT_EQ(runs_of({.runs = {one}}), to_string(one) + " 1 1");
  EXPECT_EQ(runs_of({.closed_only = true}), to_string(early) + " " + to_string(one) + " 2 2");
}

TEST(LogArchive, ARunThatWasMovedCarriesBothItsDefinitions) {
  ArchiveHouse from;
  const RunId moved = from.make_run({.end = End::moved});
  EXPECT_EQ(problems_of(from), "");
  from.make_run({});
  const TestFolder folder;
  from.export_to(folder.file("part.ndjson"), {.runs = {moved}});
  const ArchiveHouse to(/*migrated=*/false);
  ASSERT_TRUE(import_into(to, folder.file("part.ndjson")));
  EXPECT_EQ(problems_of(to), "");
  EXPECT_EQ(to.sql("select count(*) from definition"), "2");
  const std::string named =
      "select d.hash from run r join definition d on d.id = r.definition where run_id = '" +
      to_string(moved) + "'";
  EXPECT_EQ(to.sql(named), from.sql(named));
}

}  // namespace
}  // namespace callboard::test
