#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/expression/expression.hpp"
#include "shared/value/value.hpp"

namespace callboard::run {

/// Events that a run listens to while it is open: an entry of `cancelOn`, or an `event` of a `wait`. Part of
/// the graph.
struct EventRule {
  std::string source;             // "github"
  std::vector<std::string> keys;  // what the log's index of listeners goes by (workflow::listening_key)
  std::string text;               // for people: "github pull_request.closed"
  /// Whether the event is one of these, and its filters hold. Pure. No step of a run is asked.
  std::function<bool(std::string_view source, std::string_view event, const Value& payload)> accepts;
  /// `event` is the new one here, run.event that which started the run.
  std::optional<expression::Expression> condition;
};

}  // namespace callboard::run
