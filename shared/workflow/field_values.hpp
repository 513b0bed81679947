#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "shared/base/time.hpp"
#include "shared/workflow/tree.hpp"

/// What stands in a field of a map, for those that make sense of it: one that is of another kind is as if it
/// were not there, for check_shape() tells of it.
namespace callboard::workflow {

/// `node` may be null.
std::optional<Micros> find_duration(const Node* node, std::string_view field);
double find_number(const Node& node, std::string_view field, double fallback);
bool find_bool(const Node& node, std::string_view field);
/// A text, or the texts of a list.
std::vector<const Node*> find_texts(const Node& node, std::string_view field);

}  // namespace callboard::workflow
