#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace callboard::telemetry {

enum class LogLevel : std::uint8_t { debug, info, warn, error, off };
enum class LogFormat : std::uint8_t { text, json };

std::optional<LogLevel> parse_log_level(std::string_view text);
std::optional<LogFormat> parse_log_format(std::string_view text);

/// One named value of a line. Borrows its text for the call only.
struct LogField {
  using Content = std::variant<std::string_view, std::int64_t, double, bool>;

  LogField(std::string_view field_name, std::string_view text) : name(field_name), content(text) {}
  LogField(std::string_view field_name, const char* text)
      : name(field_name), content(std::string_view(text)) {}
  LogField(std::string_view field_name, const std::string& text)
      : name(field_name), content(std::string_view(text)) {}
  LogField(std::string_view field_name, bool value) : name(field_name), content(value) {}
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  LogField(std::string_view field_name, Number value)
      : name(field_name), content(static_cast<std::int64_t>(value)) {}
  template <std::floating_point Number>
  LogField(std::string_view field_name, Number value)
      : name(field_name), content(static_cast<double>(value)) {}

  std::string_view name;
  Content content;
};
using LogFields = std::initializer_list<LogField>;

struct LoggerOptions {
  std::string program{};  // "dispatcher", "worker": stands in every line
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  /// Takes out of a text what must not be seen (secrets, in their encoded forms too). Called for the message
  /// and for each text field before it is escaped, from any thread. None: nothing is taken out.
  std::function<std::string(std::string)> scrub{};
  /// Where finished lines go, without their newline; one call at a time. None: standard error.
  std::function<void(std::string_view line)> sink{};
};

/// Writes one line for each call. Thread-safe; blocks as long as its sink does. Below the level a call costs
/// one comparison. Control characters, escape sequences and broken UTF-8 never reach a line as such: in text
/// they become visible (\x1b), in JSON they are escaped.
///
/// text: 2026-11-21T08:00:00.000123Z info  dispatcher run closed run=0193… steps=5
/// json: {"at":"2026-11-21T08:00:00.000123Z","level":"info","program":"dispatcher","message":"run
/// closed","run":"0193…","steps":5}
class Logger {
 public:
  explicit Logger(LoggerOptions options);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  bool is_on(LogLevel level) const { return level >= level_; }

  void debug(std::string_view message, LogFields fields = {}) const { log(LogLevel::debug, message, fields); }
  void info(std::string_view message, LogFields fields = {}) const { log(LogLevel::info, message, fields); }
  void warn(std::string_view message, LogFields fields = {}) const { log(LogLevel::warn, message, fields); }
  void error(std::string_view message, LogFields fields = {}) const { log(LogLevel::error, message, fields); }

 private:
  void log(LogLevel level, std::string_view message, LogFields fields) const {
    if (is_on(level)) write(level, message, fields);
  }
  void write(LogLevel level, std::string_view message, LogFields fields) const;

  struct Output;
  LogLevel level_;
  std::unique_ptr<Output> output_;
};

}  // namespace callboard::telemetry
