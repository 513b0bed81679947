#include <gtest/gtest.h>
#include <signal.h>

#include <iostream>
#include <sstream>

#include "shared/value/sha256.hpp"
#include "tests/unit/cli/command_line.hpp"

namespace callboard::cli {
namespace {

const std::string kWorkflow = "name: hello\nsteps:\n  - key: say\n    type: echo\n    params: {text: hi}\n";
const std::string kClosedRun =
    R"({"id":"0193","workflow":"hello","state":"completed","createdAt":"2026-01-01T00:00:00Z",)"
    R"("closedAt":"2026-01-01T00:00:01Z","steps":[{"key":"say","state":"completed","attempts":1}],"outputs":{"text":"hi"}})";

TEST_F(CommandsTest, EndWithTwoOnBadUsage) {
  EXPECT_EQ(call({}).status, 2);
  EXPECT_EQ(call({"nonsense"}).status, 2);
  EXPECT_EQ(call({"workflow", "history"}).status, 2);
  EXPECT_EQ(call({"--listen", "nonsense", "status"}).status, 2);
  EXPECT_EQ(call({"up", "--bus", "kafka"}).status, 2);
  EXPECT_EQ(call({"wrokflow"}).err, "callboard: there is no command 'wrokflow': did you mean 'workflow'?\n");
  EXPECT_EQ(call({"workflow", "lst"}).err, "callboard: there is no command 'lst': did you mean 'list'?\n");
  EXPECT_NE(call({"workflow", "history"}).err.find("RUN is required"), std::string::npos);
}

TEST_F(CommandsTest, AnExpressionIsTriedOutWithoutAServer) {
  const Ended one = call({"expression", "eval", "1 < 2 && 'yes'"});
  EXPECT_EQ(one.status, 0);
  EXPECT_EQ(one.out, "\"yes\"\n");
  const std::string file = write("contexts.json", R"({"github":{"labels":[{"name":"bug"}]}})");
  EXPECT_EQ(call({"expression", "eval", "github.labels.*.name", "--contexts", file, "--json"}).out,
            "{\"kind\":\"Array\",\"value\":[\"bug\"]}\n");
  const Ended bad = call({"expression", "eval", "1 + 2"});
  EXPECT_EQ(bad.status, 2);
  EXPECT_EQ(bad.err, "callboard: unexpected '+': expressions have no arithmetic\n  1 + 2\n    ^\n");
  const Ended failed = call({"expression", "eval", "'ä' == length(1)"});
  EXPECT_EQ(failed.status, 1);
  EXPECT_EQ(
      failed.err,
      "callboard: length() is of a text, a list or an object; found 1\n  'ä' == length(1)\n         ^\n");
  EXPECT_EQ(call({"expression", "eval"}).status, 2);
  EXPECT_EQ(call({"expression", "eval", "1", "--contexts", write("list.json", "[1]")}).status, 2);
}

TEST_F(CommandsTest, NameTheFileThatIsNoJson) {
  const std::string bad = write("bad.json", "{\"a\":\n 1,}");
  const std::string why =
      "not JSON at line 2, column 4: found '}', expected another value, or a key in double quotes\n";
  const std::string workflow = write("w.yaml", "name: w\non: {github: push}\nsteps: [{type: noop}]\n");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"event", "send", "github", bad, "--event", "push"},
        {"event", "send", "linear", bad},
        {"workflow", "test", workflow, "--event", bad}}) {
    const Ended ended = ask(words);
    EXPECT_EQ(ended.status, 2);
    EXPECT_EQ(ended.err, "callboard: " + bad + ": " + why);
  }
  EXPECT_EQ(call({"expression", "eval", "1", "--contexts", bad}).err,
            "callboard: " + bad + ": expected a JSON object of contexts: " + why);
  EXPECT_TRUE(api_.requests().empty()) << "nothing is sent";
}

TEST_F(CommandsTest, ExpressionsComeAsLinesToo) {
  std::istringstream in(
      "{\"expr\":\"SIMple.x\",\"contexts\":{\"simPLE\":{\"X\":1.5}}}\n\n{\"expr\":\"\"}\nnone\n"
      "{\"expr\":\"nope.x\"}\n{\"expr\":\"NaN\"}\n"
      "{\"expr\":\"a.n\",\"contexts\":{\"a\":{\"n\":12345678901234567890123}}}\n"
      "{\"expr\":\"a.n\",\"contexts\":{\"a\":{\"n\":1e400}}}\n{\"expr\":\"'ä' == length(1)\"}\n");
  std::streambuf* const before = std::cin.rdbuf(in.rdbuf());
  const Ended ended = call({"expression", "eval", "--lines"});
  std::cin.rdbuf(before);
  EXPECT_EQ(ended.status, 0);
  std::istringstream out(ended.out);
  std::vector<std::string> lines;
  for (std::string line; std::getline(out, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 8u) << ended.out;
  EXPECT_EQ(lines[0], "{\"kind\":\"Number\",\"value\":1.5}");
  EXPECT_EQ(lines[1], "{\"kind\":\"Null\",\"value\":null}");
  EXPECT_NE(lines[2].find("expected a line"), std::string::npos);
  EXPECT_NE(lines[3].find("\"column\":1}"), std::string::npos) << lines[3];
  EXPECT_EQ(lines[4], "{\"kind\":\"Number\",\"value\":null}");
  EXPECT_EQ(lines[5], "{\"kind\":\"Number\",\"value\":1.2345678901234568e+22}");
  EXPECT_NE(lines[6].find("1e400 at line 1, column 36"), std::string::npos) << lines[6];
  EXPECT_NE(lines[7].find("\"column\":8}"), std::string::npos) << lines[7];
}

TEST_F(CommandsTest, TheStoredLogNeedsADatabase) {
  const Ended none = call({"log", "verify"});
  EXPECT_EQ(none.status, 3);
  EXPECT_NE(none.err.find("neither CALLBOARD_DATABASE_URL nor --database-url is set"), std::string::npos);
  const std::string closed_port = "postgresql://127.0.0.1:1/callboard";
  EXPECT_EQ(call({"log", "export", "--database-url", closed_port}).status, 3);
  EXPECT_EQ(call({"log", "rebuild", "--database-url", closed_port}).status, 3);
  EXPECT_EQ(call({"log", "retention", "--older-than", "30d", "--database-url", closed_port}).status, 3);
}

TEST_F(CommandsTest, TheStoredLogRefusesWhatItCanNotRead) {
  const std::string closed_port = "postgresql://127.0.0.1:1/callboard";
  EXPECT_EQ(call({"log", "verify", "--run", "7"}).status, 2);
  EXPECT_EQ(call({"log", "export", "--since", "yesterday"}).status, 2);
  EXPECT_EQ(call({"log", "export", "--resume"}).status, 2);
  EXPECT_EQ(call({"log", "export", "--state", "open"}).status, 2);
  EXPECT_EQ(call({"log", "retention", "--older-than", "a month"}).status, 2);
  EXPECT_EQ(call({"log", "import", "/no/such/file", "--database-url", closed_port}).status, 2);
  EXPECT_EQ(call({"log", "replay"}).status, 2);
  EXPECT_EQ(call({"log", "replay", "0193", "--workflow", "review"}).status, 2);
  EXPECT_EQ(call({"log", "replay", "--workflow", "review", "--definition", "/no/such/file"}).status, 2);
}

TEST_F(CommandsTest, SayWhatIsNotSupportedYet) {
  const Ended ended = call({"doctor"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.err, "callboard: doctor is not supported yet\n");
  EXPECT_EQ(call({"gateway", "--listen", "x"}).status, 2);
}

TEST_F(CommandsTest, EndWithThreeWhenNobodyAnswers) {
  EXPECT_EQ(call({"workflow", "list", "--url", "http://127.0.0.1:1"}).status, 3);
  EXPECT_EQ(call({"status"}).status, 3);
  EXPECT_EQ(call({"down"}).status, 3);
}

TEST_F(CommandsTest, EndAsTheAnswerSays) {
  api_.answer("GET /api/runs/secret", 403, R"({"detail":"not yours"})");
  api_.answer("POST /api/runs/closed/cancel", 409, R"({"detail":"it is closed"})");
  const Ended forbidden = ask({"workflow", "status", "secret"});
  EXPECT_EQ(forbidden.status, 4);
  EXPECT_EQ(forbidden.err, "callboard: not yours\n");
  EXPECT_EQ(ask({"workflow", "cancel", "closed"}).status, 2);
  EXPECT_EQ(ask({"workflow", "status", "gone"}).status, 1);
}

TEST_F(CommandsTest, AskARunForWhatTheyAreNamedAfter) {
  for (const char* const what : {"pause", "resume", "retry", "cancel"}) {
    api_.answer("POST /api/runs/0193/" + std::string(what), 202, R"({"id":"0193","state":"paused"})");
    EXPECT_EQ(ask({"workflow", what, "0193"}).out, "run 0193 is paused\n") << what;
  }
  EXPECT_EQ(ask({"workflow", "resume", "0193", "--checkpoint", "1.0.ab"}).status, 0);
  EXPECT_NE(api_.requests().back().find(R"({"checkpointId":"1.0.ab"})"), std::string::npos);
}

TEST_F(CommandsTest, ASignalsDataIsJsonOrAText) {
  api_.answer("POST /api/runs/0193/signals/go", 202, R"({"id":"0193","state":"running"})");
  EXPECT_EQ(ask({"workflow", "signal", "0193", "go", "--data", R"({"by":"ada"})"}).status, 0);
  EXPECT_NE(api_.requests().back().find(R"({"by":"ada"})"), std::string::npos);
  EXPECT_EQ(ask({"workflow", "signal", "0193", "go", "--data", "as text"}).status, 0);
  EXPECT_NE(api_.requests().back().find(R"("as text")"), std::string::npos);
}

TEST_F(CommandsTest, AnAnswerIsOneOfThree) {
  api_.answer("POST /api/runs/0193/steps/pay/answer", 202, R"({"id":"0193","state":"running"})");
  EXPECT_EQ(ask({"workflow", "answer", "0193", "pay", "--retry"}).status, 0);
  EXPECT_NE(api_.requests().back().find(R"({"answer":"retry"})"), std::string::npos);
  EXPECT_EQ(ask({"workflow", "answer", "0193", "pay", "--complete", "7"}).status, 0);
  EXPECT_NE(api_.requests().back().find(R"({"answer":"complete","result":7})"), std::string::npos);
  EXPECT_EQ(ask({"workflow", "answer", "0193", "pay"}).status, 2);
  EXPECT_EQ(ask({"workflow", "answer", "0193", "pay", "--retry", "--fail"}).status, 2);
}

TEST_F(CommandsTest, BulkNeedsToBeToldWhichRunsAndNamesThoseThatRefuse) {
  EXPECT_EQ(ask({"workflow", "bulk", "cancel"}).status, 2);
  api_.answer("POST /api/bulk", 200,
              R"({"matched":2,"accepted":1,"refused":[{"id":"0194","reason":"it is closed"}],"next":null})");
  const Ended ended = ask({"workflow", "bulk", "cancel", "--workflow", "hello"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, "0194: it is closed\ncancel: 2 runs, 1 accepted, 1 refused\n");
}

TEST_F(CommandsTest, DeadLettersAreListedShownAndReplayed) {
  const std::string letter =
      R"("id":"r1.g1.a.1","runId":"r1","workflow":"hello","step":"a","generation":1,"attempt":1,"at":"t",)"
      R"("reason":"begun 4 times","begins":4,"workers":["w1","w2"],"state":"failed","replay":"retry")";
  api_.answer("GET /api/dead-letters?state=open&workflow=hello&limit=500", 200,
              R"({"items":[{)" + letter + R"(}],"next":null})");
  api_.answer("GET /api/dead-letters/r1.g1.a.1", 200,
              "{" + letter + R"(,"history":[{"type":"step.lost","step":"a","at":"t"}]})");
  api_.answer("POST /api/dead-letters/r1.g1.a.1/replay", 202,
              R"({"id":"r1.g1.a.1","runId":"r1","state":"failed","replay":"retry"})");
  const std::string listed = ask({"dead-letter", "list", "--workflow", "hello"}).out;
  EXPECT_NE(listed.find("r1.g1.a.1"), std::string::npos) << listed;
  EXPECT_NE(listed.find("begun 4 times"), std::string::npos) << listed;
  const std::string shown = ask({"dead-letter", "show", "r1.g1.a.1"}).out;
  EXPECT_NE(shown.find("workers known to have begun it: 2"), std::string::npos) << shown;
  EXPECT_NE(shown.find("step.lost"), std::string::npos) << shown;
  EXPECT_EQ(ask({"dead-letter", "replay", "r1.g1.a.1"}).out,
            "dead letter r1.g1.a.1 is replayed: run r1 goes on\n");
  api_.answer("POST /api/dead-letters/r1.g1.a.1/replay", 200,
              R"({"id":"r1.g1.a.1","runId":"r1","state":"replayed","replay":null})");
  EXPECT_EQ(ask({"dead-letter", "replay", "r1.g1.a.1"}).out, "dead letter r1.g1.a.1 was replayed already\n");
  api_.answer("POST /api/dead-letters/r1.g1.a.1/replay", 409, R"({"detail":"the run is still running"})");
  EXPECT_EQ(ask({"dead-letter", "replay", "r1.g1.a.1"}).status, 2);
}

TEST_F(CommandsTest, AReplayIsOfOneDeadLetterOrOfAFilter) {
  EXPECT_EQ(ask({"dead-letter", "replay"}).status, 2);
  EXPECT_EQ(ask({"dead-letter", "replay", "--dry-run"}).status, 2);
  EXPECT_EQ(ask({"dead-letter", "replay", "r1.g1.a.1", "--workflow", "hello"}).status, 2);
  EXPECT_TRUE(api_.requests().empty());
  api_.answer("POST /api/bulk", 200,
              R"({"action":"replay","dryRun":true,"matched":2,"accepted":2,"refused":[],"next":null})");
  const Ended ended = ask({"dead-letter", "replay", "--since", "2026-01-01T00:00:00Z", "--dry-run"});
  EXPECT_EQ(ended.out, "replay: 2 dead letters, 2 would be accepted, 0 refused\n");
  EXPECT_NE(api_.requests().back().find(
                R"({"action":"replay","filter":{"since":"2026-01-01T00:00:00Z"},"dryRun":true})"),
            std::string::npos);
}

TEST_F(CommandsTest, ExplainSaysWhatEachWorkflowMadeOfADelivery) {
  api_.answer(
      "GET /api/deliveries/d1", 200,
      R"({"id":"d1","source":"github","event":"push","at":"t","verdicts":[)"
      R"({"workflow":"ci","outcome":"started","run":"r1"},)"
      R"({"workflow":"docs","outcome":"condition_false","run":null,"detail":"paths: \u001bdocs/** was wanted"}]})");
  const Ended ended = ask({"event", "explain", "d1"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_NE(ended.out.find("run r1"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("paths: \\x1bdocs/** was wanted"), std::string::npos) << ended.out;
  api_.answer("GET /api/deliveries/d2", 200,
              R"({"id":"d2","source":"github","event":"star.created","at":"t","verdicts":[]})");
  EXPECT_NE(ask({"event", "explain", "d2"}).out.find("no workflow listened to it"), std::string::npos);
}

TEST_F(CommandsTest, WhySaysWhatIsToBeDone) {
  api_.answer(
      "GET /api/runs/0193", 200,
      R"({"id":"0193","state":"running","closedAt":null,"waitingFor":[{"kind":"answer","step":"pay"},)"
      R"({"kind":"bus","step":"tell","detail":"the bus is away"}]})");
  const Ended ended = ask({"workflow", "why", "0193"});
  EXPECT_NE(ended.out.find("callboard workflow answer 0193 pay --retry"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("step tell waits for the bus: the bus is away"), std::string::npos) << ended.out;
}

TEST_F(CommandsTest, DiffShowsWhatChangedBetweenTwoPoints) {
  api_.answer("GET /api/runs/0193?at=3", 200,
              R"({"state":"running","steps":[{"key":"a","state":"running"}]})");
  api_.answer("GET /api/runs/0193?at=9", 200,
              R"({"state":"completed","steps":[{"key":"a","state":"completed"}]})");
  const Ended ended = ask({"log", "diff", "0193", "--at", "3", "--at", "9"});
  EXPECT_EQ(ended.out, "run\n  state: running -> completed\nstep a\n  state: running -> completed\n")
      << ended.err;
  EXPECT_EQ(ask({"log", "diff", "0193", "--at", "3"}).status, 2);
}

TEST_F(CommandsTest, ValidateSaysWhereAFileIsWrong) {
  const std::string good = write("good.yaml", kWorkflow);
  const std::string bad = write("bad.yaml", "name: hello\nsteps:\n  - key: say\n    type: ecco\n");

  const Ended valid = call({"workflow", "validate", good});
  EXPECT_EQ(valid.status, 0) << valid.err;
  const Ended invalid = call({"workflow", "validate", good, bad});

  EXPECT_EQ(invalid.status, 2);
  EXPECT_NE(invalid.err.find("bad.yaml:4:"), std::string::npos) << invalid.err;
}

TEST_F(CommandsTest, ExecuteSendsTheFileAndItsInputs) {
  api_.answer("POST /api/workflows?current=false", 201,
              R"({"id":"0193","workflow":"hello","version":"","state":"pending"})");

  const Ended ended =
      ask({"workflow", "execute", write("hello.yaml", kWorkflow), "--input", "who=world", "--input", "n=3"});

  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, "run 0193 of hello is pending\n");
  const std::string sent = api_.requests().at(0);
  EXPECT_NE(sent.find(R"("inputs":{"who":"world","n":"3"})"), std::string::npos) << sent;
  EXPECT_NE(sent.find("name: hello\\nsteps:"), std::string::npos) << sent;
}

TEST_F(CommandsTest, ExecuteWaitsAndShowsTheClosedRun) {
  api_.answer("POST /api/workflows/hello/runs", 201,
              R"({"id":"0193","workflow":"hello","version":"","state":"pending"})");
  api_.answer("GET /api/runs/0193", 200, kClosedRun);

  const Ended ended = ask({"workflow", "execute", "hello", "--wait"});

  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.out.find("say  completed"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("text: hi\n"), std::string::npos) << ended.out;
  EXPECT_EQ(ask({"workflow", "execute", "hello", "--wait", "--json"}).out, kClosedRun + "\n");
}

TEST_F(CommandsTest, ExecuteEndsWithOneWhenTheRunFailed) {
  api_.answer("POST /api/workflows/hello/runs", 201,
              R"({"id":"7","workflow":"hello","version":"","state":"pending"})");
  api_.answer("GET /api/runs/7", 200, R"({"id":"7","workflow":"hello","state":"failed","steps":[]})");
  EXPECT_EQ(ask({"workflow", "execute", "hello", "--wait"}).status, 1);
}

TEST_F(CommandsTest, EventSendSignsAsGitHubDoes) {
  api_.answer("POST /webhooks/github", 202, R"({"deliveryId":"d1","runs":["0193"],"duplicate":false})");
  setenv("GITHUB_WEBHOOK_SECRET", "new,old", 1);

  const Ended ended = ask({"event", "send", "github", write("p.json", R"({"action":"opened"})"), "--event",
                           "pull_request.opened"});

  unsetenv("GITHUB_WEBHOOK_SECRET");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, "delivery d1\nrun 0193\n");
  const std::string sent = api_.requests().at(0);
  EXPECT_NE(sent.find("X-GitHub-Event: pull_request\r\n"), std::string::npos) << sent;
  EXPECT_NE(sent.find("X-Hub-Signature-256: sha256=" + to_hex(hmac_sha256("new", R"({"action":"opened"})")) +
                      "\r\n"),
            std::string::npos)
      << sent;
}

TEST_F(CommandsTest, EventSendNeedsASecret) {
  const Ended ended = ask({"event", "send", "linear", write("p.json", "{}")});
  EXPECT_EQ(ended.status, 2);
  EXPECT_NE(ended.err.find("LINEAR_WEBHOOK_SECRET"), std::string::npos);
}

TEST_F(CommandsTest, ConfigCheckMasksSecretsAndExplainsMistakes) {
  setenv("OPENAI_API_KEY", "sk-hidden", 1);
  const Ended good = call({"config", "check"});
  unsetenv("OPENAI_API_KEY");
  EXPECT_EQ(good.status, 0);
  EXPECT_EQ(good.out.find("sk-hidden"), std::string::npos);
  EXPECT_NE(good.out.find("***"), std::string::npos);

  const Ended bad = call({"config", "check", "--config", write("c.yaml", "log: {levle: debug}\n")});
  EXPECT_EQ(bad.status, 2);
  EXPECT_NE(bad.err.find("c.yaml:1:14: unknown setting log.levle"), std::string::npos) << bad.err;
}

TEST_F(CommandsTest, ListsFollowEveryPage) {
  api_.answer("GET /api/runs/1/history?limit=500", 200,
              R"({"items":[{"type":"run.created","at":"a"}],"next":"1"})");
  api_.answer("GET /api/runs/1/history?limit=500&cursor=1", 200,
              R"({"items":[{"type":"run.completed","at":"b"}],"next":null})");
  EXPECT_EQ(ask({"workflow", "history", "1"}).out, "a  run.created\nb  run.completed\n");
}

TEST_F(CommandsTest, WorkflowListSaysWhatIsWrongWithAFileBesideTheDate) {
  const std::string good = R"({"name":"good","version":"1","hash":"0123456789abcdef","steps":2,)"
                           R"("registeredAt":"2026-01-01T00:00:00Z"})";
  api_.answer("GET /api/workflows?limit=500", 200, "{\"items\":[" + good + "],\"next\":null}");
  EXPECT_EQ(ask({"workflow", "list"}).out,
            "NAME  VERSION  HASH          STEPS  SINCE\n"
            "good  1        0123456789ab  2      2026-01-01T00:00:00Z\n");

  const std::string bad =
      R"({"name":"bad","version":"1","hash":"0123456789abcdef","steps":2,)"
      R"("registeredAt":"2026-01-01T00:00:00Z","problems":"b.yaml:1:1: x\nb.yaml:2:1: y\n"})";
  const std::string never = R"({"name":null,"file":"c.yaml","problems":"c.yaml:1:1: z\n"})";
  api_.answer("GET /api/workflows?limit=500", 200,
              "{\"items\":[" + good + "," + bad + "," + never + "],\"next\":null}");
  EXPECT_EQ(
      ask({"workflow", "list"}).out,
      "NAME    VERSION  HASH          STEPS  SINCE                 PROBLEM\n"
      "good    1        0123456789ab  2      2026-01-01T00:00:00Z\n"
      "bad     1        0123456789ab  2      2026-01-01T00:00:00Z  b.yaml:1:1: x (and more); the version "
      "before it still runs\n"
      "c.yaml                                                      c.yaml:1:1: z\n");
}

TEST_F(CommandsTest, AFolderInPlaceOfAFileIsRefused) {
  const std::string folder = folder_;
  const std::string said = "callboard: " + folder + " is a folder, expected a file\n";
  const std::string file = write("good.yaml", "name: good\non: {github: [push]}\nsteps: [{type: noop}]\n");
  const std::vector<std::vector<std::string>> calls{
      {"workflow", "validate", folder},
      {"workflow", "test", folder},
      {"workflow", "test", file, "--stubs", folder},
      {"workflow", "test", file, "--event", folder},
      {"workflow", "execute", folder},
      {"workflow", "diff", folder, file},
      {"workflow", "graph", folder},
      {"workflow", "fork", "1", "--from", "a", "--definition", folder},
      {"expression", "eval", "1", "--contexts", folder},
      {"event", "send", "github", folder, "--event", "push"},
      {"event", "send", "linear", folder}};
  for (const auto& words : calls) {
    const Ended ended = ask(words);
    EXPECT_EQ(ended.status, 2) << words[1];
    EXPECT_EQ(ended.err, said) << words[1];
  }
  EXPECT_EQ(ask({"workflow", "execute", "."}).err, "callboard: . is a folder, expected a file\n");
  EXPECT_EQ(ask({"workflow", "diff", ".", file}).err, "callboard: . is a folder, expected a file\n");
  const Ended checked = call({"config", "check", "--config", folder});
  EXPECT_EQ(checked.status, 2);
  EXPECT_NE(checked.err.find(folder + " is a folder, expected a file"), std::string::npos) << checked.err;
}

TEST_F(CommandsTest, AnAnswerThatIsTooLargeIsNoMissingDispatcher) {
  signal(SIGPIPE, SIG_IGN);  // of the dispatcher here, whose answer is not read to its end
  api_.answer("GET /api/runs/7", 200, std::string(65 << 20, ' '));
  const Ended ended = ask({"workflow", "status", "7"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.err.find("larger than the 64 MiB"), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("callboard workflow history RUN"), std::string::npos) << ended.err;

  api_.answer("POST /api/workflows/hello/runs", 201,
              R"({"id":"7","workflow":"hello","version":"","state":"pending"})");
  api_.answer("GET /api/runs/7?steps=false", 200, R"({"id":"7","state":"completed"})");
  const Ended waited = ask({"workflow", "execute", "hello", "--wait"});
  EXPECT_EQ(waited.status, 0) << waited.err;
  EXPECT_EQ(waited.out, "run 7 is completed\n");
  EXPECT_NE(waited.err.find("larger than the 64 MiB"), std::string::npos) << waited.err;
  api_.answer("GET /api/runs/7?steps=false", 200, R"({"id":"7","state":"failed"})");
  EXPECT_EQ(ask({"workflow", "execute", "hello", "--wait"}).status, 1);
}

TEST_F(CommandsTest, APageThatIsTooLargeIsAskedForInParts) {
  signal(SIGPIPE, SIG_IGN);
  api_.answer("GET /api/runs/1/history?limit=500", 200, std::string(65 << 20, ' '));
  api_.answer("GET /api/runs/1/history?limit=125", 200,
              R"({"items":[{"type":"run.created","at":"a"}],"next":"125"})");
  api_.answer("GET /api/runs/1/history?limit=125&cursor=125", 200,
              R"({"items":[{"type":"run.completed","at":"b"}],"next":null})");
  EXPECT_EQ(ask({"workflow", "history", "1"}).out, "a  run.created\nb  run.completed\n");
}

TEST_F(CommandsTest, VersionAndHelpAreThere) {
  EXPECT_NE(call({"--version"}).out.find("1.2.3"), std::string::npos);
  const Ended help = call({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("CALLBOARD_DATABASE_URL"), std::string::npos);
}

TEST_F(CommandsTest, PauseAndLiftWhatManyRunsHaveInCommon) {
  const std::string stands =
      R"({"scope":"workflow","name":"review","at":"2026-01-01T00:00:00Z","actor":"api","reason":"no quota"})";
  const std::string line = "workflow review is paused since 2026-01-01T00:00:00Z by api: no quota\n";
  api_.answer("POST /api/pauses", 200, stands);
  api_.answer("GET /api/pauses?limit=500", 200, "{\"items\":[" + stands + "],\"next\":null}");
  EXPECT_EQ(ask({"pause", "workflow", "review", "--reason", "no quota"}).out, line);
  EXPECT_NE(api_.requests().back().find(R"({"scope":"workflow","name":"review","reason":"no quota"})"),
            std::string::npos);
  EXPECT_EQ(ask({"pauses"}).out, line);

  api_.answer("POST /api/pauses/resume", 200, R"({"scope":"all","name":"","wasPaused":true})");
  EXPECT_EQ(ask({"resume", "all"}).out, "everything goes on\n");
  EXPECT_NE(api_.requests().back().find(R"({"scope":"all"})"), std::string::npos);
  api_.answer("POST /api/pauses/resume", 200, R"({"scope":"source","name":"github","wasPaused":false})");
  EXPECT_EQ(ask({"resume", "source", "github"}).out, "source github was not paused\n");

  api_.answer("POST /api/pauses", 404, R"({"detail":"there is no workflow x"})");
  EXPECT_EQ(ask({"pause", "workflow", "x"}).status, 1);
  EXPECT_EQ(call({"pause"}).status, 2);
  EXPECT_EQ(call({"pause", "workflow"}).status, 2);
  EXPECT_EQ(call({"resume", "all", "--reason", "x"}).status, 2);
  EXPECT_EQ(call({"pause", "wrokflow", "x"}).err,
            "callboard: there is no command 'wrokflow': did you mean 'workflow'?\n");
}

TEST_F(CommandsTest, BackfillSaysThatTicksAreNoDeliveries) {
  const std::vector<std::string> words{
      "workflow", "backfill", "nightly", "--since", "2026-01-01T00:00:00Z", "--until", "2026-01-02T00:00:00Z",
      "--source", "schedule"};
  std::vector<std::string> deliveries = words;
  deliveries.push_back("--deliveries");
  const Ended refused = ask(deliveries);
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(
      refused.err,
      "callboard: --source is github, linear, webhook or workflow: ticks are backfilled by their times, "
      "without --deliveries\n");
  EXPECT_TRUE(api_.requests().empty());
  EXPECT_EQ(ask(words).err,
            "callboard: --source, --event and --again go with --deliveries, --cron without it\n");
}

}  // namespace
}  // namespace callboard::cli
