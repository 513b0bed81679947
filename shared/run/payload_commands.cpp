#include "shared/run/json_text.hpp"
#include "shared/run/payload.hpp"
#include "shared/run/payload_parts.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {

std::string encode_command(const Command& command) {
  std::string out = R"({"v":1,"command":)";
  append_json_string(out, command.name);
  append_member(out, "actor", command.actor);
  append_member(out, "reason", command.reason);
  append_member(out, "generation", command.generation);
  append_member(out, "checkpoint", command.checkpoint);
  append_member(out, "keep", command.keep);
  append_member(out, "step", command.step);
  append_member(out, "attempt", command.attempt);
  append_member(out, "answer", command.answer);
  if (!command.result.empty()) out += ",\"result\":" + command.result;
  if (command.is_timeout) out += R"(,"class":"timeout")";
  out += '}';
  return out;
}

Result<Command> decode_command(std::string_view data) {
  Command command;
  std::string_view name;
  std::string_view raw;
  PayloadReader payload(data, "command");
  while (payload.next(name, raw)) {
    if (name == "command") command.name = text_of(raw).value_or("");
    if (name == "actor") command.actor = text_of(raw).value_or("");
    if (name == "reason") command.reason = text_of(raw).value_or("");
    if (name == "generation") command.generation = number_of(raw).value_or(0);
    if (name == "checkpoint") command.checkpoint = text_of(raw).value_or("");
    if (name == "keep") command.keep = read_texts(raw);
    if (name == "step") command.step = text_of(raw).value_or("");
    if (name == "attempt") command.attempt = number_of(raw).value_or(0);
    if (name == "answer") command.answer = text_of(raw).value_or("");
    if (name == "result") command.result = raw;
    if (name == "class") command.is_timeout = raw == R"("timeout")";
  }
  if (auto ended = payload.end(); !ended) return std::unexpected(ended.error());
  if (command.name.empty()) return fail(ErrorCode::invalid, "command: it names none");
  return command;
}

std::string encode_signal(const Signal& signal) {
  std::string out = R"({"v":1,"name":)";
  append_json_string(out, signal.name);
  out += ",\"data\":" + signal.data;
  append_member(out, "actor", signal.actor);
  append_member(out, "target", signal.target);
  out += '}';
  return out;
}

Result<Signal> decode_signal(std::string_view data) {
  Signal signal;
  std::string_view name;
  std::string_view raw;
  PayloadReader payload(data, "signal");
  while (payload.next(name, raw)) {
    if (name == "name") signal.name = text_of(raw).value_or("");
    if (name == "data") signal.data = raw;
    if (name == "actor") signal.actor = text_of(raw).value_or("");
    if (name == "target") signal.target = text_of(raw).value_or("");
  }
  if (auto ended = payload.end(); !ended) return std::unexpected(ended.error());
  if (signal.name.empty()) return fail(ErrorCode::invalid, "signal: it has no name");
  return signal;
}

}  // namespace callboard::run
