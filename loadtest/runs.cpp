#include "loadtest/scenarios.hpp"
#include "loadtest/workflows.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::loadtest {
namespace {

constexpr int kParts = 3;

std::string workflow_of(const Options& options) {
  if (options.scenario == "fan") return fan_workflow(options.steps);
  return chain_workflow(options.scenario == "job" ? 1 : options.steps);
}

/// Registers the workflow without starting it; gives its name.
Result<std::string> register_workflow(const Target& target, const std::string& file) {
  const auto answer = ask(target, "POST", "/api/workflows?start=false", file, "application/yaml");
  if (!answer) return std::unexpected(answer.error());
  if (answer->status != 201 && answer->status != 200) {
    return fail(ErrorCode::invalid, "can't register the workflow: " + answer->body);
  }
  const auto body = read_json(answer->body);
  if (!body) return std::unexpected(body.error());
  return std::string(find_text(&*body, "workflow"));
}

/// A closed run is right if it completed and every step gave back what it was given, in one attempt.
bool is_right(std::string_view body, const Value& sent, std::size_t steps) {
  const auto run = read_json(body);
  if (!run || find_text(&*run, "state") != "completed") return false;
  const Value* list = find(&*run, "steps");
  if (list == nullptr || !list->is_array() || list->get_array().size() != steps) return false;
  for (const Value& step : list->get_array()) {
    const Value* given = find(find(&step, "result"), "payload");
    if (find_text(&step, "state") != "completed" || find_int(&step, "attempts") != 1) return false;
    if (given == nullptr || *given != sent) return false;
  }
  return true;
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
    return status == 201 && is_right(body, sent, measured.steps);
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
