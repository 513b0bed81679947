#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "loadtest/restart.hpp"
#include "loadtest/run_check.hpp"
#include "loadtest/scenarios.hpp"
#include "loadtest/workflows.hpp"
#include "shared/value/read.hpp"

namespace callboard::loadtest {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kTimers = 100'000;
constexpr std::size_t kStarters = 8;
constexpr std::size_t kReaders = 32;
constexpr auto kIdle = 2s;
constexpr auto kWithin = 60s;
constexpr auto kBeforeTheFirst = 8s;  // when the memory of what is armed is read

double tenths(double value) { return std::round(value * 10) / 10; }

/// What became of the timers.
struct Timers {
  double seconds_to_start = 0;
  double seconds_to_folded = 0;
  Memory idle, armed;
  LoadResult part;  // latency_ms: from the time that a timer stood on to the commit of what it led to
};

/// From the due time to the close, in milliseconds; nothing if the run is not completed.
std::optional<double> find_delay(std::string_view body) {
  const auto run = read_json(body, 2 * limits::kJsonDepth);
  if (!run || find_text(&*run, "state") != "completed") return std::nullopt;
  const auto created = parse_time(find_text(&*run, "createdAt"));
  const auto closed = parse_time(find_text(&*run, "closedAt"));
  if (!created || !closed) return std::nullopt;
  return static_cast<double>((*closed - *created - kTimerNap).count()) / 1e3;
}

/// Every run, and by how much it was late. One that is early is wrong.
LoadResult read_delays(const Target& target, const std::vector<KeptRun>& runs) {
  std::vector<double> delays;
  Load load;
  load.target = target;
  load.connections = kReaders;
  load.requests = runs.size();
  load.make_request = [&](std::size_t i) {
    return format_request(target, "GET", "/api/runs/" + runs[i].id, "", "");
  };
  load.check = [&](std::size_t, int status, std::string_view body) {
    const auto delay = status == 200 ? find_delay(body) : std::nullopt;
    if (delay) delays.push_back(*delay);
    return delay && *delay >= 0;
  };
  LoadResult part = drive(load);
  std::ranges::sort(delays);
  part.latency_ms = std::move(delays);
  return part;
}

double open_runs(const StackUnderTest& stack) { return read_series(stack.target(), "callboard_open_runs"); }

/// The dispatcher is killed once all are armed; the next one has them all in hand before the first is due.
Result<void> restart(const StackUnderTest& stack, std::size_t count, Timers& timers) {
  const auto replaced = replace_dispatcher(stack);
  if (!replaced) return std::unexpected(replaced.error());
  const bool folded =
      wait_until([&] { return is_ready(stack.target()) && open_runs(stack) >= static_cast<double>(count); },
                 kWithin, 20ms);
  timers.seconds_to_folded = seconds_since(*replaced);
  if (folded) return {};
  return fail(ErrorCode::internal, "the new dispatcher does not have all the runs after 60 s");
}

Result<Timers> measure(StackUnderTest& stack, std::size_t count, const Progress& progress) {
  const auto workflow = register_workflow(stack.target(), timers_workflow());
  if (!workflow) return std::unexpected(workflow.error());
  Timers timers;
  std::this_thread::sleep_for(kIdle);
  timers.idle = stack.memory();
  progress("arming timers");
  const auto begun = SteadyClock::now();
  KeptRuns kept({.target = stack.target(),
                 .workflow = *workflow,
                 .in_flight = kStarters,
                 .most = count,
                 .await_close = false});
  if (!kept.wait_over(kTimerNap - kBeforeTheFirst - kWithin))
    return fail(ErrorCode::internal, "not all runs were accepted in time: " + kept.refused().first);
  timers.seconds_to_start = seconds_since(begun);
  progress("the dispatcher is killed");
  if (auto done = restart(stack, count, timers); !done) return std::unexpected(done.error());
  progress("waiting for the first");
  std::this_thread::sleep_until(begun + kTimerNap - kBeforeTheFirst);
  timers.armed = stack.memory();
  progress("the timers are due");
  if (!wait_until([&] { return open_runs(stack) == 0; }, kTimerNap + kWithin, 100ms))
    return fail(ErrorCode::internal, "runs are still open a minute after their time");
  progress("reading every run");
  timers.part = read_delays(stack.target(), kept.runs());
  return timers;
}

}  // namespace

Result<Report> measure_timers(const Options& options, const Progress& progress) {
  const std::size_t count = options.runs > 0 ? options.runs : kTimers;
  progress("starting a stack of its own");
  const auto under_test = StackUnderTest::start(options);
  if (!under_test) return std::unexpected(under_test.error());
  auto timers = measure(**under_test, count, progress);
  if (!timers) return std::unexpected(timers.error());
  Report report = summarize(options, 1, {std::move(timers->part)});
  report.idle = timers->idle;
  report.after = (*under_test)->memory();
  const double armed = timers->armed.dispatcher - timers->idle.dispatcher;
  report.own["timers"] = count;
  report.own["armed_mb"] = tenths(armed);
  report.own["seconds_to_folded"] = tenths(timers->seconds_to_folded);
  report.own_text = fmt::format(
      "{:<10} {} timers armed in {:.1f} s, all in hand {:.1f} s after the kill of the dispatcher; its memory "
      "{:.1f} MiB above idle before the first was due\n",
      "", count, timers->seconds_to_start, timers->seconds_to_folded, armed);
  return report;
}

}  // namespace callboard::loadtest
