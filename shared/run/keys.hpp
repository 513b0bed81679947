#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace callboard::run {

/// The grammar of event keys (injective, at most limits::kKeyBytes):
///   g<generation>/<step>/<attempt>/result     the outcome of an attempt, whoever writes it
///   g<generation>/<step>/<attempt>/started    a worker has begun, and is still at it after 50 ms
///   g<generation>/<step>/<attempt>/begun/<k>  the k-th begin of a redelivered job
///   d/<n>                                     the n-th row of decisions
///   cmd/<id>                                  a person's command
///   signal/<id>
/// An item of a map stands behind its step: g1/build[3]/1/result.
enum class KeyKind : std::uint8_t { result, started, begun, decision, command, signal };

struct Key {
  KeyKind kind = KeyKind::decision;
  std::uint32_t generation = 1;
  std::string_view step{};  // points into the parsed text
  std::optional<std::uint32_t> item{};
  std::uint32_t attempt = 0;
  std::uint32_t number = 0;  // k of begun, n of a decision
  std::string_view id{};     // of a command or signal
};

/// A step, or an item of a map, as keys name it.
struct StepName {
  std::string_view step;  // points into the parsed text
  std::optional<std::uint32_t> item{};
};
/// "build" or "build[3]".
std::optional<StepName> parse_step_name(std::string_view text);

std::string result_key(std::string_view step, std::uint32_t attempt, std::uint32_t generation = 1);
std::string started_key(std::string_view step, std::uint32_t attempt, std::uint32_t generation = 1);
std::string begun_key(std::string_view step, std::uint32_t attempt, std::uint32_t k,
                      std::uint32_t generation = 1);
std::string decision_key(std::uint32_t n);
std::string command_key(std::string_view id);
std::string signal_key(std::string_view id);

/// Nothing on anything that the functions above don't make.
std::optional<Key> parse_key(std::string_view text);

}  // namespace callboard::run
