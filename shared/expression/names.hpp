#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/expression/contexts.hpp"

/// What names mean in an expression: the tables of functions and contexts. Names are read without case, as
/// Actions does.
namespace callboard::expression {

enum class Root : std::uint8_t { event, inputs, steps, run, vars, secrets };

std::optional<Root> find_root(std::string_view name);
std::optional<StatusFunction> find_function(std::string_view name);

/// One sentence that says why there is no such context or function, with the nearest name where there is one.
std::string unknown_root(std::string_view name);
std::string unknown_function(std::string_view name);

}  // namespace callboard::expression
