// What a workflow's file says of its runs, seen from outside: labels, typed inputs and outputs, groups,
// polling.
#include <gtest/gtest.h>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

class Format : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    house = std::make_unique<House>();
    house->start_all();
    ASSERT_EQ(house->register_workflow(R"(name: review
on: {github: [push], manual: true}
inputs:
  pr: {type: integer, minimum: 1, default: 7}
  tags: {type: array, items: {type: string, pattern: "^[a-z]+$"}, uniqueItems: true, default: []}
labels: {team: core, pr: "${ inputs.pr }", branch: "${ event.ref }"}
steps: [{key: a, type: echo, params: {n: "${ inputs.pr }"}}]
outputs: {n: "${ steps.a.result.n }"}
outputTypes: {n: {type: integer, maximum: 100}}
)"),
              201);
    ASSERT_EQ(house->register_workflow(R"(name: rollout
groups:
  deploy:
    inputs: {target: {required: true}}
    steps:
      - {key: push, type: echo, params: {to: "${ inputs.target }"}}
      - {key: check, type: echo, params: {at: "${ steps.push.result.to }.example.org"}}
    outputs: {url: "https://${ steps.check.result.at }"}
steps:
  - {key: staging, uses: deploy, with: {target: staging}}
  - {key: production, uses: deploy, with: {target: "pro${ steps.staging.status }"}}
outputs: {urls: ["${ steps.staging.result.url }", "${ steps.production.result.url }"]}
)"),
              201);
    const std::string count = (house->folder() / "count").string();
    ASSERT_EQ(house->register_workflow(
                  "name: poll\nsteps:\n  - key: ask\n    type: shell\n    params:\n"
                  "      argv: [sh, -c, 'echo x >>" +
                  count + "; echo \"n=$(wc -l <" + count +
                  ")\" >>\"$CALLBOARD_OUTPUT\"']\n"
                  "    retry: {maxAttempts: 9, baseDelay: 50ms, jitter: 0, until: "
                  "steps.ask.result.n >= 3}\n"
                  "outputs: {n: \"${ steps.ask.result.n }\", asked: \"${ steps.ask.attempts }\"}\n"),
              201);
  }
  static void TearDownTestSuite() { house.reset(); }

  static std::string text(const Value& value, std::string_view name) {
    return std::string(find_text(&value, name));
  }
  static Value start(const std::string& inputs) {
    return json_of(house->post("/api/workflows/review/runs?wait=30s", "{\"inputs\":" + inputs + "}"));
  }
  static std::size_t count(const std::string& query) {
    const Value page = json_of(house->get("/api/runs?" + query));
    const Value* items = find(&page, "items");
    return items == nullptr ? 999 : items->as_array().size();
  }

  static std::unique_ptr<House> house;
};
std::unique_ptr<House> Format::house;

TEST_F(Format, RunsAreFoundByTheirLabels) {
  // given runs that people and an event started
  const Value by_hand = start(R"({"pr":41})");
  ASSERT_EQ(text(by_hand, "state"), "completed") << write_json(by_hand);
  start(R"({"pr":42})");
  const Value delivered = json_of(house->deliver("push", "labels-1", R"({"ref":"refs/heads/main"})"));
  const std::string run(delivered.at("runs").as_array()[0].as_string());
  house->wait_for_run(run);

  // then each is found by what its labels were rendered to, and shows them
  EXPECT_EQ(count("label=pr:41"), 1u);
  EXPECT_EQ(count("label=team:core&label=pr:42"), 1u);
  EXPECT_EQ(count("label=team:web&label=pr:42"), 0u);
  EXPECT_EQ(count("label=branch"), 1u) << "one that comes out empty is left out";
  EXPECT_EQ(count("label=branch%3Arefs%2Fheads%2Fmain"), 1u);
  EXPECT_EQ(write_json(by_hand.at("labels")), R"({"team":"core","pr":"41"})");
  const Value page = json_of(house->get("/api/runs?label=branch"));
  EXPECT_EQ(write_json(page.at("items").as_array()[0].at("labels")),
            R"({"branch":"refs/heads/main","pr":"7","team":"core"})");
  EXPECT_EQ(house->get("/api/runs?label=").status, 400);

  // and so do the command line and requests about many runs
  const std::string listed =
      house->run_cli({"workflow", "status", "--label", "team:core", "--label", "pr:41"});
  EXPECT_NE(listed.find(text(by_hand, "id")), std::string::npos) << listed;
  const Value bulk = json_of(
      house->post("/api/bulk", R"({"action":"retry","filter":{"label":["team","pr:42"]},"dryRun":true})"));
  EXPECT_EQ(find_int(&bulk, "matched"), 1) << write_json(bulk);
}

TEST_F(Format, InputsThatAreNotWhatTheirTypesSayAreRefusedWithEveryFault) {
  const auto answer =
      house->post("/api/workflows/review/runs", R"({"inputs":{"pr":0,"tags":["ok","No","ok"],"more":1}})");
  EXPECT_EQ(answer.status, 422);
  const Value problem = json_of(answer);
  EXPECT_EQ(text(problem, "detail"),
            "input 'pr': found 0, expected at least 1; "
            "input 'tags' at /1: found \"No\", expected what \"^[a-z]+$\" matches; "
            "input 'tags' at /2: found \"ok\" again: each item may stand once; "
            "input 'more' is unknown, expected one of pr, tags");
}

TEST_F(Format, OutputsThatAreNotWhatTheirTypesSayFailTheRun) {
  const Value run = start(R"({"pr":101})");
  EXPECT_EQ(text(run, "state"), "failed");
  EXPECT_EQ(write_json(run.at("error")),
            R"({"class":"validation","message":"outputs.n: found 101, expected at most 100"})");
}

TEST_F(Format, AGroupRunsWhereItIsUsed) {
  const Value run = json_of(house->post("/api/workflows/rollout/runs?wait=30s", "{}"));
  ASSERT_EQ(text(run, "state"), "completed") << write_json(run);
  EXPECT_EQ(write_json(run.at("outputs")),
            R"({"urls":["https://staging.example.org","https://procompleted.example.org"]})");
  EXPECT_EQ(run.at("steps").as_array().size(), 8u);
}

TEST_F(Format, AGroupInFinallyRunsWhenTheRunIsCancelled) {
  ASSERT_EQ(house->register_workflow(R"(name: cleans-up
groups:
  tidy:
    inputs: {what: {required: true}}
    steps:
      - {key: remove, type: shell, params: {argv: [echo, "${ inputs.what }"]}}
      - {key: check, type: echo, params: {said: "${ steps.remove.result.stdout }"}}
      - {key: shout, type: noop, dependsOn: [remove, check], if: failure()}
    outputs: {said: "${ steps.check.result.said }"}
steps:
  - {key: work, type: wait, params: {signal: go}}
finally:
  - {key: clean, uses: tidy, with: {what: all}}
  - {key: tell, type: echo, dependsOn: [clean], params: {said: "${ steps.clean.result.said }"}}
)"),
            201);
  const std::string id =
      text(json_of(house->post("/api/workflows/cleans-up/runs", R"({"inputs":{}})")), "id");
  ASSERT_EQ(house->post("/api/runs/" + id + "/cancel", "{}").status, 202);

  const Value run = house->wait_for_run(id);

  EXPECT_EQ(text(run, "state"), "cancelled") << write_json(run);
  std::string states;
  for (const Value& step : run.at("steps").as_array())
    states += text(step, "key") + ":" + text(step, "state") + " ";
  EXPECT_EQ(states,
            "work:cancelled clean:completed tell:completed clean--with:completed clean--remove:completed "
            "clean--check:completed clean--shout:cancelled ");
  EXPECT_EQ(text(run.at("steps").as_array()[2].at("result"), "said"), "all\n");
}

TEST_F(Format, AStepIsTriedAgainUntilItsAnswerIsTheOneThatIsWaitedFor) {
  const Value run = json_of(house->post("/api/workflows/poll/runs?wait=30s", "{}"));
  ASSERT_EQ(text(run, "state"), "completed") << write_json(run);
  EXPECT_EQ(find_int(&run.at("outputs"), "asked"), 3) << write_json(run);
}

}  // namespace
}  // namespace callboard::test
