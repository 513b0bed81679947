#include "shared/workflow/flow.hpp"

#include "shared/base/time.hpp"

namespace callboard::workflow {

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
  const Node* const limit = node->find("limit");
  if (limit != nullptr && limit->kind == Node::Kind::number)
    out.limit = limit->scalar.to_number<std::uint32_t>();
  if (const Node* on_excess = node->find_text("onExcess"))
    out.on_excess = run::parse_on_excess(on_excess->text).value_or(run::OnExcess::queue);
  if (const Node* timeout = node->find_text("timeout"))
    out.timeout = parse_duration(timeout->text).value_or(limits::kPlaceTimeout);
  return out;
}

}  // namespace callboard::workflow
