#include "topics/nats/nats_answers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "topics/message_reader.hpp"

namespace callboard::topics {
namespace {

bool read_error(MessageValue value, JetStreamAnswer& answer) {
  int code = 0;
  const bool read_well = read_object(value, [&](std::string_view name, MessageValue member) {
    if (name == "code") return read(member, code);
    if (name == "err_code") return read(member, answer.error);
    if (name == "description") return read(member, answer.description);
    return true;
  });
  if (answer.error == 0) answer.error = code == 0 ? -1 : code;
  return read_well;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

}  // namespace

std::optional<Delivered> read_ack_subject(std::string_view subject) {
  std::array<std::string_view, 12> tokens;
  std::size_t count = 0;
  for (std::size_t from = 0; from <= subject.size() && count < tokens.size(); ++count) {
    const std::size_t dot = std::min(subject.find('.', from), subject.size());
    tokens[count] = subject.substr(from, dot - from);
    from = dot + 1;
  }
  if (count < 9 || tokens[0] != "$JS" || tokens[1] != "ACK") return std::nullopt;
  const std::size_t first = count >= 11 ? 6 : 4;
  const auto number = [&](std::size_t at) {
    std::uint64_t out = 0;
    std::from_chars(tokens[at].data(), tokens[at].data() + tokens[at].size(), out);
    return out;
  };
  const auto stored = std::chrono::nanoseconds(static_cast<std::int64_t>(number(first + 3)));
  return Delivered{static_cast<std::uint32_t>(number(first)), Time(std::chrono::floor<Micros>(stored))};
}

Result<JetStreamAnswer> read_jetstream_answer(std::string_view bytes) {
  JetStreamAnswer answer;
  const bool read_well = thread_reader().read_document(bytes, [&](std::string_view name, MessageValue value) {
    if (name == "error") return read_error(value, answer);
    if (name == "created") return read(value, answer.created);
    if (name != "message") return true;
    return read_object(value, [&](std::string_view inner, MessageValue member) {
      return inner == "data" ? read(member, answer.data) : true;
    });
  });
  if (!read_well) return fail(ErrorCode::internal, "NATS answered something that is no JetStream answer");
  return answer;
}

std::optional<std::uint64_t> read_stored_sequence(std::string_view answer) {
  constexpr std::string_view kName = "\"seq\":";
  const std::size_t at = answer.find(kName);
  if (at == std::string_view::npos || answer.find("\"error\"") < at) return std::nullopt;
  std::uint64_t sequence = 0;
  const char* begin = answer.data() + at + kName.size();
  const auto [end, problem] = std::from_chars(begin, answer.data() + answer.size(), sequence);
  return problem == std::errc() && sequence != 0 ? std::optional(sequence) : std::nullopt;
}

bool is_store_broken(std::string_view answer) {
  return answer.find("\"error\"") != std::string_view::npos &&
         answer.find("no such file or directory") != std::string_view::npos;
}

std::string base64_begin(std::string_view text, std::size_t size) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0 || out.size() == size) break;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xff);
  }
  return out;
}

}  // namespace callboard::topics
