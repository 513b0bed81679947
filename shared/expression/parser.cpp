#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/expression/casing.hpp"
#include "shared/expression/expression.hpp"
#include "shared/expression/lexer.hpp"
#include "shared/expression/names.hpp"
#include "shared/expression/node.hpp"
#include "shared/expression/secret_rule.hpp"

namespace callboard::expression {
namespace {

std::string quoted(const Token& token) {
  if (token.kind == TokenKind::end) return "the end";
  return token.text.starts_with('\'') ? std::string(token.text) : "'" + std::string(token.text) + "'";
}

/// An operator between two operands; one of a higher level binds tighter. Level 0: none.
struct Operator {
  int level = 0;
  NodeKind kind = NodeKind::comparison;
  Comparison comparison = Comparison::equal;
};
constexpr int kLoosest = 1;
constexpr int kEquality = 3;
constexpr int kOrder = 4;

Operator operator_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::any_of: return {kLoosest, NodeKind::any_of};
    case TokenKind::all_of: return {kLoosest + 1, NodeKind::all_of};
    case TokenKind::equal: return {kEquality, NodeKind::comparison, Comparison::equal};
    case TokenKind::unequal: return {kEquality, NodeKind::comparison, Comparison::unequal};
    case TokenKind::less: return {kOrder, NodeKind::comparison, Comparison::less};
    case TokenKind::less_or_equal: return {kOrder, NodeKind::comparison, Comparison::less_or_equal};
    case TokenKind::greater: return {kOrder, NodeKind::comparison, Comparison::greater};
    case TokenKind::greater_or_equal: return {kOrder, NodeKind::comparison, Comparison::greater_or_equal};
    default: return {};
  }
}

std::string_view view(const Value& text) { return {text.get_string().data(), text.get_string().size()}; }

/// Precedence climbing over Actions' grammar, loosest first: || && (== !=) (< <= > >=) ! (. []) and what
/// stands alone. Every parse_ function gives the node it made; the tree keeps operands before their users.
class Parser {
 public:
  Parser(std::vector<Token> tokens, std::span<const std::string> more, std::size_t& offset)
      : tokens_(std::move(tokens)), more_(more), offset_(offset) {
    tree_.nodes.reserve(tokens_.size());
    tree_.operands.reserve(tokens_.size());
    open_.reserve(tokens_.size());
  }

  Result<void> run() {
    const auto root = parse_operators();
    if (!root) return std::unexpected(root.error());
    if (peek().kind != TokenKind::end) return refuse(peek(), "unexpected " + quoted(peek()));
    const bool has_secret = !reads_.secrets.empty();
    if (has_secret && tree_.root().kind != NodeKind::secret) {
      offset_ = secret_offset_;
      return fail(ErrorCode::invalid, "secrets." + reads_.secrets.front() + std::string(kSecretStandsAlone));
    }
    return {};
  }

  Tree take_tree() { return std::move(tree_); }
  Reads take_reads() { return std::move(reads_); }
  std::vector<StepReference> take_references() { return std::move(references_); }

 private:
  using Parsed = Result<NodeIndex>;

  const Token& peek() const { return tokens_[at_]; }
  Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool accept(TokenKind kind) {
    if (peek().kind != kind) return false;
    take();
    return true;
  }
  /// What is missing at the end is missing behind the last token: that is shown.
  std::unexpected<Error> refuse(const Token& token, std::string message) {
    const bool is_end = token.kind == TokenKind::end && tokens_.size() > 1;
    offset_ = is_end ? tokens_[tokens_.size() - 2].offset : token.offset;
    return fail(ErrorCode::invalid, std::move(message));
  }

  static std::uint16_t column_of(const Token& token) { return static_cast<std::uint16_t>(token.offset + 1); }

  Parsed push(Node&& node, std::span<const NodeIndex> operands = {}) {
    for (const NodeIndex operand : operands) {
      if (tree_.nodes[operand].height >= limits::kExpressionDepth) return refuse_depth();
      node.height = std::max<std::uint8_t>(node.height, tree_.nodes[operand].height + 1);
    }
    node.first_operand = static_cast<std::uint32_t>(tree_.operands.size());
    node.operand_count = static_cast<std::uint32_t>(operands.size());
    tree_.operands.insert(tree_.operands.end(), operands.begin(), operands.end());
    tree_.nodes.push_back(std::move(node));
    return static_cast<NodeIndex>(tree_.nodes.size() - 1);
  }
  /// A node of the operands that are open from place `from` on; they are closed with it.
  Parsed push_open(Node&& node, std::size_t from) {
    auto out = push(std::move(node), std::span(open_).subspan(from));
    open_.resize(from);
    return out;
  }
  std::unexpected<Error> refuse_depth() {
    return refuse(peek(),
                  "the expression nests deeper than " + std::to_string(limits::kExpressionDepth) + " levels");
  }

  /// Operands and the operators between them that bind as tight as `least` or tighter.
  Parsed parse_operators(int least = kLoosest) {
    Parsed left = parse_negation();
    while (left) {
      const Operator found = operator_of(peek().kind);
      if (found.level < std::max(least, kLoosest)) break;
      left = found.kind == NodeKind::comparison ? parse_comparison(*left, found) : parse_chain(*left, found);
    }
    return left;
  }

  Parsed parse_chain(NodeIndex first, const Operator& separator) {
    const TokenKind kind = peek().kind;
    const std::size_t from = open_.size();
    open_in_chain(first, separator.kind);
    while (accept(kind)) {
      const Parsed operand = parse_operators(separator.level + 1);
      if (!operand) return operand;
      open_in_chain(*operand, separator.kind);
    }
    Node node;
    node.kind = separator.kind;
    return push_open(std::move(node), from);
  }

  /// a && (b && c) is a && b && c, as Actions has it.
  void open_in_chain(NodeIndex operand, NodeKind kind) {
    const Node& node = tree_.nodes[operand];
    if (node.kind != kind) return open_.push_back(operand);
    for (std::uint32_t i = 0; i < node.operand_count; ++i)
      open_.push_back(tree_.operands[node.first_operand + i]);
  }

  Parsed parse_comparison(NodeIndex left, const Operator& found) {
    take();
    const Parsed right = parse_operators(found.level + 1);
    if (!right) return right;
    Node node;
    node.kind = NodeKind::comparison;
    node.comparison = found.comparison;
    return push(std::move(node), std::array{left, *right});
  }

  Parsed parse_negation() {
    if (!accept(TokenKind::negation)) return parse_path();
    if (++depth_ > limits::kExpressionDepth) return refuse_depth();
    const auto operand = parse_negation();
    --depth_;
    if (!operand) return operand;
    Node node;
    node.kind = NodeKind::negation;
    return push(std::move(node), std::array{*operand});
  }

  /// What stands alone, and the .name and […] behind it.
  Parsed parse_path() {
    const bool is_literal = peek().kind == TokenKind::literal;
    const auto root = parse_operand();
    if (!root || is_literal || !is_access(peek().kind)) return root;
    const std::size_t from = open_.size();
    open_.push_back(*root);
    while (is_access(peek().kind)) {
      const auto accessor = parse_accessor();
      if (!accessor) return accessor;
      open_.push_back(*accessor);
      if (open_.size() - from > limits::kExpressionDepth)
        return refuse_depth();  // each is a level to Actions
    }
    note_property(*root, open_[from + 1]);
    Node node;
    node.kind = NodeKind::path;
    return push_open(std::move(node), from);
  }

  static bool is_access(TokenKind kind) { return kind == TokenKind::dot || kind == TokenKind::open_index; }

  /// `.name`, `.*`, `[…]` or `[*]`: the node of the name, the star or the index.
  Parsed parse_accessor() {
    if (take().kind == TokenKind::dot) {
      if (accept(TokenKind::star)) return push_star();
      if (peek().kind != TokenKind::name)
        return refuse(peek(), "expected a name behind '.', found " + quoted(peek()));
      return push_text(take().text);
    }
    if (++depth_ > limits::kExpressionDepth) return refuse_depth();
    const auto index = accept(TokenKind::star) ? push_star() : parse_operators();
    --depth_;
    if (!index) return index;
    if (!accept(TokenKind::close_index)) return refuse(peek(), "expected ']', found " + quoted(peek()));
    return index;
  }

  Parsed push_star() {
    Node node;
    node.kind = NodeKind::star;
    return push(std::move(node));
  }

  Parsed push_text(std::string_view text) {
    Node node;
    node.literal.emplace_string().assign(text.data(), text.size());
    return push(std::move(node));
  }

  Parsed parse_operand() {
    Token& token = take();
    switch (token.kind) {
      case TokenKind::literal: {
        Node node;
        node.literal = std::move(token.literal);
        return push(std::move(node));
      }
      case TokenKind::open: return parse_group();
      case TokenKind::name: return peek().kind == TokenKind::open ? parse_call(token) : parse_context(token);
      case TokenKind::end: return refuse(token, "an operand is missing at the end");
      default: return refuse(token, "expected an operand, found " + quoted(token));
    }
  }

  Parsed parse_group() {
    if (++groups_ > limits::kExpressionGroups) {
      return refuse(peek(), "more than " + std::to_string(limits::kExpressionGroups) +
                                " pairs of parentheses stand within each other");
    }
    const auto inner = parse_operators();
    --groups_;
    if (inner && !accept(TokenKind::close)) return refuse(peek(), "expected ')', found " + quoted(peek()));
    return inner;
  }

  Parsed parse_call(const Token& name) {
    take();
    if (const auto status = find_status_function(name.text)) return parse_status(name, *status);
    const Signature* const known = find_function(name.text);
    if (known == nullptr) return refuse(name, unknown_function(name.text));
    Node node;
    node.kind = NodeKind::call;
    node.function = known->function;
    node.column = column_of(name);
    const std::size_t from = open_.size();
    if (auto parsed = parse_arguments(); !parsed) return std::unexpected(parsed.error());
    if (auto problem = find_fault(*known, open_.size() - from)) return refuse(name, *std::move(problem));
    reads_.now |= known->function == Function::now;
    return push_open(std::move(node), from);
  }

  Result<void> parse_arguments() {
    if (++depth_ > limits::kExpressionDepth) return refuse_depth();
    if (!accept(TokenKind::close)) {
      do {
        const auto argument = parse_operators();
        if (!argument) return std::unexpected(argument.error());
        open_.push_back(*argument);
      } while (accept(TokenKind::comma));
      if (!accept(TokenKind::close)) return refuse(peek(), "expected ',' or ')', found " + quoted(peek()));
    }
    --depth_;
    return {};
  }

  static std::optional<std::string> find_fault(const Signature& known, std::size_t count) {
    const auto said = [&](std::string_view expected) {
      return std::string(known.name) + "() takes " + std::string(expected) + ", found " +
             std::to_string(count);
    };
    if (known.is_odd && (count < known.least || count % 2 == 0))
      return said("an odd number of arguments, 3 at least");
    if (count >= known.least && count <= known.most) return std::nullopt;
    if (known.most == 0) return said("no arguments");
    if (known.most > 2)
      return said(std::to_string(known.least) + " to " + std::to_string(known.most) + " arguments");
    const std::string last = std::to_string(known.most) + (known.most == 1 ? " argument" : " arguments");
    return said(known.least == known.most ? last : std::to_string(known.least) + " or " + last);
  }

  Parsed parse_status(const Token& name, StatusFunction function) {
    if (!accept(TokenKind::close)) {
      return refuse(peek(), std::string(name.text) + "() takes no arguments, found " + quoted(peek()));
    }
    reads_.status_function = true;
    Node node;
    node.kind = NodeKind::status;
    node.status = function;
    return push(std::move(node));
  }

  Parsed parse_context(const Token& token) {
    const auto is_named = [&](const std::string& name) { return is_same_without_case(name, token.text); };
    if (const auto given = std::ranges::find_if(more_, is_named); given != more_.end())
      return push_context(*given);
    const auto root = find_root(token.text);
    if (!root) return refuse(token, unknown_root(token.text, more_));
    switch (*root) {
      case Root::event: reads_.event = true; return push_context("event");
      case Root::inputs: reads_.inputs = true; return push_context("inputs");
      case Root::vars: reads_.vars = true; return push_context("vars");
      case Root::item: reads_.item = true; return push_context("item");
      case Root::index: reads_.item = true; return push_context("index");
      case Root::run: return parse_run();
      case Root::steps: return parse_steps(token);
      case Root::secrets: return parse_secret(token);
    }
    return refuse(token, unknown_root(token.text, more_));
  }

  Parsed push_context(std::string_view name) {
    Node node;
    node.kind = NodeKind::context;
    node.literal.emplace_string().assign(name.data(), name.size());
    return push(std::move(node));
  }

  /// run.event and run.inputs are the contexts of those names; but where `event` is another event, run.event
  /// is a context of its own.
  Parsed parse_run() {
    const bool has_name = peek().kind == TokenKind::dot && tokens_[at_ + 1].kind == TokenKind::name;
    for (const std::string_view name : {"event", "inputs"}) {
      if (!has_name || compare_without_case(tokens_[at_ + 1].text, name) != 0) continue;
      at_ += 2;
      (name == "event" ? reads_.event : reads_.inputs) = true;
      return push_context(name == "event" ? kRunEvent : name);
    }
    reads_.run = true;
    return push_context("run");
  }

  Parsed parse_steps(const Token& token) {
    if (!is_access(peek().kind))
      return refuse(token, "expected a step behind 'steps': steps.<key> or steps[<number>]");
    const auto which = parse_accessor();
    if (!which) return which;
    note_step(tree_.nodes[*which], token);
    Node node;
    if (tree_.nodes[*which].kind == NodeKind::star) {
      node.kind = NodeKind::steps;
      return push(std::move(node));
    }
    node.kind = NodeKind::step;
    return push(std::move(node), std::array{*which});
  }

  void note_step(const Node& which, const Token& token) {
    const bool is_literal = which.kind == NodeKind::literal;
    StepReference reference{.key = {}, .number = {}, .property = {}, .column = token.offset + 1};
    if (is_literal && which.literal.is_string()) {
      reference.key = view(which.literal);
      if (std::ranges::find(reads_.steps, reference.key) == reads_.steps.end())
        reads_.steps.push_back(reference.key);
    } else if (is_literal && which.literal.is_int64() && which.literal.get_int64() >= 0) {
      reference.number = static_cast<std::size_t>(which.literal.get_int64());
      reads_.numbers.push_back(*reference.number);
    } else {
      reads_.all_steps = true;
    }
    references_.push_back(std::move(reference));
  }

  void note_property(NodeIndex root, NodeIndex first) {
    const NodeKind kind = tree_.nodes[root].kind;
    if (kind != NodeKind::step && kind != NodeKind::steps) return;
    const Node& property = tree_.nodes[first];
    if (property.kind == NodeKind::literal && property.literal.is_string())
      references_[reference_of(root)].property = view(property.literal);
  }

  /// The n-th step node made belongs to the n-th reference noted.
  std::size_t reference_of(NodeIndex step) const {
    const auto is_step = [](const Node& node) {
      return node.kind == NodeKind::step || node.kind == NodeKind::steps;
    };
    return static_cast<std::size_t>(
        std::ranges::count_if(tree_.nodes.begin(), tree_.nodes.begin() + step, is_step));
  }

  Parsed parse_secret(const Token& token) {
    if (!is_access(peek().kind)) return refuse(token, "expected a name behind 'secrets': secrets.<NAME>");
    const auto which = parse_accessor();
    if (!which) return which;
    const Value& name = tree_.nodes[*which].literal;
    if (tree_.nodes[*which].kind != NodeKind::literal || !name.is_string()) {
      return refuse(token, "a secret's name can't be computed: secrets.<NAME>");
    }
    if (reads_.secrets.empty()) secret_offset_ = token.offset;
    Node node;
    node.kind = NodeKind::secret;
    node.column = column_of(token);
    node.literal = name;
    reads_.secrets.emplace_back(view(name));
    return push(std::move(node));
  }

  std::vector<Token> tokens_;
  std::span<const std::string> more_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t groups_ = 0;  // that are open: they are no level of depth
  std::size_t& offset_;
  std::size_t secret_offset_ = 0;
  Tree tree_;
  std::vector<NodeIndex> open_;  // operands of nodes that are not made yet
  Reads reads_;
  std::vector<StepReference> references_;
};

}  // namespace

Result<Expression> parse_expression(std::string_view source, std::size_t* column,
                                    std::span<const std::string> more) {
  std::size_t offset = 0;
  const auto refuse = [&](Error error) {
    if (column != nullptr) *column = offset + 1;
    return std::unexpected(std::move(error));
  };
  if (source.size() > limits::kExpressionBytes) {
    return refuse({ErrorCode::too_large,
                   "the expression is longer than " + std::to_string(limits::kExpressionBytes) + " bytes"});
  }
  auto tokens = tokenize(source, offset);
  if (!tokens) return refuse(std::move(tokens.error()));
  if (tokens->size() == 1) return refuse({ErrorCode::invalid, "the expression is empty"});
  Parser parser(*std::move(tokens), more, offset);
  if (auto parsed = parser.run(); !parsed) return refuse(std::move(parsed.error()));
  return Expression({std::string(source), parser.take_reads(), parser.take_references()}, parser.take_tree());
}

Expression make_constant(Value value, std::string source) {
  Tree tree;
  tree.nodes.emplace_back().literal = std::move(value);
  return Expression({std::move(source), {}, {}}, std::move(tree));
}

Expression::Expression(Parsed parsed, Tree tree) {
  struct Whole {
    Parsed parsed;
    Tree tree;
  };
  const auto whole = std::make_shared<const Whole>(Whole{std::move(parsed), std::move(tree)});
  parsed_ = std::shared_ptr<const Parsed>(whole, &whole->parsed);
  tree_ = &whole->tree;
}

void Reads::add(const Reads& other) {
  for (const std::string& key : other.steps) {
    if (std::ranges::find(steps, key) == steps.end()) steps.push_back(key);
  }
  for (const std::size_t number : other.numbers) {
    if (std::ranges::find(numbers, number) == numbers.end()) numbers.push_back(number);
  }
  for (const std::string& name : other.secrets) {
    if (std::ranges::find(secrets, name) == secrets.end()) secrets.push_back(name);
  }
  all_steps |= other.all_steps;
  event |= other.event;
  inputs |= other.inputs;
  run |= other.run;
  vars |= other.vars;
  item |= other.item;
  now |= other.now;
  status_function |= other.status_function;
}

}  // namespace callboard::expression
