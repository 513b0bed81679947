#include "shared/workflow/json_schema.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/shape.hpp"

namespace callboard::workflow {
namespace {

constexpr std::size_t kMostFaults = 20;
constexpr std::size_t kShownBytes = 60;

enum class Operand : std::uint8_t {
  any,
  text,
  boolean,
  number,
  count,
  texts,
  types,
  list,
  schema,
  schemas,
  named
};

struct Keyword {
  std::string_view name;
  Operand operand;
};
constexpr std::array kKeywords = {
    Keyword{"type", Operand::types},
    Keyword{"enum", Operand::list},
    Keyword{"const", Operand::any},
    Keyword{"minimum", Operand::number},
    Keyword{"maximum", Operand::number},
    Keyword{"exclusiveMinimum", Operand::number},
    Keyword{"exclusiveMaximum", Operand::number},
    Keyword{"minLength", Operand::count},
    Keyword{"maxLength", Operand::count},
    Keyword{"minItems", Operand::count},
    Keyword{"maxItems", Operand::count},
    Keyword{"minProperties", Operand::count},
    Keyword{"maxProperties", Operand::count},
    Keyword{"required", Operand::texts},
    Keyword{"properties", Operand::named},
    Keyword{"additionalProperties", Operand::schema},
    Keyword{"items", Operand::schema},
    Keyword{"prefixItems", Operand::schemas},
    Keyword{"anyOf", Operand::schemas},
    Keyword{"allOf", Operand::schemas},
    Keyword{"oneOf", Operand::schemas},
    Keyword{"not", Operand::schema},
    Keyword{"$schema", Operand::text},
    Keyword{"$id", Operand::text},
    Keyword{"$comment", Operand::text},
    Keyword{"title", Operand::text},
    Keyword{"description", Operand::text},
    Keyword{"default", Operand::any},
    Keyword{"examples", Operand::list},
    Keyword{"format", Operand::text},
    Keyword{"deprecated", Operand::boolean},
};
constexpr std::array<std::string_view, 7> kTypes = {"string", "number", "integer", "boolean",
                                                    "object", "array",  "null"};

class SchemaReader {
 public:
  explicit SchemaReader(Problems& problems) : problems_(problems) {}

  void read(const Node& node, const std::string& path) {
    if (node.kind == Node::Kind::boolean) return;
    if (!node.is_map()) return refuse(node, path, "a schema: a map, true or false");
    for (const Node& child : node.children) {
      const std::string below = path_of(path, child.key);
      const auto* keyword = std::ranges::find(kKeywords, child.key, &Keyword::name);
      if (keyword != kKeywords.end()) {
        read_operand(child, keyword->operand, below);
        continue;
      }
      std::vector<std::string_view> names;
      for (const Keyword& known : kKeywords) names.push_back(known.name);
      problems_.add(child.key_at, below,
                    "'" + child.key + "' is not one of JSON Schema's keywords that are checked here" +
                        did_you_mean(child.key, names));
    }
  }

 private:
  void refuse(const Node& node, const std::string& path, std::string_view expected) {
    problems_.add(node.at, path, "found " + describe(node) + ", expected " + std::string(expected));
  }

  void read_operand(const Node& node, Operand operand, const std::string& path) {
    switch (operand) {
      case Operand::any: return;
      case Operand::text:
        if (!node.is_text()) refuse(node, path, "text");
        return;
      case Operand::boolean:
        if (node.kind != Node::Kind::boolean) refuse(node, path, "true or false");
        return;
      case Operand::number:
        if (node.kind != Node::Kind::number) refuse(node, path, "a number");
        return;
      case Operand::count:
        if (node.kind != Node::Kind::number || !node.scalar.is_int64() || node.scalar.get_int64() < 0)
          refuse(node, path, "a whole number of at least 0");
        return;
      case Operand::list:
        if (!node.is_list()) refuse(node, path, "a list");
        return;
      case Operand::schema: return read(node, path);
      case Operand::texts:
      case Operand::types:
      case Operand::schemas: return read_list(node, operand, path);
      case Operand::named:
        if (!node.is_map()) return refuse(node, path, "a map of schemas");
        for (const Node& child : node.children) read(child, path_of(path, child.key));
        return;
    }
  }

  void read_list(const Node& node, Operand operand, const std::string& path) {
    if (operand == Operand::types && node.is_text()) return read_type(node, path);
    if (!node.is_list() || (node.children.empty() && operand != Operand::texts))
      return refuse(node, path, "a list with at least one entry");
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const Node& child = node.children[i];
      if (operand == Operand::schemas) {
        read(child, path_of(path, i));
      } else if (operand == Operand::types) {
        read_type(child, path_of(path, i));
      } else if (!child.is_text()) {
        refuse(child, path_of(path, i), "text");
      }
    }
  }

  void read_type(const Node& node, const std::string& path) {
    if (node.is_text() && std::ranges::find(kTypes, node.text) != kTypes.end()) return;
    problems_.add(node.at, path, "found " + describe(node) + suggestion(node.text, kTypes));
  }

  Problems& problems_;
};

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

/// 1 and 1.0 are one number.
bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
  return a == b;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string pointer_of(const std::string& above, std::string_view name) {
  std::string out = above + "/";
  for (const char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

class SchemaChecker {
 public:
  std::vector<JsonSchema::Fault> take() { return std::move(faults_); }

  void check(const Value& schema, const Value& value, const std::string& at) {
    if (faults_.size() >= kMostFaults) return;
    if (schema.is_bool() && !schema.get_bool()) return fault(at, "nothing may stand here");
    if (!schema.is_object()) return;
    check_kind(schema, value, at);
    if (value.is_number()) check_number(schema, value, at);
    if (value.is_string())
      check_size(schema, characters(view(value.get_string())), "Length", "characters", at);
    if (value.is_array()) check_list(schema, value.get_array(), at);
    if (value.is_object()) check_object(schema, value.get_object(), at);
    check_choices(schema, value, at);
  }

 private:
  void fault(const std::string& at, std::string message) {
    if (faults_.size() < kMostFaults) faults_.push_back({at, std::move(message)});
  }

  static bool accepts(const Value& schema, const Value& value) {
    SchemaChecker inner;
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

  static std::string cut_list(const Value& values) {
    std::string out;
    for (const Value& value : values.get_array()) {
      if (out.size() > kShownBytes) return out + ", …";
      out += (out.empty() ? "" : ", ") + shown(value);
    }
    return out;
  }

  void check_number(const Value& schema, const Value& value, const std::string& at) {
    const double number = value.to_number<double>();
    const auto bound = [&](std::string_view name, std::string_view words, auto breaks) {
      const Value* limit = find(&schema, name);
      if (limit != nullptr && breaks(number, limit->to_number<double>()))
        fault(at, "found " + shown(value) + ", expected " + std::string(words) + " " + shown(*limit));
    };
    bound("minimum", "at least", std::less<>());
    bound("maximum", "at most", std::greater<>());
    bound("exclusiveMinimum", "more than", std::less_equal<>());
    bound("exclusiveMaximum", "less than", std::greater_equal<>());
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
  }

  void check_object(const Value& schema, const Object& object, const std::string& at) {
    check_size(schema, object.size(), "Properties", "properties", at);
    if (const Value* required = find(&schema, "required")) {
      for (const Value& name : required->get_array()) {
        if (!object.contains(name.get_string()))
          fault(at, "found no \"" + std::string(view(name.get_string())) + "\", which is required");
      }
    }
    const Value* properties = find(&schema, "properties");
    const Value* others = find(&schema, "additionalProperties");
    for (const auto& member : object) {
      if (faults_.size() >= kMostFaults) return;
      const Value* known = find(properties, view(member.key()));
      const std::string below = pointer_of(at, view(member.key()));
      if (known != nullptr) {
        check(*known, member.value(), below);
      } else if (others != nullptr && others->is_bool() && !others->get_bool()) {
        fault(below, "is not one of the properties that may be here");
      } else if (others != nullptr) {
        check(*others, member.value(), below);
      }
    }
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
  }

  std::vector<JsonSchema::Fault> faults_;
};

}  // namespace

JsonSchema JsonSchema::read(const Node& node, const std::string& path, Problems& problems) {
  SchemaReader(problems).read(node, path);
  JsonSchema out;
  out.schema_ = std::make_shared<const Value>(to_value(node));
  if (write_json(*out.schema_).size() > limits::kSchemaBytes) {
    problems.add(
        node.at, path,
        "found a schema larger than " + std::to_string(limits::kSchemaBytes) + " bytes, expected less");
  }
  return out;
}

std::vector<JsonSchema::Fault> JsonSchema::check(const Value& value) const {
  SchemaChecker checker;
  if (schema_) checker.check(*schema_, value, {});
  return checker.take();
}

}  // namespace callboard::workflow
