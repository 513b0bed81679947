#include "shared/workflow/inputs.hpp"

#include <algorithm>
#include <cmath>
#include <expected>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/shape.hpp"

namespace callboard::workflow {
namespace {

std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }

bool is_whole(const Value& value) {
  return value.is_int64() || value.is_uint64() ||
         (value.is_double() && std::trunc(value.get_double()) == value.get_double());
}

std::string expected(const Input& input) {
  if (input.values.empty()) return input.type.empty() ? "a value" : input.type;
  std::string out = "one of ";
  for (const Value& value : input.values)
    out += (&value == input.values.data() ? "" : ", ") + write_json(value);
  return out;
}

/// The value as the input takes it, or what is wrong with it.
std::expected<Value, std::vector<JsonSchema::Fault>> accept(const Input& input, const Value& given) {
  auto faults = input.schema.check(given);
  if (faults.empty()) return given;
  const auto read = given.is_string() && input.type != "string" ? read_json(view(given.get_string()))
                                                                : fail(ErrorCode::invalid, {});
  if (!read) return std::unexpected(std::move(faults));
  faults = input.schema.check(*read);
  if (faults.empty()) return *read;
  return std::unexpected(std::move(faults));
}

std::string unknown(const std::vector<Input>& declarations, std::string_view name) {
  std::vector<std::string_view> known;
  known.reserve(declarations.size());
  for (const Input& input : declarations) known.push_back(input.name);
  std::string out = "input '" + std::string(name) + "' is unknown";
  return known.empty() ? out + ": the workflow takes no inputs" : out + suggestion(name, known);
}

}  // namespace

bool is_of_type(const Value& value, std::string_view type) {
  if (type.empty()) return true;
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "number") return value.is_number();
  if (type == "integer") return is_whole(value);
  if (type == "object") return value.is_object();
  return type == "array" && value.is_array();
}

Result<std::string> resolve_inputs(const std::vector<Input>& declarations, std::string_view given) {
  if (given.empty()) return resolve_inputs(declarations, Value(Object()));
  const auto value = read_json(given);
  if (!value) return std::unexpected(value.error());
  return resolve_inputs(declarations, *value);
}

Result<std::string> resolve_inputs(const std::vector<Input>& declarations, const Value& given) {
  if (!given.is_object() && !given.is_null())
    return fail(ErrorCode::invalid, "found inputs that are no JSON object, expected one");
  Object out;
  std::string problems;
  const auto add_problem = [&](const std::string& problem) {
    problems += (problems.empty() ? "" : "; ") + problem;
  };
  for (const Input& input : declarations) {
    const Value* value = find(&given, input.name);
    if (value == nullptr) {
      if (input.fallback)
        out.emplace(input.name, *input.fallback);
      else if (input.required)
        add_problem("input '" + input.name + "' is missing, expected " + expected(input));
      continue;
    }
    auto taken = accept(input, *value);
    if (taken) {
      out.emplace(input.name, *std::move(taken));
      continue;
    }
    for (const JsonSchema::Fault& fault : taken.error()) {
      const std::string place = fault.pointer.empty() ? "" : " at " + fault.pointer;
      add_problem("input '" + input.name + "'" + place + ": " + fault.message);
    }
  }
  if (given.is_object()) {
    for (const auto& member : given.get_object()) {
      const bool is_known = std::ranges::count(declarations, view(member.key()), &Input::name) > 0;
      if (!is_known) add_problem(unknown(declarations, view(member.key())));
    }
  }
  if (!problems.empty()) return fail(ErrorCode::invalid, problems);
  return write_json(out);
}

}  // namespace callboard::workflow
