#include "dispatcher/api/given_definition.hpp"

#include <utility>

#include "dispatcher/api/answers.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {

bool read_given(const Value& value, GivenDefinition& given) {
  if (value.is_object()) {
    given = {.text = write_json(value), .format = "json"};
  } else if (value.is_string()) {
    given = {.text = std::string(value.get_string())};
  } else {
    return false;
  }
  return true;
}

std::expected<void, http::Response> compile_given(GivenDefinition& given) {
  auto compiled = compile_workflow(given.text, given.format, true);
  if (!compiled) return std::unexpected(problem_of(compiled.error()));
  given.compiled = std::make_shared<GivenWorkflow>(std::move(*compiled));
  return {};
}

void store_given(Context& context, const GivenDefinition& given, GivenStored stored) {
  if (given.compiled->is_stored) return stored(std::nullopt);
  context.registry.add(given.text, given.format, false,
                       [compiled = given.compiled, stored = std::move(stored)](
                           std::expected<CurrentWorkflowPtr, Registry::Refusal> added) mutable {
                         compiled->is_stored = added.has_value();
                         if (added) return stored(std::nullopt);
                         stored(problem_of(added.error()));
                       });
}

}  // namespace callboard::dispatcher
