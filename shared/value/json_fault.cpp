#include "shared/value/json_fault.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>

#include "shared/base/text.hpp"

namespace callboard {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepth = 1'024;  // simdjson's own
constexpr std::string_view kSpace = " \t\r\n";

/// Takes everything and keeps nothing.
struct Nothing {
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return true; }
  bool on_object_end(std::size_t, json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t, json::error_code&) { return true; }
  bool on_key_part(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_key(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
  bool on_double(double, json::string_view, json::error_code&) { return true; }
  bool on_bool(bool, json::error_code&) { return true; }
  bool on_null(json::error_code&) { return true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

/// What may stand behind the sign that was read last; empty where that is not known.
std::string_view expected_behind(std::string_view before) {
  const std::size_t last = before.find_last_not_of(kSpace);
  switch (last == std::string_view::npos ? '\0' : before[last]) {
    case '\0': return "a value";
    case '{': return "a key in double quotes, or '}'";
    case '[': return "a value, or ']'";
    case ':': return "a value";
    case ',': return "another value, or a key in double quotes";
    case '"': return "':', ',' or the end of the list or object";
    case ']':
    case '}': return "',' or the end of the list or object";
    default: return {};
  }
}

std::string name_found(std::string_view rest) {
  const std::size_t size = std::max<std::size_t>(read_code_point(rest).size, 1);
  return "'" + printable(rest.substr(0, size)) + "'";
}

std::string describe_syntax(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (read_code_point(rest).size == 0) return "found bytes that are not UTF-8";
  if (static_cast<unsigned char>(rest.front()) < ' ' && !kSpace.contains(rest.front()))
    return "found a control character";
  const std::string_view expected = expected_behind(text.substr(0, at));
  return "found " + name_found(rest) + (expected.empty() ? "" : ", expected " + std::string(expected));
}

std::string describe(json::error_code fault, std::string_view text, std::size_t at) {
  if (at >= text.size()) return "the text ends before the value does";
  if (fault == json::error::extra_data)
    return "found " + name_found(text.substr(at)) + " behind the value, expected the end";
  if (fault == json::error::syntax) return describe_syntax(text, at);
  return fault.message();
}

}  // namespace

std::string place_in_text(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::size_t column =
      1 + count_characters(before.substr(before.rfind('\n') + 1));  // none: npos + 1 is 0
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

Error json_fault(std::string_view text) {
  json::parse_options options;
  options.max_depth = kDepth;
  json::basic_parser<Nothing> parser(options);
  json::error_code fault;
  const std::size_t at = parser.write_some(false, text.data(), text.size(), fault);
  if (fault == json::error::too_deep) return {ErrorCode::too_large, "JSON nests too deep"};
  if (!fault && at < text.size()) fault = json::error::extra_data;
  if (!fault) return {ErrorCode::invalid, "not JSON"};
  const std::size_t place = fault == json::error::incomplete ? text.size() : at;
  return {ErrorCode::invalid,
          "not JSON at " + place_in_text(text, place) + ": " + describe(fault, text, place)};
}

}  // namespace callboard
