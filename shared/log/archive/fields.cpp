#include "shared/log/archive/fields.hpp"

#include <algorithm>
#include <charconv>

#include "shared/base/text.hpp"
#include "shared/log/archive/base64.hpp"
#include "shared/run/json_text.hpp"
#include "shared/value/write.hpp"

namespace callboard::log {
namespace {

constexpr std::string_view kBase64 = "Base64";
constexpr Time kFirstTime = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
constexpr Time kTimesEnd = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);

/// Text of JSON that stands in a line as it is, and comes out of it with the same bytes.
bool stands_in_a_line(std::string_view bytes) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  if (bytes.empty() || is_space(bytes.front()) || is_space(bytes.back())) return false;
  if (bytes.find_first_of("\r\n") != std::string_view::npos) return false;
  return run::is_json(bytes);
}

void append_name(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  out += '"';
  out += name;
  out += "\":";
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

template <typename T>
std::optional<T> parse_whole(std::string_view text) {
  T value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Fields::Fields(std::string_view object) {
  std::string_view name;
  std::string_view raw;
  for (run::RawMembers members(object, kLineDepth); members.next(name, raw);) members_[name] = raw;
}

std::string_view Fields::raw(std::string_view name) const {
  const auto found = members_.find(name);
  return found == members_.end() ? std::string_view() : found->second;
}

std::vector<std::string_view> Fields::items(std::string_view name) const {
  std::vector<std::string_view> out;
  std::string_view item;
  for (run::RawItems items(raw(name)); items.next(item);) out.push_back(item);
  return out;
}

void Fields::fail_at(std::string_view name, std::string_view expected) {
  if (problem_) return;
  problem_ = Error{ErrorCode::invalid, "\"" + std::string(name) + "\" is not " + std::string(expected)};
}

std::string Fields::text(std::string_view name) {
  auto text = run::text_of(raw(name));
  if (!text) fail_at(name, "a text");
  return std::move(text).value_or("");
}

Time Fields::time(std::string_view name) {
  const auto at = parse_time(run::text_of(raw(name)).value_or(""));
  // An offset can lead out of the years that format_time writes.
  if (at && *at >= kFirstTime && *at < kTimesEnd) return *at;
  fail_at(name, "a time");
  return Time{};
}

Uuid Fields::uuid(std::string_view name) {
  const auto uuid = parse_uuid(run::text_of(raw(name)).value_or(""));
  if (!uuid) fail_at(name, "an id");
  return uuid.value_or(Uuid{});
}

Sha256 Fields::hash(std::string_view name) {
  const std::string hex = run::text_of(raw(name)).value_or("");
  Sha256 hash{};
  bool good = hex.size() == hash.size() * 2;
  for (std::size_t i = 0; good && i < hash.size(); ++i) {
    const int high = digit_of(hex[2 * i]);
    const int low = digit_of(hex[2 * i + 1]);
    good = high >= 0 && low >= 0;
    if (good) hash[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  if (!good) fail_at(name, "a SHA-256 in hex");
  return good ? hash : Sha256{};
}

std::int64_t Fields::number(std::string_view name) {
  const auto number = parse_whole<std::int64_t>(raw(name));
  if (!number) fail_at(name, "a whole number");
  return number.value_or(0);
}

std::uint64_t Fields::count(std::string_view name) {
  const auto number = parse_whole<std::uint64_t>(raw(name));
  if (!number) fail_at(name, "a count");
  return number.value_or(0);
}

std::string Fields::base64(std::string_view name) {
  const std::string in_base64 = std::string(name) + std::string(kBase64);
  auto bytes = decode_base64(text(in_base64));
  if (!bytes) fail_at(in_base64, "base64");
  return std::move(bytes).value_or("");
}

std::string Fields::bytes(std::string_view name) { return has(name) ? std::string(raw(name)) : base64(name); }

std::string Fields::text_or_bytes(std::string_view name) { return has(name) ? text(name) : base64(name); }

void append_member(std::string& out, std::string_view name, std::string_view text) {
  append_name(out, name);
  append_json_string(out, text);
}

void append_member(std::string& out, std::string_view name, Time at) {
  append_member(out, name, format_time(at));
}

void append_number(std::string& out, std::string_view name, std::int64_t number) {
  append_name(out, name);
  out += std::to_string(number);
}

void append_bytes(std::string& out, std::string_view name, std::string_view bytes) {
  if (!stands_in_a_line(bytes)) {
    return append_member(out, std::string(name) + std::string(kBase64), encode_base64(bytes));
  }
  append_name(out, name);
  out += bytes;
}

void append_text_or_bytes(std::string& out, std::string_view name, std::string_view bytes) {
  if (is_utf8(bytes)) return append_member(out, name, bytes);
  append_member(out, std::string(name) + std::string(kBase64), encode_base64(bytes));
}

}  // namespace callboard::log
