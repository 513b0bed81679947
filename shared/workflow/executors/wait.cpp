#include <array>

#include "shared/workflow/executors/registry.hpp"

namespace callboard::workflow {
namespace {

constexpr std::array kParameters = {
    Field{"signal",
          {.kind = Shape::Kind::text},
          "The name of the signal it waits for: letters, digits, '.', '_' and '-'. One that came before is "
          "kept.",
          Presence::required},
};

}  // namespace

const Description kWait = {
    .name = "wait",
    .summary =
        "Waits for a signal, held by the dispatcher; `timeout` bounds it. Its result is {name, data, "
        "receivedAt}.",
    .parameters = kParameters,
    .timeout = limits::kRunTimeout,
    .held = true,
};

}  // namespace callboard::workflow
