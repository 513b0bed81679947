#include "shared/expression/findings.hpp"

#include <optional>

#include "shared/base/text.hpp"
#include "shared/expression/evaluate.hpp"
#include "shared/expression/node.hpp"
#include "shared/value/write.hpp"

namespace callboard::expression {
namespace {

constexpr std::size_t kMostProperties = 4;
constexpr std::size_t kValueBytes = 80;

/// event.pull_request.labels.*.name; nothing where a part of it is computed.
std::optional<std::string> name_of(const Tree& tree, const Node& path) {
  const Node& root = tree.operand(path, 0);
  if (root.kind != NodeKind::context) return std::nullopt;
  std::string out(root.name());
  for (std::size_t i = 1; i < path.operand_count; ++i) {
    const Node& part = tree.operand(path, i);
    if (part.kind == NodeKind::star) {
      out += ".*";
    } else if (part.kind == NodeKind::literal && part.literal.is_string()) {
      out += '.';
      out.append(part.literal.get_string().data(), part.literal.get_string().size());
    } else if (part.kind == NodeKind::literal && part.literal.is_int64()) {
      out += "[" + std::to_string(part.literal.get_int64()) + "]";
    } else {
      return std::nullopt;
    }
  }
  return out;
}

std::string short_text(const Value& value) {
  if (value.is_object()) return "an object";
  if (value.is_array() && value.get_array().size() > kMostProperties)
    return "a list of " + std::to_string(value.get_array().size());
  const std::string text = write_json(value);
  if (text.size() <= kValueBytes) return text;
  const std::string_view cut = std::string_view(text).substr(0, kValueBytes);
  return std::string(cut.substr(0, utf8_prefix(cut))) + "…";
}

}  // namespace

std::string describe_findings(const Expression& expression, const Contexts& contexts) {
  std::string out;
  std::size_t shown = 0;
  const Tree& tree = expression.tree();
  for (const Node& node : tree.nodes) {
    if (node.kind != NodeKind::path) continue;
    const auto name = name_of(tree, node);
    if (!name || shown == kMostProperties) continue;
    const auto found = evaluate_node(tree, node, contexts);
    if (!found) continue;
    ++shown;
    if (!out.empty()) out += ", ";
    out += *name + " is " + short_text(found->value());
  }
  return out;
}

}  // namespace callboard::expression
