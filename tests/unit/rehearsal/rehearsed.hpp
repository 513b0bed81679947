#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "deploy/rehearsal/rehearsal.hpp"
#include "shared/value/write.hpp"

namespace callboard::rehearsal {

/// A text of stubs that must be right.
inline Stubs stubs_of(std::string_view text) {
  if (text.empty()) return {};
  auto out = read_stubs(text);
  EXPECT_TRUE(out) << (out ? "" : workflow::to_string(out.error(), "stubs.yaml"));
  return out ? *std::move(out) : Stubs();
}

inline workflow::Compiled workflow_of(std::string_view text) {
  auto out = workflow::compile(text, workflow::Format::automatic, false);
  EXPECT_TRUE(out) << (out ? "" : workflow::to_string(out.error(), "w.yaml"));
  return out ? *std::move(out) : workflow::Compiled();
}

inline Rehearsed rehearsed(std::string_view workflow, std::string_view stubs = {}) {
  auto out = rehearse(workflow_of(workflow), stubs_of(stubs), *parse_time("2026-11-21T08:00:00Z"));
  EXPECT_TRUE(out) << (out ? "" : out.error().front().message);
  return out ? *std::move(out) : Rehearsed();
}

inline StepEnd step(const Rehearsed& from, std::string_view key) {
  const auto found = std::ranges::find(from.steps, key, &StepEnd::key);
  EXPECT_NE(found, from.steps.end()) << key;
  return found == from.steps.end() ? StepEnd() : *found;
}

}  // namespace callboard::rehearsal
