#include <array>

#include "shared/workflow/executors/registry.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr std::array kClasses = {"network"sv, "auth"sv,  "rate_limit"sv, "validation"sv,
                                 "server"sv,  "quota"sv, "prompt"sv,     "timeout"sv,
                                 "exit"sv,    "lost"sv,  "cancelled"sv,  "internal"sv};

constexpr std::array kParameters = {
    Field{"message", {.kind = Shape::Kind::text}, "What the step's error says.", Presence::required},
    Field{"class", {.kind = Shape::Kind::text, .values = kClasses}, "The class of the error."},
};

}  // namespace

const Description kFail = {
    .name = "fail",
    .summary = "Fails with a message of the workflow's own.",
    .parameters = kParameters,
};

}  // namespace callboard::workflow
