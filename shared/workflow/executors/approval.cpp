#include <array>

#include "shared/workflow/executors/registry.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr Shape kName = {.kind = Shape::Kind::text};
constexpr std::array kOutcomes = {"fail"sv, "continue"sv};

constexpr std::array kParameters = {
    Field{"approvers",
          {.kind = Shape::Kind::list, .item = &kName},
          "Who may approve or reject, by name; anybody if not given."},
    Field{"count",
          {.kind = Shape::Kind::integer, .least = 1, .most = 100},
          "How many of them must approve; 1 if not given. One rejection is enough."},
    Field{"message", {.kind = Shape::Kind::text}, "What they are asked, for people."},
    Field{"onReject",
          {.kind = Shape::Kind::text, .values = kOutcomes},
          "fail: the step fails with class auth (the default); continue: its result has approved: false."},
    Field{"onTimeout",
          {.kind = Shape::Kind::text, .values = kOutcomes},
          "fail: the step fails with class timeout (the default); continue: its result has timedOut: true."},
};

}  // namespace

const Description kApproval = {
    .name = "approval",
    .summary =
        "Waits until people approve or one rejects, held by the dispatcher; `timeout` bounds it. Its "
        "result is {approved, by, comment?}, or {timedOut: true}.",
    .parameters = kParameters,
    .timeout = limits::kRunTimeout,
    .held = true,
};

}  // namespace callboard::workflow
