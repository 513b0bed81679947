#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/run/event.hpp"

/// The bytes of events' data: compact JSON with a version `v`. A stored promise; see shared/log/README.md and
/// tests/golden. Encoders give what decoders read; decoders take every older version and ignore unknown
/// members.
namespace callboard::run {

/// {"v":1,"result":…,"startedAt"?:…,"usage"?:…} or {"v":1,"error":{"class","message"},…}
std::string encode_outcome(const Outcome& outcome);
/// `type` is the row's. `result` is a copy of the bytes as written.
Result<Outcome> decode_outcome(EventType type, std::string_view data);

/// {"v":1,"worker":"<incarnation>"}: of started and begun. Tells whose life to ask about.
std::string encode_begin(const Incarnation& worker);
Result<Incarnation> decode_begin(std::string_view data);

/// {"v":1,"command":"cancel","actor"?,"reason"?,"generation"?,"checkpoint"?,"keep"?,"step"?,"attempt"?,"answer"?,"result"?,"class"?}
struct Command {
  std::string name;  // cancel, pause, resume, retry, rewind, answer, approve
  std::string actor;
  /// The generation that it is meant for; it has no effect in any other. 0: whichever it meets (but retry,
  /// rewind, answer).
  std::uint32_t generation = 0;
  std::string checkpoint{};         // rewind: its id, for people
  std::vector<std::string> keep{};  // rewind: keys of the steps that had ended at the checkpoint
  std::string step{};               // answer: the step that asks, and its attempt
  std::uint32_t attempt = 0;
  std::string answer{};     // answer: retry, fail or complete
  std::string result{};     // answer complete: compact JSON
  std::string reason{};     // cancel, approve: why, in words; a person need not say
  bool is_timeout = false;  // cancel: the run has taken too long (class timeout); it fails
};
std::string encode_command(const Command& command);
Result<Command> decode_command(std::string_view data);

/// {"v":1,"name":"go","data":…,"actor"?,"target"?}
struct Signal {
  std::string name;
  std::string data = "null";  // compact JSON
  std::string actor{};
  /// An event that a `wait` took: which attempt of which step (listening.hpp), and nobody else's. Its name is
  /// event:<name>, which no signal that is sent has.
  std::string target{};
};
std::string encode_signal(const Signal& signal);
Result<Signal> decode_signal(std::string_view data);

/// {"v":1,"list":[{"type":"step.skipped","step":"lint",…},…]}. Steps stand by key. d/0 begins with
/// run.created.
std::string encode_created(const Created& created);
/// Of a fork: the ends of steps that it keeps follow in the same row.
std::string encode_created(const Created& created, const Graph& graph, const std::vector<Decision>& kept);
Result<Created> decode_created(std::string_view data);
/// The definition's hash of a row of type run.migrated, without a graph.
Result<std::string> decode_migrated(std::string_view data);
std::string encode_decisions(const Graph& graph, const std::vector<Decision>& list);
Result<std::vector<Decision>> decode_decisions(const Graph& graph, std::string_view data);

}  // namespace callboard::run
