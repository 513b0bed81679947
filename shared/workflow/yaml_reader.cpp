#include <map>
#include <optional>
#include <set>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/workflow/tree.hpp"
#include "shared/workflow/yaml_parser.hpp"

namespace callboard::workflow {
namespace {

Problem problem_at(Position at, std::string message) { return {at.line, at.column, {}, std::move(message)}; }

/// Builds the tree from events, without recursion: the lists and maps that are open stand on a stack. Every
/// value is made where it stays, so that none is moved: nothing is added to a list or map while one of its
/// values is open.
class Builder {
 public:
  Builder() { open_.reserve(kUsualDepth); }

  /// The problem with this event, if there is one.
  std::optional<Problem> take(const YamlEvent& event) {
    switch (event.type()) {
      case YAML_DOCUMENT_START_EVENT: return begin_document(event);
      case YAML_SCALAR_EVENT: return scalar(event);
      case YAML_ALIAS_EVENT: return alias(event);
      case YAML_SEQUENCE_START_EVENT:
        return begin(event, Node::Kind::list, event.raw().data.sequence_start.anchor,
                     event.raw().data.sequence_start.tag);
      case YAML_MAPPING_START_EVENT:
        return begin(event, Node::Kind::map, event.raw().data.mapping_start.anchor,
                     event.raw().data.mapping_start.tag);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: return finish(event);
      default: return std::nullopt;
    }
  }

  /// Keys that stand twice, and what else was wrong.
  Problems& problems() { return problems_; }

  /// Where the lists and maps begin that have no end yet, the outermost first.
  std::vector<Position> open() const {
    std::vector<Position> out;
    out.reserve(open_.size());
    for (const Open& one : open_) out.push_back(one.node->at);
    return out;
  }

  std::optional<Node> take_root() {
    if (!has_root_) return std::nullopt;
    return std::move(root_);
  }

 private:
  static constexpr std::size_t kUsualDepth = 8;

  struct Open {
    Node* node = nullptr;
    std::string anchor;
    std::set<std::string, std::less<>> keys = {};  // of a map that has grown large
    bool has_key = false;                          // the last child has its key, and its value comes next
    bool is_repeated = false;                      // that key stood there already

    /// False if it is there already. Few keys are compared one by one, which is quicker than a set.
    bool add_key(std::string_view name) {
      constexpr std::size_t kFew = 32;
      if (node->children.size() < kFew) return node->find(name) == nullptr;
      if (keys.empty()) {
        for (const Node& child : node->children) keys.insert(child.key);
      }
      return keys.emplace(name).second;
    }
  };

  std::optional<Problem> begin_document(const YamlEvent& event) {
    if (++documents_ > 1) return problem_at(event.begin(), "found a second document, expected one");
    return std::nullopt;
  }

  static std::string_view text_of(const yaml_char_t* text) {
    return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
  }

  static std::string_view value_of(const yaml_event_t& event) {
    return {reinterpret_cast<const char*>(event.data.scalar.value), event.data.scalar.length};
  }

  bool wants_key() const { return !open_.empty() && open_.back().node->is_map() && !open_.back().has_key; }

  /// Where the next value stays.
  Node& place() {
    if (open_.empty()) return root_;
    const Open& parent = open_.back();
    return parent.has_key ? parent.node->children.back() : parent.node->begin_child();
  }

  std::optional<Problem> scalar(const YamlEvent& event) {
    const auto& from = event.raw().data.scalar;
    if (from.tag != nullptr) return refuse_tag(event, from.tag);
    const bool is_plain = from.style == YAML_PLAIN_SCALAR_STYLE;
    if (wants_key()) return take_key(value_of(event.raw()), event.begin(), is_plain);
    Node& node = place();
    node.at = event.begin();
    node.end = event.end();
    node.text = value_of(event.raw());
    node.kind = Node::Kind::text;
    if (is_plain && !resolve_scalar(node)) {
      return problem_at(node.at,
                        "found " + node.text + ", expected a number that JSON and 64 bits can represent");
    }
    return finish(node, text_of(from.anchor));
  }

  static Problem refuse_tag(const YamlEvent& event, const yaml_char_t* tag) {
    const std::string name(text_of(tag));
    return problem_at(event.begin(),
                      "found the tag " + name + ": tags are not supported" + remedy_for_sign(name[0]));
  }

  std::optional<Problem> take_key(std::string_view key, Position at, bool is_plain) {
    if (is_plain && key == "<<") {
      return problem_at(
          at, "merge keys (<<) are not supported: write the fields out, or use an alias for a value");
    }
    if (key.empty()) return problem_at(at, "found an empty key, expected a name");
    Open& map = open_.back();
    map.is_repeated = !map.add_key(key);
    if (map.is_repeated) problems_.add(at, {}, "the key '" + std::string(key) + "' stands here twice");
    map.has_key = true;
    Node& member = map.node->begin_child();
    member.key = key;
    member.key_at = at;
    return count(at, 1);
  }

  std::optional<Problem> alias(const YamlEvent& event) {
    const std::string name(text_of(event.raw().data.alias.anchor));
    const auto anchor = anchors_.find(name);
    if (anchor == anchors_.end())
      return problem_at(event.begin(), "found the alias *" + name + ", but no finished anchor &" + name +
                                           " before it" + remedy_for_sign('*'));
    if (wants_key()) return problem_at(event.begin(), "found an alias as a key, expected a name");
    if (open_.size() + anchor->second.height > limits::kYamlDepth) return too_deep(event.begin());
    if (auto problem = count(event.begin(), anchor->second.nodes)) return problem;
    put_copy(anchor->second, place());
    close();
    return std::nullopt;
  }

  std::optional<Problem> begin(const YamlEvent& event, Node::Kind kind, const yaml_char_t* anchor,
                               const yaml_char_t* tag) {
    if (tag != nullptr) return refuse_tag(event, tag);
    if (wants_key()) return problem_at(event.begin(), "found a list or map as a key, expected a name");
    if (open_.size() >= limits::kYamlDepth) return too_deep(event.begin());
    Node& node = place();
    node.kind = kind;
    node.at = event.begin();
    open_.push_back({.node = &node, .anchor = std::string(text_of(anchor))});
    return std::nullopt;
  }

  std::optional<Problem> finish(const YamlEvent& event) {
    const Open done = std::move(open_.back());
    open_.pop_back();
    done.node->end = event.end();
    return finish(*done.node, done.anchor);
  }

  /// A scalar, or a list or map with all that is in it (its children are counted already).
  std::optional<Problem> finish(const Node& node, std::string_view anchor) {
    if (auto problem = count(node.at, 1)) return problem;
    if (!anchor.empty()) {
      if (auto problem = count(node.at, node.nodes)) return problem;
      put_copy(node, anchors_[std::string(anchor)]);
    }
    close();
    return std::nullopt;
  }

  /// The value alone: the place keeps its key.
  static void put_copy(const Node& node, Node& place) {
    Node copy = node;
    copy.key = std::move(place.key);
    copy.key_at = place.key_at;
    place = std::move(copy);
  }

  /// The value that was begun last stands where it belongs.
  void close() {
    if (open_.empty()) {
      has_root_ = true;
      return;
    }
    Open& parent = open_.back();
    parent.has_key = false;
    if (std::exchange(parent.is_repeated, false))
      parent.node->drop_child();
    else
      parent.node->finish_child();
  }

  std::optional<Problem> count(Position at, std::size_t nodes) {
    nodes_ += nodes;
    if (nodes_ <= limits::kYamlNodes) return std::nullopt;
    return problem_at(at, "the file holds more than " + std::to_string(limits::kYamlNodes) +
                              " values once its aliases are expanded");
  }

  static Problem too_deep(Position at) {
    return problem_at(at, "the file nests deeper than " + std::to_string(limits::kYamlDepth) + " levels");
  }

  std::vector<Open> open_;
  std::map<std::string, Node> anchors_;
  Problems problems_;
  Node root_;
  bool has_root_ = false;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

}  // namespace

ReadTree read_yaml(std::string_view bytes, std::string_view expected) {
  bytes = without_mark(bytes);
  if (!is_utf8(bytes)) {
    const Position at = position_of_byte(bytes, utf8_prefix(bytes));
    return std::unexpected(NoTree{{problem_at(at, "found bytes that are not UTF-8")}, {}});
  }
  YamlParser parser(bytes);
  Builder builder;
  Problems& problems = builder.problems();
  const auto no_tree = [&] { return std::unexpected(NoTree{problems.take(), {}}); };
  while (true) {
    YamlEvent event;
    if (!parser.next(event)) {
      parser.explain(builder.open(), problems);
      return no_tree();
    }
    if (event.type() == YAML_STREAM_END_EVENT) break;
    if (auto problem = builder.take(event)) {
      problems.add(*std::move(problem));
      return no_tree();
    }
  }
  auto root = builder.take_root();
  if (!root) {
    problems.add({}, {}, "the file is empty, expected " + std::string(expected));
    return no_tree();
  }
  if (!problems.empty()) return std::unexpected(NoTree{problems.take(), std::move(root)});
  return *std::move(root);
}

}  // namespace callboard::workflow
