#include "shared/workflow/flow.hpp"

#include <algorithm>

#include "shared/base/time.hpp"

namespace callboard::workflow {
namespace {

/// One outside the fields' range is a problem already.
std::uint32_t read_limit(const Node& node) {
  const Node* const limit = node.find("limit");
  if (limit == nullptr || limit->kind != Node::Kind::number) return 1;
  return static_cast<std::uint32_t>(
      std::clamp(limit->scalar.to_number<double>(), 1.0, double{limits::kTurns}));
}

}  // namespace

std::optional<run::Concurrency> read_concurrency(const Node& root, ExpressionReader& expressions) {
  const Node* const node = root.find("concurrency");
  if (node == nullptr) return std::nullopt;
  const bool is_bare = node->is_text();
  const Node* const group = is_bare ? node : node->find_text("group");
  if (group == nullptr) return std::nullopt;
  auto text = expressions.text(*group, is_bare ? "concurrency" : "concurrency.group",
                               {.place = "concurrency.group", .steps = false});
  if (!text) return std::nullopt;
  run::Concurrency out{.group = std::move(*text)};
  if (is_bare) return out;
  out.limit = read_limit(*node);
  if (const Node* on_excess = node->find_text("onExcess"))
    out.on_excess = run::parse_on_excess(on_excess->text).value_or(run::OnExcess::queue);
  if (const Node* timeout = node->find_text("timeout"))
    out.timeout = parse_duration(timeout->text).value_or(limits::kPlaceTimeout);
  return out;
}

std::optional<run::Throttle> read_throttle(const Node& of, const Path& path, const Scope& scope,
                                           ExpressionReader& expressions, Problems& problems) {
  const Node* const node = of.find_map("throttle");
  if (node == nullptr) return std::nullopt;
  run::Throttle out;
  if (const Node* key = node->find_text("key")) {
    auto text = expressions.text(*key, path.under("key"), scope);
    if (text) out.key = std::move(*text);
  }
  out.limit = read_limit(*node);
  const Node* const per = node->find_text("per");
  const auto span = per == nullptr ? std::nullopt : parse_duration(per->text);
  if (!span) return std::nullopt;
  out.per = *span;
  if (*span > limits::kTurnSpan)
    problems.add(per->at, path.under("per"), "found " + describe(*per) + ", expected at most 31d");
  return out;
}

}  // namespace callboard::workflow
