#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "shared/value/value.hpp"
#include "shared/workflow/shape.hpp"

/// The pieces that the published schema is put together from.
namespace callboard::workflow {

/// Of keys of steps, and names of inputs and groups.
inline constexpr std::string_view kKeyPattern = "^[A-Za-z_][A-Za-z0-9_-]{0,62}$";
/// Of durations, 0s included.
inline constexpr std::string_view kDurationPattern = R"(^(([0-9]+\.?[0-9]*|\.[0-9]+)(ms|s|m|h|d))+$)";

Value text(std::string_view from);
Array texts(std::span<const std::string_view> from);

/// What a table of fields says of a value.
Value schema_of(const Shape& shape, Expressions expressions);
Object object_of(std::span<const Field> fields, Expressions expressions);

/// Of objects that have this member.
Object requires_field(std::string_view name);
/// The same of each name, for anyOf and oneOf.
Array required_one(std::span<const std::string_view> names);
/// Of objects that have none of these members.
Object has_none_of(std::span<const std::string_view> names);
/// Of objects whose member is one of these texts.
Object has_text(std::string_view name, Array values);
/// Of texts that match.
Object matching(std::string_view pattern);
/// Of a text, and of every text of a list.
Object one_or_list(const Object& of);
/// For `properties`: the same of several members.
Object members(std::span<const std::string_view> names, const Value& schema);
Object reference(std::string_view definition);
Object rule(Object condition, Object then);

/// Puts these keywords beside the others.
void add(Object& schema, Object keywords);

/// The schema of a member in `properties`; made where there is none.
Object& property(Object& schema, std::string_view name);

}  // namespace callboard::workflow
