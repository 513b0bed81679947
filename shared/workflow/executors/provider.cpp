#include <array>

#include "shared/workflow/executors/registry.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr std::array kProviders = {"anthropic"sv, "claude"sv, "openai"sv, "gemini"sv, "ollama"sv};
constexpr std::array kRoles = {"user"sv, "assistant"sv, "system"sv};
constexpr Shape kText = {.kind = Shape::Kind::text};

constexpr std::array kMessageFields = {
    Field{"role", {.kind = Shape::Kind::text, .values = kRoles}, "Who says it.", Presence::required},
    Field{"content", kText, "What is said.", Presence::required},
};
constexpr Shape kMessage = {.kind = Shape::Kind::object, .fields = kMessageFields};

constexpr std::array kParameters = {
    Field{"provider",
          {.kind = Shape::Kind::text, .values = kProviders},
          "Whose model answers.",
          Presence::required},
    Field{"model", kText, "The model's name, as the provider calls it.", Presence::required},
    Field{"prompt", kText, "What is asked."},
    Field{"message", kText, "The same as prompt."},
    Field{"messages", {.kind = Shape::Kind::list, .item = &kMessage}, "A conversation."},
    Field{"system", kText, "What the model is told about itself."},
    Field{"systemPrompt", kText, "The same as system."},
    Field{"maxTokens", {.kind = Shape::Kind::integer, .least = 1, .most = 1e6}, "The answer's limit."},
    Field{"temperature",
          {.kind = Shape::Kind::number, .least = 0, .most = 2},
          "How much chance there is in the answer."},
};
constexpr std::array kPrompts = {"prompt"sv, "message"sv, "messages"sv};
constexpr std::array kSystems = {"system"sv, "systemPrompt"sv};
constexpr std::array kOneOf = {OneOf{kPrompts}, OneOf{kSystems, false}};
constexpr std::array kShortNames = {
    ShortName{"anthropic", "provider", "anthropic"}, ShortName{"claude", "provider", "anthropic"},
    ShortName{"openai", "provider", "openai"},       ShortName{"gemini", "provider", "gemini"},
    ShortName{"ollama", "provider", "ollama"},
};

}  // namespace

const Description kProvider = {
    .name = "provider",
    .summary = "Asks a language model. Its result is text (and message, the same), model, stopReason, usage.",
    .parameters = kParameters,
    .one_of = kOneOf,
    .short_names = kShortNames,
};

}  // namespace callboard::workflow
