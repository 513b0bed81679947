#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "dispatcher/api/json_writer.hpp"
#include "shared/log/log.hpp"

namespace callboard::dispatcher {

using LabelFilters = std::vector<log::Library::RunFilter::Label>;

/// `team:core`, or `pr` for any value. What is wrong, in words.
std::expected<LabelFilters, std::string> read_label_filters(const std::vector<std::string>& texts);

/// "labels":{"team":"core"}; nothing where there are none.
void write_labels(JsonWriter& json, const run::Labels& labels);

}  // namespace callboard::dispatcher
