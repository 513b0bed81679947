#include "loadtest/run_check.hpp"
#include "loadtest/scenarios.hpp"
#include "loadtest/workflows.hpp"
#include "shared/value/read.hpp"

namespace callboard::loadtest {
namespace {

/// One step, completed, with what `noop` gives for each item.
bool is_right_map(std::string_view run, std::size_t items) {
  const auto body = read_json(run);
  if (!body || find_text(&*body, "state") != "completed") return false;
  const Value* steps = find(&*body, "steps");
  if (steps == nullptr || !steps->is_array() || steps->get_array().empty()) return false;
  const Value* results = find(&steps->get_array()[0], "result");
  if (results == nullptr || !results->is_array() || results->get_array().size() != items) return false;
  for (const Value& result : results->get_array()) {
    if (!result.is_object() || !result.get_object().empty()) return false;
  }
  return true;
}

std::string inputs_of(std::size_t items) {
  std::string out = "{\"inputs\":{\"items\":[0";
  for (std::size_t i = 1; i < items; ++i) out += ',' + std::to_string(i);
  return out + "]}}";
}

}  // namespace

Result<Measured> measure_map(const Options& options, const Target& target, const Progress& progress) {
  const auto name = register_workflow(target, map_workflow());
  if (!name) return std::unexpected(name.error());
  Measured measured;
  measured.steps = options.steps;
  const std::string request = format_request(target, "POST", "/api/workflows/" + *name + "/runs?wait=30s",
                                             "Content-Type: application/json\r\n", inputs_of(options.steps));
  Load load;
  load.target = target;
  load.connections = options.concurrency;
  load.make_request = [&](std::size_t) { return request; };
  load.check = [&](std::size_t, int status, std::string_view body) {
    return status == 201 && is_right_map(body, options.steps);
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
