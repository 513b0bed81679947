#include "shared/run/keys.hpp"

#include <charconv>

#include "shared/base/limits.hpp"

namespace callboard::run {
namespace {

constexpr std::size_t kStepKeyBytes = 63;

std::string attempt_key(std::string_view step, std::uint32_t attempt, std::uint32_t generation,
                        std::string_view tail) {
  std::string out;
  out.reserve(step.size() + tail.size() + 16);
  out += 'g';
  out += std::to_string(generation);
  out += '/';
  out += step;
  out += '/';
  out += std::to_string(attempt);
  out += tail;
  return out;
}

/// Decimal digits without a sign or a leading zero, so that a number has one spelling.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (problem != std::errc() || digits == 0 || (text.front() == '0' && digits > 1)) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

bool is_step_letter(char c, bool first) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_') return true;
  return !first && ((c >= '0' && c <= '9') || c == '-');
}

std::string_view take_step(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && is_step_letter(text[size], size == 0)) ++size;
  const std::string_view step = text.substr(0, size);
  text.remove_prefix(size);
  return size <= kStepKeyBytes ? step : std::string_view();
}

std::optional<Key> parse_id(KeyKind kind, std::string_view id) {
  for (const char c : id) {
    if (c <= 0x20 || c >= 0x7f || c == '/') return std::nullopt;
  }
  if (id.empty()) return std::nullopt;
  Key key{.kind = kind};
  key.id = id;
  return key;
}

std::optional<Key> parse_decision(std::string_view text) {
  const auto number = take_number(text);
  if (!number || !text.empty()) return std::nullopt;
  Key key{.kind = KeyKind::decision};
  key.number = *number;
  return key;
}

bool parse_tail(std::string_view text, Key& key) {
  if (text == "/result") {
    key.kind = KeyKind::result;
    return true;
  }
  if (text == "/started") {
    key.kind = KeyKind::started;
    return true;
  }
  if (!take(text, "/begun/")) return false;
  const auto number = take_number(text);
  key.kind = KeyKind::begun;
  key.number = number.value_or(0);
  return key.number > 0 && text.empty();
}

std::optional<StepName> take_step_name(std::string_view& text) {
  StepName name{take_step(text)};
  if (name.step.empty()) return std::nullopt;
  if (!take(text, "[")) return name;
  name.item = take_number(text);
  if (!name.item || !take(text, "]")) return std::nullopt;
  return name;
}

std::optional<Key> parse_attempt(std::string_view text) {
  Key key;
  const auto generation = take_number(text);
  if (!generation || *generation == 0 || !take(text, "/")) return std::nullopt;
  key.generation = *generation;
  const auto name = take_step_name(text);
  if (!name || !take(text, "/")) return std::nullopt;
  key.step = name->step;
  key.item = name->item;
  const auto attempt = take_number(text);
  if (!attempt || *attempt == 0) return std::nullopt;
  key.attempt = *attempt;
  if (!parse_tail(text, key)) return std::nullopt;
  return key;
}

}  // namespace

std::string result_key(std::string_view step, std::uint32_t attempt, std::uint32_t generation) {
  return attempt_key(step, attempt, generation, "/result");
}

std::string started_key(std::string_view step, std::uint32_t attempt, std::uint32_t generation) {
  return attempt_key(step, attempt, generation, "/started");
}

std::string begun_key(std::string_view step, std::uint32_t attempt, std::uint32_t k,
                      std::uint32_t generation) {
  return attempt_key(step, attempt, generation, "/begun/") + std::to_string(k);
}

std::string decision_key(std::uint32_t n) { return "d/" + std::to_string(n); }

std::string command_key(std::string_view id) { return "cmd/" + std::string(id); }

std::string signal_key(std::string_view id) { return "signal/" + std::string(id); }

std::optional<StepName> parse_step_name(std::string_view text) {
  const auto name = take_step_name(text);
  return text.empty() ? name : std::nullopt;
}

std::optional<Key> parse_key(std::string_view text) {
  if (text.size() > limits::kKeyBytes) return std::nullopt;
  if (take(text, "g")) return parse_attempt(text);
  if (take(text, "d/")) return parse_decision(text);
  if (take(text, "cmd/")) return parse_id(KeyKind::command, text);
  if (take(text, "signal/")) return parse_id(KeyKind::signal, text);
  return std::nullopt;
}

}  // namespace callboard::run
