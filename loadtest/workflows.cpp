#include "loadtest/workflows.hpp"

namespace callboard::loadtest {
namespace {

std::string head(std::string_view name) {
  return "name: " + std::string(name) +
         "\non: {manual: true}\ninputs: {payload: {type: object, required: true}}\nsteps:\n";
}

std::string echo_step(const std::string& key, const std::string& after) {
  std::string out = "  - key: " + key + "\n    type: echo\n    params: {payload: \"${inputs.payload}\"}\n";
  if (!after.empty()) out += "    dependsOn: [" + after + "]\n";
  return out;
}

}  // namespace

const std::string& payload() {
  static const std::string kText = R"({"repo":"acme/widgets","event":"push","sha":")" + std::string(40, '0') +
                                   R"(","pad":")" + std::string(100, 'x') + R"("})";
  return kText;
}

std::string chain_workflow(std::size_t steps) {
  std::string out = head("load-chain-" + std::to_string(steps));
  for (std::size_t i = 0; i < steps; ++i) {
    out += echo_step("s" + std::to_string(i), i == 0 ? "" : "s" + std::to_string(i - 1));
  }
  return out;
}

std::string fan_workflow(std::size_t steps) {
  std::string out = head("load-fan-" + std::to_string(steps)) + echo_step("first", "");
  std::string middle;
  for (std::size_t i = 0; i < steps; ++i) {
    const std::string key = "m" + std::to_string(i);
    out += echo_step(key, "first");
    middle += (i == 0 ? "" : ", ") + key;
  }
  return out + echo_step("last", middle);
}

std::string slow_workflow(std::size_t steps) {
  std::string out = "name: load-slow\non: {manual: true}\nsteps:\n";
  for (std::size_t i = 0; i < steps; ++i)
    out += "  - {key: s" + std::to_string(i) + ", type: noop, params: {for: 200ms}}\n";
  return out;
}

std::string sleeping_workflow() {
  return "name: load-sleepers\non: {manual: true}\nsteps:\n  - {key: nap, type: sleep, params: {for: 1h}}\n";
}

std::string timers_workflow() {
  return "name: load-timers\non: {manual: true}\nsteps:\n  - {key: nap, type: sleep, params: {for: " +
         std::to_string(kTimerNap.count() / 1'000'000) + "s}}\n";
}

std::string listening_workflow() {
  return "name: load-listener\n"
         "on: {github: {events: [push], if: \"${ event.ref == 'refs/heads/nobody-pushes-here' }\"}}\n"
         "steps:\n  - key: only\n    type: noop\n";
}

std::string ten_step_workflow(std::size_t number) {
  std::string out =
      "name: review-" + std::to_string(number) +
      "\nversion: 1.2.0\ndescription: A review of one pull request\n"
      "on: {github: [pull_request.opened, pull_request.synchronize]}\n"
      "defaults: {timeout: 5m, retry: {maxAttempts: 3, baseDelay: 1s, maxDelay: 30s}}\nsteps:\n"
      "  - key: checkout\n    type: shell\n    params: {run: \"git clone \\\"$URL\\\" .\", env: {URL: "
      "\"${event.repository.clone_url}\"}}\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = i == 1 ? "checkout" : "check-" + std::to_string(i - 1);
    out += "  - key: check-" + std::to_string(i) + "\n    type: http\n    timeout: 30s\n    dependsOn: [" +
           before + "]\n    if: \"${ event.number > " + std::to_string(i) + " && steps." + before +
           ".status == 'completed' }\"\n    params: {url: \"https://example.com/checks/${event.number}\", "
           "method: GET}\n";
  }
  return out +
         "  - key: report\n    type: echo\n    dependsOn: [check-8]\n    params: {text: \"checked "
         "${event.pull_request.title}\", last: \"${steps.check-8.result.status}\"}\n"
         "outputs: {report: \"${steps.report.result.text}\"}\n";
}

std::string plain_workflow(std::size_t number) {
  std::string out = "name: plain-" + std::to_string(number) + "\non: {manual: true}\nsteps:\n";
  for (int i = 0; i < 10; ++i) {
    out += "  - key: s" + std::to_string(i) +
           (i % 2 == 0 ? "\n    type: noop\n" : "\n    type: shell\n    params: {run: make test}\n");
    if (i > 0) out += "    dependsOn: [s" + std::to_string(i - 1) + "]\n";
  }
  return out;
}

std::string large_workflow() {
  std::string out = "name: large\non: {manual: true}\nsteps:\n";
  for (std::size_t i = 0; i < kLargeSteps; ++i) {
    out += "  - key: s" + std::to_string(i);
    out += i % 2 == 0 ? "\n    type: echo\n    params: {text: \"${event.number}\"}\n"
                      : "\n    type: http\n    params: {url: \"https://example.com/${event.number}\"}\n";
    if (i == 0) continue;
    const std::string before = "s" + std::to_string(i - 1);
    out += "    dependsOn: [" + before + (i < 10 ? "" : ", s" + std::to_string(i - 10)) +
           "]\n    if: \"${ steps." + before + ".status == 'completed' }\"\n";
  }
  return out;
}

std::string map_workflow() {
  return "name: load-map\non: {manual: true}\ninputs: {items: {type: array, required: true}}\n"
         "steps:\n  - {key: all, type: noop, forEach: inputs.items}\n";
}

std::size_t steps_of(std::string_view scenario, std::size_t steps) {
  return scenario == "fan" ? steps + 2 : steps;
}

}  // namespace callboard::loadtest
