// The two figures of the recovery test that have a load of their own.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "loadtest/faults.hpp"
#include "loadtest/findings.hpp"
#include "loadtest/http_load.hpp"
#include "loadtest/restart.hpp"
#include "loadtest/run_check.hpp"
#include "loadtest/workflows.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/limits.hpp"
#include "shared/value/read.hpp"

namespace callboard::loadtest {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSlowRuns = 200;
constexpr std::size_t kSlowSteps = 5;
constexpr auto kIntoTheSteps = 500ms;
constexpr std::size_t kSleepers = 10'000;
constexpr std::size_t kStarters = 100;
constexpr auto kWithin = 60s;
constexpr auto kStartWithin = 300s;

double hundredths(double seconds) { return std::round(seconds * 100) / 100; }

bool all_accepted(const KeptRuns& kept, std::size_t count) {
  const auto runs = kept.runs();
  return runs.size() == count &&
         std::ranges::none_of(runs, [](const KeptRun& run) { return run.id.empty(); });
}

/// One run of each partition.
std::vector<std::string> one_a_partition(std::span<const KeptRun> runs) {
  std::map<Partition, std::string> chosen;
  for (const KeptRun& run : runs) {
    if (const auto id = parse_id<RunId>(run.id))
      chosen.emplace(partition_of(*id, limits::kPartitions), run.id);
  }
  std::vector<std::string> ids;
  ids.reserve(chosen.size());
  for (auto& [partition, id] : chosen) ids.push_back(std::move(id));
  return ids;
}

/// Asks one thing about each of these runs, all at once, until the answer is right; nothing is asked again at
/// once.
bool ask_each(const Target& target, const std::vector<std::string>& runs, std::string_view method,
              const std::string& behind_id, const std::function<bool(int, std::string_view)>& is_wanted) {
  std::vector<std::string> left = runs;
  return wait_until(
      [&] {
        std::vector<std::string> asked = std::exchange(left, {});
        std::vector<bool> right(asked.size(), false);
        Load load;
        load.target = target;
        load.connections = load.requests = asked.size();
        load.make_request = [&](std::size_t i) {
          return format_request(target, method, "/api/runs/" + asked[i] + behind_id,
                                "Content-Type: application/json\r\n", "");
        };
        load.check = [&](std::size_t i, int status, std::string_view body) {
          return right[i] = is_wanted(status, body);
        };
        drive(load);
        for (std::size_t i = 0; i < asked.size(); ++i) {
          if (!right[i]) left.push_back(asked[i]);
        }
        return left.empty();
      },
      kWithin, 20ms);
}

struct Restart {
  double ready = 0;   // the dispatcher says so
  double folded = 0;  // every partition is its own, and every open run in its memory
  double moving = 0;  // a run of every partition was cancelled
};

/// Kills the dispatcher; in seconds from the start of the next process.
Result<Restart> restart_dispatcher(const StackUnderTest& stack, const std::vector<std::string>& probes,
                                   std::size_t runs) {
  const auto replaced = replace_dispatcher(stack);
  if (!replaced) return std::unexpected(replaced.error());
  const SteadyTime started = *replaced;
  Restart restart;
  if (!wait_until([&] { return is_ready(stack.target()); }, kWithin, 5ms))
    return fail(ErrorCode::internal, "the new dispatcher is not ready after 60 s");
  restart.ready = seconds_since(started);
  std::jthread watcher([&] {
    // The runs that are cancelled meanwhile are none of the open ones any more.
    const auto open = static_cast<double>(runs - probes.size());
    wait_until(
        [&] {
          return read_series(stack.target(), "callboard_partitions") == limits::kPartitions &&
                 read_series(stack.target(), "callboard_open_runs") >= open;
        },
        kWithin, 10ms);
    restart.folded = seconds_since(started);
  });
  const bool moved =
      ask_each(stack.target(), probes, "POST", "/cancel", [](int status, auto) { return status == 202; }) &&
      ask_each(stack.target(), probes, "GET", "", [](int status, std::string_view body) {
        return status == 200 && body.find(R"("state":"cancelled")") != std::string_view::npos;
      });
  restart.moving = seconds_since(started);
  watcher.join();
  if (!moved) return fail(ErrorCode::internal, "a partition does not move 60 s after the restart");
  return restart;
}

}  // namespace

Result<void> measure_slow_chains(Findings& findings, const Options& options, const Progress& progress) {
  const std::size_t count = options.runs > 0 ? options.runs : kSlowRuns;
  Options all_at_once = options;
  if (all_at_once.slots == 0) all_at_once.slots = count;
  progress("slow-chains: starting a stack of its own");
  auto started = StackUnderTest::start(all_at_once);
  if (!started) return std::unexpected(started.error());
  StackUnderTest& stack = **started;
  const auto workflow = register_workflow(stack.target(), slow_workflow(kSlowSteps));
  if (!workflow) return std::unexpected(workflow.error());
  // Until then a window of jobs is published that says nothing of the workers' slots.
  const auto workers = static_cast<double>(options.workers);
  if (!wait_until([&] { return read_series(stack.target(), "callboard_workers") >= workers; }, kWithin, 10ms))
    return fail(ErrorCode::internal, "the dispatcher has not heard of the workers after 60 s");
  progress("slow-chains: the worker is killed");
  KeptRuns kept({.target = stack.target(),
                 .workflow = *workflow,
                 .in_flight = count,
                 .most = count,
                 .is_right = [](std::string_view run) { return is_right(run, kSlowSteps, nullptr); }});
  if (!wait_until([&] { return all_accepted(kept, count); }, kWithin, 10ms))
    return fail(ErrorCode::internal, "the runs were not accepted: " + kept.refused().first);
  std::this_thread::sleep_for(kIntoTheSteps);
  const auto at = SteadyClock::now();
  if (const auto killed = kill_process(stack, "worker-1"); !killed) return std::unexpected(killed.error());
  const bool over = kept.wait_over(kWithin);
  const std::vector<double> ends = kept.over_since(at, at);
  if (!over) note_error(findings, "slow-chains: not all runs were over within 60 s");
  const Concluded concluded = conclude(findings, stack, kept, *workflow, kSlowSteps);
  const double seconds = ends.empty() ? 0 : ends.back();
  FaultLine line{.fault = std::string(kSlowChains), .measured = {}, .text = {}};
  line.measured["runs"] = count;
  line.measured["slots"] = all_at_once.slots;
  line.measured["seconds_to_done"] = over ? Value(hundredths(seconds)) : Value(nullptr);
  line.measured["executed_twice"] = concluded.executed_twice;
  line.text = fmt::format(
      "{:.2f} s from the kill of the worker ({} slots) until all {} runs were done, {} steps "
      "executed twice",
      seconds, all_at_once.slots, count, concluded.executed_twice);
  findings.lines.push_back(std::move(line));
  return {};
}

Result<void> measure_open_runs(Findings& findings, const Options& options, const Progress& progress) {
  const std::size_t count = options.runs > 0 ? options.runs : kSleepers;
  progress("open-runs: starting a stack of its own");
  auto started = StackUnderTest::start(options);
  if (!started) return std::unexpected(started.error());
  StackUnderTest& stack = **started;
  const auto workflow = register_workflow(stack.target(), sleeping_workflow());
  if (!workflow) return std::unexpected(workflow.error());
  progress("open-runs: starting runs that sleep");
  KeptRuns kept({.target = stack.target(),
                 .workflow = *workflow,
                 .in_flight = kStarters,
                 .most = count,
                 .await_close = false});
  if (!kept.wait_over(kStartWithin))
    return fail(ErrorCode::internal, "the runs were not accepted: " + kept.refused().first);
  const auto probes = one_a_partition(kept.runs());
  progress("open-runs: the dispatcher is killed");
  const auto restart = restart_dispatcher(stack, probes, count);
  if (!restart) return std::unexpected(restart.error());
  conclude(findings, stack, kept, *workflow, 1, {.open = count - probes.size(), .cancelled = probes.size()});
  FaultLine line{.fault = std::string(kOpenRuns), .measured = {}, .text = {}};
  line.measured["runs"] = count;
  line.measured["partitions"] = probes.size();
  line.measured["seconds_to_ready"] = hundredths(restart->ready);
  line.measured["seconds_to_folded"] = hundredths(restart->folded);
  line.measured["seconds_to_moving"] = hundredths(restart->moving);
  line.text = fmt::format(
      "{:.2f} s from the start of the next dispatcher until a run of each of {} partitions was "
      "cancelled; ready after {:.2f} s, all {} open runs in memory after {:.2f} s",
      restart->moving, probes.size(), restart->ready, count, restart->folded);
  findings.lines.push_back(std::move(line));
  return {};
}

}  // namespace callboard::loadtest
