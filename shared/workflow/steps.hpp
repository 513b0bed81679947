#pragma once

#include "shared/run/graph.hpp"
#include "shared/workflow/expression_reader.hpp"
#include "shared/workflow/step_list.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::workflow {

/// The keys of the steps of a file: as given, made of names, or numbered. Problems: keys that are none or
/// stand twice. A step of a group has the key of the step that uses the group before its own:
/// `staging--build`.
StepNames name_steps(const ListedSteps& listed, Problems& problems);

/// The steps of a file whose shape has been checked; what is wrong with one is a problem, and the others are
/// made.
std::vector<run::Step> make_steps(const Node& root, const ListedSteps& listed, const StepNames& names,
                                  ExpressionReader& expressions, Problems& problems);

/// A problem for every circle of steps that wait for each other, named step by step.
void check_cycles(const std::vector<ListedStep>& listed, const std::vector<run::Step>& steps,
                  Problems& problems);

}  // namespace callboard::workflow
