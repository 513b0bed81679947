#pragma once

#include <array>
#include <string_view>

#include "shared/workflow/shape.hpp"

/// The fields by which a workflow's file says what a value must be: of inputs, of what a group is given, and
/// of outputs.
namespace callboard::workflow {

inline constexpr std::array<std::string_view, 6> kTypeNames = {"string",  "number", "integer",
                                                               "boolean", "object", "array"};

namespace typed {
inline constexpr Shape kAny = {.kind = Shape::Kind::any};
inline constexpr Shape kText = {.kind = Shape::Kind::text};
inline constexpr Shape kNumber = {.kind = Shape::Kind::number};
inline constexpr Shape kCount = {.kind = Shape::Kind::integer, .least = 0};
inline constexpr Shape kBoolean = {.kind = Shape::Kind::boolean};
inline constexpr Shape kList = {.kind = Shape::Kind::list, .item = &kAny, .may_be_empty = true};
inline constexpr Shape kMap = {.kind = Shape::Kind::map, .item = &kAny};
}  // namespace typed

/// JSON Schema's keywords that may stand beside `type`; all others go into `schema`.
inline constexpr std::array kTypedFields = {
    Field{"type",
          {.kind = Shape::Kind::text, .values = kTypeNames},
          "string if not given, and nothing else says what it is: enum, const, anyOf, oneOf, allOf or not."},
    Field{"enum", typed::kList, "The values it may have."},
    Field{"const", typed::kAny, "The one value it may have."},
    Field{"pattern", typed::kText, "A regular expression that must match somewhere in a text."},
    Field{"format", typed::kText, "What a text is, for people: uri, date-time; not checked."},
    Field{"minLength", typed::kCount, "Characters of a text, at least."},
    Field{"maxLength", typed::kCount, "Characters of a text, at most."},
    Field{"minimum", typed::kNumber, "A number, at least."},
    Field{"maximum", typed::kNumber, "A number, at most."},
    Field{"exclusiveMinimum", typed::kNumber, "A number must be more."},
    Field{"exclusiveMaximum", typed::kNumber, "A number must be less."},
    Field{"multipleOf", typed::kNumber, "What a number must be a multiple of."},
    Field{"minItems", typed::kCount, "Items of a list, at least."},
    Field{"maxItems", typed::kCount, "Items of a list, at most."},
    Field{"uniqueItems", typed::kBoolean, "Whether no item of a list may stand twice."},
    Field{"items", typed::kAny, "A JSON Schema for every item of a list."},
    Field{"properties", typed::kMap, "JSON Schemas for members of an object."},
    Field{"additionalProperties", typed::kAny, "A JSON Schema for all other members; false: there are none."},
    Field{"anyOf", typed::kList, "JSON Schemas, one of which must hold."},
    Field{"oneOf", typed::kList, "JSON Schemas, exactly one of which must hold."},
    Field{"allOf", typed::kList, "JSON Schemas that must all hold."},
    Field{"not", typed::kAny, "A JSON Schema that must not hold."},
    Field{"schema", typed::kAny, "A whole JSON Schema 2020-12, in place of all these."},
};

/// With more fields before them.
template <std::size_t more>
constexpr std::array<Field, more + kTypedFields.size()> with_typed_fields(std::array<Field, more> first) {
  std::array<Field, more + kTypedFields.size()> out{};
  for (std::size_t i = 0; i < more; ++i) out[i] = first[i];
  for (std::size_t i = 0; i < kTypedFields.size(); ++i) out[more + i] = kTypedFields[i];
  return out;
}

}  // namespace callboard::workflow
