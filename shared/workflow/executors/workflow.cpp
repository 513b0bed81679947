#include <array>

#include "shared/workflow/executors/registry.hpp"
#include "shared/workflow/slug.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr Shape kInput = {.kind = Shape::Kind::any};
constexpr std::array kOnCancel = {"cancel"sv, "leave"sv};

constexpr std::array kParameters = {
    Field{"workflow",
          {.kind = Shape::Kind::text},
          "Which workflow, by its name or slug: the version that is current when the step begins.",
          Presence::required},
    Field{"inputs",
          {.kind = Shape::Kind::map, .item = &kInput},
          "The inputs of the child run, as that workflow declares them."},
    Field{"wait",
          {.kind = Shape::Kind::boolean},
          "true: the step ends with its child run (the default); false: it completes at once, and the child "
          "goes on beside it."},
    Field{"onCancel",
          {.kind = Shape::Kind::text, .values = kOnCancel},
          "cancel: the child is cancelled with this run (the default); leave: it goes on."},
};

void check(const Node& params, const std::string& path, Problems& problems) {
  const Node* const name = params.find_text("workflow");
  if (name == nullptr || has_expression(*name) || !slug_of(name->text).empty()) return;
  problems.add(name->at, path_of(path, "workflow"),
               "found " + describe(*name) + ", expected the name or the slug of a workflow");
}

}  // namespace

const Description kWorkflow = {
    .name = "workflow",
    .summary =
        "Starts a run of another workflow, held by the dispatcher; `timeout` cancels it. Its result is {run, "
        "state, outputs}, or with wait: false {run}.",
    .parameters = kParameters,
    .check = check,
    .timeout = limits::kRunTimeout,
    .held = true,
};

}  // namespace callboard::workflow
