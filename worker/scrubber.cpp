#include "worker/scrubber.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "shared/value/write.hpp"

namespace callboard::worker {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::string_view bytes) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<std::uint8_t>(c);
    for (held += 8; held >= 6; held -= 6) out.push_back(kBase64[(bits >> (held - 6)) & 63]);
  }
  if (held > 0) out.push_back(kBase64[(bits << (6 - held)) & 63]);
  return out;
}

/// The characters of a longer base64 text that `value` alone decides when `before` bytes (0 to 2) of its
/// group of three stand in front of it.
std::string base64_inside(std::string_view value, std::size_t before) {
  const std::string encoded = base64(std::string(before, '\0').append(value));
  const std::size_t first = (before * 8 + 5) / 6;
  const std::size_t end = (before + value.size()) * 8 / 6;
  return encoded.substr(first, end - first);
}

std::string url_encoded(std::string_view text, bool lower, bool plus) {
  const std::string_view digits = lower ? "0123456789abcdef" : "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
        c == '.' || c == '~') {
      out.push_back(c);
    } else if (c == ' ' && plus) {
      out.push_back('+');
    } else {
      out.push_back('%');
      out.push_back(digits[byte >> 4]);
      out.push_back(digits[byte & 15]);
    }
  }
  return out;
}

std::string json_escaped(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  return quoted.substr(1, quoted.size() - 2);
}

std::uint32_t start_of(std::string_view text, std::size_t at) {
  std::uint32_t start = 0;
  std::memcpy(&start, text.data() + at, sizeof start);
  return start;
}

}  // namespace

void Scrubber::add(std::string_view secret) {
  if (secret.size() < kShortest) return;
  add_forms(secret);
  if (secret.find('\n') == std::string_view::npos) return;
  for (std::size_t at = 0; at < secret.size();) {
    const std::size_t end = std::min(secret.find('\n', at), secret.size());
    std::string_view line = secret.substr(at, end - at);
    while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.size() >= kShortestLine) add_forms(line);
    at = end + 1;
  }
}

void Scrubber::add_forms(std::string_view value) {
  add_pattern(std::string(value));
  const std::string once = json_escaped(value);
  add_pattern(once);
  add_pattern(json_escaped(once));
  for (const bool lower : {false, true}) {
    for (const bool plus : {false, true}) add_pattern(url_encoded(value, lower, plus));
  }
  for (std::size_t before = 0; before < 3; ++before) {
    std::string inside = base64_inside(value, before);
    std::string url_safe = inside;
    std::ranges::replace(url_safe, '+', '-');
    std::ranges::replace(url_safe, '/', '_');
    add_pattern(json_escaped(inside));
    add_pattern(url_encoded(inside, false, false));
    add_pattern(std::move(url_safe));
  }
}

void Scrubber::add_pattern(std::string pattern) {
  if (pattern.size() < kShortest) return;
  auto& patterns = by_start_[start_of(pattern, 0)];
  if (std::ranges::find(patterns, pattern) != patterns.end()) return;
  patterns.push_back(std::move(pattern));
  std::ranges::sort(patterns, [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::size_t Scrubber::match(std::string_view text, std::size_t at) const {
  if (text.size() - at < kShortest) return 0;
  const auto found = by_start_.find(start_of(text, at));
  if (found == by_start_.end()) return 0;
  for (const std::string& pattern : found->second) {
    if (text.substr(at, pattern.size()) == pattern) return pattern.size();
  }
  return 0;
}

bool Scrubber::finds(std::string_view text) const {
  if (empty()) return false;
  for (std::size_t at = 0; at + kShortest <= text.size(); ++at) {
    if (match(text, at) > 0) return true;
  }
  return false;
}

std::string Scrubber::scrub(std::string_view text) const {
  if (!finds(text)) return std::string(text);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = match(text, at);
    if (length == 0) {
      out.push_back(text[at++]);
      continue;
    }
    out.append(kMask);
    at += length;
  }
  return out;
}

void Scrubber::scrub(Value& value) const {
  if (value.is_string()) {
    const auto& text = value.get_string();
    if (finds(text)) value = Value(scrub(std::string_view(text)));
  } else if (value.is_array()) {
    for (Value& item : value.get_array()) scrub(item);
  } else if (value.is_object()) {
    Object clean;
    for (auto& [key, member] : value.get_object()) {
      scrub(member);
      clean.insert_or_assign(scrub(std::string_view(key)), std::move(member));
    }
    value = std::move(clean);
  } else if (value.is_number() && finds(write_json(value))) {
    value = Value(kMask);
  }
}

}  // namespace callboard::worker
