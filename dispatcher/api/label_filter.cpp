#include "dispatcher/api/label_filter.hpp"

#include "shared/base/limits.hpp"

namespace callboard::dispatcher {

std::expected<LabelFilters, std::string> read_label_filters(const std::vector<std::string>& texts) {
  if (texts.size() > limits::kLabelsAsked)
    return std::unexpected("at most " + std::to_string(limits::kLabelsAsked) + " labels may be asked for");
  LabelFilters out;
  for (const std::string& text : texts) {
    const std::size_t colon = text.find(':');
    log::Library::RunFilter::Label label{.name = text.substr(0, colon), .value = std::nullopt};
    if (label.name.empty())
      return std::unexpected("label must be name:value, or a name alone; found \"" + text + "\"");
    if (colon != std::string::npos) label.value = text.substr(colon + 1);
    out.push_back(std::move(label));
  }
  return out;
}

void write_labels(JsonWriter& json, const run::Labels& labels) {
  if (labels.empty()) return;
  json.name("labels").begin_object();
  for (const run::Label& label : labels) json.name(label.name).text(label.value);
  json.end_object();
}

}  // namespace callboard::dispatcher
