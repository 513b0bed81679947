#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dispatcher/triggers/workflow_set.hpp"
#include "loadtest/scenarios.hpp"
#include "shared/value/read.hpp"

namespace callboard::loadtest {
namespace {

constexpr std::size_t kWorkflows = 1'000;
constexpr std::size_t kPayloadBytes = 8'192;
constexpr std::string_view kEvent = "pull_request.synchronize";
constexpr std::array kAsked = {"branches", "labels", "if", "actors"};

/// One of each four asks for a branch, a label, a condition, and an actor; four of forty start.
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

std::size_t count(const dispatcher::Match& match, std::string_view outcome) {
  return static_cast<std::size_t>(std::ranges::count(match.verdicts, outcome, &log::Verdict::outcome));
}

/// Every workflow has its verdict: a tenth of them start, and the others say what did not hold.
bool is_right(const dispatcher::Match& match) {
  const auto says_nothing = [](const log::Verdict& verdict) {
    return verdict.outcome == "condition_false" && verdict.detail.empty();
  };
  return match.verdicts.size() == kWorkflows && count(match, "started") == kWorkflows / 10 &&
         count(match, "condition_false") == kWorkflows - kWorkflows / 10 &&
         std::ranges::none_of(match.verdicts, says_nothing);
}

LoadResult match_for(const dispatcher::WorkflowSet& workflows, double seconds) {
  LoadResult result;
  double spent = 0;
  do {
    const std::string body = payload_of(result.done);
    const double begun = seconds_of_core();
    const auto payload = read_json(body);
    const dispatcher::Match match = workflows.match("github", kEvent, &*payload);
    const double took = seconds_of_core() - begun;
    spent += took;
    result.latency_ms.push_back(took * 1e3);
    if (is_right(match)) {
      ++result.done;
    } else if (result.errors++ == 0) {
      result.first_error = fmt::format("{} verdicts, {} started, {} did not", match.verdicts.size(),
                                       count(match, "started"), count(match, "condition_false"));
    }
  } while (spent < seconds);
  result.seconds = spent;
  std::ranges::sort(result.latency_ms);
  return result;
}

/// Of each kind of filter, how many hold and one verdict of those that don't.
void describe(const dispatcher::WorkflowSet& workflows, Report& report) {
  const auto payload = read_json(payload_of(0));
  const dispatcher::Match match = workflows.match("github", kEvent, &*payload);
  Object asked;
  for (std::size_t kind = 0; kind < kAsked.size(); ++kind) {
    std::size_t started = 0;
    std::string detail;
    for (const log::Verdict& verdict : match.verdicts) {
      const std::size_t number = std::stoul(verdict.workflow.substr(verdict.workflow.rfind('-') + 1));
      if (number % kAsked.size() != kind) continue;
      if (verdict.outcome == "started") ++started;
      if (detail.empty()) detail = verdict.detail;
    }
    asked[kAsked[kind]] =
        Object{{"workflows", kWorkflows / kAsked.size()}, {"started", started}, {"another_says", detail}};
    report.own_text += fmt::format("{:<10} {} workflows, {} start; another says: {}\n", kAsked[kind],
                                   kWorkflows / kAsked.size(), started, detail);
  }
  report.own["asked"] = std::move(asked);
}

}  // namespace

Result<Report> measure_match(const Options& options, const Progress& progress) {
  progress("compiling workflows");
  dispatcher::WorkflowSet workflows;
  for (std::size_t i = 0; i < kWorkflows; ++i) {
    auto compiled = dispatcher::compile_workflow(listening_workflow_of(i), "yaml", true);
    if (!compiled) return fail(ErrorCode::invalid, compiled.error().front().message);
    workflows.put(std::make_shared<const dispatcher::CurrentWorkflow>(std::move(*compiled)));
  }
  match_for(workflows, warm_up(options, progress));
  Report report =
      summarize(options, 1, measure_parts(progress, [&] { return match_for(workflows, options.seconds); }));
  describe(workflows, report);
  return report;
}

}  // namespace callboard::loadtest
