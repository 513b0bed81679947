#include "loadtest/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "loadtest/faults.hpp"
#include "shared/base/limits.hpp"

namespace callboard::loadtest {
namespace {

const std::vector<std::string> kScenarios{"chain",       "fan",     "job",    "latency", "ingest",
                                          "parse",       "recover", "replay", "open",    "timers",
                                          "expressions", "match",   "map"};
const std::vector<std::string> kLater{"route"};

constexpr std::size_t kMostSteps = 900;  // of a chain or fan

std::string refuse_unknown(const std::string& scenario) {
  if (std::ranges::find(kScenarios, scenario) != kScenarios.end()) return {};
  if (std::ranges::find(kLater, scenario) != kLater.end())
    return "scenario " + scenario + " is not supported yet";
  return "unknown scenario " + scenario +
         ": expected chain, fan, job, latency, map, ingest, parse, expressions, match, recover, replay, open "
         "or "
         "timers";
}

void fill_defaults(Options& options) {
  if (options.steps == 0) {
    options.steps = options.scenario == "fan"   ? 8
                    : options.scenario == "job" ? 1
                    : options.scenario == "map" ? limits::kItems
                                                : 5;
  }
  if (options.seconds == 0) options.seconds = options.scenario == "recover" ? 3 : 5;
  if (options.concurrency == 0) {
    options.concurrency = options.scenario == "ingest"    ? 32
                          : options.scenario == "latency" ? 1
                          : options.scenario == "map"     ? 1
                          : options.scenario == "recover" ? 1000
                                                          : 400;
  }
}

std::string find_contradiction(const Options& options) {
  const bool recover = options.scenario == "recover";
  if (recover && !options.url.empty())
    return "recover kills what it measures: it takes a stack of its own, and no --url";
  if (options.scenario == "open" && !options.url.empty())
    return "open fills a database of its own, and takes no --url";
  if (options.scenario == "timers" && !options.url.empty())
    return "timers kills its dispatcher: it takes a stack of its own, and no --url";
  if (!recover && !options.faults.empty()) return "--fault is for recover";
  if (options.scenario != "map" && options.steps > kMostSteps)
    return "found --steps " + std::to_string(options.steps) + ", expected at most " +
           std::to_string(kMostSteps) + ": only map takes more";
  return {};
}

}  // namespace

std::expected<Options, int> parse_options(int argc, char** argv) {
  Options options;
  std::string segments = "on";
  CLI::App app(
      "Measures Callboard: runs a scenario against a stack of its own, checks every result, prints one line "
      "of JSON.");
  app.set_version_flag("--version", std::string(CALLBOARD_VERSION));
  app.add_option(
         "scenario", options.scenario,
         "with a stack: chain | fan | job | latency | map | ingest | recover | open | timers; on one core, "
         "without a server: parse (ten-step files, and one of 1,000 steps) | expressions | match (one event, "
         "1,000 workflows) | replay")
      ->required()
      ->check(refuse_unknown);
  app.add_option(
      "--runs", options.runs,
      "runs of one measured part (default: as many as fit into --seconds); recover: of slow-chains (200) and "
      "open-runs (10,000); timers (100,000)");
  app.add_option("--steps", options.steps,
                 "steps: of a chain (5), in the middle of a fan (8); items of a map (10,000)")
      ->check(CLI::Range(1u, limits::kItems));
  app.add_option(
         "--concurrency", options.concurrency,
         "requests outstanding (400; ingest 32; latency and map 1), runs kept going by recover (1000)")
      ->check(CLI::Range(1, 2000));
  app.add_option("--seconds", options.seconds,
                 "of one of the three measured parts (5); recover: of the load before each fault (3)")
      ->check(CLI::Range(0.1, 600.0));
  app.add_option("--workers", options.workers, "worker processes (1)")->check(CLI::Range(1, 64));
  app.add_option("--slots", options.slots, "steps at once in a worker (the worker's default)")
      ->check(CLI::Range(1, 4096));
  app.add_option("--segments", segments, "on: a straight line of steps travels as one job; off: a job a step")
      ->check(CLI::IsMember({"on", "off"}));
  app.add_option("--url", options.url, "a running dispatcher instead of a stack of its own (loopback only)");
  app.add_option("--webhook-secret", options.webhook_secret,
                 "with --url: GitHub's webhook secret there, for ingest");
  app.add_option("--fault", options.faults, "recover: only these, in their own order (all)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember(fault_names()));
  app.add_flag("--json", options.json, "one line of JSON and nothing else");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return std::unexpected(app.exit(error) == 0 ? 0 : 2);
  }
  if (const std::string mistake = find_contradiction(options); !mistake.empty()) {
    std::cerr << mistake << "\n";
    return std::unexpected(2);
  }
  options.segments = segments == "on";
  fill_defaults(options);
  return options;
}

}  // namespace callboard::loadtest
