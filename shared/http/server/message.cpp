#include "shared/http/server/message.hpp"

#include <algorithm>

#include "shared/base/text.hpp"

namespace callboard::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// For a JSON string; bytes that are no UTF-8 become U+FFFD.
void append_escaped(std::string& out, std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::size_t good = utf8_prefix(text);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at == good) {
      out += "\xef\xbf\xbd";
      good = at + 1 + utf8_prefix(text.substr(at + 1));
      continue;
    }
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
}

/// Calls `visit(name, value)`, both still encoded, for each field until it returns false.
template <typename Visit>
void each_field(std::string_view form, Visit visit) {
  while (!form.empty()) {
    const std::size_t end = std::min(form.find('&'), form.size());
    const std::string_view field = form.substr(0, end);
    form.remove_prefix(std::min(end + 1, form.size()));
    if (field.empty()) continue;
    const std::size_t equals = std::min(field.find('='), field.size());
    if (!visit(field.substr(0, equals), field.substr(std::min(equals + 1, field.size())))) return;
  }
}

}  // namespace

void Headers::add(std::string_view name, std::string_view value) {
  Field field;
  field.name = static_cast<std::uint32_t>(text_.size());
  text_ += name;
  field.value = static_cast<std::uint32_t>(text_.size());
  text_ += value;
  field.end = static_cast<std::uint32_t>(text_.size());
  fields_.push_back(field);
}

std::string_view Headers::name(std::size_t at) const {
  const Field& field = fields_[at];
  return std::string_view(text_).substr(field.name, field.value - field.name);
}

std::string_view Headers::value(std::size_t at) const {
  const Field& field = fields_[at];
  return std::string_view(text_).substr(field.value, field.end - field.value);
}

std::optional<std::string_view> Headers::find(std::string_view wanted) const {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (equal_ignoring_case(name(i), wanted)) return value(i);
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view wanted) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < fields_.size(); ++i) found += equal_ignoring_case(name(i), wanted) ? 1 : 0;
  return found;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::optional<std::string> find_form_field(std::string_view form, std::string_view wanted) {
  std::optional<std::string> found;
  each_field(form, [&](std::string_view name, std::string_view value) {
    if (percent_decode(name, true) != wanted) return true;
    found = percent_decode(value, true);
    return false;
  });
  return found;
}

std::optional<std::string> Request::find_query(std::string_view name) const {
  return find_form_field(query, name);
}

std::vector<std::string> Request::find_queries(std::string_view wanted) const {
  std::vector<std::string> values;
  each_field(query, [&](std::string_view name, std::string_view value) {
    if (percent_decode(name, true) != wanted) return true;
    if (auto decoded = percent_decode(value, true)) values.push_back(std::move(*decoded));
    return true;
  });
  return values;
}

std::vector<std::string> Request::query_names() const {
  std::vector<std::string> names;
  each_field(query, [&](std::string_view name, std::string_view) {
    names.push_back(percent_decode(name, true).value_or(std::string(name)));
    return true;
  });
  return names;
}

Response Response::json(int status, std::string body) {
  return {.status = status, .content_type = "application/json", .body = std::move(body), .headers = {}};
}

Response Response::text(int status, std::string body) {
  return {
      .status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(body), .headers = {}};
}

Response make_problem(int status, std::string_view detail) {
  std::string body = R"({"type":"about:blank","title":")";
  body += reason_of(status);
  body += R"(","status":)" + std::to_string(status) + R"(,"detail":")";
  append_escaped(body, detail);
  body += "\"}";
  return {
      .status = status, .content_type = "application/problem+json", .body = std::move(body), .headers = {}};
}

std::string_view reason_of(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return status < 400 ? "OK" : "Error";
  }
}

}  // namespace callboard::http
