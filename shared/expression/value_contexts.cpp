#include "shared/expression/value_contexts.hpp"

#include "shared/expression/casing.hpp"
#include "shared/value/read.hpp"

namespace callboard::expression {

const Value* ValueContexts::find_context(std::string_view name) const {
  return all_.is_object() ? find_without_case(all_.get_object(), name) : nullptr;
}

const Value* ValueContexts::find_step(std::string_view key) const {
  const Value* const steps = find(&all_, "steps");
  const Value* const exact = find(steps, key);
  if (exact != nullptr || steps == nullptr || !steps->is_object()) return exact;
  const Object& all = steps->get_object();
  const auto found = find_only_without_case(
      all, key, [](const auto& step) { return std::string_view(step.key().data(), step.key().size()); });
  return found == all.end() ? nullptr : &found->value();
}

const Value* ValueContexts::find_step(std::size_t index) const {
  const Value* const steps = find(&all_, "steps");
  if (steps == nullptr || !steps->is_object() || index >= steps->get_object().size()) return nullptr;
  return &(steps->get_object().begin() + static_cast<std::ptrdiff_t>(index))->value();
}

bool ValueContexts::status(StatusFunction function) const {
  return function == StatusFunction::success || function == StatusFunction::always;
}

}  // namespace callboard::expression
