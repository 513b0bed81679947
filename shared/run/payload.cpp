#include "shared/run/payload.hpp"

#include "shared/run/json_text.hpp"
#include "shared/run/payload_parts.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {

PayloadReader::PayloadReader(std::string_view data, std::string_view what)
    : what_(what), json_(data), is_open_(json_.open_object()) {
  if (!is_open_) json_.take_value();
}

bool PayloadReader::next(std::string_view& name) {
  while (is_open_ && json_.next_member(name)) {
    if (name != "v") return true;
    version_ = number_of(json_.take_value());
    if (version_ && *version_ != kPayloadVersion) break;
  }
  return is_open_ = false;
}

bool PayloadReader::next(std::string_view& name, std::string_view& raw) {
  if (!next(name)) return false;
  raw = json_.take_value();
  return !raw.empty();
}

Result<void> PayloadReader::end() {
  if (version_ && *version_ != kPayloadVersion) {
    return fail(ErrorCode::invalid, std::string(what_) + ": version " + std::to_string(*version_) +
                                        " was found, expected " + std::to_string(kPayloadVersion));
  }
  if (!json_.at_end()) return fail(ErrorCode::invalid, std::string(what_) + ": not a JSON document");
  if (!version_) return fail(ErrorCode::invalid, std::string(what_) + ": no version");
  return {};
}

void append_error(std::string& out, const StepError& error) {
  out += R"("error":{"class":")";
  out += to_string(error.error_class);
  out += R"(","message":)";
  append_json_string(out, error.message);
  out += '}';
}

std::optional<StepError> read_error(std::string_view raw) {
  StepError error;
  std::optional<ErrorClass> error_class;
  std::string_view name;
  std::string_view member;
  std::string room;
  for (RawMembers members(raw); members.next(name, member);) {
    if (name == "class") error_class = parse_error_class(text_of(member, room).value_or(""));
    if (name == "message") error.message = text_of(member).value_or("");
  }
  if (!error_class) return std::nullopt;
  error.error_class = *error_class;
  return error;
}

void append_time(std::string& out, std::string_view name, Time at) {
  out += ",\"";
  out += name;
  out += "\":\"";
  out += format_time(at);
  out += '"';
}

std::optional<Time> read_time(std::string_view raw) {
  std::string room;
  const auto text = text_of(raw, room);
  return text ? parse_time(*text) : std::nullopt;
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out.append(",\"").append(name).append("\":");
  append_json_string(out, text);
}

void append_member(std::string& out, std::string_view name, std::uint32_t number) {
  if (number == 0) return;
  out.append(",\"").append(name).append("\":").append(std::to_string(number));
}

void append_member(std::string& out, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out.append(",\"").append(name).append("\":[");
  for (const std::string& text : texts) {
    if (out.back() != '[') out += ',';
    append_json_string(out, text);
  }
  out += ']';
}

std::vector<std::string> read_texts(std::string_view raw) {
  std::vector<std::string> out;
  std::string_view item;
  for (RawItems items(raw); items.next(item);) {
    if (auto text = text_of(item)) out.push_back(std::move(*text));
  }
  return out;
}

std::string encode_outcome(const Outcome& outcome) {
  std::string out = R"({"v":1,)";
  if (outcome.type == EventType::step_completed) {
    out += "\"result\":";
    out += outcome.result;
  } else {
    append_error(out, outcome.error);
  }
  if (outcome.started_at) append_time(out, "startedAt", *outcome.started_at);
  if (!outcome.usage.empty()) {
    out += ",\"usage\":";
    out += outcome.usage;
  }
  out += '}';
  return out;
}

Result<Outcome> decode_outcome(EventType type, std::string_view data) {
  const bool completed = type == EventType::step_completed;
  if (!completed && type != EventType::step_failed && type != EventType::step_lost) {
    return fail(ErrorCode::invalid, std::string(to_string(type)) + " is no outcome of an attempt");
  }
  Outcome outcome{.type = type};
  bool complete = false;
  std::string_view name;
  std::string_view raw;
  PayloadReader payload(data, to_string(type));
  while (payload.next(name, raw)) {
    if (name == "result" && completed) {
      outcome.result = raw;
      complete = true;
    } else if (name == "error" && !completed) {
      const auto error = read_error(raw);
      if (!error)
        return fail(ErrorCode::invalid, std::string(to_string(type)) + ": an error without a known class");
      outcome.error = *error;
      complete = true;
    } else if (name == "startedAt") {
      outcome.started_at = read_time(raw);
      if (!outcome.started_at)
        return fail(ErrorCode::invalid, std::string(to_string(type)) + ": startedAt is no time");
    } else if (name == "usage") {
      outcome.usage = raw;
    }
  }
  if (auto ended = payload.end(); !ended) return std::unexpected(ended.error());
  if (complete) return outcome;
  return fail(ErrorCode::invalid, std::string(to_string(type)) + (completed ? ": no result" : ": no error"));
}

std::string encode_begin(const Incarnation& worker) {
  return R"({"v":1,"worker":")" + to_string(worker) + "\"}";
}

Result<Incarnation> decode_begin(std::string_view data) {
  std::optional<Incarnation> worker;
  std::string_view name;
  std::string_view raw;
  std::string room;
  PayloadReader payload(data, "begin");
  while (payload.next(name, raw)) {
    if (name == "worker" && !worker) worker = parse_id<Incarnation>(text_of(raw, room).value_or(""));
  }
  if (auto ended = payload.end(); !ended) return std::unexpected(ended.error());
  if (worker) return *worker;
  return fail(ErrorCode::invalid, "begin: no worker");
}

}  // namespace callboard::run
