#pragma once

#include <string>
#include <string_view>

#include "shared/expression/contexts.hpp"
#include "shared/value/read.hpp"

namespace callboard::expression {

/// Contexts out of one JSON document: {"event":…, "steps":{"a":{…}}}. Steps by number in the order of the
/// document.
class JsonContexts final : public Contexts {
 public:
  explicit JsonContexts(std::string_view json) : all_(*read_json(json)) {}

  const Value* find_context(std::string_view name) const override { return find(&all_, name); }
  const Value* find_step(std::string_view key) const override { return find(find(&all_, "steps"), key); }
  const Value* find_step(std::size_t index) const override {
    const Value* steps = find(&all_, "steps");
    if (steps == nullptr || index >= steps->get_object().size()) return nullptr;
    return &(steps->get_object().begin() + index)->value();
  }
  bool status(StatusFunction function) const override { return function == holding; }

  StatusFunction holding = StatusFunction::success;

 private:
  Value all_;
};

}  // namespace callboard::expression
