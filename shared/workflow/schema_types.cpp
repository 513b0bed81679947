#include "shared/workflow/schema_types.hpp"

#include <array>
#include <utility>
#include <vector>

#include "shared/workflow/schema_parts.hpp"
#include "shared/workflow/typed_fields.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

/// By one of these a value has another type than text, or none.
constexpr std::array kTyping = {"type"sv,  "const"sv, "enum"sv, "anyOf"sv,
                                "oneOf"sv, "allOf"sv, "not"sv,  "schema"sv};

std::vector<std::string_view> keywords_beside_schema() {
  std::vector<std::string_view> out;
  for (const Field& field : kTypedFields) {
    if (field.name != "schema") out.push_back(field.name);
  }
  return out;
}

Object given_of(std::string_view type) {
  Object out;
  const Object is_of_type{{"type", text(type)}};
  property(out, "default") = is_of_type;
  property(out, "enum")["items"] = is_of_type;
  return out;
}

}  // namespace

Value typed_schema() {
  Object out;
  property(out, "enum")["minItems"] = 1;
  property(out, "multipleOf")["exclusiveMinimum"] = 0;
  for (const std::string_view name : {"items"sv, "additionalProperties"sv, "not"sv, "schema"sv})
    property(out, name) = reference("jsonSchema");
  property(out, "properties")["additionalProperties"] = reference("jsonSchema");
  for (const std::string_view name : {"anyOf"sv, "oneOf"sv, "allOf"sv})
    property(out, name) = {{"minItems", 1}, {"items", reference("jsonSchema")}};
  out["dependentSchemas"] = Object{{"schema", has_none_of(keywords_beside_schema())}};
  return out;
}

Value input_schema() {
  Array rules;
  for (const std::string_view type : kTypeNames)
    rules.push_back(rule(has_text("type", Array{text(type)}), given_of(type)));
  rules.push_back(rule(has_none_of(kTyping), given_of("string")));
  Object out = reference("typed");
  out["allOf"] = std::move(rules);
  return out;
}

}  // namespace callboard::workflow
