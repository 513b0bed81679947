#include <array>

#include "shared/workflow/executors/registry.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr std::array kMethods = {"GET"sv, "HEAD"sv, "POST"sv, "PUT"sv, "PATCH"sv, "DELETE"sv};
constexpr Shape kScalar = {.kind = Shape::Kind::scalar};

constexpr std::array kParameters = {
    Field{"url", {.kind = Shape::Kind::text}, "Where the request goes: http or https.", Presence::required},
    Field{"method", {.kind = Shape::Kind::text, .values = kMethods}, "GET if not given."},
    Field{"headers", {.kind = Shape::Kind::map, .item = &kScalar}, "Headers of the request."},
    Field{"query", {.kind = Shape::Kind::map, .item = &kScalar}, "Put behind the URL, encoded."},
    Field{"json", {.kind = Shape::Kind::any}, "The body, sent as JSON."},
    Field{"body", {.kind = Shape::Kind::text}, "The body, sent as it is."},
};
constexpr std::array kJsonOrBody = {"json"sv, "body"sv};
constexpr std::array kOneOf = {OneOf{kJsonOrBody, false}};

/// POST and PATCH may act twice when they are sent twice; so may a method that is not known yet.
run::Effect effect_of(const Node& params) {
  const Node* method = params.find("method");
  if (method == nullptr) return run::Effect::idempotent;
  const bool is_safe =
      method->text == "GET" || method->text == "HEAD" || method->text == "PUT" || method->text == "DELETE";
  return is_safe ? run::Effect::idempotent : run::Effect::once;
}

}  // namespace

const Description kHttp = {
    .name = "http",
    .summary = "One HTTP request. Its result is status, headers, body, and json where the body is JSON.",
    .parameters = kParameters,
    .one_of = kOneOf,
    .effect = run::Effect::idempotent,
    .effect_of = effect_of,
    .shows_life = true,
};

}  // namespace callboard::workflow
