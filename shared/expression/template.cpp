#include "shared/expression/template.hpp"

#include <utility>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/expression/coercion.hpp"
#include "shared/expression/evaluate.hpp"
#include "shared/value/write.hpp"

namespace callboard::expression {

struct Template::Hole {
  std::string before;  // JSON up to the hole
  std::string pointer;
  Text text;
};

namespace {

std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }

void append_pointer(std::string& pointer, std::string_view name) {
  pointer += '/';
  for (const char c : name) {
    if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer += c;
  }
}

/// /list/0/name: list[0].name
std::string name_place(std::string_view pointer) {
  std::string out;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    std::string_view part = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(part.size());
    if (!part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos) {
      out.append("[").append(part) += ']';
      continue;
    }
    if (!out.empty()) out += '.';
    for (; !part.empty(); part.remove_prefix(1)) {
      const bool is_escaped = part.front() == '~';
      if (is_escaped) part.remove_prefix(1);
      out += !is_escaped ? part.front() : part.front() == '1' ? '/' : '~';
    }
  }
  return out;
}

std::unexpected<Error> at_place(std::string_view pointer, Error error) {
  if (!pointer.empty()) error.message = printable(name_place(pointer)) + ": " + error.message;
  return std::unexpected(std::move(error));
}

std::unexpected<Error> too_large() {
  return fail(ErrorCode::too_large,
              "the rendered value is larger than " + std::to_string(limits::kRenderedBytes) + " bytes");
}

bool has_secret(const Text& text) { return !text.reads.secrets.empty(); }

/// Text and secrets in turn, for the worker to put together.
Result<SecretSlot> render_slot(const std::string& pointer, const Text& text, const Contexts& contexts) {
  SecretSlot slot{pointer, {}};
  for (const Text::Part& part : text.parts) {
    if (!part.expression) {
      slot.parts.push_back({part.text, {}});
    } else if (!part.expression->reads().secrets.empty()) {
      slot.parts.push_back({{}, part.expression->reads().secrets.front()});
    } else {
      const auto value = evaluate_operand(*part.expression, contexts);
      if (!value) return std::unexpected(value.error());
      slot.parts.push_back({to_text(value->value()), {}});
    }
  }
  return slot;
}

Result<void> append_text(std::string& out, const Text& text, const Contexts& contexts) {
  if (text.is_single()) {
    const auto value = evaluate_operand(*text.parts[0].expression, contexts);
    if (!value) return std::unexpected(value.error());
    append_json(out, value->value());
    return {};
  }
  const auto value = render_text(text, contexts);
  if (!value) return std::unexpected(value.error());
  append_json(out, *value);
  return {};
}

}  // namespace

/// Walks the source once. Its depth is that of a value that was read, which limits::kJsonDepth bounds.
class TemplateBuilder {
 public:
  static Result<Template> make(Value source, const ParseText& parse);

 private:
  TemplateBuilder(Template::Made& out, const ParseText& parse) : out_(out), parse_(parse) {}

  Result<void> add(const Value& value) {
    if (value.is_object()) return add_object(value.get_object());
    if (value.is_array()) return add_array(value.get_array());
    if (value.is_string()) return add_string(view(value.get_string()));
    append_json(json_, value);
    return {};
  }

  std::string take_rest() { return std::move(json_); }

  Result<void> add_object(const Object& object) {
    char separator = '{';
    for (const auto& member : object) {
      json_ += std::exchange(separator, ',');
      append_json_string(json_, view(member.key()));
      json_ += ':';
      const auto added = add_below(view(member.key()), member.value());
      if (!added) return added;
    }
    json_ += separator == '{' ? "{}" : "}";
    return {};
  }

  Result<void> add_array(const Array& array) {
    char separator = '[';
    for (std::size_t i = 0; i < array.size(); ++i) {
      json_ += std::exchange(separator, ',');
      const auto added = add_below(std::to_string(i), array[i]);
      if (!added) return added;
    }
    json_ += separator == '[' ? "[]" : "]";
    return {};
  }

  Result<void> add_below(std::string_view name, const Value& value) {
    const std::size_t size = pointer_.size();
    append_pointer(pointer_, name);
    auto added = add(value);
    pointer_.resize(size);
    return added;
  }

  Result<void> add_string(std::string_view source) {
    if (source.find("${") == std::string_view::npos) {
      append_json_string(json_, source);
      return {};
    }
    auto text = parse_(pointer_, source);
    if (!text)
      return fail(text.error().code, (pointer_.empty() ? "" : pointer_ + ": ") + text.error().message);
    if (text->is_constant()) {
      append_json_string(json_, text->parts.empty() ? std::string_view() : text->parts[0].text);
      return {};
    }
    out_.reads.add(text->reads);
    out_.holes.push_back({std::exchange(json_, {}), pointer_, *std::move(text)});
    return {};
  }

  Template::Made& out_;
  const ParseText& parse_;
  std::string json_;
  std::string pointer_;
};

Template::Template() {
  static const Template kEmpty = *make_template(Value(Object()));
  *this = kEmpty;
}

Result<Template> TemplateBuilder::make(Value source, const ParseText& parse) {
  auto made = std::make_shared<Template::Made>();
  made->source = std::move(source);
  TemplateBuilder builder(*made, parse);
  if (auto added = builder.add(made->source); !added) return std::unexpected(std::move(added.error()));
  made->after = builder.take_rest();
  if (made->holes.empty()) {
    if (made->after.size() > limits::kRenderedBytes) return too_large();
    made->constant = Rendered{std::exchange(made->after, {}), {}};
  }
  return Template(std::move(made));
}

Result<Template> make_template(Value source, const ParseText& parse) {
  return TemplateBuilder::make(std::move(source), parse);
}

Result<Template> make_template(Value source, const std::function<Opening(std::string_view)>& opening) {
  return make_template(std::move(source), [&](std::string_view pointer, std::string_view text) {
    return parse_text(text, opening ? opening(pointer) : Opening::dollar_brace);
  });
}

Result<Rendered> render(const Template& from, const Contexts& contexts) {
  if (from.is_constant()) return from.constant();
  Rendered out;
  for (const auto& hole : from.made_->holes) {
    out.json += hole.before;
    if (has_secret(hole.text)) {
      auto slot = render_slot(hole.pointer, hole.text, contexts);
      if (!slot) return at_place(hole.pointer, std::move(slot.error()));
      out.json += "null";
      out.secrets.push_back(*std::move(slot));
    } else if (auto added = append_text(out.json, hole.text, contexts); !added) {
      return at_place(hole.pointer, std::move(added.error()));
    }
    if (out.json.size() > limits::kRenderedBytes) return too_large();
  }
  out.json += from.made_->after;
  std::size_t size = out.json.size();
  for (const SecretSlot& slot : out.secrets) {
    for (const SecretSlot::Part& part : slot.parts) size += part.text.size() + part.secret.size();
  }
  if (size > limits::kRenderedBytes) return too_large();
  return out;
}

}  // namespace callboard::expression
