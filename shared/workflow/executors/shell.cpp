#include <array>

#include "shared/workflow/executors/registry.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr Shape kText = {.kind = Shape::Kind::text};
constexpr Shape kScalar = {.kind = Shape::Kind::scalar};

constexpr std::array kParameters = {
    Field{"run",
          {.kind = Shape::Kind::text},
          "A script for sh. Only ${{ … }} is an expression here; what comes from outside goes in by env."},
    Field{
        "argv", {.kind = Shape::Kind::list, .item = &kText}, "A program and its arguments, without a shell."},
    Field{"env",
          {.kind = Shape::Kind::map, .item = &kScalar},
          "Environment variables. One that comes out as null is empty."},
    Field{"cwd", {.kind = Shape::Kind::text}, "The folder it runs in; a fresh one if not given."},
    Field{"stdin", {.kind = Shape::Kind::text}, "What it reads from its standard input."},
};
constexpr std::array kRunOrArgv = {"run"sv, "argv"sv};
constexpr std::array kOneOf = {OneOf{kRunOrArgv}};

}  // namespace

const Description kShell = {
    .name = "shell",
    .summary =
        "Runs a script or program in a fresh folder. Its result is exitCode, stdout, stderr, truncated, and "
        "what it writes into $CALLBOARD_OUTPUT.",
    .parameters = kParameters,
    .one_of = kOneOf,
    .shows_life = true,
    .script = "run",
};

}  // namespace callboard::workflow
