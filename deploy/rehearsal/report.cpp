#include "deploy/rehearsal/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shared/base/text.hpp"
#include "shared/value/write.hpp"

namespace callboard::rehearsal {
namespace {

constexpr std::size_t kShownBytes = 120;  // of a value that an expression read

double seconds(Micros after) { return std::chrono::duration<double>(after).count(); }

boost::json::string_view as_json(std::string_view text) { return {text.data(), text.size()}; }

std::string shown(const Value& value) {
  const std::string text = write_json(value);
  return text.size() <= kShownBytes ? text : text.substr(0, kShownBytes) + "…";
}

std::string line_of(Micros after, std::size_t width, const std::string& step, const std::string& rest) {
  return fmt::format("+{:.3f} s  {:<{}}  {}\n", seconds(after), printable(step), width, rest);
}

std::string told(const Verdict& verdict) {
  std::string out = "if " + verdict.expression + " is ";
  out += verdict.problem.empty() ? (verdict.holds ? "true" : "false") : "no answer: " + verdict.problem;
  for (std::size_t i = 0; i < verdict.reads.size(); ++i)
    out += (i == 0 ? ": " : ", ") + verdict.reads[i].text + " = " + shown(verdict.reads[i].value);
  return printable(out);
}

Value error_of(const run::StepError& error) {
  return Object{{"class", as_json(to_string(error.error_class))}, {"message", error.message}};
}

Array verdicts_of(const Rehearsed& rehearsed) {
  Array out;
  for (const Verdict& verdict : rehearsed.verdicts) {
    Array reads;
    for (const auto& read : verdict.reads)
      reads.push_back(Object{{"name", read.text}, {"value", read.value}});
    Object each{{"step", verdict.step}, {"if", verdict.expression}, {"holds", verdict.holds}};
    if (!verdict.problem.empty()) each["problem"] = verdict.problem;
    each["reads"] = std::move(reads);
    out.push_back(std::move(each));
  }
  return out;
}

Array steps_of(const Rehearsed& rehearsed) {
  Array out;
  for (const StepEnd& step : rehearsed.steps) {
    Object each{
        {"key", step.key}, {"state", step.state}, {"attempts", step.attempts}, {"result", step.result}};
    each["error"] = step.error ? error_of(*step.error) : Value();
    out.push_back(std::move(each));
  }
  return out;
}

Array events_of(const Rehearsed& rehearsed) {
  Array out;
  for (const Happening& happening : rehearsed.happenings) {
    Object each{{"seconds", seconds(happening.after)}};
    each["step"] = happening.step.empty() ? Value() : Value(happening.step);
    each["what"] = happening.what;
    each["detail"] = happening.detail;
    out.push_back(std::move(each));
  }
  return out;
}

/// The verdict of a step stands before the first thing that happened to it.
std::string timeline_of(const Rehearsed& rehearsed) {
  std::size_t width = 3;
  for (const StepEnd& step : rehearsed.steps) width = std::max(width, step.key.size());
  std::string out;
  std::vector<Verdict> left = rehearsed.verdicts;
  for (const Happening& happening : rehearsed.happenings) {
    const std::string name = happening.step.empty() ? "run" : happening.step;
    const auto verdict = std::ranges::find(left, happening.step, &Verdict::step);
    if (verdict != left.end()) {
      out += line_of(verdict->after, width, name, told(*verdict));
      left.erase(verdict);
    }
    out += line_of(happening.after, width, name,
                   printable(happening.what + (happening.detail.empty() ? "" : "  " + happening.detail)));
  }
  for (const Verdict& verdict : left) out += line_of(verdict.after, width, verdict.step, told(verdict));
  return out;
}

std::string key_line_of(const Rehearsed& rehearsed) {
  if (!rehearsed.idempotency_key) return "";
  if (rehearsed.idempotency_key->empty()) return "idempotency key: none in the payload\n";
  return "idempotency key: " + printable(*rehearsed.idempotency_key) + "\n";
}

}  // namespace

std::string to_text(const Rehearsed& rehearsed) {
  const std::string key = key_line_of(rehearsed);
  if (!rehearsed.starts) return "no run: " + printable(rehearsed.trigger) + "\n" + key;
  std::string out = "a run: " + printable(rehearsed.trigger) + "\n" + key + timeline_of(rehearsed);
  for (const StepEnd& step : rehearsed.steps)
    out += "  " + printable(step.key) + ": " + step.state +
           (step.attempts > 1 ? " after " + std::to_string(step.attempts) + " attempts" : "") + "\n";
  out +=
      fmt::format("the run is {} after {:.3f} s\n", run::to_string(rehearsed.phase), seconds(rehearsed.took));
  for (const std::string& wait : rehearsed.waits_for) out += "waits for " + printable(wait) + "\n";
  if (rehearsed.error) out += "error: " + printable(rehearsed.error->message) + "\n";
  if (rehearsed.phase == run::RunPhase::completed)
    out += "outputs: " + printable(write_json(rehearsed.outputs)) + "\n";
  return out;
}

Value to_value(const Rehearsed& rehearsed) {
  Object out{{"starts", rehearsed.starts}, {"trigger", rehearsed.trigger}};
  if (rehearsed.idempotency_key) out["idempotencyKey"] = *rehearsed.idempotency_key;
  if (!rehearsed.starts) return out;
  out["state"] = as_json(run::to_string(rehearsed.phase));
  out["seconds"] = seconds(rehearsed.took);
  out["steps"] = steps_of(rehearsed);
  out["conditions"] = verdicts_of(rehearsed);
  out["events"] = events_of(rehearsed);
  out["outputs"] = rehearsed.outputs;
  out["error"] = rehearsed.error ? error_of(*rehearsed.error) : Value();
  Array waits;
  for (const std::string& wait : rehearsed.waits_for) waits.push_back(Value(wait));
  out["waitsFor"] = std::move(waits);
  return out;
}

}  // namespace callboard::rehearsal
