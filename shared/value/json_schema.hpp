#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/value/value.hpp"

namespace callboard {

/// How a value is built, by JSON Schema 2020-12: type, enum, const; the bounds of numbers, texts, lists and
/// objects; multipleOf, pattern, uniqueItems; properties, patternProperties, propertyNames,
/// additionalProperties, required, dependentRequired; items, prefixItems, contains; anyOf, allOf, oneOf, not,
/// if/then/else; $ref to `#` or into the schema's own $defs. Annotations, `format` among them, are taken and
/// mean nothing. Immutable; copies share it.
class JsonSchema {
 public:
  JsonSchema() = default;  // takes everything
  /// Of a schema that has been read (shared/workflow/schema_reader.hpp): its keywords are known, their
  /// operands fit, its patterns parse and its references lead somewhere.
  explicit JsonSchema(Value schema);

  struct Fault {
    std::string pointer;  // RFC 6901; empty: the whole value
    std::string message;
  };
  /// Everything that is wrong with the value, at most 20 faults. Pure. A check that takes more than
  /// limits::kSchemaSteps ends with a fault that says so.
  std::vector<Fault> check(const Value& value) const;

  bool takes_everything() const { return compiled_ == nullptr; }

  struct Compiled;

 private:
  std::shared_ptr<const Compiled> compiled_;  // shared by copies of a graph
};

/// A value of an object that must fit a schema: an input, an output.
struct TypedMember {
  std::string name;
  JsonSchema schema;
};

/// What is wrong with the members of `object` that are there, "; " between: `outputs.n: found 5, expected
/// string`. `of` names the object. One that is absent is taken as null. Empty: nothing.
std::string find_type_faults(const std::vector<TypedMember>& types, const Value& object, std::string_view of);

/// The name that a `$ref` of the form `#/$defs/name` spells, by RFC 6901 in a URI's fragment: %xx, then ~1
/// and ~0 stand for what they escape; an escape that is none stands for itself. Nothing for other references.
std::optional<std::string> find_definition_name(std::string_view reference);

/// The part of `schema` that a `$ref` names (`#`, `#/$defs/name`), or null.
const Value* find_referred(const Value& schema, std::string_view reference);

}  // namespace callboard
