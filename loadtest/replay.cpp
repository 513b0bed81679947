#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "loadtest/replay_log.hpp"
#include "loadtest/scenarios.hpp"
#include "shared/run/fold.hpp"

namespace callboard::loadtest {
namespace {

using Wall = std::chrono::steady_clock;

constexpr int kParts = 3;
constexpr std::size_t kRuns = 10'000;  // of the log that is folded again and again: 97,000 events, 40 MB

double milliseconds(Wall::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

struct Part {
  LoadResult result;
  std::size_t events = 0;
  double events_per_s() const { return static_cast<double>(events) / result.seconds; }
};

Result<void> fold_run(const LoggedRun& logged) {
  run::RunState state = run::make_state(*logged.graph, logged.id);
  for (const run::Event& event : logged.events) {
    if (auto folded = run::fold(*logged.graph, state, event); !folded) return folded;
  }
  if (state.phase == run::RunPhase::completed) return {};
  return fail(ErrorCode::internal, "a run is not completed when all its events are folded");
}

/// Folds run after run, each from its first event, for so many seconds, and one at least.
Part fold_for(const ReplayLog& log, double seconds, std::size_t most) {
  Part part;
  const double begun = seconds_of_core();  // asking costs as much as an event: once a part
  const Wall::time_point first = Wall::now();
  Wall::time_point last = first;
  do {
    const LoggedRun& logged = log.runs[(part.result.done + part.result.errors) % log.runs.size()];
    const auto folded = fold_run(logged);
    const Wall::time_point now = Wall::now();
    part.result.latency_ms.push_back(milliseconds(now - last));
    last = now;
    part.events += logged.events.size();
    if (folded) {
      ++part.result.done;
    } else if (part.result.errors++ == 0) {
      part.result.first_error = folded.error().message;
    }
  } while (most > 0 ? part.result.done + part.result.errors < most
                    : milliseconds(last - first) < seconds * 1e3);
  part.result.seconds = seconds_of_core() - begun;
  std::ranges::sort(part.result.latency_ms);
  return part;
}

struct Folded {
  std::vector<LoadResult> parts;
  double events_per_s = 0;  // the median of the parts
};

/// A warm-up, then three parts.
Folded measure_log(const ReplayLog& log, double seconds, std::size_t most) {
  Folded folded;
  std::vector<double> rates;
  fold_for(log, seconds * 0.4, 0);
  for (int i = 0; i < kParts; ++i) {
    Part part = fold_for(log, seconds, most);
    rates.push_back(part.events_per_s());
    folded.parts.push_back(std::move(part.result));
  }
  std::ranges::sort(rates);
  folded.events_per_s = rates[rates.size() / 2];
  return folded;
}

}  // namespace

Result<Report> measure_replay(const Options& options, const Progress& progress) {
  progress("making the log");
  const auto short_runs = make_short_runs(kRuns);
  if (!short_runs) return std::unexpected(short_runs.error());
  const auto long_run = make_long_run();
  if (!long_run) return std::unexpected(long_run.error());
  progress("folding many runs");
  Folded many = measure_log(*short_runs, options.seconds, options.runs);
  progress("folding one run of 100,000 events");
  Folded one = measure_log(*long_run, options.seconds, 0);
  Report report = summarize(options, kShortRunSteps, std::move(many.parts));
  const Report of_one = summarize(options, 0, std::move(one.parts));
  report.errors += of_one.errors;
  if (report.first_error.empty()) report.first_error = of_one.first_error;
  const std::size_t events = long_run->runs.front().events.size();
  report.own["events_per_s"] = std::round(many.events_per_s);
  report.own["long_run"] = Object{{"events", events},
                                  {"seconds", std::round(of_one.p50) / 1e3},
                                  {"events_per_s", std::round(one.events_per_s)}};
  report.own_text =
      fmt::format("{:<10} {:>10.0f} events/s of many runs, {:.0f} of one of {} events ({:.0f} ms)\n", "",
                  many.events_per_s, one.events_per_s, events, of_one.p50);
  return report;
}

}  // namespace callboard::loadtest
