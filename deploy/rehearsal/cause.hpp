#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "deploy/rehearsal/stubs.hpp"
#include "shared/workflow/compile.hpp"

namespace callboard::rehearsal {

/// What a run comes of, and whether it comes of it.
struct Cause {
  bool starts = true;
  std::string told;  // why it does or does not, for people
  std::string source;
  std::string event_name;
  std::shared_ptr<const Value> event;  // shared with the run; null: there is none
  Time at{};                           // when the run begins
  bool untrusted = false;
  /// Of a webhook: what makes two requests one; empty: nothing of the payload does.
  std::optional<std::string> idempotency_key;
};

/// By the rules that the dispatcher goes by (shared/workflow). Without an event a person starts the run, or
/// of the source schedule a tick. A fault where an event has no name, or an expression can't be evaluated.
/// Pure.
std::expected<Cause, Fault> find_cause(const workflow::Compiled& workflow, const Stubs& stubs, Time start);

}  // namespace callboard::rehearsal
