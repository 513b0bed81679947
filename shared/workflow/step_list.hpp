#pragma once

#include <string>
#include <vector>

#include "shared/run/graph.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::workflow {

/// One step as a file has it.
struct ListedStep {
  enum class Kind : std::uint8_t {
    main,     // of `steps`, or of a group used there
    undo,     // of a main step's `undo`
    finally,  // of `finally`, or of a group used there
  };

  const Node* node = nullptr;
  std::string path;  // steps[2], steps[2].undo, finally[0]
  Kind kind = Kind::main;
  run::StepIndex undoes = run::kNoStep;  // of an undo: the main step
  run::StepIndex behind = run::kNoStep;  // the one before it, for its list names no order
  run::GroupPart part = run::GroupPart::none;
  std::size_t scope = 0;  // whose steps and inputs its expressions read
  std::size_t opens = 0;  // of a group's begin and end: the scope of the group
};

/// Steps that see each other by their own keys: those of the file (the first), or those of a group where one
/// step uses it.
struct StepScope {
  std::size_t above = 0;
  std::string group;           // its name; empty: the file
  const Node* node = nullptr;  // of the group; of the first the whole file
  const Node* use = nullptr;   // the step that uses it
  std::string use_path;
  run::StepIndex begin = run::kNoStep;
  run::StepIndex end = run::kNoStep;
};

struct ListedSteps {
  std::vector<ListedStep> steps;
  std::vector<StepScope> scopes;
};

/// All steps of a file: those of `steps` in their order (the end of a group in place of the step that uses
/// it), then the begin and the steps of every group that is used, then every `undo`, then those of `finally`
/// and of the groups used there. The graph has them in this order too. Problems: groups that are not there,
/// that use themselves, or that nest too deep. No more steps than one beyond limits::kSteps, and those of one
/// group.
ListedSteps list_steps(const Node& root, Problems& problems);

/// How many of them are main steps: they stand first.
std::size_t count_main(const std::vector<ListedStep>& steps);

/// The order that follows from what they are: an undo begins once every main step has ended, and behind the
/// undos of what came after its step; the first of `finally` behind all of these. Their conditions become
/// what that means; a problem where that nests too deep. For steps whose own dependencies are known.
void order_ending_steps(const std::vector<ListedStep>& listed, std::vector<run::Step>& steps,
                        Problems& problems);

}  // namespace callboard::workflow
