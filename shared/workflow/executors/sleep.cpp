#include <array>

#include "shared/workflow/executors/registry.hpp"
#include "shared/workflow/executors/written.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr std::array kParameters = {
    Field{"for", {.kind = Shape::Kind::duration}, "How long it waits, from when the step is ready."},
    Field{"until", {.kind = Shape::Kind::text}, "The time it waits for, as RFC 3339: 2026-11-21T08:00:00Z."},
};
constexpr std::array kForOrUntil = {"for"sv, "until"sv};
constexpr std::array kOneOf = {OneOf{kForOrUntil}};

void check(const Node& params, const std::string& path, Problems& problems) {
  check_time(params, "until", path, problems);
}

}  // namespace

const Description kSleep = {
    .name = "sleep",
    .summary = "Waits, as a durable timer of the dispatcher. Its result is {}.",
    .parameters = kParameters,
    .one_of = kOneOf,
    .check = check,
    .held = true,
};

}  // namespace callboard::workflow
