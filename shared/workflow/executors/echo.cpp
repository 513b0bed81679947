#include "shared/workflow/executors/registry.hpp"

namespace callboard::workflow {

const Description kEcho = {
    .name = "echo",
    .summary = "Its result is its parameters.",
    .takes_anything = true,
};

}  // namespace callboard::workflow
