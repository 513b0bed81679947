#include "shared/run/party.hpp"

#include <initializer_list>
#include <string_view>

#include "shared/base/limits.hpp"

namespace callboard::run {
namespace {

std::string find_text_at(const Value* value, std::initializer_list<std::string_view> path) {
  for (const std::string_view name : path) {
    if (value == nullptr || !value->is_object()) return {};
    value = value->get_object().if_contains({name.data(), name.size()});
  }
  if (value == nullptr || !value->is_string() || value->get_string().size() > limits::kPartyBytes) return {};
  return {value->get_string().data(), value->get_string().size()};
}

}  // namespace

std::string find_party(const std::string& source, const Value* event) {
  std::string name = find_text_at(event, {"repository", "full_name"});
  if (name.empty()) name = find_text_at(event, {"data", "team", "key"});
  return name.empty() ? name : source + ":" + name;
}

std::string party_of(const Created& created) {
  if (!created.party.empty()) return created.party;
  if (created.rate) return "throttle:" + created.rate->name;
  if (created.group) return "group:" + created.group->name;
  return "workflow:" + created.workflow;
}

}  // namespace callboard::run
