#pragma once

#include <optional>
#include <string_view>

#include "shared/workflow/tree.hpp"

/// The two readers behind read_yaml.
namespace callboard::workflow {

/// The part of YAML that most workflow files keep to, in one pass: a block map whose values are block maps
/// and lists, flow maps and lists on one line, scalars on one line, and literal text (`|`). Nothing where
/// anything else stands, or anything that is wrong: then read_yaml_events decides. What this one reads, both
/// read alike (tests/unit/workflow/common_yaml_test.cpp), but for the ends of lists and maps.
std::optional<Node> read_common_yaml(std::string_view bytes);

/// All of YAML, by libyaml's events.
ReadTree read_yaml_events(std::string_view bytes);

}  // namespace callboard::workflow
