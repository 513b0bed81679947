#include "shared/workflow/schema.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/workflow/executors/registry.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/groups.hpp"
#include "shared/workflow/shape.hpp"

namespace callboard::workflow {
namespace {

using Kind = Shape::Kind;

constexpr std::string_view kKeyPattern = "^[A-Za-z_][A-Za-z0-9_-]{0,62}$";
constexpr std::size_t kNameCharacters = 100;

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
    case Kind::duration:
      return {{"type", "string"}, {"pattern", R"(^(?=.*[1-9])([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$)"}};
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

/// What may stand in params. What must is the step's to say: it may settle some of it elsewhere.
Value params_of(const Description& executor) {
  if (executor.takes_anything) return Object{{"type", "object"}};
  Object out = object_of(executor.parameters, Expressions::allowed);
  out.erase("required");
  Array all;
  for (const OneOf& group : executor.one_of) {
    Array one = required_one(group.names);
    if (!group.is_required) one.push_back(Object{{"not", Object{{"anyOf", required_one(group.names)}}}});
    all.push_back(Object{{"oneOf", std::move(one)}});
  }
  if (!all.empty()) out["allOf"] = std::move(all);
  return out;
}

Array names_of(const Description& executor) {
  Array out{text(executor.name)};
  for (const ShortName& other : executor.short_names) out.push_back(text(other.name));
  return out;
}

Object with_type(Array names) {
  Object out = requires_field("type");
  out["properties"] = Object{{"type", Object{{"enum", std::move(names)}}}};
  return out;
}

bool is_parameter(const Description& executor, std::string_view name) {
  return std::ranges::find(executor.parameters, name, &Field::name) != executor.parameters.end();
}

/// A parameter that must be there: in params, or settled by the step's own field or by a short name.
Object must_have(const Description& executor, std::string_view parameter) {
  Object in_params = requires_field("params");
  in_params["properties"] = Object{{"params", requires_field(parameter)}};
  Array ways{std::move(in_params)};
  const auto& fields = step_shape().fields;
  if (std::ranges::find(fields, parameter, &Field::name) != fields.end())
    ways.push_back(requires_field(parameter));
  Array settling;
  for (const ShortName& other : executor.short_names) {
    if (other.parameter == parameter) settling.push_back(text(other.name));
  }
  if (!settling.empty()) ways.push_back(with_type(std::move(settling)));
  return Object{{"anyOf", std::move(ways)}};
}

Object requirements_of(const Description& executor) {
  Object out{{"properties", Object{{"params", Object{{"$ref", "#/$defs/" + std::string(executor.name)}}}}}};
  Array all;
  for (const Field& field : executor.parameters) {
    if (field.presence == Presence::required) all.push_back(must_have(executor, field.name));
  }
  const bool needs_params = std::ranges::any_of(executor.one_of, &OneOf::is_required);
  if (needs_params) all.push_back(requires_field("params"));
  if (!all.empty()) out["allOf"] = std::move(all);
  if (!is_parameter(executor, "provider"))
    out["not"] = Object{{"anyOf", required_one(std::array<std::string_view, 2>{"provider", "model"})}};
  return out;
}

/// What each executor asks of its step: if type names it, then its params are these.
Value executor_rules() {
  Array rules;
  for (const Description* executor : executors()) {
    rules.push_back(Object{{"if", with_type(names_of(*executor))}, {"then", requirements_of(*executor)}});
    if (!is_parameter(*executor, "provider")) continue;
    Object provider_alone = requires_field("provider");
    provider_alone["not"] = requires_field("type");
    rules.push_back(Object{{"if", std::move(provider_alone)}, {"then", requirements_of(*executor)}});
  }
  return Object{{"allOf", std::move(rules)}};
}

Array executor_names(bool only_short) {
  Array out;
  for (const Description* executor : executors()) {
    if (!only_short) out.push_back(text(executor->name));
    for (const ShortName& other : executor->short_names) out.push_back(text(other.name));
  }
  return out;
}

Object& property(Object& schema, std::string_view name) {
  return schema["properties"].get_object()[key(name)].get_object();
}

/// The fields that name an executor and its params, of a step or of its undo.
void describe_executor(Object& step) {
  property(step, "type")["enum"] = executor_names(false);
  property(step, "params").erase("additionalProperties");
  step["$ref"] = "#/$defs/executor";
}

std::vector<std::string_view> others_than_use() {
  std::vector<std::string_view> out;
  for (const Field& field : step_shape().fields) {
    if (field.presence != Presence::later && !goes_with_uses(field.name)) out.push_back(field.name);
  }
  return out;
}

Object refused(const std::vector<std::string_view>& names) {
  Object out;
  for (const std::string_view name : names) out.emplace(key(name), false);
  return out;
}

Value step_schema() {
  Object step = object_of(step_shape().fields, Expressions::refused);
  describe_executor(step);
  describe_executor(property(step, "undo"));
  property(step, "key")["pattern"] = text(kKeyPattern);
  property(step, "provider")["enum"] = executor_names(true);
  step["dependentRequired"] = Object{{"maxParallel", Array{"forEach"}}};
  step["anyOf"] = required_one(std::array<std::string_view, 3>{"type", "provider", "uses"});
  step["if"] = requires_field("uses");
  step["then"] = Object{{"properties", refused(others_than_use())}};
  step["else"] = Object{{"properties", Object{{"with", false}}}};
  step["examples"] =
      Array{Object{{"key", "fetch"}, {"type", "http"}, {"params", Object{{"url", "https://example.org"}}}}};
  return step;
}

Value example() {
  Object step{{"key", "greet"}, {"type", "set"}, {"params", Object{{"text", "Hello, ${ inputs.who }!"}}}};
  return Object{{"name", "hello"},
                {"inputs", Object{{"who", Object{{"type", "string"}, {"default", "world"}}}}},
                {"steps", Array{std::move(step)}},
                {"outputs", Object{{"text", "${ steps.greet.result.text }"}}}};
}

}  // namespace

Value workflow_schema() {
  Object out{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
             {"title", "Callboard workflow"},
             {"description",
              "A workflow file. Circles of steps, expressions, and names of steps are checked by `callboard "
              "workflow validate` beyond this."}};
  for (auto& member : object_of(workflow_shape().fields, Expressions::refused))
    out.emplace(member.key(), std::move(member.value()));
  property(out, "name")["maxLength"] = kNameCharacters;
  property(out, "name")["pattern"] = "[A-Za-z0-9_.]";
  property(out, "inputs")["propertyNames"] = Object{{"pattern", text(kKeyPattern)}};
  property(out, "steps")["items"] = Object{{"$ref", "#/$defs/step"}};
  property(out, "steps")["maxItems"] = limits::kSteps;
  property(out, "finally")["items"] = Object{{"$ref", "#/$defs/step"}};
  property(out, "groups")["propertyNames"] = Object{{"pattern", text(kKeyPattern)}};
  Object& group = property(out, "groups")["additionalProperties"].get_object();
  property(group, "steps")["items"] = Object{{"$ref", "#/$defs/step"}};
  property(group, "inputs")["propertyNames"] = Object{{"pattern", text(kKeyPattern)}};
  property(out, "labels")["maxProperties"] = limits::kLabels;
  property(out, "labels")["propertyNames"] = Object{{"pattern", "^[A-Za-z0-9_./-]{1,63}$"}};
  out["examples"] = Array{example()};
  Object definitions{{"step", step_schema()}, {"executor", executor_rules()}};
  for (const Description* executor : executors()) {
    Value params = params_of(*executor);
    params.get_object()["description"] = text(executor->summary);
    definitions.emplace(key(executor->name), std::move(params));
  }
  out["$defs"] = std::move(definitions);
  return out;
}

}  // namespace callboard::workflow
