#include "shared/workflow/typed_reader.hpp"

#include <algorithm>
#include <array>

#include "shared/workflow/field_values.hpp"
#include "shared/workflow/schema_reader.hpp"
#include "shared/workflow/shape.hpp"
#include "shared/workflow/slug.hpp"
#include "shared/workflow/typed_fields.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

/// Keywords that may say what a value is where no type stands.
constexpr std::array kInPlaceOfType = {"const"sv, "enum"sv, "anyOf"sv, "oneOf"sv, "allOf"sv, "not"sv};

/// Of what stands there; a type that is none has been told of already.
bool is_keyword(const Node& node) {
  if (node.key == "type" && std::ranges::count(kTypeNames, node.text) == 0) return false;
  return node.key != "schema" && std::ranges::count(kTypedFields, node.key, &Field::name) > 0;
}

bool has_no_type(const Node& node) {
  return node.find("type") == nullptr && std::ranges::none_of(kInPlaceOfType, [&](std::string_view name) {
           return node.find(name) != nullptr;
         });
}

Node text_type(const Node& of) {
  Node out;
  out.kind = Node::Kind::text;
  out.text = "string";
  out.key = "type";
  out.at = out.end = out.key_at = of.at;
  return out;
}

std::string find_string(const Node& node, std::string_view field) {
  const Node* value = node.find(field);
  return value == nullptr ? std::string() : value->text;
}

void refuse(const Node& value, const std::string& path, const std::string& expected, Problems& problems) {
  problems.add(value.at, path, "found " + describe(value) + ", expected " + expected);
}

/// Values that a file gives: what is wrong with one is a problem at its place.
void check_given(const JsonSchema& schema, const Node& value, const std::string& path, Problems& problems) {
  for (const JsonSchema::Fault& fault : schema.check(to_value(value)))
    problems.add(value.at, path + fault.pointer, fault.message);
}

void check_input(const Input& input, const Node& node, const std::string& path, Problems& problems) {
  bool is_right = true;
  if (const Node* values = node.find_list("enum")) {
    for (std::size_t i = 0; i < values->children.size(); ++i) {
      if (is_of_type(input.values[i], input.type)) continue;
      is_right = false;
      refuse(values->children[i], path_of(path_of(path, "enum"), i), "a value of type " + input.type,
             problems);
    }
  }
  if (!input.fallback) return;
  const Node& fallback = *node.find("default");
  const std::string below = path_of(path, "default");
  if (!is_of_type(*input.fallback, input.type)) {
    refuse(fallback, below, "a value of type " + input.type, problems);
  } else if (!input.values.empty() && std::ranges::count(input.values, *input.fallback) == 0) {
    refuse(fallback, below, "one of enum", problems);
  } else if (is_right) {
    check_given(input.schema, fallback, below, problems);
  }
}

Input read_input(const Node& node, const std::string& path, Problems& problems) {
  Input input;
  input.name = node.key;
  input.description = find_string(node, "description");
  const Node* type = node.find_text("type");
  if (type != nullptr) input.type = type->text;
  if (type == nullptr && (!has_no_type(node) || node.find("schema") != nullptr)) input.type.clear();
  input.required = find_bool(node, "required");
  if (const Node* fallback = node.find("default")) input.fallback = to_value(*fallback);
  if (const Node* values = node.find_list("enum")) {
    for (const Node& value : values->children) input.values.push_back(to_value(value));
  }
  input.schema = read_typed(node, path, problems);
  check_input(input, node, path, problems);
  return input;
}

}  // namespace

JsonSchema read_typed(const Node& node, const std::string& path, Problems& problems) {
  const Node* schema = node.find("schema");
  Node keywords;
  keywords.kind = Node::Kind::map;
  keywords.at = node.at;
  for (const Node& child : node.children) {
    if (!is_keyword(child)) continue;
    if (schema != nullptr) {
      problems.add(child.key_at, path_of(path, child.key),
                   "found both schema and " + child.key + ", expected one of them: put it into the schema");
      return {};
    }
    keywords.add(Node(child));
  }
  if (schema != nullptr) return read_schema(*schema, path_of(path, "schema"), problems);
  if (has_no_type(node)) keywords.add(text_type(node));
  return read_schema(keywords, path, problems);
}

std::vector<Input> read_inputs(const Node* inputs, const std::string& path, Problems& problems) {
  std::vector<Input> out;
  if (inputs == nullptr) return out;
  for (const Node& node : inputs->children) {
    if (!node.is_map()) continue;
    const std::string below = path_of(path, node.key);
    if (!is_step_key(node.key)) {
      problems.add(node.key_at, below,
                   "found the name \"" + node.key +
                       "\", expected a letter or _, then letters, digits, _ and -, at most 63");
    }
    out.push_back(read_input(node, below, problems));
  }
  return out;
}

std::vector<TypedMember> read_output_types(const Node& root, Problems& problems) {
  std::vector<TypedMember> out;
  const Node* types = root.find_map("outputTypes");
  if (types == nullptr) return out;
  const Node* outputs = root.find_map("outputs");
  std::vector<std::string_view> names;
  if (outputs != nullptr) {
    names.reserve(outputs->children.size());
    for (const Node& output : outputs->children) names.push_back(output.key);
  }
  for (const Node& type : types->children) {
    if (!type.is_map()) continue;
    const std::string path = path_of("outputTypes", type.key);
    const Node* output = outputs == nullptr ? nullptr : outputs->find(type.key);
    if (output == nullptr)
      problems.add(type.key_at, path, "there is no such output" + suggestion(type.key, names));
    JsonSchema schema = read_typed(type, path, problems);
    if (output != nullptr && !has_expression(*output))
      check_given(schema, *output, path_of("outputs", type.key), problems);
    out.push_back({type.key, std::move(schema)});
  }
  return out;
}

}  // namespace callboard::workflow
