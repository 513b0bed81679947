#include "shared/run/payload.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/run_builder.hpp"
#include "tests/support/sim_loop.hpp"

namespace callboard::run {
namespace {

using test::GraphBuilder;
using test::must;

const Time kAt = *parse_time("2026-11-21T07:49:11.000123Z");

Graph make_graph() { return GraphBuilder().step("lint").step("build").after("lint").build(); }

Created make_created() {
  Created created;
  created.workflow = "review-pull-request";
  created.hash = std::string(64, 'a');
  created.inputs = R"({"component":"api"})";
  created.vars = R"({"region":"eu"})";
  created.delivery = parse_id<DeliveryId>("01931c5e-0000-7000-8000-000000000001");
  created.event_name = "pull_request.opened";
  created.created_at = kAt;
  return created;
}

std::vector<Decision> make_decisions() {
  Decision skipped{.type = EventType::step_skipped, .step = 0};
  skipped.value = "\"condition\"";
  Decision retry{.type = EventType::step_retry_scheduled, .step = 1, .attempt = 2, .at = kAt};
  Decision slept{.type = EventType::step_completed, .step = 0};
  slept.value = "{}";
  Decision failed{.type = EventType::step_failed, .step = 1};
  failed.error = {ErrorClass::validation, "if: 1:3: a \"quoted\" thing\n"};
  Decision cancelling{.type = EventType::run_cancelling};
  cancelling.error = {ErrorClass::timeout, "the run took longer than 2h"};
  Decision done{.type = EventType::run_completed};
  done.value = R"({"report":null})";
  Decision broken{.type = EventType::run_failed};
  broken.error = {ErrorClass::exit, "step \"build\" failed: exit status 2"};
  return {skipped, retry, slept, failed, cancelling, done, broken, {.type = EventType::run_cancelled}};
}

/// What people asked for, and a signal.
std::vector<Decision> make_asked_decisions() {
  Decision paused{.type = EventType::run_paused};
  paused.consumes = {"cmd/1"};
  paused.paused.by_person = true;
  Decision resumed{.type = EventType::run_resumed};
  resumed.consumes = {"cmd/2", "cmd/3"};
  Decision consumed{.type = EventType::signal_consumed, .step = 0};
  consumed.consumes = {"signal/7"};
  Decision rewound{.type = EventType::run_rewound};
  rewound.consumes = {"cmd/4"};
  rewound.generation = 2;
  rewound.keep = {"g1/build/1/result"};
  rewound.keep_decided = {"lint"};
  return {paused, resumed, consumed, rewound};
}

/// Of a map: it has begun, and what is decided about its items.
std::vector<Decision> make_map_decisions() {
  Decision begun{.type = EventType::step_started, .step = 1, .items = 3};
  Decision again{.type = EventType::step_retry_scheduled, .step = 1, .item = 2, .attempt = 2, .at = kAt};
  Decision skipped{.type = EventType::step_skipped, .step = 1, .item = 0, .value = "\"condition\""};
  Decision rewound{.type = EventType::run_rewound};
  rewound.generation = 2;
  rewound.keep = {"g1/build[1]/1/result"};
  rewound.keep_decided = {"build[0]"};
  return {begun, again, skipped, rewound};
}

Decision make_migration() {
  Decision migrated{.type = EventType::run_migrated};
  migrated.definition = std::string(64, 'c');
  return migrated;
}

/// Who pauses it changes, until nobody does.
std::vector<Decision> make_pause_decisions() {
  Decision by_scope{.type = EventType::run_paused};
  by_scope.paused = {
      .scope = "workflow:review-pull-request",
      .why = "workflow review-pull-request is paused since 2026-11-21T07:49:11.000123Z by api: no \"quota\""};
  Decision by_both = by_scope;
  by_both.paused.by_person = true;
  by_both.consumes = {"cmd/1"};
  Decision by_person{.type = EventType::run_paused};
  by_person.paused = {.by_person = true};
  return {by_scope, by_both, by_person, {.type = EventType::run_resumed}};
}

/// Everything that is stored, as it is written today, by the name of its golden file.
std::map<std::string, std::string> written_today() {
  const Graph graph = make_graph();
  return {
      {"step_completed", encode_outcome({.result = R"({"stdout":"ok\n","exitCode":0})",
                                         .started_at = kAt,
                                         .usage = R"({"inputTokens":12,"outputTokens":3})"})},
      {"step_completed_least", encode_outcome({})},
      {"step_failed", encode_outcome({.type = EventType::step_failed,
                                      .error = {ErrorClass::rate_limit, "429 from \"example.com\""},
                                      .started_at = kAt})},
      {"step_lost",
       encode_outcome({.type = EventType::step_lost, .error = {ErrorClass::lost, "its worker died"}})},
      {"step_begun", encode_begin(test::kWorker)},
      {"command_received", encode_command({"cancel", "ada"})},
      {"command_received_least", encode_command({"cancel", ""})},
      {"command_rewind", encode_command({.name = "rewind",
                                         .actor = "ada",
                                         .generation = 2,
                                         .checkpoint = "2.0.0123456789abcdef",
                                         .keep = {"lint", "build"}})},
      {"command_answer", encode_command({.name = "answer",
                                         .actor = "ada",
                                         .generation = 1,
                                         .step = "build",
                                         .attempt = 2,
                                         .answer = "complete",
                                         .result = R"({"receipt":7})"})},
      {"signal_received", encode_signal({"go", R"({"by":"ada"})", "ada"})},
      {"signal_received_least", encode_signal({.name = "go"})},
      {"decisions_asked", encode_decisions(graph, make_asked_decisions())},
      {"decisions_map", encode_decisions(graph, make_map_decisions())},
      {"decisions_migrated", encode_decisions(graph, {make_migration()})},
      {"run_created", encode_created(make_created())},
      {"run_created_source",
       [] {
         Created created = make_created();
         created.source = "github";
         return encode_created(created);
       }()},
      {"run_created_group",
       [] {
         Created created = make_created();
         created.group = Group{"acme/widgets", 2, OnExcess::replace};
         return encode_created(created);
       }()},
      {"run_created_throttle",
       [] {
         Created created = make_created();
         created.rate = Rate{"acme/widgets", 10, std::chrono::minutes(1)};
         return encode_created(created);
       }()},
      {"run_created_labels",
       [] {
         Created created = make_created();
         created.labels = {{"team", "core"}, {"pr", "\"7\""}};
         return encode_created(created);
       }()},
      {"command_received_reason",
       encode_command({.name = "cancel", .actor = "concurrency", .reason = "replaced by a newer run"})},
      {"decisions_step_admitted",
       encode_decisions(graph, {{.type = EventType::step_admitted,
                                 .step = 0,
                                 .attempt = 2,
                                 .rate = Rate{"provider-x", 50, std::chrono::minutes(1)}}})},
      {"run_created_party",
       [] {
         Created created = make_created();
         created.party = "github:acme/widgets";
         return encode_created(created);
       }()},
      {"decisions_admitted", encode_decisions(graph, {{.type = EventType::run_admitted}})},
      {"run_created_caused",
       [] {
         Created created = make_created();
         created.cause_depth = 3;
         created.untrusted = true;
         return encode_created(created);
       }()},
      {"run_created_approval",
       [] {
         Created created = make_created();
         created.untrusted = created.needs_approval = true;
         return encode_created(created);
       }()},
      {"decisions_approved",
       encode_decisions(graph, {{.type = EventType::run_approved, .consumes = {"cmd/a"}}})},
      {"command_received_approve",
       encode_command({.name = "approve", .actor = "ada", .generation = 1, .reason = "looked through"})},
      {"decisions_paused", encode_decisions(graph, make_pause_decisions())},
      {"decisions", encode_decisions(graph, make_decisions())},
  };
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::filesystem::path golden_folder() {
  return std::filesystem::path(CALLBOARD_SOURCE) / "tests/golden/events";
}

/// Reads a golden file as its name says, and writes what was read.
std::string read_and_write(const std::string& name, const std::string& data) {
  const Graph graph = make_graph();
  if (name.starts_with("step_completed"))
    return encode_outcome(must(decode_outcome(EventType::step_completed, data)));
  if (name == "step_failed") return encode_outcome(must(decode_outcome(EventType::step_failed, data)));
  if (name == "step_lost") return encode_outcome(must(decode_outcome(EventType::step_lost, data)));
  if (name == "step_begun") return encode_begin(must(decode_begin(data)));
  if (name.starts_with("command_received")) return encode_command(must(decode_command(data)));
  if (name == "command_rewind" || name == "command_answer") return encode_command(must(decode_command(data)));
  if (name.starts_with("signal_received")) return encode_signal(must(decode_signal(data)));
  if (name.starts_with("run_created")) return encode_created(must(decode_created(data)));
  return encode_decisions(graph, must(decode_decisions(graph, data)));
}

TEST(Payload, GoldenFilesAreReadAndWhatIsWrittenTodayIsWhatTheyHold) {
  const auto today = written_today();
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(golden_folder())) {
    const std::string name = file.path().stem().string();
    const std::string golden = read_file(file.path());
    ASSERT_TRUE(today.contains(name)) << name << ": a stored form that nothing writes or reads";
    EXPECT_EQ(today.at(name), golden) << name;
    EXPECT_EQ(read_and_write(name, golden), golden) << name;
    ++files;
  }
  EXPECT_EQ(files, today.size());
}

TEST(Payload, ReadsEveryMember) {
  const Outcome outcome = must(decode_outcome(
      EventType::step_failed,
      R"({"v":1,"error":{"class":"quota","message":"no\u0020more"},"startedAt":"2026-11-21T07:49:11.000123Z","usage":{"a":1}})"));
  EXPECT_EQ(outcome.error, (StepError{ErrorClass::quota, "no more"}));
  EXPECT_EQ(outcome.started_at, kAt);
  EXPECT_EQ(outcome.usage, R"({"a":1})");

  const Created created = must(decode_created(encode_created(make_created())));
  EXPECT_EQ(created.delivery, make_created().delivery);
  EXPECT_EQ(created.inputs, make_created().inputs);
  EXPECT_EQ(created.cause_depth, 0u);
  EXPECT_FALSE(created.untrusted);
  EXPECT_TRUE(created.labels.empty());
  EXPECT_EQ(created.event_name, "pull_request.opened");
  EXPECT_EQ(created.created_at, kAt);

  const Graph graph = make_graph();
  const auto list = must(decode_decisions(graph, encode_decisions(graph, make_decisions())));
  ASSERT_EQ(list.size(), make_decisions().size());
  EXPECT_EQ(list[1].step, 1u);
  EXPECT_EQ(list[1].attempt, 2u);
  EXPECT_EQ(list[1].at, kAt);
  EXPECT_EQ(list[3].error, make_decisions()[3].error);
}

TEST(Payload, APauseThatNamesNobodyIsAPersons) {
  const Graph graph = make_graph();
  const auto old =
      must(decode_decisions(graph, R"({"v":1,"list":[{"type":"run.paused","consumes":["cmd/1"]}]})"));
  EXPECT_EQ(old.front().paused, Paused{.by_person = true});
  const auto list = must(decode_decisions(graph, encode_decisions(graph, make_pause_decisions())));
  for (std::size_t i = 0; i < list.size(); ++i)
    EXPECT_EQ(list[i].paused, make_pause_decisions()[i].paused) << i;
  EXPECT_EQ(
      must(
          decode_created(
              R"({"v":1,"list":[{"type":"run.created","hash":"x","createdAt":"2026-11-21T07:49:11Z","semantics":1}]})"))
          .source,
      "");
}

TEST(Payload, MembersThatALaterReleaseAddsAreIgnored) {
  EXPECT_EQ(
      must(decode_outcome(EventType::step_completed, R"({"new":[{}],"v":1,"result":5,"more":"x"})")).result,
      "5");
  EXPECT_EQ(must(decode_command(R"({"v":1,"command":"cancel","why":{"a":1}})")).name, "cancel");
}

TEST(Payload, WhatIsNoneIsInvalid) {
  const Graph graph = make_graph();
  for (const char* data :
       {"", "{", "[]", "null", R"({"result":1})", R"({"v":2,"result":1})", R"({"v":"1","result":1})",
        R"({"v":1})", R"({"v":1,"result":1,"startedAt":"today"})"}) {
    const auto outcome = decode_outcome(EventType::step_completed, data);
    ASSERT_FALSE(outcome) << data;
    EXPECT_EQ(outcome.error().code, ErrorCode::invalid);
  }
  EXPECT_FALSE(decode_outcome(EventType::step_failed, R"({"v":1,"error":{"class":"odd","message":"x"}})"));
  EXPECT_FALSE(decode_outcome(EventType::step_started, R"({"v":1,"result":1})"));
  EXPECT_FALSE(decode_begin(R"({"v":1,"worker":"nobody"})"));
  EXPECT_FALSE(decode_created(R"({"v":1,"list":[]})"));
  EXPECT_FALSE(decode_created(
      R"({"v":1,"list":[{"type":"run.created","hash":"x","createdAt":"2026-11-21T07:49:11Z","semantics":2}]})"));
  EXPECT_FALSE(decode_decisions(graph, R"({"v":1,"list":[]})"));
  EXPECT_FALSE(decode_decisions(graph, R"({"v":1,"list":[{"type":"step.skipped","step":"none"}]})"));
  EXPECT_FALSE(decode_decisions(graph, R"({"v":1,"list":[{"type":"step.danced","step":"lint"}]})"));
  EXPECT_FALSE(decode_decisions(graph, R"({"v":1,"list":[5]})"));
}

TEST(Payload, DamagedBytesNeverDoMoreThanFail) {
  const Graph graph = make_graph();
  test::SimRandom random(7);
  int read = 0;
  for (int i = 0; i < 5'000; ++i) {
    for (const auto& [name, sound] : written_today()) {
      std::string data = sound;
      data[random.below(data.size())] = static_cast<char>(random.below(256));
      data.resize(random.chance(20) ? random.below(data.size()) : data.size());
      for (const EventType type : {EventType::step_completed, EventType::step_failed}) {
        if (const auto outcome = decode_outcome(type, data))
          EXPECT_TRUE(decode_outcome(type, encode_outcome(*outcome)));
      }
      if (const auto list = decode_decisions(graph, data)) {
        EXPECT_TRUE(decode_decisions(graph, encode_decisions(graph, *list)));
        ++read;
      }
      if (const auto created = decode_created(data)) EXPECT_TRUE(decode_created(encode_created(*created)));
      if (const auto begun = decode_begin(data)) EXPECT_TRUE(decode_begin(encode_begin(*begun)));
      if (const auto command = decode_command(data)) EXPECT_TRUE(decode_command(encode_command(*command)));
    }
    i += 9;
  }
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace callboard::run
