#include "tests/unit/rehearsal/rehearsed.hpp"

namespace callboard::rehearsal {
namespace {

std::string problems(std::string_view text) {
  const auto out = read_stubs(text);
  return out ? "" : workflow::to_string(out.error(), "s");
}

TEST(Stubs, AreReadInYamlAndInJson) {
  const Stubs yaml = stubs_of(
      "event: {a: 1}\neventName: push\ninputs: {who: me}\nvars: {v: [1]}\nnow: 2026-01-01T00:00:00Z\n"
      "steps:\n  a: {result: [1, 2], takes: 5s}\n  b: [{error: {class: exit, message: no}}, {}]\n"
      "signals: [{name: go, after: 1m}]\nexpect: {state: failed, steps: {a: completed, b: {attempts: 2}}}\n");
  EXPECT_EQ(write_json(*yaml.event), "{\"a\":1}");
  EXPECT_EQ(yaml.steps.at("a").front().outcome.result, "[1,2]");
  EXPECT_EQ(yaml.steps.at("a").front().takes, std::chrono::seconds(5));
  EXPECT_EQ(yaml.steps.at("b").front().outcome.error.message, "no");
  EXPECT_EQ(yaml.steps.at("b").back().outcome.type, run::EventType::step_completed);
  EXPECT_EQ(yaml.signals.front().data, "null");
  EXPECT_EQ(yaml.expected.steps.back().attempts, 2u);
  EXPECT_EQ(*stubs_of(R"({"expect":{"state":"completed"}})").expected.state, "completed");
  EXPECT_TRUE(stubs_of("inputs: {}\n").expected.is_empty());
}

TEST(Stubs, GiveEventsWithoutAnActionThatOfTheirPayload) {
  const Stubs stubs = stubs_of(
      "events: [{github: issues, payload: {action: closed}}, {linear: Issue.update, payload: {action: "
      "remove}},"
      " {webhook: deploys, payload: {action: x}}]\n");
  EXPECT_EQ(stubs.events.at(0).event, "issues.closed");
  EXPECT_EQ(stubs.events.at(1).event, "Issue.update");
  EXPECT_EQ(stubs.events.at(2).event, "deploys");
}

TEST(Stubs, TellEveryProblemAtItsPlace) {
  EXPECT_EQ(problems("stepz: {}\n"), "s:1:1: stepz: unknown field: did you mean 'steps'?\n");
  EXPECT_EQ(problems("expect: {state: complete}\n"),
            "s:1:17: expect.state: found text \"complete\", expected pending, running, waiting, paused, "
            "cancelling, completed, failed or cancelled: did you mean 'completed'?\n");
  EXPECT_EQ(problems("steps: {a: {result: 1, error: {}}}\n"),
            "s:1:12: steps.a: found result and error, expected one of them\n");
  EXPECT_EQ(problems("now: soon\n"),
            "s:1:6: now: found text \"soon\", expected a time: 2026-11-21T08:00:00Z\n");
  EXPECT_EQ(problems("steps: {a: {}, a: {}}\nstepz: {}\nvars: {}\nvars: {}\n"),
            "s:1:16: the key 'a' stands here twice\ns:2:1: stepz: unknown field: did you mean 'steps'?\n"
            "s:4:1: the key 'vars' stands here twice\n");
  EXPECT_NE(problems("steps: {a: []}\n"), "");
  EXPECT_EQ(problems(""), "s:1:1: the file is empty, expected a file of stubs\n");
  EXPECT_NE(problems("[1]"), "");
}

TEST(Stubs, RefuseEventsThatAreSurelyMeantToBeOthers) {
  EXPECT_EQ(
      problems("events: [{github: psuh, payload: {}, after: 1h}]\n"),
      "s:1:19: events[0].github: found text \"psuh\": GitHub sends no such event: did you mean 'push'?\n");
  EXPECT_EQ(problems("events: [{github: push}, {linear: Isue.update}]\n"),
            "s:1:35: events[1].linear: found text \"Isue.update\": Linear sends no such event: did you mean "
            "'Issue.update'?\n");
  EXPECT_EQ(problems("events: [{github: made_up_lately}, {webhook: psuh}, {workflow: psuh.completed}]\n"),
            "");
}

/// The faults of stubs for a workflow with these steps, a line each.
std::string faults(const std::string& steps, std::string_view stubs) {
  const auto out = rehearse(workflow_of("name: w\nsteps:\n" + steps), stubs_of(stubs),
                            *parse_time("2026-11-21T08:00:00Z"));
  std::string lines;
  for (const Fault& fault : out ? std::vector<Fault>() : out.error())
    lines += fault.path + ": " + fault.message + "\n";
  return lines;
}

TEST(Stubs, OfItemsThatAWrittenListDoesNotHaveAreToldBeforeTheRun) {
  const std::string map = "  - {key: m, type: noop, forEach: [1, 2], if: \"false\"}\n";
  EXPECT_EQ(
      faults(map, "steps: {\"m[5]\": {result: 1}, \"m[1]\": {result: 1}}\nexpect: {order: [m, \"m[2]\"]}\n"),
      "steps.m[5]: there is no item 'm[5]': the map has 2 items: m[0] to m[1]\n"
      "expect.order[1]: there is no item 'm[2]': the map has 2 items: m[0] to m[1]\n");
  EXPECT_EQ(faults("  - {key: m, type: noop, forEach: {a: 1}}\n", "steps: {\"m[1]\": {result: 1}}\n"),
            "steps.m[1]: there is no item 'm[1]': the map has one item: m[0]\n");
}

TEST(Stubs, OfItemsThatAMapOfTheRunDidNotHaveAreToldBehindIt) {
  const std::string steps =
      "  - {key: a, type: noop}\n"
      "  - {key: m, type: noop, forEach: \"${ steps.a.result.list }\"}\n";
  EXPECT_EQ(faults(steps, "steps: {a: {result: {list: [x, y]}}, \"m[1]\": {}, \"m[2]\": {}}\n"),
            "steps.m[2]: there is no item 'm[2]': the map has 2 items: m[0] to m[1]\n");
  EXPECT_EQ(faults(steps, "steps: {a: {result: {list: []}}, \"m[0]\": {}}\n"),
            "steps.m[0]: there is no item 'm[0]': the map has no items\n");
  EXPECT_EQ(faults(steps, "steps: {a: {error: {}}, \"m[0]\": {}}\n"), "") << "it did not begin";
}

TEST(Stubs, NameTheEventThatIsMeant) {
  EXPECT_EQ(faults("  - {key: a, type: noop}\n", "eventName: psuh\nevent: {}\nexpect: {starts: false}\n"),
            "eventName: found \"psuh\": GitHub sends no such event: did you mean 'push'?\n");
}

}  // namespace
}  // namespace callboard::rehearsal
