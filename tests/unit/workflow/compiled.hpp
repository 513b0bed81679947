#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "shared/value/write.hpp"
#include "shared/workflow/compile.hpp"

namespace callboard::workflow {

/// The workflow of a text that must be valid.
inline Compiled compiled(std::string_view text) {
  auto out = compile(text);
  EXPECT_TRUE(out) << (out ? "" : to_string(out.error(), "w.yaml"));
  return out ? *std::move(out) : Compiled();
}

/// A workflow with these steps, indented by two.
inline Compiled with_steps(std::string_view steps) {
  return compiled("name: w\nsteps:\n" + std::string(steps));
}

/// What is wrong with a text, a line each: line:column: field: message.
inline std::string problems(std::string_view text, Format format = Format::automatic) {
  const auto out = compile(text, format);
  return out ? "" : to_string(out.error(), "w");
}

inline const run::Step& step(const Compiled& from, std::string_view key) {
  const run::StepIndex at = from.graph.find(key);
  EXPECT_NE(at, run::kNoStep) << key;
  return from.graph.steps.at(at);
}

}  // namespace callboard::workflow
