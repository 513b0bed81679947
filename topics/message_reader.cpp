#include "topics/message_reader.hpp"

#include "shared/base/limits.hpp"

namespace callboard::topics {
namespace {

std::string_view trimmed(std::string_view json) {
  const std::size_t end = json.find_last_not_of(" \t\r\n");
  return json.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

}  // namespace

bool read_raw(MessageValue value, std::string& out) {
  simdjson::ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return false;
  std::string_view json;
  if (type == simdjson::ondemand::json_type::object) {
    simdjson::ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return false;
    if (object.raw_json().get(json) != simdjson::SUCCESS) return false;
  } else if (type == simdjson::ondemand::json_type::array) {
    simdjson::ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return false;
    if (array.raw_json().get(json) != simdjson::SUCCESS) return false;
  } else {
    json = value.raw_json_token();
  }
  json = trimmed(json);
  out.assign(json == "null" ? std::string_view() : json);
  return true;
}

const char* MessageReader::pad(std::string_view bytes) {
  if (buffer_.capacity() > 2 * limits::kMiB) {
    buffer_.clear();
    buffer_.shrink_to_fit();
  }
  buffer_.reserve(bytes.size() + simdjson::SIMDJSON_PADDING);
  buffer_.assign(bytes);
  return buffer_.data();
}

MessageReader& thread_reader() {
  thread_local MessageReader reader;
  return reader;
}

}  // namespace callboard::topics
