#include "shared/expression/lexer.hpp"

#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "shared/base/text.hpp"
#include "shared/expression/coercion.hpp"
#include "shared/expression/spaces.hpp"

namespace callboard::expression {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || is_digit(c) || c == '-'; }
/// A point or a sign begins a number only where an operand may stand.
bool ends_operand(const std::vector<Token>& before) {
  if (before.empty()) return false;
  switch (before.back().kind) {
    case TokenKind::literal:
    case TokenKind::name:
    case TokenKind::close:
    case TokenKind::close_index:
    case TokenKind::star:
    case TokenKind::dot: return true;
    default: return false;
  }
}

std::optional<Value> keyword(std::string_view word) {
  if (word == "null") return Value(nullptr);
  if (word == "true") return Value(true);
  if (word == "false") return Value(false);
  if (word == "NaN") return Value(std::nan(""));
  if (word == "Infinity") return Value(HUGE_VAL);
  return std::nullopt;
}

/// What whoever writes it most likely means.
std::string_view remedy_for(char c) {
  switch (c) {
    case '=': return ": to compare, write ==";
    case '&': return ": write && for both";
    case '|': return ": write || for either";
    case '+':
    case '-':
    case '/':
    case '%': return ": expressions have no arithmetic";
    default: return "";
  }
}

struct Symbol {
  std::string_view text;
  TokenKind kind;
};
constexpr std::array kSymbols = {
    Symbol{"==", TokenKind::equal},         Symbol{"!=", TokenKind::unequal},
    Symbol{"<=", TokenKind::less_or_equal}, Symbol{">=", TokenKind::greater_or_equal},
    Symbol{"&&", TokenKind::all_of},        Symbol{"||", TokenKind::any_of},
    Symbol{"<", TokenKind::less},           Symbol{">", TokenKind::greater},
    Symbol{"!", TokenKind::negation},       Symbol{"(", TokenKind::open},
    Symbol{")", TokenKind::close},          Symbol{"[", TokenKind::open_index},
    Symbol{"]", TokenKind::close_index},    Symbol{".", TokenKind::dot},
    Symbol{"*", TokenKind::star},           Symbol{",", TokenKind::comma},
};

class Lexer {
 public:
  Lexer(std::string_view source, std::size_t& offset) : source_(source), at_(offset) { at_ = 0; }

  Result<std::vector<Token>> run() {
    tokens_.reserve(source_.size() / 4 + 2);
    while (true) {
      while (const std::size_t size = space_size(source_.substr(at_))) at_ += size;
      if (at_ == source_.size()) break;
      const auto read = next();
      if (!read) return std::unexpected(read.error());
    }
    push(TokenKind::end, 0);
    return std::move(tokens_);
  }

 private:
  Result<void> next() {
    const char c = source_[at_];
    if (c == '\'') return read_string();
    if (is_name_start(c)) return read_name();
    if (is_digit(c)) return read_number();
    const bool begins_number = (c == '-' || c == '+' || c == '.') && !ends_operand(tokens_);
    if (begins_number && at_ + 1 < source_.size()) return read_number();
    return read_symbol();
  }

  /// What ends a word for Actions, whatever the word is made of.
  bool ends_word(std::size_t at) const {
    return at == source_.size() || std::string_view("()[],.!<>=&|").contains(source_[at]) ||
           space_size(source_.substr(at)) > 0;
  }

  Token& push(TokenKind kind, std::size_t size) {
    Token& token = tokens_.emplace_back();
    token.kind = kind;
    token.text = source_.substr(at_, size);
    token.offset = at_;
    at_ += size;
    return token;
  }
  void push_literal(std::size_t size, Value literal) {
    push(TokenKind::literal, size).literal = std::move(literal);
  }

  Result<void> read_string() {
    std::string text;
    for (std::size_t i = at_ + 1; i < source_.size(); ++i) {
      if (source_[i] != '\'') {
        text += source_[i];
      } else if (i + 1 < source_.size() && source_[i + 1] == '\'') {
        text += source_[i++];
      } else {
        push_literal(i + 1 - at_, Value(boost::json::string_view(text.data(), text.size())));
        return {};
      }
    }
    return fail(ErrorCode::invalid, "a string without its closing quote (')");
  }

  Result<void> read_name() {
    std::size_t end = at_;
    while (end < source_.size() && is_name_part(source_[end])) ++end;
    if (!ends_word(end) && source_[end] != '*') return refuse_word();
    const std::string_view word = source_.substr(at_, end - at_);
    const bool is_property = !tokens_.empty() && tokens_.back().kind == TokenKind::dot;
    auto value = is_property ? std::nullopt : keyword(word);
    if (value)
      push_literal(word.size(), *std::move(value));
    else
      push(TokenKind::name, word.size());
    return {};
  }

  Result<void> read_number() {
    std::size_t end = at_;
    if (source_[end] == '-' || source_[end] == '+') ++end;
    while (end < source_.size() && (source_[end] == '.' || !ends_word(end))) ++end;
    const std::string_view digits = source_.substr(at_, end - at_);
    Value number = number_of_text(digits);
    if (number.is_double() && std::isnan(number.get_double())) {
      return fail(ErrorCode::invalid, "'" + std::string(digits) + "' is not a number");
    }
    push_literal(digits.size(), std::move(number));
    return {};
  }

  std::unexpected<Error> refuse_word() const {
    std::size_t end = at_ + 1;
    while (!ends_word(end)) ++end;
    return fail(ErrorCode::invalid, "unexpected '" + printable(source_.substr(at_, end - at_)) + "'" +
                                        std::string(remedy_for(source_[at_])));
  }

  Result<void> read_symbol() {
    for (const Symbol& symbol : kSymbols) {
      if (symbol.text[0] != source_[at_] || !source_.substr(at_).starts_with(symbol.text)) continue;
      push(symbol.kind, symbol.text.size());
      return {};
    }
    if (source_[at_] == '"') {
      return fail(ErrorCode::invalid, "a string stands in single quotes ('…'), found \"");
    }
    return refuse_word();
  }

  std::string_view source_;
  std::size_t& at_;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view source, std::size_t& offset) {
  return Lexer(source, offset).run();
}

}  // namespace callboard::expression
