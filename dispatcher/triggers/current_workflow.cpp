#include "dispatcher/triggers/current_workflow.hpp"

#include <utility>

#include "shared/workflow/compile.hpp"

namespace callboard::dispatcher {

Compiled compile_workflow(std::string_view text, std::string_view format, bool segments) {
  const auto read_as = format == "json" ? workflow::Format::json : workflow::Format::yaml;
  auto compiled = workflow::compile(text, read_as, segments);
  if (!compiled) return std::unexpected(std::move(compiled.error()));
  return CurrentWorkflow{.graph = std::make_shared<const run::Graph>(std::move(compiled->graph)),
                         .triggers = std::move(compiled->triggers),
                         .inputs = std::move(compiled->inputs),
                         .format = std::string(format),
                         .since = {}};
}

}  // namespace callboard::dispatcher
