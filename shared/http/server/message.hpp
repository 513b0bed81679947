#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace callboard::http {

/// Header fields in the order received. Names compare without case. One block of text and offsets into it.
class Headers {
 public:
  void add(std::string_view name, std::string_view value);
  /// The first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  /// The same, or empty.
  std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view()); }
  std::size_t count(std::string_view name) const;

  std::size_t size() const { return fields_.size(); }
  std::string_view name(std::size_t at) const;
  std::string_view value(std::size_t at) const;

 private:
  struct Field {
    std::uint32_t name = 0, value = 0, end = 0;
  };
  std::string text_;
  std::vector<Field> fields_;
};

/// One request, whole. The body's buffer has kBodyPadding bytes of capacity behind the body, for parsers that
/// read ahead.
struct Request {
  std::string method;
  std::string path;   // as sent, still percent-encoded
  std::string query;  // behind `?`, still percent-encoded
  Headers headers;
  std::string body;
  std::string remote;  // the sender's address, without its port

  /// The first query parameter of that name, decoded. One that does not decode is absent.
  std::optional<std::string> find_query(std::string_view name) const;
  /// All query parameters of that name, decoded, in the order given.
  std::vector<std::string> find_queries(std::string_view name) const;
  /// The names of all query parameters, decoded.
  std::vector<std::string> query_names() const;
};

inline constexpr std::size_t kBodyPadding = 64;

struct Response {
  int status = 200;
  std::string content_type;  // empty: none is sent
  std::string body;
  std::vector<std::pair<std::string, std::string>>
      headers;  // Content-Length, Connection and Date are the server's

  static Response json(int status, std::string body);
  static Response text(int status, std::string body);
};

/// RFC 9457: {"type":"about:blank","title":…,"status":…,"detail":…}
Response make_problem(int status, std::string_view detail);
/// The standard reason phrase: "Not Found".
std::string_view reason_of(int status);

/// Percent-decoding (and, in queries and forms, `+` for a space). Nothing on a broken escape.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
/// The first value of `name` in an application/x-www-form-urlencoded text; nothing if absent or broken.
std::optional<std::string> find_form_field(std::string_view form, std::string_view name);
/// Compares ASCII letters without case.
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace callboard::http
