#include "shared/expression/functions.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/expression/casing.hpp"
#include "shared/expression/coercion.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::expression {
namespace {

Value text_value(std::string_view text) { return Value(boost::json::string_view(text.data(), text.size())); }

bool is_compound(const Value& value) { return value.is_array() || value.is_object(); }

std::unexpected<Error> too_large(std::string_view function) {
  return fail(ErrorCode::too_large, std::string(function) + "() gives more than " +
                                        std::to_string(limits::kRenderedBytes) + " bytes");
}

bool contains(const Value& where, const Value& what) {
  if (where.is_array()) {
    return std::ranges::any_of(where.get_array(),
                               [&](const Value& item) { return is_loosely_equal(what, item); });
  }
  return !is_compound(where) && !is_compound(what) && contains_without_case(to_text(where), to_text(what));
}

/// startsWith() and endsWith(): of what is no list or object.
bool holds_of_texts(const Value& text, const Value& part, bool (*holds)(std::string_view, std::string_view)) {
  return !is_compound(text) && !is_compound(part) && holds(to_text(text), to_text(part));
}

/// {N} becomes the N-th argument, {{ and }} a brace.
class Format {
 public:
  Format(std::string format, std::span<const Operand> arguments)
      : format_(std::move(format)), arguments_(arguments) {}

  Result<Value> run() {
    for (std::size_t at = 0; at < format_.size();) {
      const std::size_t brace = std::min(format_.find_first_of("{}", at), format_.size());
      out_.append(format_, at, brace - at);
      at = brace;
      if (at == format_.size()) break;
      if (at + 1 < format_.size() && format_[at + 1] == format_[at]) {
        out_ += format_[at];
        at += 2;
      } else if (auto put = put_argument(at); !put) {
        return std::unexpected(put.error());
      }
      if (out_.size() > limits::kRenderedBytes) return too_large("format");
    }
    return text_value(out_);
  }

 private:
  Result<void> put_argument(std::size_t& at) {
    std::size_t number = 0;
    const char* const first = format_.data() + at + 1;
    const char* const last = format_.data() + format_.size();
    auto [end, problem] = std::from_chars(first, last, number);
    const bool has_number = format_[at] == '{' && problem == std::errc();
    if (has_number && end != last && *end == ':') ++end;  // an empty specifier
    if (has_number && end != last && *end != '}' && (end[-1] == ':' || *end == ',')) {
      return fail(ErrorCode::invalid,
                  "format(): \"" + printable(format_) + "\" says how {" + std::to_string(number) +
                      "} is to look, which is not supported: write {" + std::to_string(number) + "}");
    }
    if (!has_number || end == last || *end != '}') {
      return fail(ErrorCode::invalid,
                  "format(): \"" + printable(format_) +
                      "\" has a brace that stands alone: {{ and }} are braces, {0} is a place");
    }
    if (number >= arguments_.size()) {
      return fail(ErrorCode::invalid, "format(): \"" + printable(format_) + "\" asks for {" +
                                          std::to_string(number) + "}, and " +
                                          std::to_string(arguments_.size()) + " are given");
    }
    out_ += to_text(arguments_[number].value());
    at = static_cast<std::size_t>(end - format_.data()) + 1;
    return {};
  }

  std::string format_;
  std::span<const Operand> arguments_;
  std::string out_;
};

Result<Value> join(const Value& list, const Operand* separator) {
  if (!list.is_array()) return text_value(list.is_object() ? std::string() : to_text(list));
  const bool is_given = separator != nullptr && !is_compound(separator->value());
  const std::string between = is_given ? to_text(separator->value()) : ",";
  std::string out;
  bool is_first = true;
  for (const Value& item : list.get_array()) {
    if (!is_first) out += between;
    is_first = false;
    out += to_text(item);
    if (out.size() > limits::kRenderedBytes) return too_large("join");
  }
  return text_value(out);
}

/// Indented by two spaces, as Actions prints it. False once it is too long.
class PrettyJson {
 public:
  bool add(const Value& value) {
    if (value.is_array()) {
      return add_all('[', ']', value.get_array(), [this](const Value& item) { return add(item); });
    }
    if (value.is_object()) {
      return add_all('{', '}', value.get_object(), [this](const auto& member) {
        append_json_string(out_, {member.key().data(), member.key().size()});
        out_ += ": ";
        return add(member.value());
      });
    }
    if (value.is_double() && std::isfinite(value.get_double())) {
      out_ += to_text(value);
    } else {
      append_json(out_, value);
    }
    return out_.size() <= limits::kRenderedBytes;
  }
  std::string take() { return std::move(out_); }

 private:
  template <typename Items, typename Add>
  bool add_all(char open, char close, const Items& items, Add add_item) {
    out_ += open;
    ++level_;
    bool is_first = true;
    for (const auto& item : items) {
      if (!is_first) out_ += ',';
      is_first = false;
      break_line();
      if (!add_item(item)) return false;
    }
    --level_;
    if (!is_first) break_line();
    out_ += close;
    return true;
  }
  void break_line() { out_.append(1, '\n').append(2 * level_, ' '); }

  std::string out_;
  std::size_t level_ = 0;
};

Result<Value> to_json(const Value& value) {
  PrettyJson json;
  if (!json.add(value)) return too_large("toJSON");
  return text_value(json.take());
}

Result<Value> from_json(const Value& value) {
  auto read = read_json(to_text(value));
  if (!read) return fail(ErrorCode::invalid, "fromJSON(): " + read.error().message);
  return std::move(*read);
}

/// Characters of a text, items of a list, members of an object; null has none.
Result<Value> length(const Value& value) {
  const auto of = [](std::size_t count) { return Value(static_cast<std::int64_t>(count)); };
  if (value.is_null()) return of(0);
  if (value.is_array()) return of(value.get_array().size());
  if (value.is_object()) return of(value.get_object().size());
  if (!value.is_string())
    return fail(ErrorCode::invalid, "length() is of a text, a list or an object; found " + to_text(value));
  return of(count_characters({value.get_string().data(), value.get_string().size()}));
}

Result<Value> compute(Function function, std::span<const Operand> arguments, const Contexts& contexts) {
  const auto value = [&](std::size_t i) -> const Value& { return arguments[i].value(); };
  switch (function) {
    case Function::contains: return Value(contains(value(0), value(1)));
    case Function::starts_with: return Value(holds_of_texts(value(0), value(1), starts_without_case));
    case Function::ends_with: return Value(holds_of_texts(value(0), value(1), ends_without_case));
    case Function::format: return Format(to_text(value(0)), arguments.subspan(1)).run();
    case Function::join: return join(value(0), arguments.size() > 1 ? &arguments[1] : nullptr);
    case Function::to_json: return to_json(value(0));
    case Function::from_json: return from_json(value(0));
    case Function::length: return length(value(0));
    case Function::now: return text_value(format_time(contexts.now()));
    case Function::case_of:
    case Function::default_of: break;
  }
  return fail(ErrorCode::internal, "its arguments are not evaluated all");
}

}  // namespace

Result<Operand> call(Function function, std::span<const Operand> arguments, const Contexts& contexts) {
  auto value = compute(function, arguments, contexts);
  if (!value) return std::unexpected(std::move(value.error()));
  return Operand(*std::move(value));
}

}  // namespace callboard::expression
