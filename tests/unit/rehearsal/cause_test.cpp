#include "deploy/rehearsal/report.hpp"
#include "tests/unit/rehearsal/rehearsed.hpp"

namespace callboard::rehearsal {
namespace {

std::string refusal(std::string_view workflow, std::string_view stubs) {
  const auto out = rehearse(workflow_of(workflow), stubs_of(stubs), *parse_time("2026-11-21T08:00:00Z"));
  return out ? "" : out.error().front().message;
}

const std::string kDeploy =
    "name: deploy\n"
    "on: {webhook: {path: deploys, secret: DEPLOYS_SECRET, idempotencyKey: 'd-${ event.id }', if: "
    "\"event.env == "
    "'prod'\", schema: {required: [id], properties: {id: {type: integer}}}}}\n"
    "steps: [{key: ship, type: echo, params: {id: '${ event.id }'}}]\n";

TEST(Cause, AWebhookStartsARunThatReadsItsPayloadAndShowsItsKey) {
  const Rehearsed out = rehearsed(kDeploy, "source: webhook\nevent: {id: 7, env: prod}\n");
  EXPECT_TRUE(out.starts);
  EXPECT_EQ(out.trigger, "webhook deploys");
  EXPECT_EQ(out.idempotency_key, "d-7");
  EXPECT_EQ(write_json(step(out, "ship").result), "{\"id\":7}");
  EXPECT_NE(to_text(out).find("a run: webhook deploys\nidempotency key: d-7\n"), std::string::npos);
  EXPECT_EQ(write_json(to_value(out).at("idempotencyKey")), "\"d-7\"");
}

TEST(Cause, AWebhooksSchemaAndIfAreAskedAsByTheDispatcher) {
  const Rehearsed text =
      rehearsed(kDeploy, "source: webhook\neventName: deploys\nevent: {id: x, env: prod}\n");
  EXPECT_FALSE(text.starts);
  EXPECT_EQ(text.trigger, "webhook deploys: schema: /id: found \"x\", expected integer");
  const Rehearsed test = rehearsed(kDeploy, "source: webhook\nevent: {id: 7, env: test}\n");
  EXPECT_FALSE(test.starts);
  EXPECT_EQ(test.trigger, "webhook deploys: if: event.env == 'prod' is false, event.env is \"test\"");
  EXPECT_EQ(to_text(test), "no run: " + test.trigger + "\nidempotency key: d-7\n");
}

TEST(Cause, AWebhookWithoutAKeyInItsPayloadSaysSo) {
  const Rehearsed out = rehearsed("name: w\non: {webhook: {path: p, scheme: none}}\nsteps: [{type: noop}]\n",
                                  "source: webhook\nevent: {}\n");
  EXPECT_EQ(out.idempotency_key, "");
  EXPECT_NE(to_text(out).find("idempotency key: none in the payload\n"), std::string::npos);
}

TEST(Cause, WhatNothingListensToNamesWhatDoes) {
  EXPECT_EQ(rehearsed(kDeploy, "source: webhook\neventName: deploy\nevent: {}\n").trigger,
            "the workflow does not listen to webhook deploy: it listens to webhook deploys");
  const std::string none = "name: w\nsteps: [{type: noop}]\n";
  EXPECT_EQ(rehearsed(none, "eventName: push\nevent: {}\n").trigger,
            "the workflow does not listen to github push: it listens to nothing");
  EXPECT_EQ(refusal(none, "source: webhook\nevent: {}\n"),
            "the workflow does not listen to a webhook: it listens to nothing");
  EXPECT_EQ(refusal(kDeploy, "source: schedule\n"),
            "the workflow has no schedule: it listens to webhook deploys");
  EXPECT_EQ(refusal(kDeploy, "source: webhook\n"), "an event's source and name go with its payload");
}

TEST(Cause, AnEventWithoutItsActionGetsThePayloads) {
  const std::string opened =
      "name: w\non: {github: pull_request.opened, linear: Issue.create}\nsteps: [{type: noop}]\n";
  EXPECT_EQ(rehearsed(opened, "eventName: pull_request\nevent: {action: opened}\n").trigger,
            "github pull_request.opened");
  EXPECT_EQ(rehearsed(opened, "source: linear\neventName: Issue\nevent: {action: create}\n").trigger,
            "linear Issue.create");
  EXPECT_EQ(rehearsed(opened, "eventName: pull_request\nevent: {action: closed}\n").trigger,
            "the workflow does not listen to github pull_request.closed: it listens to github "
            "pull_request.opened, linear Issue.create");
  const Rehearsed other = rehearsed(
      "name: w\non: {github: {events: issues, labels: bug}}\nsteps: [{type: noop}]\n",
      "eventName: issues\nevent: {action: labeled, label: {name: other}, issue: {labels: [{name: bug}]}}\n");
  EXPECT_FALSE(other.starts);
  EXPECT_TRUE(other.trigger.starts_with("github issues.labeled: labels: ")) << other.trigger;
}

TEST(Cause, TheEndOfARunIsNamedByItsPayload) {
  const std::string tell =
      "name: tell\non: {workflow: {events: [Nightly.completed, import.failed], if: event.run.outputs.rows > "
      "0}}\n"
      "steps: [{key: show, type: echo, params: {rows: '${ event.run.outputs.rows }'}}]\n";
  const std::string payload = "event: {run: {workflow: nightly, state: completed, outputs: {rows: 4}}}\n";
  const Rehearsed out = rehearsed(tell, "source: workflow\n" + payload);
  EXPECT_EQ(out.trigger, "workflow nightly.completed");
  EXPECT_EQ(write_json(step(out, "show").result), "{\"rows\":4}");
  EXPECT_EQ(refusal(tell, "source: workflow\neventName: nightly.failed\n" + payload),
            "the payload is that of nightly.completed, and not of nightly.failed");
  EXPECT_EQ(rehearsed(tell, "source: workflow\nevent: {run: {workflow: nightly, state: failed}}\n").trigger,
            "the workflow does not listen to workflow nightly.failed: it listens to workflow "
            "nightly.completed, workflow import.failed");
  EXPECT_NE(refusal(tell, "source: workflow\nevent: {}\n"), "");
}

const std::string kNightly =
    "name: nightly\non: {schedule: [{cron: '0 3 * * *', timezone: Europe/Paris, catchup: CATCHUP, jitter: "
    "JITTER}]}\n"
    "steps: [{key: show, type: echo, params: {at: '${ event.scheduledAt }', late: '${ event.caughtUp }'}}]\n";

std::string nightly(std::string_view catchup, std::string_view jitter = "0s") {
  std::string out = kNightly;
  out.replace(out.find("CATCHUP"), 7, catchup);
  return out.replace(out.find("JITTER"), 6, jitter);
}

TEST(Cause, ATickIsTheNextOneOrThatOfATime) {
  const Rehearsed next = rehearsed(nightly("latest"), "source: schedule\n");
  EXPECT_EQ(next.trigger, "schedule 0 3 * * * Europe/Paris at 2026-11-22T02:00:00.000000Z");
  EXPECT_EQ(write_json(step(next, "show").result), R"({"at":"2026-11-22T02:00:00.000000Z","late":false})");
  const Rehearsed summer = rehearsed(nightly("latest"), "source: schedule\nat: 2026-07-01T01:00:00Z\n");
  EXPECT_TRUE(summer.starts);
  const Rehearsed none = rehearsed(nightly("latest"), "source: schedule\nat: 2026-07-01T03:00:00Z\n");
  EXPECT_EQ(none.trigger,
            "no schedule has a tick at 2026-07-01T03:00:00.000000Z: the next is of 0 3 * * * Europe/Paris at "
            "2026-07-02T01:00:00.000000Z");
}

TEST(Cause, ATickThatWasMissedIsMadeGoodAsCatchupSays) {
  const std::string late = "source: schedule\nat: 2026-07-01T01:00:00Z\nnow: 2026-07-02T00:59:00Z\n";
  EXPECT_EQ(write_json(step(rehearsed(nightly("latest"), late), "show").result.at("late")), "true");
  EXPECT_EQ(rehearsed(nightly("none"), late).trigger,
            "schedule 0 3 * * * Europe/Paris at 2026-07-01T01:00:00.000000Z: missed while no dispatcher ran; "
            "catchup: none");
  const std::string later = "source: schedule\nat: 2026-07-01T01:00:00Z\nnow: 2026-07-02T09:00:00Z\n";
  EXPECT_FALSE(rehearsed(nightly("latest"), later).starts) << "the next one is the latest";
  EXPECT_EQ(rehearsed(nightly("latest"), "source: schedule\nnow: 2026-07-02T09:00:00Z\n").trigger,
            "schedule 0 3 * * * Europe/Paris at 2026-07-02T01:00:00.000000Z (caught up)");
}

TEST(Cause, AJitteredTickFiresLaterAndNotBefore) {
  EXPECT_FALSE(rehearsed(nightly("latest", "1h"),
                         "source: schedule\nat: 2026-07-01T01:00:00Z\nnow: 2026-07-01T01:00:00Z\n")
                   .starts);
  EXPECT_TRUE(rehearsed(nightly("latest", "1h"), "source: schedule\nat: 2026-07-01T01:00:00Z\n").starts);
}

TEST(Cause, NoRunStartsWhoseLabelsCanNotBeRendered) {
  const Rehearsed out = rehearsed(
      "name: w\non: {github: push}\nlabels: {x: '${ fromJSON(event.ref) }'}\nsteps: [{type: noop}]\n",
      "event: {ref: '{'}\n");
  EXPECT_FALSE(out.starts);
  EXPECT_TRUE(out.trigger.starts_with("github push: ")) << out.trigger;
  EXPECT_TRUE(out.trigger.contains("fromJSON()")) << out.trigger;
}

TEST(Cause, StepsOfAForksRunGetNoSecrets) {
  const std::string workflow =
      "name: w\non: {github: {events: pull_request.opened, forks: FORKS}}\n"
      "steps: [{key: a, type: echo, params: {token: '${ secrets.TOKEN }'}}]\n";
  const std::string fork =
      "event: {action: opened, pull_request: {head: {repo: {full_name: m/w}}, base: {repo: {full_name: "
      "a/w}}}}\n";
  const auto with = [&](std::string_view forks) {
    std::string out = workflow;
    return out.replace(out.find("FORKS"), 5, forks);
  };
  EXPECT_EQ(step(rehearsed(with("no-secrets"), fork), "a").error->error_class, run::ErrorClass::auth);
  EXPECT_EQ(rehearsed(with("approve"), fork).phase, run::RunPhase::completed);
}

}  // namespace
}  // namespace callboard::rehearsal
