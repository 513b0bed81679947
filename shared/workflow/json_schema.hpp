#pragma once

#include <memory>
#include <string>
#include <vector>

#include "shared/value/value.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::workflow {

/// The part of JSON Schema 2020-12 that says how a value is built: type, enum, const, the bounds of numbers,
/// texts, lists and objects, properties, required, additionalProperties, items, prefixItems, anyOf, allOf,
/// oneOf, not; annotations are taken and mean nothing. Any other keyword (pattern, $ref, if …) is refused at
/// load, never ignored. Immutable; copies share it.
class JsonSchema {
 public:
  /// Adds a problem for everything in it that is no such schema, at its place.
  static JsonSchema read(const Node& node, const std::string& path, Problems& problems);

  struct Fault {
    std::string pointer;  // RFC 6901; empty: the whole value
    std::string message;
  };
  /// Everything that is wrong with the value, at most 20 faults. Pure.
  std::vector<Fault> check(const Value& value) const;

 private:
  std::shared_ptr<const Value> schema_;  // shared by copies of a graph
};

}  // namespace callboard::workflow
