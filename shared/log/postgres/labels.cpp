#include "shared/log/postgres/labels.hpp"

#include "shared/value/read.hpp"

namespace callboard::log {

run::Labels read_labels(const std::string& json) {
  run::Labels out;
  const auto value = read_json(json);
  if (!value || !value->is_object()) return out;
  for (const auto& [name, text] : value->get_object()) {
    if (text.is_string()) out.push_back({std::string(name), std::string(text.get_string())});
  }
  return out;
}

}  // namespace callboard::log
