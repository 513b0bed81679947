#include "shared/workflow/field_values.hpp"

#include "shared/base/time.hpp"

namespace callboard::workflow {

std::optional<Micros> find_duration(const Node* node, std::string_view field) {
  const Node* text = node == nullptr ? nullptr : node->find_text(field);
  return text == nullptr ? std::nullopt : parse_duration(text->text);
}

double find_number(const Node& node, std::string_view field, double fallback) {
  const Node* number = node.find(field);
  return number != nullptr && number->kind == Node::Kind::number ? number->scalar.to_number<double>()
                                                                 : fallback;
}

bool find_bool(const Node& node, std::string_view field) {
  const Node* boolean = node.find(field);
  return boolean != nullptr && boolean->kind == Node::Kind::boolean && boolean->scalar.get_bool();
}

std::vector<const Node*> find_texts(const Node& node, std::string_view field) {
  std::vector<const Node*> out;
  const Node* value = node.find(field);
  if (value == nullptr) return out;
  if (value->is_text()) out.push_back(value);
  for (const Node& child : value->children) {
    if (value->is_list() && child.is_text()) out.push_back(&child);
  }
  return out;
}

}  // namespace callboard::workflow
