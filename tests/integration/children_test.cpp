// Runs that steps start, and runs that go on as others, with the real programs.
#include <gtest/gtest.h>

#include <chrono>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

class ChildRuns : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    house = std::make_unique<House>();
    house->start_all();
  }
  static void TearDownTestSuite() { house.reset(); }

  static std::string text(const Value& value, std::string_view name) {
    return std::string(find_text(&value, name));
  }
  static std::string start(const std::string& workflow, std::string_view inputs = "{}") {
    const auto answer =
        house->post("/api/workflows/" + workflow + "/runs", R"({"inputs":)" + std::string(inputs) + "}");
    EXPECT_EQ(answer.status, 201) << answer.body;
    return text(json_of(answer), "id");
  }
  static Value look(const std::string& run) { return json_of(house->get("/api/runs/" + run)); }
  static Value step_of(const Value& run, std::string_view key) {
    for (const Value& step : run.at("steps").as_array()) {
      if (find_text(&step, "key") == key) return step;
    }
    return {};
  }
  /// The child that the step has started, once it has.
  static std::string child_of(const std::string& run, std::string_view key) {
    std::string child;
    eventually([&] {
      child = text(step_of(look(run), key), "run");
      return !child.empty();
    });
    return child;
  }
  static std::unique_ptr<House> house;
};
std::unique_ptr<House> ChildRuns::house;

constexpr const char* kDouble =
    "name: double\ninputs: {n: {type: integer, required: true}}\n"
    "steps: [{key: out, type: echo, params: {n: \"${{ inputs.n }}\"}}]\n"
    "outputs: {twice: \"${{ format('{0}{0}', steps.out.result.n) }}\"}\n";

TEST_F(ChildRuns, GiveTheirOutputsToTheirParentAndNameEachOther) {
  ASSERT_EQ(house->register_workflow(kDouble), 201);
  ASSERT_EQ(house->register_workflow(
                "name: calls\nsteps:\n"
                "  - {key: each, type: workflow, forEach: [1, 2, 3], params: {workflow: double, inputs: {n: "
                "\"${{ item }}\"}}}\n"
                "outputs: {all: \"${{ steps.each.result }}\"}\n"),
            201);

  const std::string id = start("calls");
  const Value run = house->wait_for_run(id);

  ASSERT_EQ(text(run, "state"), "completed") << write_json(run);
  const Array& all = run.at("outputs").at("all").as_array();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(text(all[2].at("outputs"), "twice"), "33");
  const Value child = look(text(all[2], "run"));
  EXPECT_EQ(text(child.at("parent"), "run"), id);
  EXPECT_EQ(text(child.at("parent"), "step"), "each[2]");

  const auto listed = json_of(house->get("/api/runs?parent=" + id + "&limit=2"));
  ASSERT_EQ(listed.at("items").as_array().size(), 2u);
  const auto rest = json_of(house->get("/api/runs?parent=" + id + "&cursor=" + text(listed, "next")));
  ASSERT_EQ(rest.at("items").as_array().size(), 1u) << write_json(rest);
  EXPECT_EQ(text(rest.at("items").as_array()[0], "workflow"), "double");
  EXPECT_EQ(house->get("/api/runs?parent=none").status, 400);
  const std::string shown = house->run_cli({"workflow", "status", "--parent", id});
  const std::string run_of_step = house->run_cli({"workflow", "status", id});
  for (const Value& one : all) {
    EXPECT_NE(shown.find(text(one, "run")), std::string::npos) << shown;
    EXPECT_NE(run_of_step.find("run " + text(one, "run")), std::string::npos) << run_of_step;
  }
}

TEST_F(ChildRuns, ThatCantBeStartedFailTheStepAndSayWhy) {
  ASSERT_EQ(house->register_workflow(kDouble), 201);
  ASSERT_EQ(house->register_workflow(
                "name: calls-badly\nsteps:\n"
                "  - {key: a, type: workflow, continueOnError: true, params: {workflow: doubl}}\n"
                "  - {key: b, type: workflow, params: {workflow: double, inputs: {m: 1}}}\n"),
            201);
  const Value run = house->wait_for_run(start("calls-badly"));
  EXPECT_EQ(text(step_of(run, "a").at("error"), "class"), "validation");
  EXPECT_NE(text(step_of(run, "a").at("error"), "message")
                .find("there is no workflow \"doubl\": did you mean 'double'?"),
            std::string::npos)
      << write_json(run);
  EXPECT_NE(text(step_of(run, "b").at("error"), "message").find("'n'"), std::string::npos) << write_json(run);
}

TEST_F(ChildRuns, ThatWouldReplaceTheRunThatTheyEndWithAreRefused) {
  const std::string alone = "concurrency: {group: alone-by-replacing, limit: 1, onExcess: replace}\n";
  ASSERT_EQ(house->register_workflow("name: replaces\n" + alone + "steps: [{type: noop}]\n"), 201);
  const auto calls = [&](const std::string& more) {
    const auto registered = house->register_workflow(
        "name: calls-replacing\n" + alone +
        "steps:\n  - {key: c, type: workflow, params: {workflow: replaces, wait: false" + more +
        "}}\n  - {key: nap, type: sleep, dependsOn: [c], params: {for: 1h}}\n");
    EXPECT_EQ(registered, 201);
    return house->wait_for_run(start("calls-replacing"));
  };
  const Value refused = calls("");
  EXPECT_EQ(text(refused, "state"), "failed");
  EXPECT_NE(text(step_of(refused, "c").at("error"), "message").find("use onCancel: leave"), std::string::npos)
      << write_json(refused);
  const Value replaced = calls(", onCancel: leave");
  EXPECT_EQ(text(replaced, "state"), "cancelled");
  EXPECT_EQ(text(house->wait_for_run(text(step_of(replaced, "c"), "run")), "state"), "completed");
}

TEST_F(ChildRuns, AreCancelledWithTheirParentWhichSaysThatItWaits) {
  ASSERT_EQ(house->register_workflow("name: long\nsteps: [{type: wait, params: {signal: go}}]\n"), 201);
  ASSERT_EQ(house->register_workflow(
                "name: waits\nsteps: [{key: call, type: workflow, params: {workflow: long}}]\n"),
            201);
  const std::string id = start("waits");
  const std::string child = child_of(id, "call");
  ASSERT_FALSE(child.empty());
  EXPECT_NE(house->run_cli({"workflow", "why", id}).find("waits for its child run " + child),
            std::string::npos);

  EXPECT_EQ(house->post("/api/runs/" + id + "/cancel", "{}").status, 202);

  EXPECT_EQ(text(house->wait_for_run(child), "state"), "cancelled");
  EXPECT_EQ(text(house->wait_for_run(id), "state"), "cancelled");
}

TEST_F(ChildRuns, ThatTakeTooLongFailTheStepWithATimeOut) {
  ASSERT_EQ(house->register_workflow("name: long\nsteps: [{type: wait, params: {signal: go}}]\n"), 201);
  ASSERT_EQ(
      house->register_workflow(
          "name: hurries\nsteps: [{key: call, type: workflow, timeout: 1s, params: {workflow: long}}]\n"),
      201);
  const Value run = house->wait_for_run(start("hurries"));
  EXPECT_EQ(text(step_of(run, "call").at("error"), "class"), "timeout") << write_json(run);
  EXPECT_EQ(text(look(text(step_of(run, "call"), "run")), "state"), "failed");
}

TEST_F(ChildRuns, OutliveAKilledDispatcherAndAreMadeOnce) {
  ASSERT_EQ(house->register_workflow("name: long\nsteps: [{type: wait, params: {signal: go}}]\n"), 201);
  ASSERT_EQ(house->register_workflow(
                "name: waits-on\nsteps: [{key: call, type: workflow, params: {workflow: long}}]\n"),
            201);
  const std::string id = start("waits-on");
  const std::string child = child_of(id, "call");
  house->dispatcher().signal(SIGKILL);
  house->start_dispatcher();
  ASSERT_TRUE(house->wait_until_ready());

  EXPECT_EQ(house->post("/api/runs/" + child + "/signals/go", "{}").status, 202);

  EXPECT_EQ(text(house->wait_for_run(id), "state"), "completed");
  EXPECT_EQ(text(step_of(look(id), "call"), "run"), child);
}

TEST_F(ChildRuns, AWorkflowThatStartsItselfIsStoppedByTheDepth) {
  ASSERT_EQ(house->register_workflow(
                "name: itself\nsteps: [{key: call, type: workflow, params: {workflow: itself}}]\n"),
            201);
  const Value run = house->wait_for_run(start("itself"));
  EXPECT_NE(text(run.at("error"), "message").find("cause depth: 17 runs"), std::string::npos)
      << write_json(run);
}

TEST_F(ChildRuns, ARunGoesOnAsAnotherUntilItStops) {
  ASSERT_EQ(house->register_workflow(
                "name: endless\ninputs: {left: {type: array, default: [1, 2]}}\nsteps:\n"
                "  - {key: again, type: continueAs, if: \"inputs.left[0]\", params: {inputs: {left: "
                "\"${{ fromJSON(case(length(inputs.left) == 2, '[2]', '[]')) }}\"}}}\n"),
            201);
  const std::string first = start("endless");
  std::string id = first;
  for (int i = 0; i < 2; ++i) {
    const Value run = house->wait_for_run(id);
    ASSERT_EQ(text(run, "state"), "completed") << write_json(run);
    const std::string next = text(run, "continuedAs");
    ASSERT_FALSE(next.empty()) << write_json(run);
    EXPECT_EQ(text(step_of(run, "again").at("result"), "run"), next);
    EXPECT_EQ(text(look(next), "continuedFrom"), id);
    id = next;
  }
  EXPECT_EQ(text(house->wait_for_run(id), "continuedAs"), "");
}

TEST_F(ChildRuns, HaveCleanedUpBeforeTheirCancelledParentDoes) {
  ASSERT_EQ(house->register_workflow("name: tidy-child\nsteps: [{key: nap, type: sleep, params: {for: 1h}}]\n"
                                     "finally: [{key: tidy, type: noop, params: {for: 500ms}}]\n"),
            201);
  ASSERT_EQ(house->register_workflow(
                "name: tidy-parent\nsteps:\n"
                "  - {key: call, type: workflow, params: {workflow: tidy-child}}\n"
                "  - {key: rest, type: noop, dependsOn: [call]}\n"
                "finally:\n"
                "  - {key: tell, type: echo, params: {call: \"${ steps.call.status }\", rest: \"${ "
                "steps.rest.status }\"}}\n"),
            201);
  const std::string id = start("tidy-parent");
  const std::string child = child_of(id, "call");
  ASSERT_FALSE(child.empty());
  EXPECT_EQ(house->post("/api/runs/" + id + "/cancel", "{}").status, 202);
  const Value run = house->wait_for_run(id);
  EXPECT_EQ(text(run, "state"), "cancelled");
  const Value tell = step_of(run, "tell");
  EXPECT_EQ(write_json(tell.at("result")), R"({"call":"cancelled","rest":"cancelled"})");
  EXPECT_GE(text(tell, "closedAt"), text(look(child), "closedAt"));
}

}  // namespace
}  // namespace callboard::test
