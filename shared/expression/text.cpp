#include "shared/base/limits.hpp"
#include "shared/expression/coercion.hpp"
#include "shared/expression/evaluate.hpp"
#include "shared/expression/template.hpp"

namespace callboard::expression {
namespace {

/// Where the expression that begins at `from` ends: its first `}` outside quotes, or `}}`.
std::size_t find_end(std::string_view text, std::size_t from, std::string_view closing) {
  std::size_t end = text.find(closing, from);
  while (end != std::string_view::npos) {
    const std::size_t quote = text.substr(0, end).find('\'', from);
    if (quote == std::string_view::npos) break;
    from = text.find('\'', quote + 1);
    if (from == std::string_view::npos) return from;
    if (++from > end) end = text.find(closing, from);
  }
  return end;
}

class TextParser {
 public:
  /// Without `faults` the first fault ends it.
  TextParser(std::string_view text, Opening opening, std::vector<TextFault>* faults)
      : text_(text), opening_(opening), faults_(faults) {}

  Result<Text> run() {
    std::size_t from = 0;
    while (from < text_.size()) {
      const std::size_t at = text_.find("${", from);
      if (at == std::string_view::npos) break;
      const bool is_double = text_.substr(at).starts_with("${{");
      if (!is_double && opening_ == Opening::double_brace) {
        literal_ += text_.substr(from, at + 2 - from);
        from = at + 2;
      } else if (at > from && text_[at - 1] == '$') {
        literal_ += text_.substr(from, at - 1 - from);
        literal_ += is_double ? "${{" : "${";
        from = at + (is_double ? 3 : 2);
      } else {
        literal_ += text_.substr(from, at - from);
        const auto end = read_expression(at, is_double);
        if (!end) return std::unexpected(end.error());
        from = *end;
      }
    }
    literal_ += text_.substr(std::min(from, text_.size()));
    push_literal();
    return std::move(out_);
  }

 private:
  /// The place behind the expression that opens at `at`.
  Result<std::size_t> read_expression(std::size_t at, bool is_double) {
    const std::string_view closing = is_double ? "}}" : "}";
    const std::size_t begin = at + 1 + closing.size();
    const std::size_t end = find_end(text_, begin, closing);
    if (end == std::string_view::npos) {
      return refuse(at, {ErrorCode::invalid, "an expression without its closing " + std::string(closing)},
                    begin);
    }
    std::size_t column = 0;
    auto expression = parse_expression(text_.substr(begin, end - begin), &column);
    if (!expression) {
      return refuse(begin + column - 1, std::move(expression.error()), end + closing.size());
    }
    push_literal();
    out_.reads.add(expression->reads());
    out_.parts.push_back({{}, *std::move(expression), begin});
    return end + closing.size();
  }

  /// Where faults are gathered, the text goes on `behind` it.
  Result<std::size_t> refuse(std::size_t offset, Error error, std::size_t behind) {
    if (faults_ == nullptr) return std::unexpected(std::move(error));
    faults_->push_back({offset, std::move(error.message)});
    return faults_->size() > limits::kWorkflowErrors ? text_.size() : behind;
  }

  void push_literal() {
    if (literal_.empty()) return;
    out_.parts.push_back({std::move(literal_), std::nullopt, 0});
    literal_.clear();
  }

  std::string_view text_;
  Opening opening_;
  std::string literal_;
  Text out_;
  std::vector<TextFault>* faults_;
};

}  // namespace

Result<Text> parse_text(std::string_view text, Opening opening) {
  return TextParser(text, opening, nullptr).run();
}

Text parse_right_parts(std::string_view text, Opening opening, std::vector<TextFault>& faults) {
  return TextParser(text, opening, &faults).run().value_or(Text());
}

Result<Value> render_text(const Text& text, const Contexts& contexts) {
  if (text.is_single()) return evaluate(*text.parts[0].expression, contexts);
  std::string out;
  for (const Text::Part& part : text.parts) {
    if (!part.expression) {
      out += part.text;
      continue;
    }
    const auto value = evaluate_operand(*part.expression, contexts);
    if (!value) return std::unexpected(value.error());
    out += to_text(value->value());
  }
  return Value(boost::json::string_view(out.data(), out.size()));
}

Result<std::string> render_key(const Text& text, const Contexts& contexts, std::size_t most) {
  const auto value = render_text(text, contexts);
  if (!value) return std::unexpected(value.error());
  if (value->is_object() || value->is_array()) {
    return fail(ErrorCode::invalid, std::string(value->is_object() ? "found an object" : "found a list") +
                                        ", expected text, a number, true or false");
  }
  std::string key = to_text(*value);
  if (key.size() <= most) return key;
  return fail(ErrorCode::invalid,
              "found " + std::to_string(key.size()) + " bytes, expected at most " + std::to_string(most));
}

}  // namespace callboard::expression
