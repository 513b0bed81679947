#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "shared/expression/contexts.hpp"
#include "shared/expression/node.hpp"

/// What names mean in an expression: the tables of functions and contexts. Names are read without case, as
/// Actions does.
namespace callboard::expression {

enum class Root : std::uint8_t { event, inputs, steps, run, vars, secrets, item, index };

std::optional<Root> find_root(std::string_view name);
std::optional<StatusFunction> find_status_function(std::string_view name);

/// A function and how many arguments it takes.
struct Signature {
  std::string_view name;
  Function function;
  std::size_t least;
  std::size_t most;
  bool is_odd = false;  // their number
};
const Signature* find_function(std::string_view name);

/// One sentence that says why there is no such context or function, with the nearest name where there is one.
/// `more`: contexts beside those of workflows.
std::string unknown_root(std::string_view name, std::span<const std::string> more);
std::string unknown_function(std::string_view name);

}  // namespace callboard::expression
