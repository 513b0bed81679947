#include "shared/run/json_text.hpp"

#include <charconv>
#include <string>
#include <utility>

#include "shared/base/plain_prefix.hpp"
#include "shared/base/text.hpp"
#include "shared/value/large_numbers.hpp"
#include "shared/value/read.hpp"

namespace callboard::run {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view view(const char* from, const char* to) {
  return {from, static_cast<std::size_t>(to - from)};
}

// Each stands on what it names and gives the place behind it; null if that is not what it should be.

const char* past_spaces(const char* at, const char* end) {
  while (at != end && is_space(*at)) ++at;
  return at;
}

const char* past_literal(const char* at, const char* end, std::string_view word) {
  return view(at, end).starts_with(word) ? at + word.size() : nullptr;
}

const char* past_digits(const char* at, const char* end) {
  while (at != end && is_digit(*at)) ++at;
  return at;
}

const char* past_number(const char* at, const char* end) {
  const char* const from = at;
  const char* const whole = *at == '-' ? at + 1 : at;
  at = past_digits(whole, end);
  if (at == whole || (*whole == '0' && at - whole > 1)) return nullptr;
  bool is_integer = true;
  const auto take_digits = [&] {
    const char* const first = at;
    is_integer = false;
    return (at = past_digits(at, end)) != first;
  };
  if (at != end && *at == '.' && (++at, !take_digits())) return nullptr;
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (!take_digits()) return nullptr;
  }
  const bool is_short = is_integer && at - from <= 18;
  return is_short || is_holdable_number(view(from, at)) ? at : nullptr;
}

/// Four hexadecimal digits; -1 if they are not there.
std::int32_t hex4(const char* at, const char* end) {
  std::uint32_t code = 0;
  if (end - at < 4) return -1;
  const auto [stop, problem] = std::from_chars(at, at + 4, code, 16);
  return problem == std::errc() && stop == at + 4 ? static_cast<std::int32_t>(code) : -1;
}

const char* past_escape(const char* at, const char* end) {
  if (end - at < 2) return nullptr;
  if (at[1] != 'u') {
    return std::string_view("\"\\/bfnrt").find(at[1]) != std::string_view::npos ? at + 2 : nullptr;
  }
  const std::int32_t first = hex4(at + 2, end);
  if (first < 0) return nullptr;
  at += 6;
  if (first < 0xd800 || first > 0xdfff) return at;
  if (first > 0xdbff || !view(at, end).starts_with("\\u")) return nullptr;
  const std::int32_t second = hex4(at + 2, end);
  return second >= 0xdc00 && second <= 0xdfff ? at + 6 : nullptr;
}

/// The rest of a string that began at `from`, where something has to be looked at.
const char* past_odd_string(const char* from, const char* at, const char* end) {
  bool is_ascii = true;
  while (at != end && *at != '"') {
    if (*at == '\\') {
      at = past_escape(at, end);
      if (at == nullptr) return nullptr;
    } else if (static_cast<unsigned char>(*at++) < 0x20) {
      return nullptr;
    } else {
      is_ascii = false;
    }
    at += plain_prefix(view(at, end));
  }
  if (at == end || (!is_ascii && !is_utf8(view(from, at)))) return nullptr;
  return at + 1;
}

const char* past_string(const char* at, const char* end) {
  if (at == end || *at != '"') return nullptr;
  const char* const from = at + 1;
  at = from + plain_prefix(view(from, end));
  return at != end && *at == '"' ? at + 1 : past_odd_string(from, at, end);
}

const char* past_name(const char* at, const char* end) {
  at = past_string(at, end);
  if (at == nullptr) return nullptr;
  at = past_spaces(at, end);
  return at != end && *at == ':' ? past_spaces(at + 1, end) : nullptr;
}

const char* past_value(const char* at, const char* end, std::size_t depth);

/// An object or array, whose levels are `depth` at most.
const char* past_container(const char* at, const char* end, std::size_t depth) {
  if (depth == 0) return nullptr;
  const bool is_object = *at == '{';
  const char close = is_object ? '}' : ']';
  at = past_spaces(at + 1, end);
  if (at != end && *at == close) return at + 1;
  while (true) {
    if (is_object) at = past_name(at, end);
    if (at != nullptr) at = past_value(at, end, depth - 1);
    if (at == nullptr) return nullptr;
    at = past_spaces(at, end);
    if (at == end) return nullptr;
    if (*at == close) return at + 1;
    if (*at != ',') return nullptr;
    at = past_spaces(at + 1, end);
  }
}

const char* past_value(const char* at, const char* end, std::size_t depth) {
  if (at == end) return nullptr;
  switch (*at) {
    case '"': return past_string(at, end);
    case '{':
    case '[': return past_container(at, end, depth);
    case 't': return past_literal(at, end, "true");
    case 'f': return past_literal(at, end, "false");
    case 'n': return past_literal(at, end, "null");
    default: return past_number(at, end);
  }
}

}  // namespace

JsonReader::JsonReader(std::string_view text, std::size_t depth)
    : at_(text.data()), end_(text.data() + text.size()), depth_(depth) {}

/// Goes on behind what was taken; what was not there spoils the rest.
bool JsonReader::go_to(const char* at) {
  is_bad_ |= at == nullptr;
  at_ = is_bad_ ? end_ : at;
  return !is_bad_;
}

bool JsonReader::open(char bracket) {
  at_ = past_spaces(at_, end_);
  if (at_ == end_ || *at_ != bracket) return false;
  if (levels_ == depth_) return go_to(nullptr);
  ++at_;
  ++levels_;
  is_first_ = true;
  return true;
}

bool JsonReader::next(char close) {
  at_ = past_spaces(at_, end_);
  if (at_ == end_) return go_to(nullptr);
  const bool is_first = std::exchange(is_first_, false);
  if (*at_ == close) {
    ++at_;
    --levels_;
    return false;
  }
  if (is_first) return true;
  return *at_ == ',' ? go_to(past_spaces(at_ + 1, end_)) : go_to(nullptr);
}

bool JsonReader::next_member(std::string_view& name) {
  if (!next('}')) return false;
  const char* const from = at_;
  const char* const behind = past_string(from, end_);
  if (behind == nullptr) return go_to(nullptr);
  name = view(from + 1, behind - 1);
  const char* const colon = past_spaces(behind, end_);
  return go_to(colon != end_ && *colon == ':' ? colon + 1 : nullptr);
}

std::string_view JsonReader::take_value() {
  const char* const from = past_spaces(at_, end_);
  return go_to(past_value(from, end_, depth_ - levels_)) ? view(from, at_) : std::string_view();
}

bool JsonReader::at_end() {
  at_ = past_spaces(at_, end_);
  return !is_bad_ && levels_ == 0 && at_ == end_;
}

bool is_json(std::string_view text, std::size_t depth) {
  JsonReader reader(text, depth);
  return !reader.take_value().empty() && reader.at_end();
}

bool RawMembers::next(std::string_view& name, std::string_view& raw) {
  is_open_ = is_open_ && reader_.next_member(name);
  if (is_open_) raw = reader_.take_value();
  return is_open_ && !raw.empty();
}

bool RawItems::next(std::string_view& raw) {
  is_open_ = is_open_ && reader_.next_item();
  if (is_open_) raw = reader_.take_value();
  return is_open_ && !raw.empty();
}

std::optional<std::string_view> text_of(std::string_view raw, std::string& room) {
  if (!raw.starts_with('"')) return std::nullopt;
  if (raw.find('\\') == std::string_view::npos) return raw.substr(1, raw.size() - 2);
  const auto value = read_json(raw);
  if (!value || !value->is_string()) return std::nullopt;
  room.assign(value->get_string().data(), value->get_string().size());
  return room;
}

std::optional<std::string> text_of(std::string_view raw) {
  std::string room;
  const auto text = text_of(raw, room);
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<std::uint32_t> number_of(std::string_view raw) {
  std::uint32_t number = 0;
  const auto [end, problem] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
  if (problem != std::errc() || end != raw.data() + raw.size()) return std::nullopt;
  return number;
}

}  // namespace callboard::run
