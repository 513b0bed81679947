#pragma once

#include <string>
#include <vector>

#include "shared/expression/template.hpp"

/// What runs are searched by. Part of the graph.
namespace callboard::run {

/// A label as the workflow's file has it.
struct LabelText {
  std::string name;
  expression::Text text;  // over event, inputs and vars; rendered when a run is made
};

/// A label of one run, as it stands in its d/0.
struct Label {
  std::string name;
  std::string value;

  friend bool operator==(const Label&, const Label&) = default;
};
using Labels = std::vector<Label>;

}  // namespace callboard::run
