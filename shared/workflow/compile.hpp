#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "shared/expression/template.hpp"
#include "shared/run/graph.hpp"
#include "shared/workflow/inputs.hpp"
#include "shared/workflow/problem.hpp"
#include "shared/workflow/triggers.hpp"

namespace callboard::workflow {

enum class Format : std::uint8_t {
  automatic,  // JSON if the first character is {, YAML otherwise
  yaml,
  json,
};

/// A workflow file that is valid.
struct Compiled {
  run::Graph graph;  // linked; its hash is that of the content, whatever its formatting
  std::string description;
  Triggers triggers;
  std::vector<Input> inputs;
  std::string body;  // as given
};

/// Reads and validates a workflow file: all problems at once, in the order of the file, at most
/// limits::kWorkflowErrors (of what is not YAML or JSON only the first). Pure; never throws. `segments`: see
/// run::link.
std::expected<Compiled, std::vector<Problem>> compile(std::string_view bytes,
                                                      Format format = Format::automatic,
                                                      bool segments = true);

}  // namespace callboard::workflow
