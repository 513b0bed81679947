#include "loadtest/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shared/value/write.hpp"

namespace callboard::loadtest {
namespace {

double rounded(double value, double unit) { return std::round(value / unit) * unit; }
double hundredths(double value) { return std::round(value * 100) / 100; }

}  // namespace

bool is_good(const Report& report) {
  return report.errors == 0 && (report.executed_twice == 0 || report.may_repeat);
}

Report summarize(const Options& options, std::size_t steps, std::vector<LoadResult> parts) {
  Report report;
  report.scenario = options.scenario;
  report.steps = steps;
  std::vector<double> rates;
  std::vector<double> latencies;
  for (const LoadResult& part : parts) {
    report.runs += part.done;
    report.seconds += part.seconds;
    report.errors += part.errors;
    if (report.first_error.empty()) report.first_error = part.first_error;
    rates.push_back(part.seconds > 0 ? static_cast<double>(part.done) / part.seconds : 0);
    latencies.insert(latencies.end(), part.latency_ms.begin(), part.latency_ms.end());
  }
  std::ranges::sort(rates);
  std::ranges::sort(latencies);
  report.runs_per_s = rates.empty() ? 0 : rates[rates.size() / 2];
  report.steps_per_s = report.runs_per_s * static_cast<double>(steps);
  report.p50 = percentile(latencies, 0.5);
  report.p99 = percentile(latencies, 0.99);
  report.most = latencies.empty() ? 0 : latencies.back();
  return report;
}

std::string to_json(const Report& report) {
  Object out;
  out["scenario"] = report.scenario;
  out["runs"] = report.runs;
  out["steps"] = report.steps;
  out["seconds"] = hundredths(report.seconds);
  out["runs_per_s"] = rounded(report.runs_per_s, 1);
  out["steps_per_s"] = rounded(report.steps_per_s, 1);
  out["latency_ms"] = Object{
      {"p50", hundredths(report.p50)}, {"p99", hundredths(report.p99)}, {"max", hundredths(report.most)}};
  out["errors"] = report.errors;
  if (!report.first_error.empty()) out["first_error"] = report.first_error;
  out["executed_twice"] = report.executed_twice;
  out["rss_mb"] = Object{{"dispatcher", hundredths(report.after.dispatcher)},
                         {"worker", hundredths(report.after.worker)}};
  out["rss_idle_mb"] =
      Object{{"dispatcher", hundredths(report.idle.dispatcher)}, {"worker", hundredths(report.idle.worker)}};
  for (const auto& [name, value] : report.own) out[name] = value;
  out["settings"] = report.settings;
  return write_json(out);
}

std::string to_text(const Report& report) {
  std::string out = fmt::format(
      "{:<10} {:>10.0f} runs/s {:>10.0f} steps/s   p50 {:.2f} ms  p99 {:.2f} ms  max {:.2f} ms\n"
      "{:<10} {} runs of {} steps, {} errors, {} executed twice\n"
      "{:<10} dispatcher {:.1f} MiB ({:.1f} idle), worker {:.1f} MiB ({:.1f} idle)\n",
      report.scenario, report.runs_per_s, report.steps_per_s, report.p50, report.p99, report.most, "",
      report.runs, report.steps, report.errors, report.executed_twice, "memory", report.after.dispatcher,
      report.idle.dispatcher, report.after.worker, report.idle.worker);
  out += report.own_text;
  if (!report.first_error.empty()) out += "first error: " + report.first_error + "\n";
  return out;
}

}  // namespace callboard::loadtest
