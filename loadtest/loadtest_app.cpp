// callboard-loadtest: one scenario, one line of JSON.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "loadtest/options.hpp"
#include "loadtest/report.hpp"
#include "loadtest/scenarios.hpp"
#include "loadtest/stack_under_test.hpp"

namespace callboard::loadtest {
namespace {

/// How long the stack rests before its memory at rest is read.
constexpr std::chrono::seconds kIdleFor(2);

/// One line on a terminal, overwritten; nothing where nobody watches.
Progress make_progress(const Options& options) {
  if (isatty(STDERR_FILENO) == 0) return [](const std::string&) {};
  return [scenario = options.scenario](const std::string& what) {
    std::fprintf(stderr, "\r\x1b[K%s: %s", scenario.c_str(), what.c_str());
    std::fflush(stderr);
  };
}

Object settings_of(const Options& options) {
  Object settings;
  if (options.scenario == "replay" || options.scenario == "parse" || options.scenario == "expressions" ||
      options.scenario == "match") {
    settings["seconds"] = options.seconds;
    settings["cores"] = 1;
    settings["version"] = CALLBOARD_VERSION;
    return settings;
  }
  if (options.scenario == "open") {
    settings["fsync"] = true;
    settings["cores"] = std::thread::hardware_concurrency();
    settings["version"] = CALLBOARD_VERSION;
    return settings;
  }
  settings["segments"] = options.segments;
  settings["concurrency"] = options.concurrency;
  settings["seconds"] = options.seconds;
  settings["workers"] = options.workers;
  settings["fsync"] = true;
  settings["bus"] = "nats, file storage";
  settings["cores"] = std::thread::hardware_concurrency();
  settings["version"] = CALLBOARD_VERSION;
  return settings;
}

Result<Report> measure_stack(const Options& options, const Progress& progress) {
  progress("starting a stack of its own");
  const auto under_test = StackUnderTest::start(options);
  if (!under_test) return std::unexpected(under_test.error());
  std::this_thread::sleep_for(kIdleFor);
  const Memory idle = (*under_test)->memory();
  const auto measured =
      options.scenario == "ingest"
          ? measure_ingest(options, (*under_test)->target(), (*under_test)->webhook_secret(), progress)
      : options.scenario == "map" ? measure_map(options, (*under_test)->target(), progress)
                                  : measure_runs(options, (*under_test)->target(), progress);
  if (!measured) return std::unexpected(measured.error());
  Report report = summarize(options, measured->steps, measured->parts);
  report.idle = idle;
  report.after = (*under_test)->memory();
  const auto twice = (*under_test)->executed_twice();
  if (!twice) return std::unexpected(twice.error());
  report.executed_twice = *twice;
  return report;
}

Result<Report> measure(const Options& options, const Progress& progress) {
  if (options.scenario == "recover") return measure_recover(options, progress);
  if (options.scenario == "replay") return measure_replay(options, progress);
  if (options.scenario == "open") return measure_open(options, progress);
  if (options.scenario == "timers") return measure_timers(options, progress);
  if (options.scenario == "parse") return measure_parse(options, progress);
  if (options.scenario == "match") return measure_match(options, progress);
  if (options.scenario != "expressions") return measure_stack(options, progress);
  const auto measured = measure_expressions(options, progress);
  if (!measured) return std::unexpected(measured.error());
  return summarize(options, measured->steps, measured->parts);
}

int run(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (!options) return options.error();
  std::signal(SIGPIPE, SIG_IGN);
  const Progress progress = make_progress(*options);
  auto report = measure(*options, progress);
  progress("done\n");
  if (!report) {
    std::fprintf(stderr, "%s\n", report.error().message.c_str());
    return report.error().code == ErrorCode::unavailable ? 3 : 1;
  }
  report->settings = settings_of(*options);
  std::fputs(options->json ? (to_json(*report) + "\n").c_str() : to_text(*report).c_str(), stdout);
  return is_good(*report) ? 0 : 1;
}

}  // namespace
}  // namespace callboard::loadtest

int main(int argc, char** argv) { return callboard::loadtest::run(argc, argv); }
