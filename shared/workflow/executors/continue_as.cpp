#include <array>

#include "shared/workflow/executors/registry.hpp"

namespace callboard::workflow {
namespace {

constexpr Shape kInput = {.kind = Shape::Kind::any};

constexpr std::array kParameters = {
    Field{"inputs", {.kind = Shape::Kind::map, .item = &kInput}, "The inputs of the run that goes on."},
};

}  // namespace

const Description kContinueAs = {
    .name = "continueAs",
    .summary =
        "Once the run has completed, another run of its workflow goes on in its place, with these inputs: "
        "for "
        "workflows without an end. Its result is {run}.",
    .parameters = kParameters,
    .held = true,
};

}  // namespace callboard::workflow
