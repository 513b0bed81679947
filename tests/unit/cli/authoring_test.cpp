#include <iterator>
#include <sstream>

#include "deploy/authoring/templates.hpp"
#include "tests/unit/cli/command_line.hpp"

namespace callboard::cli {
namespace {

class AuthoringTest : public CommandsTest {
 protected:
  std::string read(const std::string& path) {
    std::stringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }
};

const std::string kReview =
    "name: review\non: {github: {events: [pull_request.opened], if: '${ event.number > 5 }'}}\nsteps:\n"
    "  - {key: fetch, type: shell, params: {run: x}}\n"
    "  - {key: tell, type: set, params: {n: '${ steps.fetch.result.n }'}, if: steps.fetch.result.n > 1}\n"
    "outputs: {n: '${ steps.tell.result.n }'}\n";

TEST_F(AuthoringTest, ValidateShowsTheLineAndACaret) {
  const std::string bad = write("bad.yaml", "name: hello\nsteps:\n  - key: say\n    type: ecco\n");
  const Ended ended = call({"workflow", "validate", bad});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.err, bad +
                           ":4:11: steps[0].type: unknown executor 'ecco': did you mean 'echo'?\n"
                           "  4 |     type: ecco\n    |           ^\n");
  EXPECT_EQ(call({"workflow", "execute", bad}).err, ended.err);
}

TEST_F(AuthoringTest, ValidateTellsOfEveryFileAlthoughOneCanNotBeRead) {
  const std::string twice = write("k.yaml", "name: a\nname: b\nname: c\nsteps: [{type: noop}]\n");
  const std::string good = write("good.yaml", "name: a\nsteps: [{type: noop}]\n");
  const std::string none = folder_ / "none.yaml";
  const Ended ended = call({"workflow", "validate", none, twice, good});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.out, good + ": 1 step, valid\n");
  EXPECT_EQ(ended.err, "callboard: can't read " + none + ": No such file or directory\n" + twice +
                           ":2:1: the key 'name' stands here twice\n  2 | name: b\n    | ^\n" + twice +
                           ":3:1: the key 'name' stands here twice\n  3 | name: c\n    | ^\n");
  const Ended json = call({"workflow", "validate", none, twice, good, "--json"});
  EXPECT_EQ(json.status, 2);
  EXPECT_EQ(
      json.out,
      R"([{"file":")" + none +
          R"(","valid":false,"problems":[{"line":1,"column":1,"path":"","message":"can't read )" + none +
          R"(: No such file or directory"}]},{"file":")" + twice +
          R"(","valid":false,"problems":[{"line":2,"column":1,"path":"","message":"the key 'name' stands here twice"},)"
          R"({"line":3,"column":1,"path":"","message":"the key 'name' stands here twice"}]},{"file":")" +
          good + "\",\"valid\":true,\"problems\":[]}]\n");
}

TEST_F(AuthoringTest, ValidateEndsWhateverItIsGiven) {
  const Ended zero = call({"workflow", "validate", "/dev/zero"});
  EXPECT_EQ(zero.status, 2);
  EXPECT_EQ(zero.err,
            "callboard: /dev/zero is neither a file nor a pipe of the shell, expected one of them\n");
  EXPECT_EQ(call({"workflow", "graph", "/dev/zero"}).err, zero.err);
  const std::string large = write("large.yaml", std::string((1 << 20) + 1, '#'));
  const Ended ended = call({"workflow", "validate", large});
  EXPECT_TRUE(ended.err.starts_with(large + ":1:1: the file is larger than 1048576 bytes\n")) << ended.err;
  EXPECT_EQ(call({"workflow", "execute", large}).err,
            "callboard: " + large + " is larger than 1048576 bytes\n");
}

TEST_F(AuthoringTest, GraphDrawsAFileOrWhatTheDispatcherHas) {
  const std::string file = write("review.yaml", kReview);
  EXPECT_NE(call({"workflow", "graph", file}).out.find("│ fetch │\n"), std::string::npos);
  EXPECT_TRUE(call({"workflow", "graph", file, "--format", "mermaid"}).out.starts_with("flowchart TD\n"));
  EXPECT_TRUE(call({"workflow", "graph", file, "--format", "dot"}).out.starts_with("digraph \"review\""));
  EXPECT_TRUE(call({"workflow", "graph", file, "--json"}).out.starts_with(R"({"name":"review","steps":[)"));
  EXPECT_EQ(call({"workflow", "graph", file, "--format", "svg"}).status, 2);
  EXPECT_EQ(call({"workflow", "graph", "/no/such.yaml"}).status, 2);
  api_.answer("GET /api/workflows/small?hash=0123", 200,
              R"({"definition":"name: small\nsteps: [{key: one, type: noop}]\n"})");
  EXPECT_NE(ask({"workflow", "graph", "small@0123"}).out.find("│ one   │\n"), std::string::npos);
  EXPECT_EQ(ask({"workflow", "graph", "none"}).status, 1) << "it is not there";
}

TEST_F(AuthoringTest, DiffTellsWhatDiffersAndWhatThatMeans) {
  const std::string before = write("old.yaml", kReview);
  const std::string after = write("new.yaml", kReview + "timeout: 1h\nlabels: {x: \"\\e[31m\"}\n");
  const Ended ended = call({"workflow", "diff", before, after});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.out.find("+ timeout  \"1h\"\n"), std::string::npos) << ended.out;
  EXPECT_EQ(ended.out.find('\x1b'), std::string::npos);
  EXPECT_NE(call({"workflow", "diff", before, before}).out.find("nothing differs\n"), std::string::npos);
  EXPECT_NE(call({"workflow", "diff", before, after, "--json"})
                .out.find(R"({"kind":"added","path":"timeout","after":"1h"})"),
            std::string::npos);
  const Ended bad = call({"workflow", "diff", before, write("bad.yaml", "name: x\n")});
  EXPECT_EQ(bad.status, 2);
  EXPECT_NE(bad.err.find("bad.yaml:1:1: steps: found nothing"), std::string::npos) << bad.err;
}

TEST_F(AuthoringTest, InitWritesAFileOnce) {
  const std::string path = folder_ / "mine.yaml";
  const Ended first = call({"workflow", "init", "My: first \"one\"", "--template", "fetch", "--out", path});
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_NE(read(path).find("\nname: \"My: first \\\"one\\\"\"\n"), std::string::npos) << read(path);
  EXPECT_EQ(call({"workflow", "validate", path}).status, 0);
  const std::string text = read(path);
  const Ended again = call({"workflow", "init", "other", "--out", path});
  EXPECT_EQ(again.status, 2);
  EXPECT_NE(again.err.find("is there already"), std::string::npos);
  EXPECT_EQ(read(path), text);
  const Ended none = call({"workflow", "init", "x", "--template", "nope"});
  EXPECT_EQ(none.status, 2);
  EXPECT_NE(none.err.find("\n  hello "), std::string::npos) << none.err;
  EXPECT_EQ(call({"workflow", "init", "???", "--out", folder_ / "x.yaml"}).status, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x.yaml"));
}

TEST_F(AuthoringTest, InitNamesACommandThatWorksForEveryTemplate) {
  for (const authoring::StartingPoint& point : authoring::starting_points()) {
    const std::string path = folder_ / (std::string(point.name) + ".yaml");
    const Ended made = call({"workflow", "init", "--template", std::string(point.name), "--out", path});
    const std::string before = "Wrote " + path + ". Next: callboard ";
    ASSERT_TRUE(made.out.starts_with(before)) << made.out << made.err;
    std::istringstream command(made.out.substr(before.size()));
    const std::vector<std::string> words{std::istream_iterator<std::string>(command), {}};
    const Ended tried = call(words);
    EXPECT_EQ(tried.status, 0) << made.out << tried.out << tried.err;
  }
  EXPECT_TRUE(call({"workflow", "init", "--template", "deploy", "--out", folder_ / "a b's.yaml"})
                  .out.ends_with("a b'\\''s.yaml' --input version=1\n"));
}

TEST_F(AuthoringTest, TestShowsWhereTheStubsAreWrong) {
  const std::string file = write("w.yaml",
                                 "name: w\non: {github: [push]}\ninputs: {a: {type: integer}, b: {required: "
                                 "true}}\nsteps: [{key: lint, type: noop}]\n");
  const std::string stubs = write("s.yaml",
                                  "inputs: {a: x, c: 1}\neventName: push\nsteps: {lnit: {}}\napprovals: "
                                  "[{step: gate, by: me}]\nexpect: {steps: {lint: completed, no: failed}, "
                                  "order: [lint, nope]}\n");
  const Ended ended = call({"workflow", "test", file, "--stubs", stubs});
  EXPECT_EQ(ended.status, 2);
  const auto shows = [&](const std::string& at, const std::string& what, const std::string& line,
                         std::size_t column) {
    const std::string said = stubs + ":" + at + ": " + what + "\n  " + at.substr(0, 1) + " | " + line +
                             "\n    | " + std::string(column, ' ') + "^\n";
    EXPECT_NE(ended.err.find(said), std::string::npos) << said << ended.err;
  };
  shows("1:9", "inputs: input 'b' is missing, expected string", "inputs: {a: x, c: 1}", 8);
  shows("1:13", "inputs.a: input 'a': found \"x\", expected integer", "inputs: {a: x, c: 1}", 12);
  shows("2:12", "eventName: an event's source and name go with its payload", "eventName: push", 11);
  shows("3:9", "steps.lnit: the workflow has no step 'lnit': did you mean 'lint'?", "steps: {lnit: {}}", 8);
  EXPECT_NE(ended.err.find(":4:20: approvals[0].step: the workflow has no step 'gate', expected lint\n"),
            std::string::npos);
  EXPECT_NE(ended.err.find(":5:35: expect.steps.no: the workflow has no step 'no', expected lint"),
            std::string::npos);
  EXPECT_NE(ended.err.find(":5:62: expect.order[1]: the workflow has no step 'nope'"), std::string::npos);
  const Ended given = call({"workflow", "test", file, "--stubs", stubs, "--input", "a=y"});
  EXPECT_NE(given.err.find("callboard: input 'a': found \"y\", expected integer\n"), std::string::npos)
      << given.err;
}

TEST_F(AuthoringTest, TestRunsAWorkflowWithoutAServer) {
  const std::string file = write("review.yaml", kReview);
  const std::string event = write("event.json", R"({"action":"opened","number":7})");
  const std::string stubs =
      write("stubs.yaml", "steps: {fetch: {result: {n: 3}}}\nexpect: {state: completed, outputs: {n: 3}}\n");
  const Ended good = call({"workflow", "test", file, "--event", event, "--stubs", stubs});
  EXPECT_EQ(good.status, 0) << good.out << good.err;
  EXPECT_NE(good.out.find("a run: github pull_request.opened\n"), std::string::npos) << good.out;
  EXPECT_NE(good.out.find("if steps.fetch.result.n > 1 is true: steps.fetch.result.n = 3\n"),
            std::string::npos);
  EXPECT_NE(good.out.find("everything is as expected\n"), std::string::npos);
  const std::string wrong = write("wrong.yaml", "expect: {steps: {tell: completed}}\n");
  const Ended bad = call({"workflow", "test", file, "--event", event, "--stubs", wrong});
  EXPECT_EQ(bad.status, 1);
  EXPECT_EQ(bad.err, "not as expected: step tell: expected completed, found skipped\n");
  const Ended none =
      call({"workflow", "test", file, "--event", write("e.json", R"({"action":"opened","number":1})")});
  EXPECT_EQ(none.status, 1);
  EXPECT_EQ(none.out,
            "no run: github pull_request.opened: if: event.number > 5 is false, event.number is 1\n");
  const Ended json = call({"workflow", "test", file, "--json"});
  EXPECT_NE(json.out.find(R"("passed":true)"), std::string::npos) << json.out;
}

TEST_F(AuthoringTest, TestTakesWebhooksEndsOfRunsAndTicks) {
  const std::string file =
      write("many.yaml",
            "name: many\non:\n  webhook: {path: deploys, scheme: none, idempotencyKey: "
            "'${ event.id }'}\n  workflow: [nightly.completed]\n  schedule: ['0 3 * * *']\n"
            "steps: [{type: noop}]\n");
  const std::string deploy = write("deploy.json", R"({"id":7})");
  const Ended webhook = call({"workflow", "test", file, "--source", "webhook", "--event", deploy});
  EXPECT_EQ(webhook.status, 0) << webhook.err;
  EXPECT_NE(webhook.out.find("a run: webhook deploys\nidempotency key: 7\n"), std::string::npos)
      << webhook.out;
  const Ended other =
      call({"workflow", "test", file, "--source", "webhook", "--event", deploy, "--event-name", "deploy"});
  EXPECT_EQ(other.status, 1);
  EXPECT_EQ(
      other.out,
      "no run: the workflow does not listen to webhook deploy: it listens to workflow nightly.completed, "
      "webhook deploys, schedule 0 3 * * * UTC\n");
  const std::string end = write("end.json", R"({"run":{"workflow":"nightly","state":"completed"}})");
  const Ended ended = call({"workflow", "test", file, "--source", "workflow", "--event", end});
  EXPECT_NE(ended.out.find("a run: workflow nightly.completed\n"), std::string::npos)
      << ended.out << ended.err;
  const Ended tick = call({"workflow", "test", file, "--source", "schedule", "--at", "2026-07-01T03:00:00Z"});
  EXPECT_NE(tick.out.find("a run: schedule 0 3 * * * UTC at 2026-07-01T03:00:00.000000Z\n"),
            std::string::npos)
      << tick.out << tick.err;
  EXPECT_EQ(call({"workflow", "test", file, "--source", "schedule", "--at", "noon"}).status, 2);
  EXPECT_EQ(call({"workflow", "test", file, "--at", "2026-07-01T03:00:00Z"}).status, 2);
  EXPECT_EQ(call({"workflow", "test", file, "--source", "webhook"}).status, 2);
  EXPECT_EQ(call({"workflow", "test", file, "--event", write("list.json", "[1]")}).status, 2);
}

TEST_F(AuthoringTest, TestRefusesWhatItCanNotRead) {
  const std::string file = write("review.yaml", kReview);
  EXPECT_EQ(call({"workflow", "test", file, "--event", write("e.json", "{}")}).status, 2)
      << "the event has no name";
  EXPECT_EQ(call({"workflow", "test", file, "--event-name", "push"}).status, 2);
  EXPECT_EQ(call({"workflow", "test", file, "--event", write("f.json", "{")}).status, 2);
  EXPECT_EQ(call({"workflow", "test", file, "--input", "x=1"}).status, 2);
  const Ended stubs =
      call({"workflow", "test", file, "--stubs", write("s.yaml", "steps: {fetch: {reslt: 1}}\n")});
  EXPECT_EQ(stubs.status, 2);
  EXPECT_NE(stubs.err.find("did you mean 'result'?\n  1 | steps: {fetch: {reslt: 1}}\n"), std::string::npos)
      << stubs.err;
}

}  // namespace
}  // namespace callboard::cli
