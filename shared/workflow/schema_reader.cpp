#include "shared/workflow/schema_reader.hpp"

#include <algorithm>
#include <array>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/value/numbers.hpp"
#include "shared/value/pattern.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/schema_parts.hpp"
#include "shared/workflow/shape.hpp"

namespace callboard::workflow {
namespace {

enum class Operand : std::uint8_t {
  any,
  text,
  boolean,
  number,
  positive,  // a number
  count,
  pattern,
  reference,
  texts,
  types,
  list,
  schema,
  schemas,
  named,        // names to schemas
  patterned,    // patterns to schemas
  named_texts,  // names to lists of texts
};

struct Keyword {
  std::string_view name;
  Operand operand;
  std::string_view description;
};
constexpr std::array kKeywords = {
    Keyword{"type", Operand::types, "The type of the value, or a list of types that it may have."},
    Keyword{"enum", Operand::list, "The values it may have."},
    Keyword{"const", Operand::any, "The one value it may have."},
    Keyword{"minimum", Operand::number, "A number, at least."},
    Keyword{"maximum", Operand::number, "A number, at most."},
    Keyword{"exclusiveMinimum", Operand::number, "A number must be more."},
    Keyword{"exclusiveMaximum", Operand::number, "A number must be less."},
    Keyword{"multipleOf", Operand::positive, "What a number must be a multiple of."},
    Keyword{"pattern", Operand::pattern, "A regular expression that must match somewhere in a text."},
    Keyword{"minLength", Operand::count, "Characters of a text, at least."},
    Keyword{"maxLength", Operand::count, "Characters of a text, at most."},
    Keyword{"minItems", Operand::count, "Items of a list, at least."},
    Keyword{"maxItems", Operand::count, "Items of a list, at most."},
    Keyword{"minProperties", Operand::count, "Members of an object, at least."},
    Keyword{"maxProperties", Operand::count, "Members of an object, at most."},
    Keyword{"required", Operand::texts, "Members that an object must have."},
    Keyword{"properties", Operand::named, "Schemas for members of an object."},
    Keyword{"additionalProperties", Operand::schema,
            "A schema for all other members; false: there are none."},
    Keyword{"patternProperties", Operand::patterned,
            "Schemas for the members whose names match a regular expression."},
    Keyword{"propertyNames", Operand::schema, "A schema for the names of an object's members."},
    Keyword{"dependentRequired", Operand::named_texts,
            "For a member that is there, the others that must then be there."},
    Keyword{"uniqueItems", Operand::boolean, "Whether no item of a list may stand twice."},
    Keyword{"contains", Operand::schema, "A schema that must hold for at least one item of a list."},
    Keyword{"minContains", Operand::count, "Items for which contains must hold, at least; 1 if not given."},
    Keyword{"maxContains", Operand::count, "Items for which contains may hold, at most."},
    Keyword{"items", Operand::schema, "A schema for every item of a list, behind those of prefixItems."},
    Keyword{"prefixItems", Operand::schemas, "Schemas for the first items of a list, one for each."},
    Keyword{"anyOf", Operand::schemas, "Schemas, one of which must hold."},
    Keyword{"allOf", Operand::schemas, "Schemas that must all hold."},
    Keyword{"oneOf", Operand::schemas, "Schemas, exactly one of which must hold."},
    Keyword{"not", Operand::schema, "A schema that must not hold."},
    Keyword{"if", Operand::schema, "A schema that says which of then and else is asked."},
    Keyword{"then", Operand::schema, "A schema that must hold where if holds."},
    Keyword{"else", Operand::schema, "A schema that must hold where if does not."},
    Keyword{"$ref", Operand::reference,
            "Another schema that must hold: # is the whole, #/$defs/NAME one of its $defs."},
    Keyword{"$defs", Operand::named, "Schemas by name, for $ref."},
    Keyword{"$schema", Operand::text,
            "The dialect that it is written in, for people: it is read as 2020-12."},
    Keyword{"$id", Operand::text, "A name of the schema, for people."},
    Keyword{"$comment", Operand::text, "A remark for those who read the schema."},
    Keyword{"title", Operand::text, "A short name of the value, for people."},
    Keyword{"description", Operand::text, "What the value is for, for people."},
    Keyword{"default", Operand::any,
            "The value to expect where none is given, for people: nothing is filled in."},
    Keyword{"examples", Operand::list, "Values it may have, for people."},
    Keyword{"format", Operand::text, "What a text is, for people: uri, date-time; not checked."},
    Keyword{"deprecated", Operand::boolean, "Whether it should no longer be used, for people."},
    Keyword{"readOnly", Operand::boolean, "Whether it is only read, for people."},
    Keyword{"writeOnly", Operand::boolean, "Whether it is only written, for people."},
};
constexpr std::array<std::string_view, 7> kTypes = {"string", "number", "integer", "boolean",
                                                    "object", "array",  "null"};

/// Keywords whose schemas are asked about the value itself, not about a part of it.
constexpr std::array<std::string_view, 7> kInPlace = {"allOf", "anyOf", "oneOf", "not", "if", "then", "else"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kBounds = {
    {{"minimum", "maximum"},
     {"minLength", "maxLength"},
     {"minItems", "maxItems"},
     {"minProperties", "maxProperties"}}};

class SchemaReader {
 public:
  SchemaReader(const Node& root, Problems& problems) : root_(root), problems_(problems) {}

  /// False where a problem was added.
  bool read(const Node& node, const std::string& path) {
    read_schema(node, path);
    if (is_right_) check_circles(node, path);
    return is_right_;
  }

 private:
  void add(Position at, const std::string& path, std::string message) {
    is_right_ = false;
    problems_.add(at, path, std::move(message));
  }
  void refuse(const Node& node, const std::string& path, std::string_view expected) {
    add(node.at, path, "found " + describe(node) + ", expected " + std::string(expected));
  }

  void read_schema(const Node& node, const std::string& path) {
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
      names.reserve(kKeywords.size());
      for (const Keyword& known : kKeywords) names.push_back(known.name);
      add(child.key_at, below,
          "'" + child.key + "' is not one of JSON Schema's keywords that are checked here" +
              did_you_mean(child.key, names));
    }
    check_reach(node, path);
  }

  /// What holds of no value.
  void check_reach(const Node& node, const std::string& path) {
    if (const Node* values = node.find_list("enum"); values != nullptr && values->children.empty())
      add(values->at, path_of(path, "enum"), "found an empty list, which no value is of");
    for (const auto& [least, most] : kBounds) {
      const Node* low = node.find(least);
      const Node* high = node.find(most);
      const auto is_number = [](const Node* bound) {
        return bound != nullptr && bound->kind == Node::Kind::number;
      };
      if (!is_number(low) || !is_number(high)) continue;
      if (compare_numbers(low->scalar, high->scalar) <= 0) continue;
      add(low->at, path_of(path, least),
          "found " + low->text + ", expected at most the " + high->text + " of " + std::string(most));
    }
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
      case Operand::positive:
        if (node.kind != Node::Kind::number || !(node.scalar.to_number<double>() > 0))
          refuse(node, path, "a number above 0");
        return;
      case Operand::count:
        if (node.kind != Node::Kind::number || !node.scalar.is_int64() || node.scalar.get_int64() < 0)
          refuse(node, path, "a whole number of at least 0");
        return;
      case Operand::pattern:
        if (!node.is_text()) return refuse(node, path, "a regular expression");
        return read_pattern(node.text, node.at, path);
      case Operand::reference: return read_reference(node, path);
      case Operand::list:
        if (!node.is_list()) refuse(node, path, "a list");
        return;
      case Operand::schema: return read_schema(node, path);
      case Operand::texts:
      case Operand::types:
      case Operand::schemas: return read_list(node, operand, path);
      case Operand::named:
      case Operand::patterned:
      case Operand::named_texts: return read_map(node, operand, path);
    }
  }

  void read_pattern(const std::string& source, Position at, const std::string& path) {
    if (const auto pattern = Pattern::parse(source); !pattern) add(at, path, pattern.error().message);
  }

  void read_reference(const Node& node, const std::string& path) {
    if (node.is_text() && find_target(node.text) != nullptr) return;
    refuse(node, path, "# or #/$defs/ and a name that stands in the $defs of this schema");
  }

  const Node* find_target(std::string_view reference) const {
    if (reference == "#") return &root_;
    const Node* definitions = root_.find_map("$defs");
    const auto name = find_definition_name(reference);
    return definitions != nullptr && name ? definitions->find(*name) : nullptr;
  }

  void read_map(const Node& node, Operand operand, const std::string& path) {
    if (!node.is_map()) {
      return refuse(node, path, operand == Operand::named_texts ? "a map of lists" : "a map of schemas");
    }
    for (const Node& child : node.children) {
      const std::string below = path_of(path, child.key);
      if (operand == Operand::named_texts) {
        read_list(child, Operand::texts, below);
        continue;
      }
      if (operand == Operand::patterned) read_pattern(child.key, child.key_at, below);
      read_schema(child, below);
    }
  }

  void read_list(const Node& node, Operand operand, const std::string& path) {
    if (operand == Operand::types && node.is_text()) return read_type(node, path);
    if (!node.is_list() || (node.children.empty() && operand != Operand::texts))
      return refuse(node, path, "a list with at least one entry");
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const Node& child = node.children[i];
      if (operand == Operand::schemas) {
        read_schema(child, path_of(path, i));
      } else if (operand == Operand::types) {
        read_type(child, path_of(path, i));
      } else if (!child.is_text()) {
        refuse(child, path_of(path, i), "text");
      }
    }
  }

  void read_type(const Node& node, const std::string& path) {
    if (node.is_text() && std::ranges::find(kTypes, node.text) != kTypes.end()) return;
    add(node.at, path, "found " + describe(node) + suggestion(node.text, kTypes));
  }

  /// A reference that leads back to where it stands without having gone into the value would never end.
  void check_circles(const Node& node, const std::string& path) {
    if (node.is_map() && follows_itself(node)) {
      add(node.find("$ref")->at, path_of(path, "$ref"),
          "leads back to itself without going into the value: it could never be checked");
      return;
    }
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const Node& child = node.children[i];
      if (node.is_map() && (child.key == "enum" || child.key == "const" || child.key == "default")) continue;
      check_circles(child, node.is_list() ? path_of(path, i) : path_of(path, child.key));
    }
  }

  bool follows_itself(const Node& start) const {
    const Node* reference = start.find_text("$ref");
    const Node* target = reference == nullptr ? nullptr : find_target(reference->text);
    if (target == nullptr) return false;
    std::vector<const Node*> open{target}, seen;
    while (!open.empty()) {
      const Node* node = open.back();
      open.pop_back();
      if (node == &start) return true;
      if (std::ranges::count(seen, node) > 0 || !node->is_map()) continue;
      seen.push_back(node);
      if (const Node* other = node->find_text("$ref")) {
        if (const Node* next = find_target(other->text)) open.push_back(next);
      }
      for (const std::string_view name : kInPlace) {
        const Node* below = node->find(name);
        if (below == nullptr) continue;
        if (below->is_map()) open.push_back(below);
        for (const Node& one : below->children) {
          if (below->is_list()) open.push_back(&one);
        }
      }
    }
    return false;
  }

  const Node& root_;
  Problems& problems_;
  bool is_right_ = true;
};

Object map_of(Object members) { return {{"type", "object"}, {"additionalProperties", std::move(members)}}; }

Object list_of(Object items) { return {{"type", "array"}, {"items", std::move(items)}}; }

Object at_least_one(Object list) {
  list["minItems"] = 1;
  return list;
}

Object operand_schema(Operand operand) {
  const Object schema = reference("jsonSchema");
  const Object word{{"type", "string"}};
  switch (operand) {
    case Operand::any: return {};
    case Operand::text:
    case Operand::pattern: return word;
    case Operand::boolean: return {{"type", "boolean"}};
    case Operand::number: return {{"type", "number"}};
    case Operand::positive: return {{"type", "number"}, {"exclusiveMinimum", 0}};
    case Operand::count: return {{"type", "integer"}, {"minimum", 0}};
    case Operand::reference: return {{"type", "string"}, {"pattern", R"(^#(/\$defs/|$))"}};
    case Operand::texts: return list_of(word);
    case Operand::types: {
      Object type{{"enum", texts(kTypes)}};
      return {{"anyOf", Array{type, at_least_one(list_of(type))}}};
    }
    case Operand::list: return {{"type", "array"}};
    case Operand::schema: return schema;
    case Operand::schemas: return at_least_one(list_of(schema));
    case Operand::named:
    case Operand::patterned: return map_of(schema);
    case Operand::named_texts: return map_of(list_of(word));
  }
  return {};
}

Object keyword_schema(const Keyword& keyword) {
  Object out = operand_schema(keyword.operand);
  out["description"] = text(keyword.description);
  return out;
}

}  // namespace

JsonSchema read_schema(const Node& node, const std::string& path, Problems& problems) {
  SchemaReader reader(node, problems);
  if (!reader.read(node, path)) return {};
  Value schema = to_value(node);
  if (write_json(schema).size() > limits::kSchemaBytes) {
    problems.add(
        node.at, path,
        "found a schema larger than " + std::to_string(limits::kSchemaBytes) + " bytes, expected less");
    return {};
  }
  return JsonSchema(std::move(schema));
}

Value schema_of_schemas() {
  Object out{{"anyOf", Array{Object{{"type", "boolean"}}, Object{{"type", "object"}}}},
             {"additionalProperties", false}};
  for (const Keyword& keyword : kKeywords) {
    // A validator that looks for $id everywhere takes a property of this name for one.
    if (keyword.name == "$id")
      out["patternProperties"] = Object{{R"(^\$id$)", keyword_schema(keyword)}};
    else
      property(out, keyword.name) = keyword_schema(keyword);
  }
  property(out, "enum")["minItems"] = 1;
  return out;
}

}  // namespace callboard::workflow
