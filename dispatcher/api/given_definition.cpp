#include "dispatcher/api/given_definition.hpp"

#include <utility>

#include "dispatcher/api/answers.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {

bool read_given(const Value& value, GivenDefinition& given) {
  if (value.is_object()) {
    given = {write_json(value), "json"};
  } else if (value.is_string()) {
    given = {std::string(value.get_string()), "yaml"};
  } else {
    return false;
  }
  return true;
}

std::expected<CurrentWorkflow, http::Response> compile_given(const GivenDefinition& given) {
  auto compiled = compile_workflow(given.text, given.format, true);
  if (!compiled) return std::unexpected(problem_of(compiled.error()));
  return std::move(*compiled);
}

void store_given(Context& context, const GivenDefinition& given, GivenStored stored) {
  context.registry.add(
      given.text, given.format, false,
      [stored = std::move(stored)](std::expected<CurrentWorkflowPtr, Registry::Refusal> added) mutable {
        if (added) return stored(std::nullopt);
        const Registry::Refusal& refusal = added.error();
        stored(refusal.error ? problem_of(*refusal.error) : problem_of(refusal.problems));
      });
}

}  // namespace callboard::dispatcher
