#include <gtest/gtest.h>

#include "shared/value/write.hpp"
#include "shared/workflow/compile.hpp"
#include "shared/workflow/tree.hpp"
#include "tests/unit/workflow/asked.hpp"

// What the published schema refuses as the validator does, and what it must let through as well.
namespace callboard::workflow {
namespace {

/// A file with what stands there; a name and a step where it has none.
Document whole(std::string text) {
  std::string file = text;
  if (!("\n" + text).contains("\nname:")) file = "name: w\n" + file;
  if (!("\n" + text).contains("\nsteps:")) file += "\nsteps: [{type: noop}]";
  const auto tree = read_yaml(file + "\n");
  EXPECT_TRUE(tree) << text;
  return {std::move(text), tree ? to_value(*tree) : Value()};
}

void expect_refused(const std::vector<Document>& documents) {
  const std::vector<bool> said = ask_validator(documents);
  ASSERT_EQ(said.size(), documents.size());
  for (std::size_t i = 0; i < said.size(); ++i) {
    EXPECT_FALSE(compile(write_json(documents[i].value))) << documents[i].name;
    EXPECT_FALSE(said[i]) << documents[i].name;
  }
}

void expect_accepted(const std::vector<Document>& documents) {
  const std::vector<bool> said = ask_validator(documents);
  ASSERT_EQ(said.size(), documents.size());
  for (std::size_t i = 0; i < said.size(); ++i) {
    const auto made = compile(write_json(documents[i].value));
    EXPECT_TRUE(made) << documents[i].name << (made ? "" : to_string(made.error(), "w"));
    EXPECT_TRUE(said[i]) << documents[i].name;
  }
}

TEST(WorkflowSchema, RefusesStepsAsTheValidatorDoes) {
  std::vector<Document> documents;
  for (const char* steps :
       {"[]",
        "{}",
        "[{}]",
        "[{type: nope}]",
        "[{type: noop, unheardOf: 1}]",
        "[{type: noop, key: 1a}]",
        "[{type: http}]",
        "[{type: http, params: {}}]",
        "[{type: http, params: {url: x, metod: GET}}]",
        "[{type: http, params: {url: x, json: 1, body: x}}]",
        "[{type: shell}]",
        "[{type: shell, params: {run: x, argv: [x]}}]",
        "[{type: shell, params: {argv: []}}]",
        "[{type: claude, params: {prompt: x}}]",
        "[{provider: claude, model: m}]",
        "[{provider: nope, model: m, params: {prompt: x}}]",
        "[{type: claude, params: {provider: openai, model: m, prompt: x}}]",
        "[{provider: claude, params: {provider: openai, model: m, prompt: x}}]",
        "[{type: claude, provider: openai, model: m, params: {prompt: x}}]",
        "[{type: noop, model: m}]",
        "[{type: noop, timeout: 0s}]",
        "[{type: noop, timeout: soon}]",
        "[{type: noop, maxParallel: 2}]",
        "[{type: noop, retry: {maxAttempts: 0}}]",
        "[{type: noop, retry: {on: [nope]}}]",
        "[{type: noop, undo: {type: nope}}]",
        "[{type: noop, undo: {type: http}}]",
        "[{type: noop, dependsOn: [1a]}]",
        "[{type: noop, dependsOn: a b}]",
        "[{uses: a b}]",
        "[{uses: a}]",
        "[{type: noop, runsOn: linux gpu}]",
        "[{type: noop, runsOn: [linux, \"\"]}]",
        "[{type: noop, idleTimeout: 1s}]",
        "[{type: noop, onLost: ask}]",
        "[{type: noop, effect: none, onLost: ask}]",
        "[{type: http, params: {url: x, method: POST}, effect: idempotent, onLost: ask}]",
        "[{type: noop, forEach: [\"${ inputs.a }\"]}]",
        "[{type: noop, forEach: {a: [{b: \"${ inputs.a }\"}]}}]",
        "[{type: fail, params: {message: x, class: nope}}]",
        "[{type: sleep, params: {for: 1s, until: x}}]",
        "[{type: sleep, params: {until: soon}}]",
        "[{type: sleep, params: {for: 1s}, effect: once}]",
        "[{type: sleep, params: {for: 1s}, runsOn: linux}]",
        "[{type: sleep, params: {for: 1s}, priority: 1}]",
        "[{type: sleep, params: {for: 1s}, queueTimeout: 1s}]",
        "[{type: sleep, params: {for: 1s}, throttle: {limit: 1, per: 1s}}]",
        "[{type: sleep, params: {for: 1s}, retry: {maxAttempts: 2}}]",
        "[{type: sleep, params: {for: 1s}, timeout: 5s}]",
        "[{type: sleep, params: {for: 1s}, idleTimeout: 5s}]",
        "[{type: continueAs, timeout: 5s}]",
        "[{type: continueAs, forEach: [1]}]",
        "[{type: approval, params: {approvers: [a, a]}}]",
        "[{key: a, type: workflow, params: {workflow: x}, retry: {until: steps.a.result}}]",
        "[{type: workflow, params: {workflow: \"!\"}}]",
        "[{type: noop, undo: {type: sleep, params: {for: 1s}, retry: {}}}]",
        "[{type: wait, params: {}}]",
        "[{type: wait, params: {signal: a b}}]",
        "[{type: wait, params: {until: soon}}]",
        "[{type: wait, params: {anyOf: [{signal: a, until: 2026-01-31T08:00:00Z}]}}]",
        "[{type: wait, params: {anyOf: [{}]}}]",
        "[{type: wait, params: {signal: a, since: 10m}}]",
        "[{type: wait, params: {anyOf: [{signal: a}], since: 10m}}]",
        "[{type: wait, params: {event: {github: push}, since: soon}}]",
        "[{type: wait, params: {signal: approval.w}}]",
        "[{type: wait, params: {anyOf: [{signal: approval.w}]}}]",
        "[{type: wait, params: {event: {if: event.a}}}]",
        "[{type: wait, params: {event: {github: push, linear: Issue}}}]",
        "[{type: wait, params: {anyOf: [{event: {github: push, paths: [\"\"]}}]}}]"}) {
    documents.push_back(whole("steps: " + std::string(steps)));
  }
  expect_refused(documents);
}

TEST(WorkflowSchema, RefusesTriggersAsTheValidatorDoes) {
  std::vector<Document> documents;
  for (const char* on :
       {"{github: pull request}",
        "{github: [a.b.c]}",
        "{github: 2nd}",
        "{github: issues.a-b}",
        "{github: repository_dispatch.a b}",
        "{linear: repository_dispatch.a-b}",
        "{github: push.created}",
        "{github: {events: [pull request]}}",
        "{github: {events: push, branches: a, branchesIgnore: b}}",
        "{github: [{events: push, tags: a, tagsIgnore: b}]}",
        "{github: {events: push, paths: a, pathsIgnore: b}}",
        "{github: {events: pull_request, paths: a}}",
        "{github: {events: [push, pull_request.opened], pathsIgnore: a}}",
        "{github: {events: issues, branches: a}}",
        "{github: {events: release, branchesIgnore: a}}",
        "{github: {events: pull_request, tags: a}}",
        "{github: {events: push, labels: a}}",
        "{github: {events: push, branches: refs/heads/main}}",
        "{github: {events: push, tags: [\"!refs/tags/v1\"]}}",
        "{github: {events: push, branches: [\"!main\"]}}",
        "{github: {events: push, branches: \"!main\"}}",
        "{github: {events: push, branches: \"\"}}",
        "{github: {events: push, branches: [\"?\"]}}",
        "{github: {events: push, branches: [\"[a\"]}}",
        "{github: {events: push, branches: [\"a++\"]}}",
        "{github: {events: push, branches: [\"[]\"]}}",
        "{github: {events: push, paths: [\"a\\\\b\"]}}",
        "{linear: Issue create}",
        "{linear: {events: Comment, labels: bug}}",
        "{workflow: \"!\"}",
        "{workflow: .completed}",
        "{workflow: {events: [\"!.failed\"]}}",
        "{schedule: \"0 3 * *\"}",
        "{schedule: \"@often\"}",
        "{schedule: [{cron: \"0 3 * * * * *\"}]}",
        "{schedule: {cron: \"@daily\", jitter: soon}}",
        "{schedule: {cron: \"@daily\", jitter: 1}}",
        "{schedule: [\"@daily\", \"@daily\"]}",
        "{webhook: {path: a/b, secret: A_SECRET}}",
        "{webhook: {path: .a, secret: A_SECRET}}",
        "{webhook: {path: a}}",
        "{webhook: {path: a, scheme: hmac}}",
        "{webhook: {path: a, scheme: bearer}}",
        "{webhook: {path: a, secret: hunter2}}",
        "{webhook: {path: a, secret: PATH}}",
        "{webhook: {path: a, secret: CALLBOARD_TOKEN}}",
        "{webhook: {path: a, scheme: none, secret: A_SECRET}}",
        "{webhook: {path: a, scheme: none, header: X-A}}",
        "{webhook: {path: a, scheme: none, prefix: x}}",
        "{webhook: {path: a, secret: A_SECRET, header: a b}}",
        "{webhook: {path: a, secret: A_SECRET, idempotencyHeader: a b}}",
        "{webhook: {path: a, secret: A_SECRET, schema: false}}",
        "{webhook: {path: a, secret: A_SECRET, schema: {type: array}}}",
        "{webhook: {path: a, secret: A_SECRET, schema: {type: [array, string]}}}",
        "{webhook: {path: a, secret: A_SECRET, schema: {nope: 1}}}",
        "{webhook: {path: a, secret: A_SECRET, schema: {properties: {a: {minLength: -1}}}}}"}) {
    documents.push_back(whole("on: " + std::string(on)));
  }
  std::string many = "on: {github: {events: push, branches: [";
  for (int i = 0; i < 101; ++i) many += "a, ";
  documents.push_back(whole(many + "a]}}"));
  expect_refused(documents);
}

TEST(WorkflowSchema, RefusesHeadsAsTheValidatorDoes) {
  std::vector<Document> documents;
  for (const char* text : {"name: 0198c2f0-1111-7000-8000-0123456789ab",
                           "name: \" 0198C2F0 1111 7000 8000 0123456789AB!\"",
                           "on: {github: push}\ndebounce: {for: 1s}\nbatch: {size: 2, for: 1s}",
                           "on: {manual: true}\ndebounce: {for: 1s}",
                           "batch: {size: 2, for: 1s}",
                           "cancelOn: [{if: event.a}]",
                           "cancelOn: {}",
                           "cancelOn: {github: push, linear: Issue}",
                           "cancelOn: {github: push.created}",
                           "cancelOn: {github: push, branches: a, branchesIgnore: b}",
                           "cancelOn: {github: pull_request.closed, paths: a}",
                           "cancelOn: {linear: Issue, branches: a}",
                           "cancelOn: {linear: Comment, labels: a}",
                           "cancelOn: {webhook: a, actors: a}",
                           "cancelOn: {workflow: a, bots: true}",
                           "cancelOn: {webhook: a/b}",
                           "cancelOn: [{workflow: .failed}]",
                           "groups: {g: {steps: [{key: with, type: noop}]}}",
                           "groups: {g: {inputs: {a: {type: string, default: 1}}, steps: [{type: noop}]}}",
                           "finally: [{type: noop, undo: {type: noop}}]",
                           "outputTypes: {a: {type: string}}",
                           "finally: [{uses: a}]",
                           "outputs: {a: b}\noutputTypes: {a: {type: string, schema: {type: string}}}",
                           "inputs: {a: {type: string, schema: {type: string}}}",
                           "inputs: {a: {enum: [a], schema: {type: string}}}",
                           "inputs: {a: {enum: []}}",
                           "inputs: {a: {type: integer, default: x}}",
                           "inputs: {a: {type: integer, default: 1.5}}",
                           "inputs: {a: {default: 1}}",
                           "inputs: {a: {type: boolean, enum: [1]}}",
                           "inputs: {a: {type: number, multipleOf: 0}}",
                           "inputs: {a: {anyOf: []}}",
                           "inputs: {a: {anyOf: [1]}}",
                           "inputs: {a: {not: 1}}",
                           "inputs: {a: {type: array, items: 1}}",
                           "inputs: {a: {type: array, items: {type: text}}}",
                           "inputs: {a: {type: object, properties: {b: {requird: [c]}}}}",
                           "inputs: {a: {schema: {$ref: \"https://example.org\"}}}",
                           "inputs: {a: {schema: {type: []}}}",
                           "inputs: {a: {schema: {required: a}}}"}) {
    documents.push_back(whole(text));
  }
  expect_refused(documents);
}

TEST(WorkflowSchema, AcceptsWhatLooksLikeAFaultAndIsNone) {
  std::vector<Document> documents;
  for (
      const char* text :
      {"name: 0198c2f0-1111-7000-8000-0123456789abc",
       "name: x-0198c2f0-1111-7000-8000-0123456789ab",
       "timeout: .5h",
       "timeout: 1.m",
       "on: {webhook: {path: a..b-_, secret: A_B2_KEY, header: X_a, schema: {type: [object, \"null\"]}}}",
       "on: {webhook: {path: a, scheme: none, schema: true}}",
       "on: {github: {events: [push, create], branches: [main, \"!main\", \"[a-z0-9]+/**\", \"\\\\[x\\\\]\", "
       "\"]\", \"ä?\"], tagsIgnore: [\"!v*\"], bots: true}}\nbatch: {size: 1, for: 1s}",
       "on: {github: [push, {events: pull_request_review.submitted, branches: a, labels: b, forks: refuse}]}",
       "on: {github: something_new.happened}",
       "on: {github: [projects_v2.closed, projects_v2_item, repository_dispatch.deploy-prod]}",
       "cancelOn: {github: [projects_v2_status_update.edited, repository_dispatch.v1.2]}",
       "on: {github: {events: push, paths: [refs/a, \"**/*.md\"]}}",
       "on: {linear: [{events: [Issue.create, Issue], labels: bug, actors: a}]}",
       "on: {workflow: [Nightly Build.completed, completed, ..failed]}\ndebounce: {for: 1s, max: 2s}",
       "on: {schedule: [\"@daily\", \" 0\\t3 * * MON#1 \", {cron: \"0 0 3 * * *\", jitter: 0s}, {cron: "
       "\"@daily\", timezone: Europe/Paris}]}",
       "cancelOn: [{github: [push], branches: a, tags: b, paths: c}, {linear: Issue, labels: a}, {webhook: "
       "a}, {workflow: a, if: event.a}]",
       "outputTypes: {}",
       "inputs: {a: {required: true}, b: {enum: [1], default: 1}, c: {type: number, default: 2}, d: {schema: "
       "{type: integer}, default: 3, description: x}, e: {type: integer, default: 1.0}}",
       "inputs: {a: {schema: {$id: x, $defs: {b: {required: [], default: {type: nope}}}, $ref: "
       "\"#/$defs/b\"}}}",
       "steps: [{type: noop, params: {for: \"${ inputs.a }\"}, effect: once, onLost: ask}]\ninputs: {a: {}}",
       "steps: [{type: http, params: {url: x, method: POST}, onLost: fail, idleTimeout: 1s}]",
       "steps: [{type: claude, provider: anthropic, params: {provider: claude, model: m, prompt: x}}]",
       "steps: [{type: provider, params: {provider: \"${ inputs.a }\", model: m, prompt: x}}]\ninputs: {a: "
       "{}}",
       "steps: [{type: noop, forEach: [1, $, \"{\", {a: {b: $}}], runsOn: [linux, gpu]}]",
       "steps: [{type: noop, forEach: \"${ inputs.a }\"}]\ninputs: {a: {type: array}}",
       "steps: [{key: a, type: sleep, params: {until: \"2026-01-31t08:00:00+01:00\"}}, {type: noop, "
       "dependsOn: a}, {type: noop, dependsOn: []}]",
       "steps: [{type: sleep, params: {until: \"${ inputs.a }\"}, forEach: [1]}]\ninputs: {a: {}}",
       "steps: [{type: approval, params: {approvers: [\"${ inputs.a }\", \"${ inputs.a }\"]}, timeout: "
       "1h}]\ninputs: {a: {}}",
       "steps: [{type: workflow, params: {workflow: x}, retry: {maxAttempts: 2}, timeout: 1h}]",
       "steps: [{type: workflow, params: {workflow: \"${ inputs.a }\"}}]\ninputs: {a: {}}",
       "steps: [{type: wait, params: {signal: \"${ inputs.a }\"}, timeout: 1h}]\ninputs: {a: {}}",
       "steps: [{type: wait, params: {event: {github: push, tags: a}, since: \"${ inputs.a }\"}}]\ninputs: "
       "{a: {}}",
       "steps: [{type: wait, params: {anyOf: [{event: {linear: Issue}}, {until: 2026-01-31 08:00:00Z}], "
       "since: 1h30m}}]",
       "steps: [{uses: g, with: {a: x}}]\ngroups: {g: {inputs: {a: {}}, steps: [{key: a, type: noop, undo: "
       "{type: noop, retry: {}}}]}}\nfinally: [{key: with, type: noop}]"}) {
    documents.push_back(whole(text));
  }
  expect_accepted(documents);
}

}  // namespace
}  // namespace callboard::workflow
