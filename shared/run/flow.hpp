#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/limits.hpp"
#include "shared/expression/template.hpp"

/// What a workflow says of how many of its runs there may be at once, and how many may begin in a time. Part
/// of the graph.
namespace callboard::run {

/// What becomes of a run that finds no place in its group.
enum class OnExcess : std::uint8_t {
  queue,    // it waits; the oldest goes first
  replace,  // older runs of the group are cancelled
  reject,   // it is cancelled itself
};
std::string_view to_string(OnExcess on_excess);
std::optional<OnExcess> parse_on_excess(std::string_view text);

/// `concurrency`: at most `limit` runs of a group at once, whichever workflows they are of.
struct Concurrency {
  expression::Text group;  // over event, inputs, run and vars; rendered when a run is made
  std::uint32_t limit = 1;
  OnExcess on_excess = OnExcess::queue;
  Micros timeout = limits::kPlaceTimeout;  // of the wait for a place
};

/// The group of one run, as it stands in its d/0.
struct Group {
  std::string name;
  std::uint32_t limit = 1;
  OnExcess on_excess = OnExcess::queue;

  friend bool operator==(const Group&, const Group&) = default;
};

/// `throttle` of a workflow or a step: at most `limit` runs, or attempts, with one key begin in any span of
/// `per`.
struct Throttle {
  std::optional<expression::Text> key;  // nothing: one for the workflow, or the step
  std::uint32_t limit = 1;
  Micros per{};
};

/// The throttle of one run or attempt, as it stands in the log: at no time have more than `limit` of this
/// name begun within `per`. A span has its beginning and not its end: one that began at t counts no more at t
/// + per.
struct Rate {
  std::string name;
  std::uint32_t limit = 1;
  Micros per{};

  friend bool operator==(const Rate&, const Rate&) = default;
};

}  // namespace callboard::run
