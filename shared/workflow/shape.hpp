#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "shared/workflow/path.hpp"
#include "shared/workflow/tree.hpp"

/// What a part of a workflow file may look like, as data: validation (check_shape) and the published JSON
/// Schema (schema.hpp) are both made from these tables, so they can't differ.
namespace callboard::workflow {

struct Field;

struct Shape {
  enum class Kind : std::uint8_t {
    any,
    text,
    boolean,
    number,  // from `least` to `most`
    integer,
    duration,   // more than nothing, if it isn't said that it may be
    scalar,     // text, number or boolean
    condition,  // an expression, bare or in ${ … }, or a boolean
    list,       // of `item`
    map,        // names to `item`
    object,     // `fields`
    either,     // one of `choices`
  };

  Kind kind = Kind::any;
  std::span<const std::string_view> values = {};  // of a text: one of these; empty: any
  double least = std::numeric_limits<double>::lowest();
  double most = std::numeric_limits<double>::max();
  std::span<const Field> fields = {};
  const Shape* item = nullptr;
  bool may_be_empty = false;  // a list, or a duration of 0s
  std::span<const Shape> choices = {};
};

enum class Presence : std::uint8_t {
  optional,
  required,
  later,  // not supported yet: refused by name, with the description as the remedy
};

struct Field {
  std::string_view name;
  Shape shape;
  std::string_view description;
  Presence presence = Presence::optional;
};

/// Whether a text with `${ … }` may stand where something else is expected: its value is known only later.
enum class Expressions : std::uint8_t { refused, allowed };

/// Adds every problem of `node`. `path` names it.
void check_shape(const Node& node, const Shape& shape, Expressions expressions, const Path& path,
                 Problems& problems);

/// steps.3.timeout and steps[3].timeout: a path with one more part.
std::string path_of(const std::string& path, std::string_view field);
std::string path_of(const std::string& path, std::size_t place);

/// ": did you mean 'x'?" or ", expected one of a, b, c"; empty where neither helps.
std::string suggestion(std::string_view word, std::span<const std::string_view> known);

}  // namespace callboard::workflow
