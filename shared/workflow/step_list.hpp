#pragma once

#include <string>
#include <vector>

#include "shared/run/graph.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::workflow {

/// One step as a file has it.
struct ListedStep {
  enum class Kind : std::uint8_t {
    main,     // of `steps`
    undo,     // of a main step's `undo`
    finally,  // of `finally`
  };

  const Node* node = nullptr;
  std::string path;  // steps[2], steps[2].undo, finally[0]
  Kind kind = Kind::main;
  run::StepIndex undoes = run::kNoStep;  // of an undo: the main step
  bool follows = false;                  // begins behind the one before it, for its list names no order
};

/// All steps of a file: those of `steps` in their order, then every `undo`, then those of `finally`. The
/// graph has them in this order too.
std::vector<ListedStep> list_steps(const Node& root);

/// How many of them are of `steps`.
std::size_t count_main(const std::vector<ListedStep>& steps);

/// The order that follows from what they are: an undo begins once every main step has ended, and behind the
/// undos of what came after its step; the first of `finally` behind all of these. Their conditions become
/// what that means; a problem where that nests too deep. For steps whose own dependencies are known.
void order_ending_steps(const std::vector<ListedStep>& listed, std::vector<run::Step>& steps,
                        Problems& problems);

}  // namespace callboard::workflow
