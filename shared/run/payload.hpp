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

/// {"v":1,"command":"cancel","actor"?:…}
struct Command {
  std::string name;
  std::string actor;
};
std::string encode_command(const Command& command);
Result<Command> decode_command(std::string_view data);

/// {"v":1,"list":[{"type":"step.skipped","step":"lint",…},…]}. Steps stand by key. d/0 begins with
/// run.created.
std::string encode_created(const Created& created);
Result<Created> decode_created(std::string_view data);
std::string encode_decisions(const Graph& graph, const std::vector<Decision>& list);
Result<std::vector<Decision>> decode_decisions(const Graph& graph, std::string_view data);

}  // namespace callboard::run
