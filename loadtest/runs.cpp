#include "loadtest/run_check.hpp"
#include "loadtest/scenarios.hpp"
#include "loadtest/workflows.hpp"
#include "shared/value/read.hpp"

namespace callboard::loadtest {
namespace {

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
  load.duration = to_micros(warm_up(options, progress));
  if (const LoadResult warm = drive(load); warm.done == 0) {
    return fail(ErrorCode::internal, "no run came out right: " + warm.first_error);
  }
  load.duration = to_micros(options.seconds);
  load.requests = options.runs;
  measured.parts = measure_parts(progress, [&] { return drive(load); });
  return measured;
}

}  // namespace callboard::loadtest
