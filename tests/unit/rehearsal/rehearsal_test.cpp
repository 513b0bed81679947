#include "deploy/rehearsal/report.hpp"
#include "tests/unit/rehearsal/rehearsed.hpp"

namespace callboard::rehearsal {
namespace {

using namespace std::chrono_literals;

TEST(Rehearsal, StepsGiveWhatTheirStubsSayAndEchoGivesItsParams) {
  const Rehearsed out = rehearsed(
      "name: w\nsteps:\n"
      "  - {key: fetch, type: http, params: {url: 'https://x.org'}}\n"
      "  - {key: show, type: echo, params: {seen: '${ steps.fetch.result.status }'}}\n"
      "outputs: {seen: '${ steps.show.result.seen }'}\n",
      "steps: {fetch: {result: {status: 204}}}\n");
  EXPECT_EQ(out.phase, run::RunPhase::completed);
  EXPECT_EQ(write_json(out.outputs), "{\"seen\":204}");
  EXPECT_EQ(write_json(step(out, "show").result), "{\"seen\":204}");
}

TEST(Rehearsal, AttemptsComeToTheirOwnAnswersAndDelaysPassAtOnce) {
  const Rehearsed out = rehearsed(
      "name: w\nsteps:\n"
      "  - {key: a, type: http, params: {url: 'https://x.org'}, retry: {maxAttempts: 3, baseDelay: 1h, "
      "maxDelay: 4h, jitter: 0}}\n",
      "steps: {a: [{error: {class: network}}, {error: {class: server}}, {result: {ok: true}}]}\n");
  EXPECT_EQ(out.phase, run::RunPhase::completed);
  EXPECT_EQ(step(out, "a").attempts, 3u);
  EXPECT_EQ(out.took, 3h) << "one hour, then two";
}

TEST(Rehearsal, AnIfTellsWhichWayItWentAndWhatItRead) {
  const Rehearsed out = rehearsed(
      "name: w\ninputs: {n: {type: number, default: 5}}\nsteps:\n"
      "  - {key: a, type: echo, params: {files: 3}}\n"
      "  - {key: many, type: noop, if: \"steps.a.result.files > inputs.n && event.list[0].x == 'y'\"}\n"
      "  - {key: few, type: noop, dependsOn: [a], if: \"success() && steps['a'].result.files <= "
      "inputs.n\"}\n");
  ASSERT_EQ(out.verdicts.size(), 2u);
  const auto verdict = [&](std::string_view key) {
    return *std::ranges::find(out.verdicts, key, &Verdict::step);
  };
  EXPECT_FALSE(verdict("many").holds);
  const auto reads = verdict("many").reads;
  ASSERT_EQ(reads.size(), 3u);
  EXPECT_EQ(reads[0].text, "steps.a.result.files");
  EXPECT_EQ(write_json(reads[0].value), "3");
  EXPECT_EQ(reads[1].text, "inputs.n");
  EXPECT_EQ(reads[2].text, "event.list[0].x");
  EXPECT_TRUE(verdict("few").holds);
  EXPECT_EQ(verdict("few").reads[0].text, "success()");
  EXPECT_EQ(step(out, "many").state, "skipped");
  EXPECT_EQ(step(out, "few").state, "completed");
}

TEST(Rehearsal, AFailureSkipsWhatStandsBelowItAndSomeStepsAskForIt) {
  const Rehearsed out = rehearsed(
      "name: w\nsteps:\n"
      "  - {key: a, type: fail, params: {message: no luck, class: quota}}\n"
      "  - {key: b, type: noop, dependsOn: [a]}\n"
      "  - {key: c, type: set, dependsOn: [a], if: failure(), params: {why: '${ steps.a.error.message "
      "}'}}\n");
  EXPECT_EQ(out.phase, run::RunPhase::failed);
  EXPECT_EQ(step(out, "a").error->error_class, run::ErrorClass::quota);
  EXPECT_EQ(step(out, "b").state, "skipped");
  EXPECT_EQ(write_json(step(out, "c").result), "{\"why\":\"no luck\"}");
  ASSERT_TRUE(out.error);
}

TEST(Rehearsal, AnAttemptThatTakesTooLongEndsByItsTimeOut) {
  const Rehearsed out =
      rehearsed("name: w\nsteps:\n  - {key: a, type: shell, timeout: 30s, params: {run: x}}\n",
                "steps: {a: {takes: 5m}}\n");
  EXPECT_EQ(out.phase, run::RunPhase::failed);
  EXPECT_EQ(step(out, "a").error->error_class, run::ErrorClass::timeout);
  EXPECT_EQ(out.took, 30s);
}

TEST(Rehearsal, TheRunsTimeOutCancelsIt) {
  const Rehearsed out = rehearsed(
      "name: w\ntimeout: 1m\nsteps:\n  - {key: a, type: shell, params: {run: x}}\n"
      "  - {key: b, type: noop, dependsOn: [a], if: always()}\n",
      "steps: {a: {takes: 2m}}\n");
  EXPECT_TRUE(run::is_closed(out.phase));
  EXPECT_EQ(step(out, "a").state, "cancelled");
  EXPECT_EQ(step(out, "b").state, "completed");
  EXPECT_EQ(out.took, 1min);
}

TEST(Rehearsal, SleepsPassAtOnceAndSignalsComeInTheirTime) {
  const std::string workflow =
      "name: w\nsteps:\n  - {key: nap, type: sleep, params: {for: 3d}}\n"
      "  - {key: go, type: wait, dependsOn: [nap], timeout: 2h, params: {signal: go}}\n"
      "outputs: {by: '${ steps.go.result.data.by }'}\n";
  const Rehearsed out =
      rehearsed("timeout: 9d\n" + workflow, "signals: [{name: go, data: {by: ann}, after: 73h}]\n");
  EXPECT_EQ(out.phase, run::RunPhase::completed);
  EXPECT_EQ(write_json(out.outputs), "{\"by\":\"ann\"}");
  EXPECT_EQ(out.took, 73h);
  const Rehearsed none = rehearsed("timeout: 9d\n" + workflow);
  EXPECT_EQ(none.phase, run::RunPhase::failed);
  EXPECT_EQ(step(none, "go").error->error_class, run::ErrorClass::timeout);
  EXPECT_EQ(none.took, 74h);
}

TEST(Rehearsal, ALostStepWithAnEffectAsksAndTheRunWaits) {
  const Rehearsed out =
      rehearsed("name: w\nsteps:\n  - {key: a, type: shell, effect: once, params: {run: x}}\ntimeout: 300d\n",
                "steps: {a: {error: {class: lost}}}\n");
  EXPECT_TRUE(run::is_closed(out.phase)) << "by the run's time-out: nobody answers";
  EXPECT_EQ(out.took, 300 * 24h);
}

const std::string kOnPull =
    "name: w\non: {github: {events: [pull_request.opened], if: '${ !event.pull_request.draft }'}}\n"
    "steps:\n  - {key: a, type: echo, params: {n: '${ event.number }'}}\n";

TEST(Rehearsal, AnEventStartsARunWhereATriggerMatches) {
  const std::string opened = "eventName: pull_request.opened\nevent: {number: 7, pull_request: {draft: ";
  const Rehearsed out = rehearsed(kOnPull, opened + "false}}\n");
  EXPECT_TRUE(out.starts);
  EXPECT_EQ(write_json(step(out, "a").result), "{\"n\":7}");
  const Rehearsed draft = rehearsed(kOnPull, opened + "true}}\n");
  EXPECT_FALSE(draft.starts);
  EXPECT_EQ(
      draft.trigger,
      "github pull_request.opened: if: !event.pull_request.draft is false, event.pull_request.draft is true");
  const Rehearsed other = rehearsed(kOnPull, "eventName: push\nevent: {}\n");
  EXPECT_FALSE(other.starts);
  EXPECT_EQ(other.trigger,
            "the workflow does not listen to github push: it listens to github pull_request.opened");
}

TEST(Rehearsal, SecretsAreNeverShown) {
  const Rehearsed out =
      rehearsed("name: w\nsteps:\n  - {key: a, type: echo, params: {token: 'Bearer ${ secrets.TOKEN }'}}\n");
  EXPECT_EQ(write_json(step(out, "a").result), "{\"token\":\"Bearer ***\"}");
}

TEST(Rehearsal, ParamsThatCanNotBeRenderedFailTheStep) {
  const Rehearsed out =
      rehearsed("name: w\nsteps:\n  - {key: a, type: echo, params: {x: \"${ fromJSON('{') }\"}}\n");
  EXPECT_EQ(out.phase, run::RunPhase::failed);
  EXPECT_EQ(step(out, "a").error->error_class, run::ErrorClass::validation);
}

TEST(Rehearsal, RefusesInputsAndNamesThatTheWorkflowDoesNotKnow) {
  const auto workflow = workflow_of("name: w\nsteps: [{key: lint, type: noop}]\n");
  const auto input = rehearse(workflow, stubs_of("inputs: {x: 1}\n"), Time{});
  ASSERT_FALSE(input);
  EXPECT_EQ(input.error().front().path, "inputs.x");
  const auto name = rehearse(workflow, stubs_of("steps: {lnit: {result: 1}}\n"), Time{});
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().front().message, "the workflow has no step 'lnit': did you mean 'lint'?");
}

TEST(Expectations, EveryDifferenceIsTold) {
  const Rehearsed out = rehearsed(
      "name: w\nsteps:\n  - {key: a, type: echo, params: {n: 1}}\n  - {key: b, type: noop, if: 'false', "
      "dependsOn: [a]}\n"
      "outputs: {n: '${ steps.a.result.n }'}\n");
  const auto differences = [&](std::string_view expect) {
    return find_differences(stubs_of("expect: " + std::string(expect)).expected, out);
  };
  EXPECT_TRUE(differences("{state: completed, steps: {a: completed, b: {state: skipped}}, order: [a, b], "
                          "outputs: {n: 1}, starts: true}")
                  .empty());
  EXPECT_EQ(
      differences("{state: failed, steps: {a: skipped, b: {attempts: 2, errorClass: exit}}, order: [b, a], "
                  "outputs: {n: 2, m: 1}, error: x, starts: false}")
          .size(),
      9u);
}

TEST(Report, ShowsNothingFromOutsideAsItIs) {
  const Rehearsed out = rehearsed(
      "name: w\ninputs: {x: {type: string}}\nsteps:\n"
      "  - {key: a, type: echo, if: \"inputs.x != 'y'\", params: {x: '${ inputs.x }'}}\n",
      "inputs: {x: \"\\e[31mred\"}\n");
  const std::string text = to_text(out);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("if inputs.x != 'y' is true: inputs.x = \"\\u001b[31mred\""), std::string::npos)
      << text;
  EXPECT_NE(text.find("the run is completed after 0.000 s"), std::string::npos);
  const Value value = to_value(out);
  EXPECT_EQ(write_json(value.at("state")), "\"completed\"");
  EXPECT_EQ(value.at("conditions").as_array().size(), 1u);
}

}  // namespace
}  // namespace callboard::rehearsal
