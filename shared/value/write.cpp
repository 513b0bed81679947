#include "shared/value/write.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "shared/base/plain_prefix.hpp"
#include "shared/base/text.hpp"

namespace callboard {
namespace {

std::string_view view(const boost::json::string& s) { return {s.data(), s.size()}; }
std::string_view view(boost::json::string_view s) { return {s.data(), s.size()}; }

template <typename Number>
void append_number(std::string& out, Number number) {
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_double(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
  } else if (number == std::floor(number) && std::abs(number) < 9007199254740992.0) {
    append_number(out, static_cast<std::int64_t>(number));
  } else {
    // With an exponent: without one a large number would read as an integer beyond 64 bits.
    std::array<char, 40> digits{};
    const auto format = std::abs(number) < 1e15 ? std::chars_format::general : std::chars_format::scientific;
    out.append(digits.data(),
               std::to_chars(digits.data(), digits.data() + digits.size(), number, format).ptr);
  }
}

void append_escaped(std::string& out, char c) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[c & 15];
  }
}

void append_quoted(std::string& out, std::string_view plain) {
  const std::size_t at = out.size();
  const std::size_t end = at + plain.size() + 2;
  // The lambda's second argument is the capacity in libstdc++ 12, and not the size that is asked for.
  out.resize_and_overwrite(end, [&](char* text, std::size_t) {
    text[at] = '"';
    plain.copy(text + at + 1, plain.size());
    text[end - 1] = '"';
    return end;
  });
}

void append_clean(std::string& out, std::string_view text) {
  out += '"';
  while (true) {
    const std::size_t plain = plain_prefix(text);
    out.append(text, 0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (static_cast<unsigned char>(text[0]) < 0x80)
      append_escaped(out, text[0]);
    else
      out += text[0];
    text.remove_prefix(1);
  }
  out += '"';
}

std::string repaired(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t good = utf8_prefix(text);
    out += text.substr(0, good);
    if (good == text.size()) return out;
    out += "\xef\xbf\xbd";
    text.remove_prefix(good + 1);
  }
}

void append(std::string& out, const Value& value, bool sorted);

void append_member(std::string& out, const boost::json::key_value_pair& member, bool sorted) {
  append_json_string(out, view(member.key()));
  out += ':';
  append(out, member.value(), sorted);
}

void append_object(std::string& out, const Object& object, bool sorted) {
  std::vector<const boost::json::key_value_pair*> members;
  members.reserve(object.size());
  for (const auto& member : object) members.push_back(&member);
  if (sorted) std::ranges::sort(members, {}, [](const auto* member) { return view(member->key()); });
  out += '{';
  for (const auto* member : members) {
    if (member != members.front()) out += ',';
    append_member(out, *member, sorted);
  }
  out += '}';
}

void append_array(std::string& out, const Array& array, bool sorted) {
  out += '[';
  bool first = true;
  for (const Value& item : array) {
    if (!first) out += ',';
    first = false;
    append(out, item, sorted);
  }
  out += ']';
}

void append(std::string& out, const Value& value, bool sorted) {
  switch (value.kind()) {
    case boost::json::kind::null: out += "null"; return;
    case boost::json::kind::bool_: out += value.get_bool() ? "true" : "false"; return;
    case boost::json::kind::int64: append_number(out, value.get_int64()); return;
    case boost::json::kind::uint64: append_number(out, value.get_uint64()); return;
    case boost::json::kind::double_: append_double(out, value.get_double()); return;
    case boost::json::kind::string: append_json_string(out, view(value.get_string())); return;
    case boost::json::kind::array: append_array(out, value.get_array(), sorted); return;
    case boost::json::kind::object: append_object(out, value.get_object(), sorted); return;
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  if (plain_prefix(text) == text.size())
    append_quoted(out, text);
  else if (is_utf8(text))
    append_clean(out, text);
  else
    append_clean(out, repaired(text));
}

void append_json(std::string& out, const Value& value) { append(out, value, false); }

std::string write_json(const Value& value) {
  std::string out;
  append(out, value, false);
  return out;
}

std::string write_canonical(const Value& value) {
  std::string out;
  append(out, value, true);
  return out;
}

}  // namespace callboard
