#include <algorithm>

#include "deploy/rehearsal/rehearsal.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::rehearsal {
namespace {

using Lines = std::vector<std::string>;

void compare_text(const std::string& what, const std::optional<std::string>& expected,
                  const std::string& found, Lines& out) {
  if (expected && *expected != found) out.push_back(what + ": expected " + *expected + ", found " + found);
}

void compare_value(const std::string& what, const Value& expected, const Value& found, Lines& out) {
  if (write_canonical(expected) == write_canonical(found)) return;
  out.push_back(what + ": expected " + write_json(expected) + ", found " + write_json(found));
}

void compare_step(const ExpectedStep& expected, const StepEnd& found, Lines& out) {
  const std::string what = "step " + expected.key;
  compare_text(what, expected.state, found.state, out);
  if (expected.attempts && *expected.attempts != found.attempts) {
    out.push_back(what + ": expected " + std::to_string(*expected.attempts) + " attempts, found " +
                  std::to_string(found.attempts));
  }
  if (expected.result) compare_value(what + ".result", *expected.result, found.result, out);
  compare_text(what + ".error.class", expected.error_class,
               found.error ? std::string(to_string(found.error->error_class)) : "none", out);
}

/// Where the step ended, among all that happened; behind everything if it did not.
std::size_t end_place(const std::string& key, const std::vector<Happening>& happenings) {
  std::size_t place = happenings.size();
  for (std::size_t i = 0; i < happenings.size(); ++i) {
    if (happenings[i].step == key) place = i;
  }
  return place;
}

void compare_order(const std::vector<std::string>& order, const Rehearsed& rehearsed, Lines& out) {
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (end_place(order[i - 1], rehearsed.happenings) >= end_place(order[i], rehearsed.happenings))
      out.push_back("order: expected " + order[i - 1] + " to end before " + order[i]);
  }
}

}  // namespace

std::vector<std::string> find_differences(const Expected& expected, const Rehearsed& rehearsed) {
  Lines out;
  if (expected.starts && *expected.starts != rehearsed.starts)
    out.push_back(std::string("starts: expected ") + (*expected.starts ? "a run" : "none") + ": " +
                  rehearsed.trigger);
  if (expected.trigger && !rehearsed.trigger.contains(*expected.trigger))
    out.push_back("trigger: expected " + *expected.trigger + " in it, found " + rehearsed.trigger);
  if (expected.idempotency_key)
    compare_text("idempotencyKey", expected.idempotency_key, rehearsed.idempotency_key.value_or("none"), out);
  if (!rehearsed.starts) return out;
  compare_text("state", expected.state, std::string(run::to_string(rehearsed.phase)), out);
  for (const ExpectedStep& step : expected.steps) {
    const auto found = std::ranges::find(rehearsed.steps, step.key, &StepEnd::key);
    if (found == rehearsed.steps.end()) {
      out.push_back("steps." + step.key + ": expected such an item, found none");
    } else {
      compare_step(step, *found, out);
    }
  }
  compare_order(expected.order, rehearsed, out);
  if (expected.outputs) {
    for (const auto& member : expected.outputs->as_object()) {
      const std::string name(member.key().data(), member.key().size());
      const Value* const found = find(&rehearsed.outputs, name);
      compare_value("outputs." + name, member.value(), found == nullptr ? Value() : *found, out);
    }
  }
  const std::string error = rehearsed.error ? rehearsed.error->message : "none";
  if (expected.error && !error.contains(*expected.error))
    out.push_back("error: expected " + *expected.error + " in it, found " + error);
  return out;
}

}  // namespace callboard::rehearsal
