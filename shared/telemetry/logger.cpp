#include "shared/telemetry/logger.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cmath>
#include <mutex>
#include <utility>

#include "shared/base/text.hpp"
#include "shared/base/time.hpp"

namespace callboard::telemetry {
namespace {

/// Hands each line to a function; spdlog's base class holds the lock.
class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(std::function<void(std::string_view)> function) : function_(std::move(function)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    function_(std::string_view(line.payload.data(), line.payload.size()));
  }
  void flush_() override {}

 private:
  std::function<void(std::string_view)> function_;
};

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warn: return "warn";
    case LogLevel::error: return "error";
    case LogLevel::off: break;
  }
  return "off";
}

std::string format_now() {
  return format_time(std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now()));
}

/// A JSON string of text that printable() has gone over: only these two characters and tab are left to
/// escape.
void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '\t') {
      out += "\\t";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

/// A text value stands bare where it can be told from its neighbours, and quoted elsewhere.
void append_text_value(std::string& out, std::string_view text) {
  const bool bare = !text.empty() && text.find_first_of(" \t\"=") == std::string_view::npos;
  if (bare) {
    out += text;
  } else {
    append_json_string(out, text);
  }
}

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view text) {
  for (const LogLevel level :
       {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off}) {
    if (name_of(level) == text) return level;
  }
  return std::nullopt;
}

std::optional<LogFormat> parse_log_format(std::string_view text) {
  if (text == "text") return LogFormat::text;
  if (text == "json") return LogFormat::json;
  return std::nullopt;
}

struct Logger::Output {
  LoggerOptions options;
  std::unique_ptr<spdlog::logger> lines;

  std::string clean(std::string_view text) const {
    return printable(options.scrub ? options.scrub(std::string(text)) : std::string(text));
  }

  void append_value(std::string& out, const LogField::Content& content) const {
    const bool json = options.format == LogFormat::json;
    if (const auto* text = std::get_if<std::string_view>(&content)) {
      json ? append_json_string(out, clean(*text)) : append_text_value(out, clean(*text));
    } else if (const auto* whole = std::get_if<std::int64_t>(&content)) {
      out += std::to_string(*whole);
    } else if (const auto* number = std::get_if<double>(&content)) {
      out += std::isfinite(*number) || !json ? fmt::format("{:g}", *number) : "null";
    } else {
      out += std::get<bool>(content) ? "true" : "false";
    }
  }

  std::string text_line(LogLevel level, std::string_view message, LogFields fields) const {
    std::string line =
        fmt::format("{} {:<5} {} {}", format_now(), name_of(level), options.program, clean(message));
    for (const LogField& field : fields) {
      line += ' ';
      line += field.name;
      line += '=';
      append_value(line, field.content);
    }
    return line;
  }

  std::string json_line(LogLevel level, std::string_view message, LogFields fields) const {
    std::string line = fmt::format(R"({{"at":"{}","level":"{}","program":)", format_now(), name_of(level));
    append_json_string(line, options.program);
    line += ",\"message\":";
    append_json_string(line, clean(message));
    for (const LogField& field : fields) {
      line += ',';
      append_json_string(line, field.name);
      line += ':';
      append_value(line, field.content);
    }
    line += '}';
    return line;
  }
};

Logger::Logger(LoggerOptions options) : level_(options.level), output_(std::make_unique<Output>()) {
  spdlog::sink_ptr sink;
  if (options.sink) {
    sink = std::make_shared<FunctionSink>(options.sink);
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  output_->lines = std::make_unique<spdlog::logger>(options.program, std::move(sink));
  output_->lines->set_pattern("%v");
  output_->lines->set_level(spdlog::level::trace);
  output_->lines->flush_on(spdlog::level::trace);
  output_->options = std::move(options);
}

Logger::~Logger() = default;

void Logger::write(LogLevel level, std::string_view message, LogFields fields) const {
  const std::string line = output_->options.format == LogFormat::json
                               ? output_->json_line(level, message, fields)
                               : output_->text_line(level, message, fields);
  output_->lines->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace callboard::telemetry
