#include "loadtest/run_check.hpp"
#include "loadtest/scenarios.hpp"
#include "loadtest/workflows.hpp"
#include "shared/value/read.hpp"

namespace callboard::loadtest {
namespace {

constexpr int kParts = 3;

std::string workflow_of(const Options& options) {
  if (options.scenario == "fan") return fan_workflow(options.steps);
  return chain_workflow(options.scenario == "job" ? 1 : options.steps);
}

}  // namespace

Result<Measured> measure_runs(const Options& options, const Target& target, const Progress& progress) {
  const auto name = register_workflow(target, workflow_of(options));
  if (!name) return std::unexpected(name.error());
  Measured measured;
  measured.steps = steps_of(options.scenario, options.scenario == "job" ? 1 : options.steps);
  const Value sent = *read_json(payload());
  const std::string request =
      format_request(target, "POST", "/api/workflows/" + *name + "/runs?wait=30s",
                     "Content-Type: application/json\r\n", "{\"inputs\":{\"payload\":" + payload() + "}}");
  Load load;
  load.target = target;
  load.connections = options.concurrency;
  load.make_request = [&](std::size_t) { return request; };
  load.check = [&](std::size_t, int status, std::string_view body) {
    return status == 201 && is_right(body, measured.steps, sent);
  };
  load.duration = Micros(static_cast<std::int64_t>(options.seconds * 4e5));
  progress("warming up");
  if (const LoadResult warm = drive(load); warm.done == 0) {
    return fail(ErrorCode::internal, "no run came out right: " + warm.first_error);
  }
  load.duration = Micros(static_cast<std::int64_t>(options.seconds * 1e6));
  load.requests = options.runs;
  for (int part = 1; part <= kParts; ++part) {
    progress("measuring, part " + std::to_string(part) + " of 3");
    measured.parts.push_back(drive(load));
  }
  return measured;
}

}  // namespace callboard::loadtest
