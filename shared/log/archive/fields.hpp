#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/limits.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::log {

/// Levels of a line: those of a value from outside, and what stands around it.
inline constexpr std::size_t kLineDepth = limits::kJsonDepth + 8;

/// The members of an archive's line. A reading that fails gives an empty value and is remembered, so that a
/// record is read in one go and asked once whether it was all there.
class Fields {
 public:
  /// `object` is JSON of at most kLineDepth levels, and outlives this.
  explicit Fields(std::string_view object);

  bool has(std::string_view name) const { return members_.contains(name); }
  /// The member as it is written; empty if absent.
  std::string_view raw(std::string_view name) const;
  std::vector<std::string_view> items(std::string_view name) const;

  std::string text(std::string_view name);
  std::string text_or_empty(std::string_view name) { return has(name) ? text(name) : std::string(); }
  Time time(std::string_view name);
  Uuid uuid(std::string_view name);
  Sha256 hash(std::string_view name);
  std::int64_t number(std::string_view name);
  std::uint64_t count(std::string_view name);
  bool flag(std::string_view name) const { return raw(name) == "true"; }
  /// What append_bytes or append_text_or_bytes wrote.
  std::string bytes(std::string_view name);
  std::string text_or_bytes(std::string_view name);

  void fail_at(std::string_view name, std::string_view expected);
  const std::optional<Error>& problem() const { return problem_; }

 private:
  std::string base64(std::string_view name);

  std::map<std::string_view, std::string_view> members_;
  std::optional<Error> problem_;
};

void append_member(std::string& out, std::string_view name, std::string_view text);
void append_member(std::string& out, std::string_view name, Time at);
void append_number(std::string& out, std::string_view name, std::int64_t number);
/// JSON on one line as it is, under `name`; anything else in base64, under `<name>Base64`. The bytes come
/// back as they were, spaces and order of members included.
void append_bytes(std::string& out, std::string_view name, std::string_view bytes);
/// UTF-8 as a JSON string, anything else as append_bytes does.
void append_text_or_bytes(std::string& out, std::string_view name, std::string_view bytes);

}  // namespace callboard::log
