// What is wrong in a stored log is found, what hangs on it is made anew, and old days go.
#include <gtest/gtest.h>

#include <algorithm>

#include "shared/log/archive/import.hpp"
#include "shared/log/archive/rebuild.hpp"
#include "shared/log/archive/retention.hpp"
#include "shared/log/archive/rows_in.hpp"
#include "shared/log/postgres/migrations.hpp"
#include "tests/contract/archive_house.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using End = ArchiveHouse::End;

/// The one problem there is, as "run key: message".
std::string only_problem(const ArchiveHouse& house) {
  const auto problems = house.problems();
  std::string out;
  for (const log::LogProblem& problem : problems) {
    out += (out.empty() ? "" : "\n") + (problem.run ? to_string(*problem.run) + " " : std::string()) +
           problem.key + ": " + problem.message;
  }
  return out;
}

/// One run of each kind, in a database that is copied for each damage.
struct Undamaged {
  ArchiveHouse house;
  const std::string completed = to_string(house.make_run({}));
  const std::string cancelled = to_string(house.make_run({.end = End::cancelled}));
  const std::string large = to_string(house.make_run({.result_bytes = 90'000}));
  const std::string delivered = to_string(house.make_run({.delivered = true}));
};

Undamaged& undamaged() {
  static Undamaged undamaged;
  return undamaged;
}

/// Damages one run with a statement in which $ is its id, and gives what is found of it.
std::string found_after(const std::string& damage, const std::string& run = undamaged().completed) {
  const ArchiveHouse house(undamaged().house);
  EXPECT_EQ(only_problem(house), "");
  std::string sql;
  for (const char c : damage) sql += c == '$' ? "'" + run + "'" : std::string(1, c);
  house.sql(sql);
  std::string found = only_problem(house);
  return found.starts_with(run + " ") ? found.substr(run.size() + 1) : found;
}

TEST(LogVerify, ADamagedEventIsFound) {
  EXPECT_EQ(found_after("update event set data = '{\"v\":1,\"list\":[{' where run_id = $ and key = 'd/1'")
                .substr(0, 19),
            "d/1: does not fold:");
  EXPECT_EQ(found_after("update event set type = 23 where run_id = $ and key = 'd/1'"),
            "d/1: has not the type of the last decision that it holds");
  EXPECT_EQ(found_after("update event set type = 21 where run_id = $ and key = 'g1/fetch/1/result'"),
            "g1/fetch/1/result: has the type step.started (21), which does not fit the key");
  EXPECT_EQ(found_after("update event set key = 'g1/fetch/one/result' where run_id = $ and key like 'g1/f%'"),
            "g1/fetch/one/result: is no key of the grammar");
  EXPECT_EQ(found_after("update event set data = '{}' where run_id = $ and key = 'd/0'").substr(0, 5),
            "d/0: ");
}

TEST(LogVerify, AMissingDecisionIsFound) {
  const std::string& cancelled = undamaged().cancelled;
  EXPECT_EQ(found_after("delete from event where run_id = $ and key = 'd/1'", cancelled), "d/1: is missing");
  EXPECT_EQ(found_after("delete from event where run_id = $ and key in ('d/0', 'd/1')", cancelled),
            "d/0: is missing, and all up to d/1 with it");
}

TEST(LogVerify, ADecisionBehindTheCloseIsFound) {
  EXPECT_NE(
      found_after("insert into event (run_id, key, writer, type, data) select run_id, 'd/2', 1, type, data "
                  "from event where run_id = $ and key = 'd/1'")
          .find("can't follow"),
      std::string::npos);
}

TEST(LogVerify, AWrongHeadRowIsFound) {
  EXPECT_EQ(found_after("update run set state = 7 where run_id = $"),
            ": the head row says state failed, the events completed");
  EXPECT_EQ(found_after("update run set decisions = 9 where run_id = $"),
            ": the head row says decisions 9, the events 2");
  EXPECT_EQ(found_after("update run set partition = (partition + 1) % 64 where run_id = $").substr(0, 30),
            ": the head row says partition ");
  EXPECT_EQ(found_after("delete from run where run_id = $").substr(0, 19), ": has no head row: ");
  EXPECT_EQ(found_after("delete from event where run_id = $"), ": has a head row and no events");
}

TEST(LogVerify, LabelsThatAreNotThoseOfTheEventsAreFound) {
  const std::string& delivered = undamaged().delivered;
  EXPECT_EQ(found_after("update run_label set value = '8' where run_id = $ and name = 'pr'", delivered),
            ": its labels are pr:8 team:core, the events say pr:7 team:core");
  EXPECT_EQ(found_after("delete from run_label where run_id = $ and name = 'pr'", delivered),
            ": its labels are team:core, the events say pr:7 team:core");
  EXPECT_EQ(found_after("insert into run_label values ('team', 'web', $)"),
            ": its labels are team:web, the events say none");
  EXPECT_EQ(
      found_after("insert into run_label values ('team', 'web', '00000000-0000-7000-8000-000000000001')"),
      "00000000-0000-7000-8000-000000000001 : has the label team:web and no head row");
}

TEST(LogVerify, AParentThatIsNotThatOfTheEventsIsFound) {
  ArchiveHouse house;
  const RunId parent = house.make_run({});
  const std::string child = to_string(house.make_run({.parent = parent}));
  EXPECT_EQ(only_problem(house), "");
  house.sql("update run set parent = null where run_id = '" + child + "'");
  EXPECT_EQ(only_problem(house), child + " : the head row says parent none, the events " + to_string(parent));
}

TEST(LogMigration, RunsThatWereStartedBeforeParentsWereIndexedGetTheirs) {
  // given a log as it was before, but for what later migrations made
  ArchiveHouse house;
  house.make_runs();
  const RunId parent = house.make_run({.end = End::open});
  const RunId child = house.make_run({.parent = parent});
  house.sql("alter table run drop column parent");
  // when it is migrated
  const auto all = log::migrations();
  const auto children = std::ranges::find(all, "0016_children", &log::Migration::name);
  ASSERT_NE(children, all.end());
  house.sql(children->sql);
  // then they are listed by it
  EXPECT_EQ(house.sql("select run_id from run where parent = '" + to_string(parent) + "'"), to_string(child));
  EXPECT_EQ(only_problem(house), "");
}

TEST(LogVerify, DamageBesideTheEventsIsFound) {
  const std::string& large = undamaged().large;
  EXPECT_EQ(found_after("delete from blob where run_id = $", large),
            "g1/fetch/1/result: its blob is missing");
  EXPECT_EQ(found_after("update blob set data = data || ' '::bytea where run_id = $", large),
            "g1/fetch/1/result: its blob is not what the hash says");
  EXPECT_EQ(found_after("insert into slot values ('g', 0, $)"),
            ": holds place 0 of the group g, and is closed");
  EXPECT_EQ(found_after("insert into listener values ('github', 'push', 0, $, 'g1')"),
            ": its g1 listens to events, and it is not open");
  EXPECT_NE(
      found_after("update delivery set verdicts = '{' where id = (select delivery from run where run_id = $)",
                  undamaged().delivered)
          .find("don't decode"),
      std::string::npos);
  EXPECT_NE(found_after("delete from event where run_id = $; delete from run where run_id = $",
                        undamaged().delivered)
                .find("points to it"),
            std::string::npos);
}

TEST(LogVerify, AChangedDefinitionIsFound) {
  ArchiveHouse house;
  house.make_run({});
  house.sql("update definition set body = replace(convert_from(body, 'UTF8'), 'report', 'repeat')::bytea");
  EXPECT_NE(only_problem(house).find("is not the hash of its body"), std::string::npos)
      << only_problem(house);
}

Result<log::RebuildReport> rebuild(const ArchiveHouse& house) {
  return log::rebuild_indexes(house.url(), [](const log::LogProblem& problem) {
    ADD_FAILURE() << problem.key << ": " << problem.message;
  });
}

TEST(LogRebuild, LostIndexesAreMadeAnew) {
  ArchiveHouse house;
  house.make_runs();
  const std::string indexes = house.indexes();
  const std::string truth = house.truth();
  house.sql("truncate run, run_label, slot, inbox, origin");

  const auto report = rebuild(house);

  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->heads_made, 4u);
  EXPECT_EQ(report->inbox_added, 1u);
  EXPECT_EQ(report->origins_made, 2u);
  EXPECT_EQ(house.indexes(), indexes);
  EXPECT_EQ(house.truth(), truth);
  EXPECT_EQ(only_problem(house), "");
  const auto again = rebuild(house);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->changed());
}

TEST(LogRebuild, WrongIndexesAreMended) {
  ArchiveHouse house;
  house.make_runs();
  const RunId open = house.make_run({.end = End::open});
  const std::string indexes = house.indexes();
  house.sql("update run set state = 2, closed_at = null where state = 6");
  house.sql("insert into slot select 'g', row_number() over (), run_id from run where state = 8");
  house.sql(
      "insert into run (run_id, created_at, workflow, definition, partition, state) "
      "select gen_random_uuid(), now(), 1, 1, 0, 2");
  house.sql("insert into inbox (partition, run_id) values (63, gen_random_uuid())");
  house.sql("insert into listener values ('github', 'push', 0, gen_random_uuid(), 'g1')");
  house.sql("insert into heard (partition, delivery) values (0, gen_random_uuid())");
  house.sql("update run_label set value = '8' where name = 'pr'");
  house.sql("insert into run_label values ('team', 'web', gen_random_uuid())");
  house.sql("update run set parent = null");  // of a third one

  const auto report = rebuild(house);

  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->heads_made, 3u);
  EXPECT_EQ(report->heads_removed, 1u);
  EXPECT_EQ(report->inbox_removed, 1u);
  EXPECT_EQ(report->places_freed, 1u);
  EXPECT_EQ(report->listeners_dropped, 1u);
  EXPECT_EQ(house.sql("select count(*) from heard"), "0") << "owners look back to where it began";
  EXPECT_EQ(report->labels_mended, 1 + std::stoul(house.sql("select count(distinct run_id) from run_label")));
  EXPECT_EQ(house.indexes(), indexes);
  EXPECT_EQ(only_problem(house), "");

  // A run that was admitted to its group has its place again, and its group where only the place tells it.
  house.sql("update run set group_key = 'g' where run_id = '" + to_string(open) + "'");
  ASSERT_TRUE(rebuild(house));
  EXPECT_EQ(house.sql("select run_id from slot where group_key = 'g' and k = 0"), to_string(open));
  house.sql("truncate run");
  ASSERT_TRUE(rebuild(house));
  EXPECT_EQ(house.sql("select group_key from run where run_id = '" + to_string(open) + "'"), "g");
}

TEST(LogRebuild, TurnsOfThrottlesFollowFromTheEvents) {
  ArchiveHouse house;
  const std::string run = to_string(house.make_run({.end = End::open}));
  house.sql(
      "update event set data = convert_to(replace(convert_from(data, 'UTF8'), '\"semantics\"', "
      "'\"throttle\":{\"key\":\"slow\",\"limit\":1,\"per\":\"3600000000\"},\"semantics\"'), 'UTF8') "
      "where key = 'd/0'");
  house.sql(
      "insert into event (run_id, key, writer, type, data) values ('" + run +
      "', 'd/1', 1, 2, '{\"v\":1,\"list\":[{\"type\":\"run.admitted\"}]}'), ('" + run +
      "', 'd/2', 1, 29, '{\"v\":1,\"list\":[{\"type\":\"step.admitted\",\"step\":\"report\",\"attempt\":1,"
      "\"throttle\":{\"key\":\"x\",\"limit\":9,\"per\":\"60000000\"}}]}')");
  house.sql("insert into turn values ('slow', now(), now() + interval '1 day', gen_random_uuid())");
  ASSERT_TRUE(rebuild(house));
  EXPECT_EQ(only_problem(house), "");
  EXPECT_EQ(
      house.sql(
          "select string_agg(rate_key || ' ' || (until - at) || ' ' || (run_id = '" + run +
          "') || ' ' || (at = (select at from event e where e.run_id = turn.run_id and e.key = case rate_key "
          "when 'slow' then 'd/1' else 'd/2' end)), ', ' order by rate_key) from turn"),
      "slow 01:00:00 true true, step x 00:01:00 true true");
  EXPECT_EQ(house.sql("select rate_key from run"), "slow");
}

TEST(LogRebuild, ItWaitsForNoDispatcher) {
  ArchiveHouse house;
  house.make_runs();
  house.sql(
      "insert into member values ('00000000-0000-7000-8000-000000000001', now() + interval '1 hour', "
      "'2000-01-01', 1, 0, 0, 'd', '')");
  EXPECT_TRUE(rebuild(house));
  house.sql("insert into lease (partition, holder) values (3, '00000000-0000-7000-8000-000000000001')");

  const auto report = rebuild(house);

  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::conflict);
}

/// A house with closed runs on the first and third day, and an open one on the second.
class LogRetention : public testing::Test {
 protected:
  LogRetention() {
    const Time now = Time(sys_days(std::chrono::year(2026) / 3 / 1));
    const auto make = [&](int day, End end) {
      house_.make_run({.end = end, .delivered = true, .at = now + std::chrono::days(day) + 5h});
    };
    house_.sql(partitions(0) + partitions(1) + partitions(2));
    make(0, End::completed);
    make(0, End::cancelled);
    make(1, End::completed);
    make(1, End::open);
    make(2, End::completed);
    house_.make_run({.delivered = true});
    house_.sql(
        "update origin set at = to_timestamp(('x' || substr(replace(maker::text, '-', ''), 1, "
        "12))::bit(48)::bigint / 1000.0)");
  }

  static std::string partitions(int day) {
    std::string sql;
    const auto at = sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::days(day);
    for (const std::string parent : {"event", "blob", "delivery"}) {
      sql += "create table " + parent + "_" + log::day_name(at) + " partition of " + parent +
             " for values from (first_uuid('" + format_time(Time(at)) + "')) to (first_uuid('" +
             format_time(Time(at + std::chrono::days(1))) + "'));";
    }
    return sql;
  }
  static std::string show(const log::RetentionReport& report) {
    std::string out;
    for (const log::RetainedDay& day : report.days) {
      out += log::day_name(day.day) + (day.dropped ? " dropped " : " stays ") + std::to_string(day.runs) +
             " " + std::to_string(day.open) + day.problem + "\n";
    }
    return out;
  }

  ArchiveHouse house_;
  const std::string expected_ = "20260301 dropped 2 0\n20260302 stays 2 1\n20260303 dropped 1 0\n";
};

TEST_F(LogRetention, ClosedDaysGoAndOthersStay) {
  const auto report = log::retain_log(house_.url(), {.older_than = std::chrono::days(30)});

  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(*report), expected_);
  EXPECT_EQ(
      house_.sql("select to_regclass('event_20260301') is null and to_regclass('blob_20260303') is null and "
                 "to_regclass('delivery_20260301') is null and to_regclass('event_20260302') is not null"),
      "t");
  EXPECT_EQ(house_.sql("select count(*) from run"), "3");
  EXPECT_EQ(house_.sql("select count(*) from origin"), "3");
  EXPECT_EQ(only_problem(house_), "");
}

TEST_F(LogRetention, ADryRunDropsNothing) {
  const std::string truth = house_.truth();
  const auto report = log::retain_log(house_.url(), {.older_than = std::chrono::days(30), .dry_run = true});
  ASSERT_TRUE(report);
  EXPECT_EQ(show(*report), expected_);
  EXPECT_EQ(house_.truth(), truth);
}

TEST_F(LogRetention, WhatIsDroppedStandsInTheArchive) {
  const TestFolder folder;
  const std::string truth = house_.truth();

  const auto report = log::retain_log(
      house_.url(), {.older_than = std::chrono::days(30), .archive = folder.file("old.ndjson")});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->archived.runs, 3u);
  EXPECT_NE(house_.truth(), truth);
  const auto back = log::import_log(house_.url(), folder.file("old.ndjson"), false,
                                    [](const log::LogProblem&) { ADD_FAILURE(); });

  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(house_.truth(), truth);
  EXPECT_EQ(only_problem(house_), "");
  const auto again = log::retain_log(
      house_.url(), {.older_than = std::chrono::days(30), .archive = folder.file("old.ndjson")});
  ASSERT_FALSE(again) << "an archive is never written over";
  EXPECT_EQ(house_.truth(), truth);
}

}  // namespace
}  // namespace callboard::test
