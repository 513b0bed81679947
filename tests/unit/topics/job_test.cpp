#include "topics/job.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "shared/base/limits.hpp"

namespace callboard::topics {
namespace {

using namespace std::chrono_literals;

RunId run_id(std::string_view text = "01939d5c-1f2a-7b3c-8d4e-5f60718293a4") {
  return *parse_id<RunId>(text);
}

run::SliceStep step(std::string key, std::string params) {
  run::SliceStep out;
  out.key = std::move(key);
  out.executor = "echo";
  out.params = expression::Rendered{std::move(params), {}};
  out.timeout = 5min;
  return out;
}

Job chain_job() {
  Job job;
  job.slice.run = run_id();
  job.slice.steps.push_back(step("s1", "{\"text\":\"" + std::string(179, 'x') + "\"}"));
  job.workflow = "chain";
  job.partition = 12;
  job.published_at = Time(1795247351000123us);
  return job;
}

/// Everything that a job can carry, at once.
Job full_job() {
  Job job = chain_job();
  job.slice.generation = 3;
  job.slice.steps.clear();
  run::SliceStep first =
      step("call", R"({"url":"https://example.org","auth":null,"n":12345678901234567890123})");
  first.attempt = 2;
  first.executor = "http";
  first.effect = run::Effect::once;
  first.params->secrets.push_back({"/auth", {{"Bearer ", ""}, {"", "API_TOKEN"}}});
  run::SliceStep second;
  second.key = "report";
  second.executor = "set";
  second.source = R"({"seen":"${steps.call.result.status}"})";
  second.timeout = 1500ms;
  second.effect = run::Effect::idempotent;
  job.slice.steps = {first, second};
  job.slice.contexts = R"({"inputs":{"who":"w\u00f6rld"},"run":{},"steps":{}})";
  job.workflow = "review-pull-request";
  job.again = true;
  job.deadline = Time(1795333751000000us);
  job.trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  return job;
}

std::string golden(const std::string& name) {
  std::ifstream file(std::string(CALLBOARD_SOURCE) + "/tests/golden/" + name);
  std::stringstream text;
  text << file.rdbuf();
  std::string bytes = text.str();
  while (bytes.ends_with('\n')) bytes.pop_back();
  return bytes;
}

TEST(Job, is_written_as_the_golden_files_say) {
  EXPECT_EQ(encode_job(chain_job()), golden("job-v1-chain.json"));
  EXPECT_EQ(encode_job(full_job()), golden("job-v1-full.json"));
}

TEST(Job, says_that_people_from_outside_caused_it) {
  auto job = chain_job();
  EXPECT_FALSE(decode_job(encode_job(job))->untrusted);
  job.untrusted = true;
  EXPECT_TRUE(decode_job(encode_job(job))->untrusted);
}

TEST(Job, says_how_long_a_step_may_be_silent) {
  auto job = chain_job();
  EXPECT_FALSE(decode_job(encode_job(job))->slice.steps[0].idle_timeout);
  job.slice.steps[0].idle_timeout = 90s;
  EXPECT_EQ(decode_job(encode_job(job))->slice.steps[0].idle_timeout, 90s);
}

TEST(Job, everything_in_it_is_read_back) {
  const auto job = decode_job(golden("job-v1-full.json"));

  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(job->slice.run, run_id());
  EXPECT_EQ(job->slice.generation, 3u);
  EXPECT_EQ(job->workflow, "review-pull-request");
  EXPECT_TRUE(job->again);
  EXPECT_EQ(job->partition, 12);
  EXPECT_EQ(job->published_at, Time(1795247351000123us));
  EXPECT_EQ(job->deadline, Time(1795333751000000us));
  EXPECT_EQ(job->trace, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_EQ(job->slice.contexts, full_job().slice.contexts);
  ASSERT_EQ(job->slice.steps.size(), 2u);
  const run::SliceStep& first = job->slice.steps[0];
  EXPECT_EQ(first.key, "call");
  EXPECT_EQ(first.attempt, 2u);
  EXPECT_EQ(first.executor, "http");
  EXPECT_EQ(first.effect, run::Effect::once);
  EXPECT_EQ(first.timeout, 5min);
  ASSERT_TRUE(first.params);
  ASSERT_EQ(first.params->secrets.size(), 1u);
  EXPECT_EQ(first.params->secrets[0].pointer, "/auth");
  ASSERT_EQ(first.params->secrets[0].parts.size(), 2u);
  EXPECT_EQ(first.params->secrets[0].parts[0].text, "Bearer ");
  EXPECT_EQ(first.params->secrets[0].parts[1].secret, "API_TOKEN");
  const run::SliceStep& second = job->slice.steps[1];
  EXPECT_FALSE(second.params);
  EXPECT_EQ(second.source, R"({"seen":"${steps.call.result.status}"})");
  EXPECT_EQ(second.attempt, 1u);
  EXPECT_EQ(second.timeout, 1500ms);
}

TEST(Job, params_pass_byte_by_byte) {
  for (const char* params :
       {R"({"n":12345678901234567890123,"e":1e400})", "[1, 2]", "\"text\"", "null", "3", "true", "{}"}) {
    Job job = chain_job();
    job.slice.steps[0].params->json = params;
    const auto read = decode_job(encode_job(job));
    ASSERT_TRUE(read) << params;
    EXPECT_EQ(read->slice.steps[0].params->json, params);
  }
}

TEST(Job, a_step_of_a_chain_is_a_small_message) {
  EXPECT_LE(job_id(chain_job()).size() + encode_job(chain_job()).size(), 600u);
}

TEST(Job, unknown_members_are_passed_over) {
  const auto job =
      decode_job(R"({"v":1,"later":{"a":[1,{"b":2}]},"run":"01939d5c-1f2a-7b3c-8d4e-5f60718293a4",)"
                 R"("steps":[{"key":"a","executor":"noop","params":{},"colour":"red"}]})");

  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(job->slice.steps[0].key, "a");
}

TEST(Job, is_named_by_run_and_result_key) {
  EXPECT_EQ(job_id(full_job()), "01939d5c-1f2a-7b3c-8d4e-5f60718293a4/g3/call/2/result");
}

TEST(Job, its_name_says_which_attempt_it_asks_for) {
  const auto named = parse_job_id(job_id(full_job()));
  ASSERT_TRUE(named);
  EXPECT_EQ(to_string(named->run), "01939d5c-1f2a-7b3c-8d4e-5f60718293a4");
  EXPECT_EQ(named->key, "g3/call/2/result");
  for (const char* foreign : {"", "run/1", "01939d5c-1f2a-7b3c-8d4e-5f60718293a4",
                              "01939d5c-1f2a-7b3c-8d4e-5f60718293a4/d/0", "x/g1/a/1/result"}) {
    EXPECT_FALSE(parse_job_id(foreign)) << foreign;
  }
}

TEST(Job, garbage_is_invalid) {
  const std::string good = encode_job(full_job());
  std::vector<std::string> bad = {
      "",
      "null",
      "[]",
      "{}",
      "{",
      "nonsense",
      std::string(100, '['),
      R"({"v":1})",
      good + "}",
      good + " {}",
      R"({"v":2,"run":"01939d5c-1f2a-7b3c-8d4e-5f60718293a4","steps":[{"key":"a","executor":"noop","params":{}}]})",
      R"({"v":1,"run":"01939d5c","steps":[{"key":"a","executor":"noop","params":{}}]})",
      R"({"v":1,"run":"01939d5c-1f2a-7b3c-8d4e-5f60718293a4","steps":[]})",
      R"({"v":1,"run":"01939d5c-1f2a-7b3c-8d4e-5f60718293a4","steps":[{"key":"a","executor":"noop"}]})",
      R"({"v":1,"run":"01939d5c-1f2a-7b3c-8d4e-5f60718293a4","steps":[{"key":"","executor":"noop","params":{}}]})",
      R"({"v":1,"run":"01939d5c-1f2a-7b3c-8d4e-5f60718293a4","steps":[{"key":"a","executor":"noop","params":{},"attempt":-1}]})",
      R"({"v":1,"run":"01939d5c-1f2a-7b3c-8d4e-5f60718293a4","steps":[{"key":"a","executor":"noop","params":{},"effect":"x"}]})",
      "{\"v\":1,\"run\":\"\xff\xfe\"}",
  };
  for (std::size_t length = 0; length < good.size(); ++length) bad.push_back(good.substr(0, length));
  for (const std::string& bytes : bad) {
    const auto job = decode_job(bytes);
    ASSERT_FALSE(job) << bytes;
    EXPECT_EQ(job.error().code, ErrorCode::invalid);
  }
}

TEST(Job, more_steps_than_a_segment_holds_are_invalid) {
  Job job = chain_job();
  job.slice.steps.assign(limits::kSegmentSteps, step("a", "{}"));
  EXPECT_TRUE(decode_job(encode_job(job)));

  job.slice.steps.push_back(step("a", "{}"));
  EXPECT_FALSE(decode_job(encode_job(job)));
}

TEST(Job, text_of_any_kind_survives) {
  Job job = chain_job();
  job.workflow = std::string("a\"b\\c\n\x1b[31m\0z", 14);

  const auto read = decode_job(encode_job(job));

  ASSERT_TRUE(read);
  EXPECT_EQ(read->workflow, job.workflow);
}

TEST(Notice, is_written_as_the_golden_file_says_and_read_back) {
  std::vector<run::Event> events(2);
  events[0] = {
      run_id(), "g1/s1/1/result",         run::EventType::step_completed,   Writer{-1234567890123456789},
      42,       Time(1795247351000123us), R"({"v":1,"result":{"a":[1,2]}})"};
  events[1] = {run_id(),
               "d/1",
               run::EventType::run_completed,
               Writer{7},
               43,
               Time(1795247351000999us),
               R"({"v":1,"list":[]})"};

  EXPECT_EQ(encode_notice(events), golden("notice-v1.json"));

  const auto read = decode_notice(golden("notice-v1.json"));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*read)[i].run, events[i].run);
    EXPECT_EQ((*read)[i].key, events[i].key);
    EXPECT_EQ((*read)[i].type, events[i].type);
    EXPECT_EQ((*read)[i].writer, events[i].writer);
    EXPECT_EQ((*read)[i].position, events[i].position);
    EXPECT_EQ((*read)[i].at, events[i].at);
    EXPECT_EQ((*read)[i].data, events[i].data);
  }
}

TEST(Notice, garbage_is_invalid) {
  for (const char* bytes :
       {"", "{}", R"({"v":1})", R"({"v":1,"events":[]})", R"({"v":1,"events":[{}]})",
        R"({"v":1,"events":[{"run":"01939d5c-1f2a-7b3c-8d4e-5f60718293a4","key":"d/0","type":9999}]})",
        R"({"v":1,"events":7})"}) {
    const auto read = decode_notice(bytes);
    ASSERT_FALSE(read) << bytes;
    EXPECT_EQ(read.error().code, ErrorCode::invalid);
  }
}

TEST(StopRun, is_written_as_the_golden_file_says_and_read_back) {
  const StopRun stop{run_id(), "cancelled by \"anna\""};

  EXPECT_EQ(encode_stop(stop), golden("notice-stop-v1.json"));

  const auto read = decode_stop(golden("notice-stop-v1.json"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->run, stop.run);
  EXPECT_EQ(read->reason, stop.reason);
  EXPECT_FALSE(decode_stop(R"({"v":1,"reason":"x"})"));
}

TEST(Presence, is_written_as_the_golden_file_says_and_read_back) {
  Presence presence;
  presence.worker = *parse_id<Incarnation>("01939d5c-0000-7000-8000-000000000001");
  presence.name = "host:4711";
  presence.pool = "default";
  presence.slots = 128;
  presence.busy = 3;
  presence.draining = true;
  presence.running = {to_string(run_id()) + "/g1/s1/1/started"};

  EXPECT_EQ(encode_presence(presence), golden("notice-presence-v1.json"));

  const auto read = decode_presence(golden("notice-presence-v1.json"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->worker, presence.worker);
  EXPECT_EQ(read->name, presence.name);
  EXPECT_EQ(read->pool, presence.pool);
  EXPECT_EQ(read->slots, 128u);
  EXPECT_EQ(read->busy, 3u);
  EXPECT_TRUE(read->draining);
  EXPECT_FALSE(read->gone);
  EXPECT_EQ(read->running, presence.running);
  EXPECT_FALSE(decode_presence(R"({"v":1,"slots":3})"));
}

TEST(PausesChanged, is_written_as_the_golden_file_says_and_is_told_from_presence) {
  EXPECT_EQ(encode_pauses_changed(), golden("notice-pauses-v1.json"));
  EXPECT_TRUE(is_pauses_changed(golden("notice-pauses-v1.json")));
  EXPECT_FALSE(is_pauses_changed(golden("notice-presence-v1.json")));
  EXPECT_FALSE(decode_presence(golden("notice-pauses-v1.json")));
  for (const char* bytes :
       {"", "{}", R"({"v":1})", R"({"v":2,"pauses":"changed"})", R"({"v":1,"pauses":3})"}) {
    EXPECT_FALSE(is_pauses_changed(bytes)) << bytes;
  }
}

TEST(WorkflowsChanged, is_written_as_the_golden_file_says_and_is_told_from_other_broadcasts) {
  const Incarnation by{*parse_uuid("01980000-0000-7000-8000-0000000000d1")};
  EXPECT_EQ(encode_workflows_changed(by), golden("notice-workflows-v1.json"));
  EXPECT_EQ(parse_workflows_changed(golden("notice-workflows-v1.json")), by);
  EXPECT_FALSE(decode_presence(golden("notice-workflows-v1.json")));
  EXPECT_FALSE(is_pauses_changed(golden("notice-workflows-v1.json")));
  for (const char* golden_name : {"notice-presence-v1.json", "notice-pauses-v1.json", "notice-stop-v1.json"})
    EXPECT_FALSE(parse_workflows_changed(golden(golden_name))) << golden_name;
  const std::string id = R"("by":"01980000-0000-7000-8000-0000000000d1")";
  for (const std::string& bytes :
       {std::string(), std::string("{}"), R"({"v":2,"workflows":"changed",)" + id + "}",
        std::string(R"({"v":1,"workflows":"changed"})"), R"({"v":1,"workflows":3,)" + id + "}",
        std::string(R"({"v":1,"workflows":"changed","by":"nobody"})")}) {
    EXPECT_FALSE(parse_workflows_changed(bytes)) << bytes;
  }
}

TEST(Presence, names_no_more_running_steps_than_allowed) {
  Presence presence;
  presence.running.assign(5'000, "x");

  const auto read = decode_presence(encode_presence(presence));

  ASSERT_TRUE(read);
  EXPECT_EQ(read->running.size(), 1'000u);
}

}  // namespace
}  // namespace callboard::topics
