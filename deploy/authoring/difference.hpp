#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/value/value.hpp"
#include "shared/workflow/problem.hpp"

namespace callboard::authoring {

/// One thing that differs between two versions of a workflow.
struct Change {
  enum class Kind : unsigned char { added, removed, changed };
  Kind kind = Kind::changed;
  std::string path;             // steps.lint.params.run: steps stand by key
  std::optional<Value> before;  // absent where it was added
  std::optional<Value> after;   // absent where it was removed
  std::string meaning;          // for runs that are under way, or to be started; may be empty
};
std::string_view to_string(Change::Kind kind);

struct Comparison {
  std::string old_hash;
  std::string new_hash;  // the same: nothing that matters differs
  std::vector<Change> changes;
};

/// By meaning, not by text: comments, layout and the order of keyed steps don't matter. Both must be valid
/// workflow files; else the problems of the first that is not, which is told by `is_old`.
struct InvalidVersion {
  bool is_old = false;
  std::vector<workflow::Problem> problems;
};
std::expected<Comparison, InvalidVersion> compare_versions(std::string_view old_text,
                                                           std::string_view new_text);

}  // namespace callboard::authoring
