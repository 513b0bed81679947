#include "deploy/authoring/difference.hpp"

#include <gtest/gtest.h>

#include "shared/value/write.hpp"

namespace callboard::authoring {
namespace {

const std::string kOld =
    "name: w\non: {github: [push]}\ninputs: {a: {type: string}}\nsteps:\n"
    "  - {key: one, type: echo, params: {n: 1}}\n"
    "  - {key: two, type: noop, dependsOn: [one]}\n"
    "  - {key: three, type: noop, dependsOn: [two]}\n";

/// A line each: kind path before after.
std::string changes(const std::string& before, const std::string& after) {
  const auto out = compare_versions(before, after);
  if (!out) return "invalid";
  std::string lines;
  for (const Change& change : out->changes) {
    lines += std::string(to_string(change.kind)) + " " + change.path;
    if (change.before) lines += " " + write_json(*change.before);
    if (change.after) lines += " " + write_json(*change.after);
    lines += "\n";
  }
  return lines;
}

TEST(Difference, LayoutCommentsAndTheOrderOfFieldsDoNotMatter) {
  const std::string moved =
      "# a comment\nname: \"w\"\ninputs: {a: {type: string}}\n'on':\n  github:\n    - push\nsteps:\n"
      "  - type: echo\n    key: one\n    params: {n: 1}\n"
      "  - {key: two, type: noop, dependsOn: one}\n  - {key: three, dependsOn: [two], type: noop}\n";
  EXPECT_EQ(changes(kOld, moved), "");
}

TEST(Difference, StepsStandByKeyAndFieldByField) {
  const std::string other =
      "name: w\non: {github: [push, create]}\ninputs: {a: {type: string}, b: {type: number, required: "
      "true}}\nsteps:\n"
      "  - {key: three, type: noop, dependsOn: [one]}\n"
      "  - {key: one, type: echo, params: {n: 2}}\n"
      "  - {key: four, type: noop, dependsOn: [one]}\n";
  EXPECT_EQ(changes(kOld, other),
            "changed on.github [\"push\"] [\"push\",\"create\"]\n"
            "added inputs.b {\"type\":\"number\",\"required\":true}\n"
            "changed steps.one.params.n 1 2\n"
            "removed steps.two {\"type\":\"noop\"}\n"
            "changed steps.three.dependsOn [\"two\"] [\"one\"]\n"
            "added steps.four {\"type\":\"noop\"}\n");
  const auto out = compare_versions(kOld, other);
  ASSERT_TRUE(out);
  EXPECT_NE(out->old_hash, out->new_hash);
  EXPECT_EQ(out->changes[1].meaning, "who starts a run must give it");
  EXPECT_EQ(out->changes[3].meaning, "a run that has begun it can't be moved to the new version");
  EXPECT_NE(out->changes[4].meaning, "");
}

TEST(Difference, SaysThatARunKeepsTheGroupItWasMadeWith) {
  const std::string steps = "steps: [{key: a, type: noop}]\n";
  const auto out = compare_versions("name: w\nconcurrency: {group: g, timeout: 1h}\n" + steps,
                                    "name: w\nconcurrency: {group: h, timeout: 2h}\n" + steps);
  ASSERT_TRUE(out);
  ASSERT_EQ(out->changes.size(), 2u);
  EXPECT_EQ(out->changes[0].meaning, "for runs that are made from now on: one that is moved keeps its own");
  EXPECT_EQ(out->changes[1].path, "concurrency.timeout");
  EXPECT_EQ(out->changes[1].meaning, "");
}

TEST(Difference, TheOrderOfAPlainListIsWhatItsStepsWaitFor) {
  const std::string one = "name: w\nsteps:\n  - {name: a, type: noop}\n  - {name: b, type: noop}\n";
  const std::string other = "name: w\nsteps:\n  - {name: b, type: noop}\n  - {name: a, type: noop}\n";
  EXPECT_EQ(changes(one, other),
            "changed steps.a.dependsOn [] [\"b\"]\nchanged steps.b.dependsOn [\"a\"] []\n");
}

TEST(Difference, TellsWhichVersionIsInvalid) {
  const auto out = compare_versions(kOld, "name: w\n");
  ASSERT_FALSE(out);
  EXPECT_FALSE(out.error().is_old);
  EXPECT_FALSE(out.error().problems.empty());
  EXPECT_TRUE(compare_versions("{", kOld).error().is_old);
}

}  // namespace
}  // namespace callboard::authoring
