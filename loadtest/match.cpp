#include <algorithm>
#include <chrono>

#include "dispatcher/triggers/workflow_set.hpp"
#include "loadtest/scenarios.hpp"
#include "shared/value/read.hpp"

namespace callboard::loadtest {
namespace {

constexpr int kParts = 3;
constexpr std::size_t kWorkflows = 1'000;
constexpr std::size_t kPayloadBytes = 8'192;
constexpr std::string_view kEvent = "pull_request.synchronize";

using SteadyClock = std::chrono::steady_clock;

/// One of each four asks for a branch, a label, a condition, and nothing; one of forty starts.
std::string listening_workflow_of(std::size_t number) {
  const std::string word = number % 40 < 4 ? "main" : "release-" + std::to_string(number);
  const std::string filters[] = {
      "branches: ['" + word + "', 'hotfix/**']",
      "labels: [" + word + ", urgent]",
      "if: \"event.pull_request.draft == false && event.pull_request.base.ref == '" + word + "'\"",
      "actors: [" + word + "]",
  };
  return "name: listener-" + std::to_string(number) +
         "\non: {github: [issues.opened, {events: pull_request, " + filters[number % 4] +
         "}]}\nsteps: [{key: a, type: noop}]\n";
}

std::string payload_of(std::size_t number) {
  std::string out = R"({"action":"synchronize","number":)" + std::to_string(number) +
                    R"(,"sender":{"login":"main","type":"User"},"pull_request":{"draft":false,)"
                    R"("base":{"ref":"main"},"labels":[{"name":"ui"},{"name":"main"}],"commits":[)";
  while (out.size() < kPayloadBytes) {
    if (out.back() != '[') out += ',';
    out +=
        R"({"id":"5f3c2e1d9b8a7c6d5e4f3a2b1c0d9e8f7a6b5c4d","message":"one more change","added":["src/a.cpp"]})";
  }
  return out + "]}}";
}

/// Each event is read and matched; 100 of the workflows start.
LoadResult match_for(const dispatcher::WorkflowSet& workflows, double seconds) {
  LoadResult result;
  const auto begun = SteadyClock::now();
  auto last = begun;
  do {
    const auto payload = read_json(payload_of(result.done));
    const dispatcher::Match match = workflows.match("github", kEvent, &*payload);
    const auto now = SteadyClock::now();
    result.latency_ms.push_back(std::chrono::duration<double, std::milli>(now - last).count());
    last = now;
    const auto started =
        std::ranges::count_if(match.starts, [](const auto& start) { return start.has_value(); });
    if (match.verdicts.size() == kWorkflows && started == kWorkflows / 10) {
      ++result.done;
    } else if (result.errors++ == 0) {
      result.first_error = std::to_string(match.verdicts.size()) + " verdicts, " + std::to_string(started) +
                           " started, " + (match.verdicts.empty() ? "" : match.verdicts[0].detail);
    }
  } while (std::chrono::duration<double>(last - begun).count() < seconds);
  result.seconds = std::chrono::duration<double>(last - begun).count();
  std::ranges::sort(result.latency_ms);
  return result;
}

}  // namespace

Result<Measured> measure_match(const Options& options, const Progress& progress) {
  progress("compiling workflows");
  dispatcher::WorkflowSet workflows;
  for (std::size_t i = 0; i < kWorkflows; ++i) {
    auto compiled = dispatcher::compile_workflow(listening_workflow_of(i), "yaml", true);
    if (!compiled) return fail(ErrorCode::invalid, compiled.error().front().message);
    workflows.put(std::make_shared<const dispatcher::CurrentWorkflow>(std::move(*compiled)));
  }
  Measured measured;
  measured.steps = 1;
  progress("warming up");
  match_for(workflows, options.seconds * 0.4);
  for (int part = 1; part <= kParts; ++part) {
    progress("measuring, part " + std::to_string(part) + " of 3");
    measured.parts.push_back(match_for(workflows, options.seconds));
  }
  return measured;
}

}  // namespace callboard::loadtest
