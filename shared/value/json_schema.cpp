#include "shared/value/json_schema.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/value/numbers.hpp"
#include "shared/value/pattern.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard {

struct JsonSchema::Compiled {
  Value schema;
  std::unordered_map<const Value*, Pattern> patterns;            // by the text of `pattern`
  std::unordered_map<const Value*, std::vector<Pattern>> named;  // by `patternProperties`, in its order
};

namespace {

constexpr std::size_t kMostFaults = 20;
constexpr std::size_t kShownBytes = 60;
constexpr std::size_t kDepth = 200;

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }
std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }

std::string shown(const Value& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list of " + std::to_string(value.get_array().size());
  const std::string text = write_json(value);
  const std::string_view cut = std::string_view(text).substr(0, kShownBytes);
  return text.size() <= kShownBytes ? text : std::string(cut.substr(0, utf8_prefix(cut))) + "…";
}

bool is_of(const Value& value, std::string_view type) {
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "null") return value.is_null();
  const bool is_whole = !value.is_double() || std::trunc(value.get_double()) == value.get_double();
  return value.is_number() && (type == "number" || is_whole);
}

/// 1 and 1.0 are one number, wherever they stand; two whole numbers that differ in a digit are two.
bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.is_array() && b.is_array()) return std::ranges::equal(a.get_array(), b.get_array(), equal);
  if (!a.is_object() || !b.is_object()) return a == b;
  if (a.get_object().size() != b.get_object().size()) return false;
  return std::ranges::all_of(a.get_object(), [&](const auto& member) {
    const Value* other = b.get_object().if_contains(member.key());
    return other != nullptr && equal(member.value(), *other);
  });
}

std::string pointer_of(const std::string& above, std::string_view name) {
  std::string out = above + "/";
  for (const char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

/// A text in which %41 stands for A.
std::string without_percents(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned char byte = 0;
    const char* const digits = text.data() + at + 1;
    const bool is_escape = text[at] == '%' && at + 2 < text.size() &&
                           std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    out += is_escape ? static_cast<char>(byte) : text[at];
    if (is_escape) at += 2;
  }
  return out;
}

/// A part of a JSON Pointer in which ~1 stands for / and ~0 for ~.
std::string without_tildes(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view here = text.substr(at, 2);
    const bool is_escape = here == "~0" || here == "~1";
    out += here == "~0" ? '~' : here == "~1" ? '/' : text[at];
    if (is_escape) ++at;
  }
  return out;
}

std::string cut_list(const Value& values) {
  std::string out;
  for (const Value& value : values.get_array()) {
    if (out.size() > kShownBytes) return out + ", …";
    out += (out.empty() ? "" : ", ") + shown(value);
  }
  return out;
}

class SchemaChecker {
 public:
  SchemaChecker(const JsonSchema::Compiled& compiled, std::size_t& steps)
      : compiled_(compiled), steps_(steps) {}

  std::vector<JsonSchema::Fault> take() { return std::move(faults_); }

  void check(const Value& schema, const Value& value, const std::string& at) {
    if (faults_.size() >= kMostFaults) return;
    if (++steps_ > limits::kSchemaSteps || depth_ > kDepth)
      return fault(at, "can't be checked: the schema asks for too much");
    if (schema.is_bool() && !schema.get_bool()) return fault(at, "nothing may stand here");
    if (!schema.is_object()) return;
    ++depth_;
    if (const Value* other = find(&schema, "$ref"))
      check(*find_referred(compiled_.schema, view(other->get_string())), value, at);
    check_kind(schema, value, at);
    if (value.is_number()) check_number(schema, value, at);
    if (value.is_string()) check_text(schema, view(value.get_string()), at);
    if (value.is_array()) check_list(schema, value.get_array(), at);
    if (value.is_object()) check_object(schema, value.get_object(), at);
    check_choices(schema, value, at);
    --depth_;
  }

 private:
  void fault(const std::string& at, std::string message) {
    if (faults_.size() < kMostFaults) faults_.push_back({at, std::move(message)});
  }

  bool accepts(const Value& schema, const Value& value) {
    SchemaChecker inner(compiled_, steps_);
    inner.depth_ = depth_;
    inner.check(schema, value, {});
    return inner.faults_.empty();
  }

  void check_kind(const Value& schema, const Value& value, const std::string& at) {
    if (const Value* type = find(&schema, "type")) {
      std::string wanted;
      bool fits = false;
      const auto look = [&](std::string_view name) {
        wanted += (wanted.empty() ? "" : " or ") + std::string(name);
        fits = fits || is_of(value, name);
      };
      if (type->is_string()) look(view(type->get_string()));
      if (type->is_array()) {
        for (const Value& one : type->get_array()) look(view(one.get_string()));
      }
      if (!fits) fault(at, "found " + shown(value) + ", expected " + wanted);
    }
    if (const Value* wanted = find(&schema, "const"); wanted != nullptr && !equal(*wanted, value))
      fault(at, "found " + shown(value) + ", expected " + shown(*wanted));
    const Value* values = find(&schema, "enum");
    if (values == nullptr) return;
    const bool is_known =
        std::ranges::any_of(values->get_array(), [&](const Value& one) { return equal(one, value); });
    if (!is_known) fault(at, "found " + shown(value) + ", expected one of " + cut_list(*values));
  }

  void check_number(const Value& schema, const Value& value, const std::string& at) {
    const auto bound = [&](std::string_view name, std::string_view words, auto breaks) {
      const Value* limit = find(&schema, name);
      if (limit != nullptr && breaks(*limit))
        fault(at, "found " + shown(value) + ", expected " + std::string(words) + " " + shown(*limit));
    };
    const auto against = [&](const Value& limit) { return compare_numbers(value, limit); };
    bound("minimum", "at least", [&](const Value& limit) { return against(limit) < 0; });
    bound("maximum", "at most", [&](const Value& limit) { return against(limit) > 0; });
    bound("exclusiveMinimum", "more than", [&](const Value& limit) { return against(limit) <= 0; });
    bound("exclusiveMaximum", "less than", [&](const Value& limit) { return against(limit) >= 0; });
    bound("multipleOf", "a multiple of", [&](const Value& of) { return !is_multiple(value, of); });
  }

  void check_text(const Value& schema, std::string_view text, const std::string& at) {
    check_size(schema, count_characters(text), "Length", "characters", at);
    const Value* pattern = find(&schema, "pattern");
    if (pattern != nullptr && !compiled_.patterns.at(pattern).finds(text))
      fault(at, "found " + shown(boost::json::string_view(text.data(), text.size())) + ", expected what " +
                    shown(*pattern) + " matches");
  }

  void check_size(const Value& schema, std::size_t size, const std::string& of, std::string_view unit,
                  const std::string& at) {
    const auto refuse = [&](std::string_view words, const Value& limit) {
      fault(at, "found " + std::to_string(size) + " " + std::string(unit) + ", expected " +
                    std::string(words) + " " + shown(limit));
    };
    const auto found = static_cast<std::int64_t>(size);
    const Value* least = find(&schema, "min" + of);
    const Value* most = find(&schema, "max" + of);
    if (least != nullptr && found < least->to_number<std::int64_t>()) refuse("at least", *least);
    if (most != nullptr && found > most->to_number<std::int64_t>()) refuse("at most", *most);
  }

  void check_list(const Value& schema, const Array& list, const std::string& at) {
    check_size(schema, list.size(), "Items", "items", at);
    const Value* first = find(&schema, "prefixItems");
    const std::size_t placed = first == nullptr ? 0 : std::min(first->get_array().size(), list.size());
    for (std::size_t i = 0; i < placed; ++i)
      check(first->get_array()[i], list[i], pointer_of(at, std::to_string(i)));
    const Value* each = find(&schema, "items");
    for (std::size_t i = placed; each != nullptr && i < list.size() && faults_.size() < kMostFaults; ++i)
      check(*each, list[i], pointer_of(at, std::to_string(i)));
    const Value* unique = find(&schema, "uniqueItems");
    if (unique != nullptr && unique->get_bool()) check_unique(list, at);
    if (const Value* wanted = find(&schema, "contains")) check_contains(schema, *wanted, list, at);
  }

  void check_unique(const Array& list, const std::string& at) {
    for (std::size_t i = 1; i < list.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (++steps_ > limits::kSchemaSteps)
          return fault(at, "can't be checked: the schema asks for too much");
        if (!equal(list[i], list[k])) continue;
        return fault(pointer_of(at, std::to_string(i)),
                     "found " + shown(list[i]) + " again: each item may stand once");
      }
    }
  }

  void check_contains(const Value& schema, const Value& wanted, const Array& list, const std::string& at) {
    const auto found = std::ranges::count_if(list, [&](const Value& item) { return accepts(wanted, item); });
    const Value* least = find(&schema, "minContains");
    const Value* most = find(&schema, "maxContains");
    const std::int64_t needed = least == nullptr ? 1 : least->to_number<std::int64_t>();
    if (found < needed)
      fault(at, "found " + std::to_string(found) + " items that `contains` asks for, expected at least " +
                    std::to_string(needed));
    if (most != nullptr && found > most->to_number<std::int64_t>())
      fault(at, "found " + std::to_string(found) + " items that `contains` asks for, expected at most " +
                    shown(*most));
  }

  void check_required(const Array& names, const Object& object, const std::string& at) {
    for (const Value& name : names) {
      if (!object.contains(name.get_string()))
        fault(at, "found no \"" + std::string(view(name.get_string())) + "\", which is required");
    }
  }

  void check_object(const Value& schema, const Object& object, const std::string& at) {
    check_size(schema, object.size(), "Properties", "properties", at);
    if (const Value* required = find(&schema, "required")) check_required(required->get_array(), object, at);
    if (const Value* dependent = find(&schema, "dependentRequired")) {
      for (const auto& [name, names] : dependent->get_object()) {
        if (object.contains(name)) check_required(names.get_array(), object, at);
      }
    }
    for (const auto& member : object) {
      if (faults_.size() >= kMostFaults) return;
      check_member(schema, view(member.key()), member.value(), pointer_of(at, view(member.key())));
    }
  }

  void check_member(const Value& schema, std::string_view name, const Value& value, const std::string& at) {
    if (const Value* names = find(&schema, "propertyNames"))
      check(*names, boost::json::string_view(name.data(), name.size()), at);
    bool is_known = false;
    if (const Value* known = find(find(&schema, "properties"), name)) {
      is_known = true;
      check(*known, value, at);
    }
    if (const Value* patterns = find(&schema, "patternProperties")) {
      auto pattern = compiled_.named.at(patterns).begin();
      for (const auto& [source, below] : patterns->get_object()) {
        if (!(pattern++)->finds(name)) continue;
        is_known = true;
        check(below, value, at);
      }
    }
    const Value* others = find(&schema, "additionalProperties");
    if (is_known || others == nullptr) return;
    if (others->is_bool() && !others->get_bool())
      return fault(at, "is not one of the properties that may be here");
    check(*others, value, at);
  }

  void check_choices(const Value& schema, const Value& value, const std::string& at) {
    if (const Value* all = find(&schema, "allOf")) {
      for (const Value& one : all->get_array()) check(one, value, at);
    }
    const auto count = [&](const Value& choices) {
      return std::ranges::count_if(choices.get_array(),
                                   [&](const Value& one) { return accepts(one, value); });
    };
    if (const Value* any = find(&schema, "anyOf"); any != nullptr && count(*any) == 0)
      fault(at, "found " + shown(value) + ", which is none of anyOf");
    const Value* one_of = find(&schema, "oneOf");
    if (const auto fits = one_of == nullptr ? 1 : count(*one_of); fits != 1)
      fault(at, "found " + shown(value) + ", which is " + std::to_string(fits) + " of oneOf, expected one");
    if (const Value* refused = find(&schema, "not"); refused != nullptr && accepts(*refused, value))
      fault(at, "found " + shown(value) + ", which is what `not` says");
    const Value* condition = find(&schema, "if");
    if (condition == nullptr) return;
    if (const Value* then = find(&schema, accepts(*condition, value) ? "then" : "else"))
      check(*then, value, at);
  }

  const JsonSchema::Compiled& compiled_;
  std::size_t& steps_;
  std::size_t depth_ = 0;
  std::vector<JsonSchema::Fault> faults_;
};

/// Wherever `pattern` stands with a text it is one, whatever it means there: a pattern too many costs
/// nothing.
void compile_patterns(const Value& schema, JsonSchema::Compiled& out) {
  if (schema.is_array()) {
    for (const Value& item : schema.get_array()) compile_patterns(item, out);
  }
  if (!schema.is_object()) return;
  for (const auto& member : schema.get_object()) {
    if (view(member.key()) == "pattern" && member.value().is_string()) {
      if (auto pattern = Pattern::parse(view(member.value().get_string())))
        out.patterns.emplace(&member.value(), *std::move(pattern));
    }
    if (view(member.key()) == "patternProperties" && member.value().is_object()) {
      auto& list = out.named[&member.value()];
      for (const auto& [source, below] : member.value().get_object())
        list.push_back(Pattern::parse(view(source)).value_or(Pattern()));
    }
    compile_patterns(member.value(), out);
  }
}

}  // namespace

JsonSchema::JsonSchema(Value schema) {
  auto compiled = std::make_shared<Compiled>();
  compiled->schema = std::move(schema);
  compile_patterns(compiled->schema, *compiled);
  compiled_ = std::move(compiled);
}

std::vector<JsonSchema::Fault> JsonSchema::check(const Value& value) const {
  if (!compiled_) return {};
  std::size_t steps = 0;
  SchemaChecker checker(*compiled_, steps);
  checker.check(compiled_->schema, value, {});
  return checker.take();
}

std::string find_type_faults(const std::vector<TypedMember>& types, const Value& object,
                             std::string_view of) {
  std::string out;
  static const Value kNothing;
  for (const TypedMember& type : types) {
    const Value* value = find(&object, type.name);
    for (const JsonSchema::Fault& fault : type.schema.check(value == nullptr ? kNothing : *value)) {
      out += (out.empty() ? "" : "; ") + std::string(of) + "." + type.name + fault.pointer + ": " +
             fault.message;
    }
  }
  return out;
}

std::optional<std::string> find_definition_name(std::string_view reference) {
  constexpr std::string_view kDefinitions = "#/$defs/";
  if (!reference.starts_with(kDefinitions)) return std::nullopt;
  return without_tildes(without_percents(reference.substr(kDefinitions.size())));
}

const Value* find_referred(const Value& schema, std::string_view reference) {
  if (reference == "#") return &schema;
  const auto name = find_definition_name(reference);
  return name ? find(find(&schema, "$defs"), *name) : nullptr;
}

}  // namespace callboard
