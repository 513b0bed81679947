#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

#include "shared/base/ids.hpp"
#include "shared/value/write.hpp"

/// Compact JSON by appending: one growing string, no tree. Raw JSON goes in as it is.
namespace callboard::topics {

class MessageText {
 public:
  explicit MessageText(std::size_t expected_bytes) { out_.reserve(expected_bytes); }

  void open(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
  }
  void close(char bracket) {
    out_ += bracket;
    first_ = false;
  }
  /// The next value is this member's. `name` needs no escaping.
  void name(std::string_view name) {
    separate();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    first_ = true;
  }

  void text(std::string_view value) {
    separate();
    append_json_string(out_, value);
  }
  void raw(std::string_view json) {
    separate();
    out_ += json.empty() ? std::string_view("null") : json;
  }
  void number(std::integral auto value) {
    separate();
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void id(const Uuid& uuid) {
    separate();
    out_ += '"';
    out_ += to_string(uuid);
    out_ += '"';
  }

  std::string take() { return std::move(out_); }

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }

  std::string out_;
  bool first_ = true;
};

}  // namespace callboard::topics
