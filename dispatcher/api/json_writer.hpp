#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/time.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {

/// Writes JSON straight into a string: answers are made of parts that are JSON already, and need no tree.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& name(std::string_view member) {
    separate();
    append_json_string(out_, member);
    out_ += ':';
    fresh_ = true;
    return *this;
  }

  JsonWriter& text(std::string_view value) {
    separate();
    append_json_string(out_, value);
    return *this;
  }
  /// `json` is JSON already.
  JsonWriter& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }
  template <std::integral Number>
  JsonWriter& number(Number value) {
    return raw(std::to_string(value));
  }
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  /// The zero time is null.
  JsonWriter& time(Time at) { return at == Time{} ? null() : text(format_time(at)); }

 private:
  JsonWriter& open(char bracket) {
    separate();
    out_ += bracket;
    fresh_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    fresh_ = false;
    return *this;
  }
  void separate() {
    if (!fresh_) out_ += ',';
    fresh_ = false;
  }

  std::string& out_;
  bool fresh_ = true;
};

}  // namespace callboard::dispatcher
