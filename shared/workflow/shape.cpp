#include "shared/workflow/shape.hpp"

#include <algorithm>
#include <vector>

#include "shared/base/text.hpp"
#include "shared/base/time.hpp"
#include "shared/value/pattern.hpp"
#include "shared/workflow/actions_words.hpp"
#include "shared/workflow/path.hpp"
#include "shared/workflow/schema_parts.hpp"

namespace callboard::workflow {
namespace {

constexpr std::size_t kShownNames = 12;  // names that a message lists

using Kind = Shape::Kind;

std::string joined(std::span<const std::string_view> words, std::string_view last_separator) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? last_separator : ", ";
    out += words[i];
  }
  return out;
}

std::string plain_number(double number) {
  std::string out = std::to_string(number);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.ends_with('.')) out.pop_back();
  return out;
}

std::string range_text(const Shape& shape) {
  const bool has_least = shape.least != std::numeric_limits<double>::lowest();
  const bool has_most = shape.most != std::numeric_limits<double>::max();
  if (has_least && has_most) return " from " + plain_number(shape.least) + " to " + plain_number(shape.most);
  if (has_least) return " of at least " + plain_number(shape.least);
  return has_most ? " of at most " + plain_number(shape.most) : "";
}

std::string expected(const Shape& shape) {
  switch (shape.kind) {
    case Kind::any: return "a value";
    case Kind::text: return shape.values.empty() ? "text" : joined(shape.values, " or ");
    case Kind::boolean: return "true or false";
    case Kind::number: return "a number" + range_text(shape);
    case Kind::integer: return "a whole number" + range_text(shape);
    case Kind::duration: return "a duration such as 30s, 5m or 1h30m";
    case Kind::scalar: return "text, a number, true or false";
    case Kind::condition: return "an expression";
    case Kind::list: return shape.may_be_empty ? "a list" : "a list with at least one entry";
    case Kind::map:
    case Kind::object: return "a map";
    case Kind::either: break;
  }
  std::vector<std::string> texts;
  for (const Shape& choice : shape.choices) texts.push_back(expected(choice));
  return joined(std::vector<std::string_view>(texts.begin(), texts.end()), " or ");
}

bool is_number_in(const Node& node, const Shape& shape) {
  if (node.kind != Node::Kind::number) return false;
  const double number = node.scalar.to_number<double>();
  return number >= shape.least && number <= shape.most;
}

bool is_duration(const Node& node, const Shape& shape) {
  const auto duration = node.is_text() ? parse_duration(node.text) : std::nullopt;
  return duration && (duration->count() > 0 || shape.may_be_empty);
}

/// What is wrong with the length of a text that is spelled as a duration; empty for other values.
std::string wrong_length(const Node& node) {
  if (!node.is_text()) return {};
  if (parse_duration(node.text)) return "a duration above 0s";
  const auto spelling = Pattern::parse(kDurationPattern);
  return spelling && spelling->finds(node.text) ? "a duration of at most 3660d" : std::string();
}

bool is_list_for(const Node& node, const Shape& shape) {
  return node.is_list() && (!node.children.empty() || shape.may_be_empty);
}

/// Whether the value itself is of that kind; what is inside it is looked at later.
bool fits(const Node& node, const Shape& shape) {
  switch (shape.kind) {
    case Kind::any: return true;
    case Kind::text:
      return node.is_text() && (shape.values.empty() || std::ranges::count(shape.values, node.text) > 0);
    case Kind::boolean: return node.kind == Node::Kind::boolean;
    case Kind::number: return is_number_in(node, shape);
    case Kind::integer: return is_number_in(node, shape) && !node.scalar.is_double();
    case Kind::duration: return is_duration(node, shape);
    case Kind::scalar: return !node.is_list() && !node.is_map() && node.kind != Node::Kind::null;
    case Kind::condition: return node.is_text() || node.kind == Node::Kind::boolean;
    case Kind::list: return is_list_for(node, shape);
    case Kind::map:
    case Kind::object: return node.is_map();
    case Kind::either:
      return std::ranges::any_of(shape.choices, [&](const Shape& choice) { return fits(node, choice); });
  }
  return false;
}

std::string mismatch(const Node& node, const Shape& shape) {
  std::string out = "found " + (node.is_list() && node.children.empty() ? "an empty list" : describe(node)) +
                    ", expected " + expected(shape);
  if (shape.kind == Kind::duration) {
    if (const std::string length = wrong_length(node); !length.empty())
      return "found " + describe(node) + ", expected " + length;
  }
  if (shape.kind == Kind::object) {
    const std::string remedy = remedy_for_value(node, shape.fields);
    if (!remedy.empty()) return out + ": " + remedy;
  }
  const bool has_names = shape.kind == Kind::text && node.is_text();
  return has_names ? out + did_you_mean(node.text, shape.values) : out;
}

class Checker {
 public:
  Checker(Expressions expressions, Problems& problems) : expressions_(expressions), problems_(problems) {}

  void check(const Node& node, const Shape& shape, const Path& path) {
    if (expressions_ == Expressions::allowed && node.is_text() && node.text.contains("${")) return;
    if (!fits(node, shape)) return problems_.add(node.at, path, mismatch(node, shape));
    switch (shape.kind) {
      case Kind::list: return check_list(node, *shape.item, path);
      case Kind::map: return check_map(node, *shape.item, path);
      case Kind::object: return check_object(node, shape.fields, path);
      case Kind::either:
        return check(
            node,
            *std::ranges::find_if(shape.choices, [&](const Shape& choice) { return fits(node, choice); }),
            path);
      default: return;
    }
  }

 private:
  void check_list(const Node& node, const Shape& item, const Path& path) {
    if (item.kind == Kind::any) return;
    for (std::size_t i = 0; i < node.children.size(); ++i) check(node.children[i], item, path.under(i));
  }

  void check_map(const Node& node, const Shape& item, const Path& path) {
    if (item.kind == Kind::any) return;
    for (const Node& child : node.children) check(child, item, path.under(child.key));
  }

  void check_object(const Node& node, std::span<const Field> fields, const Path& path) {
    for (const Node& child : node.children) {
      const auto field = std::ranges::find(fields, child.key, &Field::name);
      const Path below = path.under(child.key);
      if (field == fields.end()) {
        problems_.add(child.key_at, below, unknown_field(child, node, fields));
      } else if (field->presence == Presence::later) {
        const std::string remedy = field->description.empty() ? "" : ": " + std::string(field->description);
        problems_.add(child.key_at, below, "'" + child.key + "' is not supported yet" + remedy);
      } else {
        check(child, field->shape, below);
      }
    }
    for (const Field& field : fields) {
      if (field.presence != Presence::required || node.find(field.name) != nullptr) continue;
      problems_.add(node.at, path.under(field.name), "found nothing, expected " + expected(field.shape));
    }
  }

  static std::string unknown_field(const Node& field, const Node& map, std::span<const Field> fields) {
    const std::string remedy = remedy_for_field(field, map, fields);
    if (remedy.empty()) return "unknown field" + suggest(field.key, fields);
    return "unknown field '" + field.key + "': " + remedy;
  }

  static std::string suggest(std::string_view word, std::span<const Field> fields) {
    std::vector<std::string_view> names;
    for (const Field& field : fields) {
      if (field.presence != Presence::later) names.push_back(field.name);
    }
    return suggestion(word, names);
  }

  Expressions expressions_;
  Problems& problems_;
};

}  // namespace

void check_shape(const Node& node, const Shape& shape, Expressions expressions, const Path& path,
                 Problems& problems) {
  Checker(expressions, problems).check(node, shape, path);
}

std::string path_of(const std::string& path, std::string_view field) {
  const Path above = path;
  return above.under(field);
}

std::string path_of(const std::string& path, std::size_t place) {
  const Path above = path;
  return above.under(place);
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  if (std::string meant = did_you_mean(word, known); !meant.empty()) return meant;
  if (known.empty() || known.size() > kShownNames) return "";
  return ", expected " + std::string(known.size() > 1 ? "one of " : "") + joined(known, ", ");
}

}  // namespace callboard::workflow
