#include "dispatcher/ingress/peek.hpp"

#include <simdjson.h>

#include "shared/base/limits.hpp"
#include "shared/value/json_fault.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

namespace sj = simdjson;

constexpr std::size_t kKeptCapacity = limits::kMiB;  // a parser that grew beyond it gives its buffers back

sj::dom::parser make_parser() {
  sj::dom::parser parser;
  (void)parser.allocate(64 * limits::kKiB, limits::kJsonDepth);
  return parser;
}

std::string text_of(const sj::dom::element& value) {
  std::string_view text;
  return value.get_string().get(text) ? std::string() : std::string(text);
}

std::optional<std::int64_t> number_of(const sj::dom::element& value) {
  std::int64_t number = 0;
  return value.get_int64().get(number) ? std::nullopt : std::optional(number);
}

/// Of a key given twice the last one stands, as in read_json.
PayloadFields read_fields(const sj::dom::object& payload) {
  PayloadFields fields;
  for (const auto [name, value] : payload) {
    if (name == "action") fields.action = text_of(value);
    if (name == "type") fields.type = text_of(value);
    if (name == "webhookTimestamp") fields.timestamp = number_of(value);
  }
  return fields;
}

/// simdjson does not count an empty array or object as a level, and knows no integers beyond 64 bits: where
/// it finds the nesting too deep or a number too large, the exact reader decides, so that what is accepted
/// does not depend on who listens.
Result<PayloadFields> read_slowly(std::string_view json) {
  auto value = read_json(json);
  if (!value) return std::unexpected(value.error());
  if (!value->is_object()) return fail(ErrorCode::invalid, "the payload is not a JSON object");
  return fields_of(*value);
}

}  // namespace

Result<PayloadFields> peek_payload(std::string_view json, bool padded) {
  static_assert(sj::SIMDJSON_PADDING <= 64);
  thread_local sj::dom::parser parser = make_parser();
  sj::dom::element root;
  const auto error = parser.parse(json.data(), json.size(), !padded).get(root);
  if (error == sj::DEPTH_ERROR || error == sj::NUMBER_ERROR) return read_slowly(json);
  if (error) return std::unexpected(json_fault(json));
  sj::dom::object object;
  if (root.get_object().get(object)) return fail(ErrorCode::invalid, "the payload is not a JSON object");
  PayloadFields fields = read_fields(object);
  if (parser.capacity() > kKeptCapacity) parser = make_parser();
  return fields;
}

PayloadFields fields_of(const Value& payload) {
  PayloadFields fields{.action = std::string(find_text(&payload, "action")),
                       .type = std::string(find_text(&payload, "type")),
                       .timestamp = {}};
  const Value* timestamp = find(&payload, "webhookTimestamp");
  if (timestamp != nullptr && timestamp->is_int64()) fields.timestamp = timestamp->get_int64();
  return fields;
}

}  // namespace callboard::dispatcher
