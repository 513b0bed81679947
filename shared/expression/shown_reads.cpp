#include "shared/expression/shown_reads.hpp"

#include <algorithm>

#include "shared/base/text.hpp"
#include "shared/expression/evaluate.hpp"
#include "shared/expression/node.hpp"
#include "shared/value/write.hpp"

namespace callboard::expression {
namespace {

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') && text[0] != '-' &&
         std::ranges::all_of(text, is_letter);
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::string_view name_of(StatusFunction function) {
  constexpr std::string_view kNames[] = {"success()", "failure()", "always()", "cancelled()"};
  return kNames[static_cast<std::size_t>(function)];
}

constexpr std::size_t kMostDescribed = 4;
constexpr std::size_t kMostItems = 4;
constexpr std::size_t kValueBytes = 80;

std::string short_text(const Value& value) {
  if (value.is_object()) return "an object";
  if (value.is_array() && value.get_array().size() > kMostItems)
    return "a list of " + std::to_string(value.get_array().size());
  const std::string text = write_json(value);
  if (text.size() <= kValueBytes) return text;
  const std::string_view cut = std::string_view(text).substr(0, kValueBytes);
  return std::string(cut.substr(0, utf8_prefix(cut))) + "…";
}

/// Calls `take(text, operand)` on everything that is read, each once, until it answers false.
template <typename Take>
class Shower {
 public:
  Shower(const Tree& tree, const Contexts& contexts, Take take)
      : tree_(tree), contexts_(contexts), take_(std::move(take)) {}

  void visit(const Node& node) {
    switch (node.kind) {
      case NodeKind::path: visit_accessors(node); return show(node);
      case NodeKind::context:
      case NodeKind::step:
      case NodeKind::steps:
      case NodeKind::status: return show(node);
      default: break;
    }
    for (const NodeIndex operand : tree_.operands_of(node)) visit(tree_.nodes[operand]);
  }

 private:
  /// What a path is asked with may read as well: steps[inputs.which].
  void visit_accessors(const Node& path) {
    for (std::size_t i = 1; i < path.operand_count; ++i) visit(tree_.operand(path, i));
  }

  void show(const Node& node) {
    std::string text = text_of(node);
    if (is_full_ || text.empty() || std::ranges::count(seen_, text) > 0) return;
    auto value = evaluate_node(tree_, node, contexts_);
    if (!value) return;
    seen_.push_back(text);
    is_full_ = !take_(std::move(text), *std::move(value));
  }

  /// Empty where it begins with something else than a context: a function's result is not read.
  std::string text_of(const Node& node) const {
    switch (node.kind) {
      case NodeKind::context: return std::string(node.name());
      case NodeKind::steps: return "steps.*";
      case NodeKind::step: return "steps" + accessor(tree_.operand(node, 0));
      case NodeKind::status: return std::string(name_of(node.status));
      case NodeKind::path: break;
      default: return {};
    }
    std::string out = text_of(tree_.operand(node, 0));
    if (out.empty()) return out;
    for (std::size_t i = 1; i < node.operand_count; ++i) out += accessor(tree_.operand(node, i));
    return out;
  }

  std::string accessor(const Node& node) const {
    if (node.kind == NodeKind::star) return ".*";
    if (node.kind != NodeKind::literal) {
      const std::string inner = text_of(node);
      return "[" + (inner.empty() ? "…" : inner) + "]";
    }
    if (!node.literal.is_string()) return "[" + write_json(node.literal) + "]";
    const std::string_view name(node.literal.get_string());
    return is_name(name) ? "." + std::string(name) : "[" + quoted(name) + "]";
  }

  const Tree& tree_;
  const Contexts& contexts_;
  Take take_;
  std::vector<std::string> seen_;
  bool is_full_ = false;
};

}  // namespace

std::vector<ShownRead> show_reads(const Expression& expression, const Contexts& contexts) {
  std::vector<ShownRead> out;
  Shower(expression.tree(), contexts, [&](std::string text, auto value) {
    out.push_back({std::move(text), std::move(value).take()});
    return true;
  }).visit(expression.tree().root());
  return out;
}

std::string describe_reads(const Expression& expression, const Contexts& contexts) {
  std::string out;
  std::size_t count = 0;
  Shower(expression.tree(), contexts, [&](const std::string& text, const auto& value) {
    out += (count == 0 ? "" : ", ") + text + " is " + short_text(value.value());
    return ++count < kMostDescribed;
  }).visit(expression.tree().root());
  return out;
}

}  // namespace callboard::expression
