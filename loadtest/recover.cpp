#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "loadtest/faults.hpp"
#include "loadtest/findings.hpp"
#include "loadtest/recovery_time.hpp"
#include "loadtest/run_check.hpp"
#include "loadtest/workflows.hpp"
#include "shared/value/read.hpp"

namespace callboard::loadtest {
namespace {

using namespace std::chrono_literals;

constexpr auto kWarmUp = 3s;
constexpr auto kSettle = 1s;       // between two faults, beside the load before the second
constexpr auto kBackWithin = 60s;  // after what is held was let go
constexpr auto kOverWithin = 60s;  // for the last runs, at the end
constexpr auto kLook = 100ms;

double seconds_since(SteadyTime from) {
  return std::chrono::duration<double>(SteadyClock::now() - from).count();
}

bool is_wanted(const Options& options, std::string_view fault) {
  return options.faults.empty() || std::ranges::find(options.faults, fault) != options.faults.end();
}

FaultLine describe(const Fault& fault, double before, std::optional<double> back) {
  FaultLine line{.fault = std::string(fault.name), .measured = {}, .text = {}};
  line.measured["seconds_to_90"] = back ? Value(std::round(*back * 10) / 10) : Value(nullptr);
  if (fault.held_seconds > 0) line.measured["seconds_held"] = fault.held_seconds;
  line.measured["runs_per_s_before"] = std::round(before);
  line.text = back ? fmt::format("{:.1f} s until 90 % of {:.0f} runs/s", *back, before)
                   : fmt::format("not back at 90 % of {:.0f} runs/s", before);
  if (fault.held_seconds > 0) line.text += fmt::format(", frozen for {:.0f} s of it", fault.held_seconds);
  return line;
}

/// One fault in its own window: load, the fault, and until throughput is back. False: it did not come back.
Result<bool> measure_fault(Findings& findings, const Fault& fault, const StackUnderTest& stack,
                           const KeptRuns& kept, double seconds) {
  std::this_thread::sleep_for(kSettle);
  const auto begun = SteadyClock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const auto at = SteadyClock::now();
  const double before = static_cast<double>(kept.over_since(begun, at).size()) / seconds_since(begun);
  if (auto done = fault.inject(stack); !done) return std::unexpected(done.error());
  const auto until = SteadyClock::now() + kBackWithin;
  std::optional<double> back;
  while (!back && SteadyClock::now() < until) {
    std::this_thread::sleep_for(kLook);
    back = seconds_until_back(kept.over_since(at, at), before, seconds_since(at));
  }
  if (!back)
    note_error(findings,
               std::string(fault.name) + ": throughput did not come back, and no fault was tried after it");
  findings.lines.push_back(describe(fault, before, back));
  findings.rates_before.push_back(before);
  return back.has_value();
}

/// All the faults that are wanted, one after the other, on one stack whose runs are kept going.
Result<void> measure_under_load(Findings& findings, const Options& options, const std::vector<Fault>& wanted,
                                const Progress& progress) {
  progress("starting a stack of its own");
  auto started = StackUnderTest::start(options);
  if (!started) return std::unexpected(started.error());
  StackUnderTest& stack = **started;
  findings.idle = stack.memory();
  const auto workflow = register_workflow(stack.target(), chain_workflow(options.steps));
  if (!workflow) return std::unexpected(workflow.error());
  const Value sent = *read_json(payload());
  progress("warming up");
  const auto begun = SteadyClock::now();
  KeptRuns kept({.target = stack.target(),
                 .workflow = *workflow,
                 .inputs = "{\"payload\":" + payload() + "}",
                 .in_flight = options.concurrency,
                 .is_right = [&](std::string_view run) { return is_right(run, options.steps, sent); }});
  std::this_thread::sleep_for(kWarmUp);
  for (const Fault& fault : wanted) {
    progress(std::string(fault.name));
    const auto is_back = measure_fault(findings, fault, stack, kept, options.seconds);
    if (!is_back) return std::unexpected(is_back.error());
    if (!*is_back) break;
  }
  progress("waiting for the last runs");
  kept.stop_starting();
  findings.seconds = seconds_since(begun);
  kept.wait_over(kOverWithin);
  findings.after = stack.memory();
  progress("reading the history of every run");
  conclude(findings, stack, kept, *workflow, options.steps);
  return {};
}

Object list_own(const Findings& findings) {
  Object own;
  Array lines;
  for (const FaultLine& line : findings.lines) {
    Object shown;
    shown["fault"] = line.fault;
    for (const auto& [name, value] : line.measured) shown[name] = value;
    lines.push_back(std::move(shown));
  }
  own["faults"] = std::move(lines);
  own["runs_accepted"] = findings.audit.accepted;
  own["runs_finished"] = findings.audit.finished;
  own["runs_sleeping"] = findings.sleeping;
  own["lost"] = findings.lost;
  own["recorded_twice"] = findings.audit.recorded_twice;
  own["unasked"] = findings.audit.unasked;
  own["refused"] = findings.refused;
  own["histories_read"] = findings.audit.histories;
  return own;
}

Report make_report(const Options& options, Findings findings) {
  Report report;
  report.scenario = options.scenario;
  report.runs = findings.audit.accepted;
  report.steps = options.steps;
  report.seconds = findings.seconds;
  std::ranges::sort(findings.rates_before);
  if (!findings.rates_before.empty())
    report.runs_per_s = findings.rates_before[findings.rates_before.size() / 2];
  report.steps_per_s = report.runs_per_s * static_cast<double>(options.steps);
  std::ranges::sort(findings.latency_ms);
  report.p50 = percentile(findings.latency_ms, 0.5);
  report.p99 = percentile(findings.latency_ms, 0.99);
  report.most = findings.latency_ms.empty() ? 0 : findings.latency_ms.back();
  report.errors = findings.errors;
  report.first_error = findings.first_error;
  report.executed_twice = findings.executed_twice;
  report.may_repeat = true;
  report.idle = findings.idle;
  report.after = findings.after;
  report.own = list_own(findings);
  report.own_text =
      fmt::format("{:<10} {} runs accepted, {} finished, {} still sleep, {} lost, {} recorded twice\n", "",
                  findings.audit.accepted, findings.audit.finished, findings.sleeping, findings.lost,
                  findings.audit.recorded_twice);
  for (const FaultLine& line : findings.lines)
    report.own_text += fmt::format("{:<18} {}\n", line.fault, line.text);
  return report;
}

}  // namespace

Result<Report> measure_recover(const Options& options, const Progress& progress) {
  Findings findings;
  std::vector<Fault> wanted;
  std::ranges::copy_if(faults(), std::back_inserter(wanted),
                       [&](const Fault& fault) { return is_wanted(options, fault.name); });
  if (!wanted.empty()) {
    if (auto done = measure_under_load(findings, options, wanted, progress); !done)
      return std::unexpected(done.error());
  }
  if (is_wanted(options, kSlowChains)) {
    if (auto done = measure_slow_chains(findings, options, progress); !done)
      return std::unexpected(done.error());
  }
  if (is_wanted(options, kOpenRuns)) {
    if (auto done = measure_open_runs(findings, options, progress); !done)
      return std::unexpected(done.error());
  }
  return make_report(options, std::move(findings));
}

}  // namespace callboard::loadtest
