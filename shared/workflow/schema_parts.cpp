#include "shared/workflow/schema_parts.hpp"

#include <limits>
#include <string>
#include <utility>

namespace callboard::workflow {
namespace {

using Kind = Shape::Kind;

boost::json::string_view key(std::string_view from) { return {from.data(), from.size()}; }

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
      return {
          {"type", "string"},
          {"pattern", (shape.may_be_empty ? "^" : "^(?=.*[1-9])") + std::string(kDurationPattern.substr(1))}};
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

}  // namespace

Value text(std::string_view from) { return key(from); }

Array texts(std::span<const std::string_view> from) {
  Array out;
  for (const std::string_view one : from) out.push_back(text(one));
  return out;
}

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

Object has_none_of(std::span<const std::string_view> names) {
  return {{"not", Object{{"anyOf", required_one(names)}}}};
}

Object has_text(std::string_view name, Array values) {
  Object out = requires_field(name);
  property(out, name)["enum"] = std::move(values);
  return out;
}

Object matching(std::string_view pattern) { return {{"pattern", text(pattern)}}; }

Object one_or_list(const Object& of) {
  Object out = of;
  out["items"] = of;
  return out;
}

Object members(std::span<const std::string_view> names, const Value& schema) {
  Object out;
  for (const std::string_view name : names) out.emplace(key(name), schema);
  return out;
}

Object reference(std::string_view definition) {
  return {{"$ref", text("#/$defs/" + std::string(definition))}};
}

Object rule(Object condition, Object then) {
  return {{"if", std::move(condition)}, {"then", std::move(then)}};
}

void add(Object& schema, Object keywords) {
  for (auto& keyword : keywords) schema[keyword.key()] = std::move(keyword.value());
}

Object& property(Object& schema, std::string_view name) {
  Value& properties = schema["properties"];
  if (!properties.is_object()) properties = Object();
  Value& out = properties.get_object()[key(name)];
  if (!out.is_object()) out = Object();
  return out.get_object();
}

}  // namespace callboard::workflow
