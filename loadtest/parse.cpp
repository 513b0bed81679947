#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "loadtest/scenarios.hpp"
#include "loadtest/workflows.hpp"
#include "shared/workflow/compile.hpp"

namespace callboard::loadtest {
namespace {

constexpr std::size_t kFiles = 1'000;
constexpr std::size_t kSteps = 10;

using Files = std::vector<std::string>;

Files make_files(std::string (*make)(std::size_t number)) {
  Files out;
  out.reserve(kFiles);
  for (std::size_t i = 0; i < kFiles; ++i) out.push_back(make(i));
  return out;
}

/// Compiles file after file, for so many seconds of a core or so many files, and one at least.
LoadResult compile_for(const Files& files, std::size_t steps, double seconds, std::size_t most) {
  LoadResult result;
  const double begun = seconds_of_core();
  double last = begun;
  do {
    const std::string& file = files[(result.done + result.errors) % files.size()];
    const auto compiled = workflow::compile(file, workflow::Format::yaml);
    const double now = seconds_of_core();
    result.latency_ms.push_back((now - last) * 1e3);
    last = now;
    if (compiled && compiled->graph.steps.size() == steps) {
      ++result.done;
    } else if (result.errors++ == 0) {
      result.first_error = compiled ? "wrong number of steps" : compiled.error().front().message;
    }
  } while (most > 0 ? result.done + result.errors < most : last - begun < seconds);
  result.seconds = last - begun;
  std::ranges::sort(result.latency_ms);
  return result;
}

void add_errors(const Report& of, Report& report) {
  report.errors += of.errors;
  if (report.first_error.empty()) report.first_error = of.first_error;
}

}  // namespace

Result<Report> measure_parse(const Options& options, const Progress& progress) {
  // The first file that the process sees: what a command line pays.
  const Files large{large_workflow()};
  const LoadResult first = compile_for(large, kLargeSteps, 0, 1);
  const auto measure = [&](const Files& files, std::size_t steps, std::string_view what) {
    progress("compiling " + std::string(what));
    compile_for(files, steps, warm_up(options, progress), 0);
    return summarize(options, steps, measure_parts(progress, [&] {
                       return compile_for(files, steps, options.seconds, options.runs);
                     }));
  };
  const Report of_large = measure(large, kLargeSteps, "1,000 steps");
  const Report of_plain = measure(make_files(plain_workflow), kSteps, "plain files");
  Report report = measure(make_files(ten_step_workflow), kSteps, "files with expressions");
  add_errors(of_plain, report);
  add_errors(of_large, report);
  add_errors(summarize(options, kLargeSteps, {first}), report);
  const double first_ms = first.seconds * 1e3;
  report.own["plain_per_s"] = std::round(of_plain.runs_per_s);
  report.own["large"] = Object{{"steps", kLargeSteps},
                               {"first_ms", std::round(first_ms * 100) / 100},
                               {"p50_ms", std::round(of_large.p50 * 100) / 100},
                               {"p99_ms", std::round(of_large.p99 * 100) / 100}};
  report.own_text = fmt::format(
      "{:<10} {:>10.0f} files/s without expressions\n"
      "{:<10} {:>10.1f} ms for 1,000 steps as the first file, p50 {:.1f} ms  p99 {:.1f} ms of the later "
      "ones\n",
      "plain", of_plain.runs_per_s, "large", first_ms, of_large.p50, of_large.p99);
  return report;
}

}  // namespace callboard::loadtest
