#include "shared/run/held_params.hpp"

#include "shared/run/contexts.hpp"
#include "shared/run/items.hpp"
#include "shared/value/read.hpp"

namespace callboard::run {

Result<Value> render_held_params(const Graph& graph, const RunState& state, StepIndex step) {
  const expression::Template& params = step_of(graph, state, step).params;
  if (params.is_constant()) return read_json(params.constant().json);
  const auto rendered = expression::render(params, RunContexts(graph, state, step));
  if (!rendered) return std::unexpected(rendered.error());
  return read_json(rendered->json);
}

}  // namespace callboard::run
