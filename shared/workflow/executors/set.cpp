#include "shared/workflow/executors/registry.hpp"

namespace callboard::workflow {

const Description kSet = {
    .name = "set",
    .summary = "Values for later steps: its result is its parameters.",
    .takes_anything = true,
};

}  // namespace callboard::workflow
