#include "shared/telemetry/metrics.hpp"

#include <gtest/gtest.h>

#include <string>

namespace callboard::telemetry {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, AreShownInPrometheusTextFormat) {
  Metrics metrics;
  const Counter closed =
      metrics.counter("callboard_runs_closed_total", "Runs closed", {{"state", "completed"}});
  const Gauge busy = metrics.gauge("callboard_worker_busy_slots", "Slots in use");

  closed.add();
  closed.add(2);
  busy.set(7);
  busy.add(-3);

  const std::string text = metrics.serialise();
  EXPECT_TRUE(has_line(text, "# TYPE callboard_runs_closed_total counter")) << text;
  EXPECT_TRUE(has_line(text, "callboard_runs_closed_total{state=\"completed\"} 3")) << text;
  EXPECT_TRUE(has_line(text, "callboard_worker_busy_slots 4")) << text;
}

TEST(Metrics, CountObservationsInTheirBuckets) {
  Metrics metrics;
  const Histogram took = metrics.histogram("callboard_commit_seconds", "Time of a commit", {0.001, 0.01});

  took.observe(0.0005);
  took.observe(0.005);
  took.observe(5);

  const std::string text = metrics.serialise();
  EXPECT_TRUE(has_line(text, "callboard_commit_seconds_bucket{le=\"0.001\"} 1")) << text;
  EXPECT_TRUE(has_line(text, "callboard_commit_seconds_bucket{le=\"0.01\"} 2")) << text;
  EXPECT_TRUE(has_line(text, "callboard_commit_seconds_bucket{le=\"+Inf\"} 3")) << text;
}

TEST(Metrics, GiveTheSameSeriesForTheSameNameAndLabels) {
  Metrics metrics;
  metrics.counter("callboard_jobs_total", "Jobs", {{"pool", "default"}}).add();
  metrics.counter("callboard_jobs_total", "Jobs", {{"pool", "default"}}).add();

  EXPECT_TRUE(has_line(metrics.serialise(), "callboard_jobs_total{pool=\"default\"} 2"));
}

TEST(MetricsDeathTest, RefuseANameWithoutThePrefix) {
  Metrics metrics;
  EXPECT_DEATH(metrics.counter("runs_total", "Runs"), "is_metric_name");
}

TEST(MetricsDeathTest, RefuseOneNameOfTwoKinds) {
  Metrics metrics;
  metrics.counter("callboard_things_total", "Things");
  EXPECT_DEATH(metrics.gauge("callboard_things_total", "Things"), "is_new_or_the_same");
}

}  // namespace
}  // namespace callboard::telemetry
