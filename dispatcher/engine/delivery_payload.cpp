#include "dispatcher/engine/delivery_payload.hpp"

#include <string>
#include <string_view>

#include "shared/base/limits.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode_form(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int high = text[at] == '%' && at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[at + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      out += text[at] == '+' ? ' ' : text[at];
    }
  }
  return out;
}

}  // namespace

std::string_view payload_text(const log::Delivery& delivery, std::string& room) {
  constexpr std::string_view kField = "payload=";
  const std::string_view body = delivery.body;
  if (!body.starts_with(kField)) return body;
  const std::string_view field = body.substr(kField.size());
  room = decode_form(field.substr(0, field.find('&')));
  return room;
}

Result<Value> read_payload(const log::Delivery& delivery) {
  std::string room;
  return read_json(payload_text(delivery, room), limits::kJsonDepth);
}

}  // namespace callboard::dispatcher
