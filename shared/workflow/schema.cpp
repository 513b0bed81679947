#include "shared/workflow/schema.hpp"

#include <array>
#include <limits>
#include <utility>

#include "shared/workflow/executors/registry.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/shape.hpp"

namespace callboard::workflow {
namespace {

using Kind = Shape::Kind;

Value text(std::string_view from) { return boost::json::string_view(from.data(), from.size()); }
boost::json::string_view key(std::string_view from) { return {from.data(), from.size()}; }

Array texts(std::span<const std::string_view> from) {
  Array out;
  for (const std::string_view one : from) out.push_back(text(one));
  return out;
}

Value schema_of(const Shape& shape, Expressions expressions);

Object object_of(std::span<const Field> fields, Expressions expressions) {
  Object properties;
  Array required;
  for (const Field& field : fields) {
    if (field.presence == Presence::later) continue;
    Value schema = schema_of(field.shape, expressions);
    if (schema.is_object()) schema.get_object()["description"] = text(field.description);
    properties.emplace(key(field.name), std::move(schema));
    if (field.presence == Presence::required) required.push_back(text(field.name));
  }
  Object out{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) out["required"] = std::move(required);
  return out;
}

Object number_of(const Shape& shape) {
  Object out{{"type", shape.kind == Kind::integer ? "integer" : "number"}};
  if (shape.least != std::numeric_limits<double>::lowest()) out["minimum"] = shape.least;
  if (shape.most != std::numeric_limits<double>::max()) out["maximum"] = shape.most;
  return out;
}

Object plain_schema(const Shape& shape, Expressions expressions) {
  switch (shape.kind) {
    case Kind::any: return {};
    case Kind::text: {
      Object out{{"type", "string"}};
      if (!shape.values.empty()) out["enum"] = texts(shape.values);
      return out;
    }
    case Kind::boolean: return {{"type", "boolean"}};
    case Kind::number:
    case Kind::integer: return number_of(shape);
    case Kind::duration: return {{"type", "string"}, {"pattern", R"(^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$)"}};
    case Kind::scalar: return {{"type", Array{"string", "number", "boolean"}}};
    case Kind::condition: return {{"type", Array{"string", "boolean"}}};
    case Kind::list: {
      Object out{{"type", "array"}, {"items", schema_of(*shape.item, expressions)}};
      if (!shape.may_be_empty) out["minItems"] = 1;
      return out;
    }
    case Kind::map:
      return {{"type", "object"}, {"additionalProperties", schema_of(*shape.item, expressions)}};
    case Kind::object: return object_of(shape.fields, expressions);
    case Kind::either: break;
  }
  Array choices;
  for (const Shape& choice : shape.choices) choices.push_back(schema_of(choice, expressions));
  return {{"anyOf", std::move(choices)}};
}

/// Where expressions may stand, a text with one in it stands for any value.
Value schema_of(const Shape& shape, Expressions expressions) {
  Object plain = plain_schema(shape, expressions);
  const bool is_wide = shape.kind == Kind::any || shape.kind == Kind::scalar ||
                       (shape.kind == Kind::text && shape.values.empty());
  if (expressions == Expressions::refused || is_wide) return plain;
  return Object{{"anyOf", Array{std::move(plain), Object{{"type", "string"}, {"pattern", R"(\$\{)"}}}}};
}

Object requires_field(std::string_view name) { return {{"required", texts(std::array{name})}}; }

Array required_one(std::span<const std::string_view> names) {
  Array out;
  for (const std::string_view name : names) out.push_back(requires_field(name));
  return out;
}

Value params_of(const Description& executor) {
  if (executor.takes_anything) return Object{{"type", "object"}};
  Object out = object_of(executor.parameters, Expressions::allowed);
  Array all;
  for (const OneOf& group : executor.one_of) {
    Array one = required_one(group.names);
    if (!group.is_required) one.push_back(Object{{"not", Object{{"anyOf", required_one(group.names)}}}});
    all.push_back(Object{{"oneOf", std::move(one)}});
  }
  if (!all.empty()) out["allOf"] = std::move(all);
  return out;
}

/// if type is this executor then params are its own.
Value rule_of(const Description& executor) {
  Object is_type = requires_field("type");
  is_type["properties"] = Object{{"type", Object{{"const", text(executor.name)}}}};
  Object params{{"params", Object{{"$ref", "#/$defs/" + std::string(executor.name)}}}};
  return Object{{"if", std::move(is_type)}, {"then", Object{{"properties", std::move(params)}}}};
}

Array executor_names() {
  Array out;
  for (const Description* executor : executors()) {
    out.push_back(text(executor->name));
    for (const ShortName& other : executor->short_names) out.push_back(text(other.name));
  }
  return out;
}

Value step_schema() {
  Object step = object_of(step_shape().fields, Expressions::refused);
  Object& properties = step["properties"].get_object();
  properties["type"].get_object()["enum"] = executor_names();
  properties["params"].get_object().erase("additionalProperties");
  Array rules;
  for (const Description* executor : executors()) rules.push_back(rule_of(*executor));
  step["allOf"] = std::move(rules);
  step["anyOf"] = required_one(std::array<std::string_view, 2>{"type", "provider"});
  return step;
}

}  // namespace

Value workflow_schema() {
  Object out{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Callboard workflow"}};
  for (auto& member : object_of(workflow_shape().fields, Expressions::refused))
    out.emplace(member.key(), std::move(member.value()));
  Object& steps = out["properties"].get_object()["steps"].get_object();
  steps["items"] = Object{{"$ref", "#/$defs/step"}};
  Object definitions{{"step", step_schema()}};
  for (const Description* executor : executors()) {
    Value params = params_of(*executor);
    params.get_object()["description"] = text(executor->summary);
    definitions.emplace(key(executor->name), std::move(params));
  }
  out["$defs"] = std::move(definitions);
  return out;
}

}  // namespace callboard::workflow
