#pragma once

#include <string_view>

#include "shared/expression/value_contexts.hpp"
#include "shared/value/read.hpp"

namespace callboard::expression {

/// Contexts out of one JSON document, at a fixed time.
class JsonContexts final : public ValueContexts {
 public:
  explicit JsonContexts(std::string_view json)
      : ValueContexts(*read_json(json), *parse_time("2026-11-21T10:00:00Z")) {}

  bool status(StatusFunction function) const override { return function == holding; }

  StatusFunction holding = StatusFunction::success;
};

}  // namespace callboard::expression
