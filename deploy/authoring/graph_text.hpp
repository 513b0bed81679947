#pragma once

#include <string>

#include "shared/run/graph.hpp"
#include "shared/value/value.hpp"

namespace callboard::authoring {

/// A flowchart for Mermaid, which GitHub shows in Markdown.
std::string to_mermaid(const run::Graph& graph);
/// For Graphviz.
std::string to_dot(const run::Graph& graph);
/// {"name","steps":[{"key","type","level","dependsOn":[…],"if"?}]}
Value to_value(const run::Graph& graph);

}  // namespace callboard::authoring
