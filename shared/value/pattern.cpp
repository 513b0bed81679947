#include "shared/value/pattern.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <string>
#include <utility>

#include "shared/base/limits.hpp"

namespace callboard {
namespace {

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

/// ECMA's \u00e9 is RE2's \x{00e9}.
std::string translate(std::string_view source) {
  constexpr std::size_t kDigits = 4;
  std::string out;
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\\' || i + 1 == source.size()) {
      out += source[i];
      continue;
    }
    const std::string_view digits = source.substr(i + 2, kDigits);
    if (source[i + 1] == 'u' && digits.size() == kDigits && is_hex(digits)) {
      out += "\\x{" + std::string(digits) + "}";
      i += 1 + kDigits;
    } else {
      out += source.substr(i++, 2);
    }
  }
  return out;
}

std::string explain(const re2::RE2& compiled) {
  switch (compiled.error_code()) {
    case re2::RE2::ErrorBadPerlOp:
      return "found " + compiled.error_arg() + ", which is not supported: look-around takes too long";
    case re2::RE2::ErrorBadEscape: return "found " + compiled.error_arg() + ", which is not supported";
    case re2::RE2::ErrorPatternTooLarge: return "found repetitions that make too much of it";
    default: return "found " + compiled.error();
  }
}

}  // namespace

Result<Pattern> Pattern::parse(std::string_view source) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(limits::kPatternBytes);
  auto compiled = std::make_shared<const re2::RE2>(translate(source), options);
  if (!compiled->ok()) return fail(ErrorCode::invalid, explain(*compiled));
  Pattern out;
  out.compiled_ = std::move(compiled);
  return out;
}

bool Pattern::finds(std::string_view text) const {
  return compiled_ == nullptr || re2::RE2::PartialMatch({text.data(), text.size()}, *compiled_);
}

}  // namespace callboard
