#pragma once

#include <utility>

#include "shared/expression/contexts.hpp"

namespace callboard::expression {

/// Contexts out of one object: {"event":…, "steps":{"a":{…}}}, named without case. Steps by number stand in
/// the order of the object. Nothing has failed.
class ValueContexts : public Contexts {
 public:
  explicit ValueContexts(Value all, Time now = {}) : all_(std::move(all)), now_(now) {}

  const Value* find_context(std::string_view name) const override;
  const Value* find_step(std::string_view key) const override;
  const Value* find_step(std::size_t index) const override;
  bool status(StatusFunction function) const override;
  Time now() const override { return now_; }

 private:
  Value all_;
  Time now_;
};

}  // namespace callboard::expression
