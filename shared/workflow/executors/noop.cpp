#include <array>

#include "shared/workflow/executors/registry.hpp"

namespace callboard::workflow {
namespace {

constexpr std::array kParameters = {
    Field{"for", {.kind = Shape::Kind::duration}, "How long it holds its worker."},
};

}  // namespace

const Description kNoop = {
    .name = "noop",
    .summary = "Does nothing. Its result is {}.",
    .parameters = kParameters,
};

}  // namespace callboard::workflow
