#pragma once

#include <span>
#include <string>
#include <string_view>

#include "shared/workflow/shape.hpp"

/// For people who come from GitHub Actions: what is written here in place of its words.
namespace callboard::workflow {

/// What is written in place of an unknown field of `map`, which may have `fields`; empty where its name is no
/// word of Actions there.
std::string remedy_for_field(const Node& field, const Node& map, std::span<const Field> fields);

/// The same of a value that is no map of `fields`: on: push, on: [push].
std::string remedy_for_value(const Node& value, std::span<const Field> fields);

}  // namespace callboard::workflow
