#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/value/json_schema.hpp"
#include "shared/value/value.hpp"

namespace callboard::workflow {

/// What a workflow says of one of its inputs.
struct Input {
  std::string name;
  std::string type = "string";  // string, number, integer, boolean, object, array; empty: its schema says
  std::string description;
  bool required = false;
  std::optional<Value> fallback;  // `default`
  std::vector<Value> values;      // `enum`; empty: any
  JsonSchema schema;              // all that it must be
};

/// Whether `value` is of the type.
bool is_of_type(const Value& value, std::string_view type);

/// The inputs of a run, as compact JSON: what was given, and defaults for what was not. `given` is a JSON
/// object, or empty. Text given for another type is read as that type, since forms and command lines have
/// only text. `invalid` with every input that is missing or unknown, and with every place where one is not
/// what its schema says.
Result<std::string> resolve_inputs(const std::vector<Input>& declarations, std::string_view given);
Result<std::string> resolve_inputs(const std::vector<Input>& declarations, const Value& given);

}  // namespace callboard::workflow
