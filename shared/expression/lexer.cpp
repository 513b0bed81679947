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

/// What a character may be to the lexer; those beyond ASCII may be white space.
enum CharacterClass : std::uint8_t {
  kDigit = 1,
  kNameStart = 2,
  kNamePart = 4,
  kWordEnd = 8,  // ends a word for Actions, whatever the word is made of
  kMaybeSpace = 16,
};

constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> out{};
  for (std::size_t c = 0; c < out.size(); ++c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool is_digit = c >= '0' && c <= '9';
    const bool may_be_space = c == ' ' || (c >= '\t' && c <= '\r') || c >= 0x80;
    out[c] = static_cast<std::uint8_t>((is_digit ? kDigit : 0) | (is_letter ? kNameStart : 0) |
                                       (is_letter || is_digit || c == '-' ? kNamePart : 0) |
                                       (may_be_space ? kMaybeSpace : 0));
  }
  for (const char c : std::string_view("()[],.!<>=&|")) out[static_cast<unsigned char>(c)] |= kWordEnd;
  return out;
}();

bool is(char c, CharacterClass what) { return (kClasses[static_cast<unsigned char>(c)] & what) != 0; }

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
  TokenKind kind = TokenKind::end;  // none
  std::size_t size = 1;
};

/// The symbol that begins with `c`, before `next`.
Symbol symbol_of(char c, char next) {
  const auto longer = [next](char second, TokenKind with, TokenKind without) {
    return next == second ? Symbol{with, 2} : Symbol{without};
  };
  switch (c) {
    case '=': return longer('=', TokenKind::equal, TokenKind::end);
    case '!': return longer('=', TokenKind::unequal, TokenKind::negation);
    case '<': return longer('=', TokenKind::less_or_equal, TokenKind::less);
    case '>': return longer('=', TokenKind::greater_or_equal, TokenKind::greater);
    case '&': return longer('&', TokenKind::all_of, TokenKind::end);
    case '|': return longer('|', TokenKind::any_of, TokenKind::end);
    case '(': return {TokenKind::open};
    case ')': return {TokenKind::close};
    case '[': return {TokenKind::open_index};
    case ']': return {TokenKind::close_index};
    case '.': return {TokenKind::dot};
    case '*': return {TokenKind::star};
    case ',': return {TokenKind::comma};
    default: return {};
  }
}

class Lexer {
 public:
  Lexer(std::string_view source, std::size_t& offset) : source_(source), at_(offset) { at_ = 0; }

  Result<std::vector<Token>> run() {
    tokens_.reserve(source_.size() / 4 + 2);
    while (true) {
      while (const std::size_t size = space_at(at_)) at_ += size;
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
    if (is(c, kNameStart)) return read_name();
    if (is(c, kDigit)) return read_number();
    const bool begins_number = (c == '-' || c == '+' || c == '.') && !ends_operand(tokens_);
    if (begins_number && at_ + 1 < source_.size()) return read_number();
    return read_symbol();
  }

  std::size_t space_at(std::size_t at) const {
    return at < source_.size() && is(source_[at], kMaybeSpace) ? space_size(source_.substr(at)) : 0;
  }

  bool ends_word(std::size_t at) const {
    return at == source_.size() || is(source_[at], kWordEnd) || space_at(at) > 0;
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
    boost::json::string text;
    for (std::size_t from = at_ + 1;;) {
      const std::size_t quote = source_.find('\'', from);
      if (quote == std::string_view::npos) break;
      const bool is_doubled = quote + 1 < source_.size() && source_[quote + 1] == '\'';
      text.append(source_.data() + from, source_.data() + quote + (is_doubled ? 1 : 0));
      from = quote + 2;
      if (is_doubled) continue;
      push_literal(quote + 1 - at_, Value(std::move(text)));
      return {};
    }
    return fail(ErrorCode::invalid, "a string without its closing quote (')");
  }

  Result<void> read_name() {
    std::size_t end = at_;
    while (end < source_.size() && is(source_[end], kNamePart)) ++end;
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
    const char next = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
    if (const Symbol symbol = symbol_of(source_[at_], next); symbol.kind != TokenKind::end) {
      push(symbol.kind, symbol.size);
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
