#include "shared/run/event.hpp"

#include <algorithm>
#include <array>

namespace callboard::run {
namespace {

struct Name {
  EventType type;
  std::string_view text;
};

constexpr std::array kNames{
    Name{EventType::run_created, "run.created"},
    Name{EventType::run_admitted, "run.admitted"},
    Name{EventType::run_migrated, "run.migrated"},
    Name{EventType::run_paused, "run.paused"},
    Name{EventType::run_resumed, "run.resumed"},
    Name{EventType::run_rewound, "run.rewound"},
    Name{EventType::run_cancelling, "run.cancelling"},
    Name{EventType::run_completed, "run.completed"},
    Name{EventType::run_failed, "run.failed"},
    Name{EventType::run_cancelled, "run.cancelled"},
    Name{EventType::run_approved, "run.approved"},
    Name{EventType::step_admitted, "step.admitted"},
    Name{EventType::step_begun, "step.begun"},
    Name{EventType::step_started, "step.started"},
    Name{EventType::step_completed, "step.completed"},
    Name{EventType::step_failed, "step.failed"},
    Name{EventType::step_lost, "step.lost"},
    Name{EventType::step_skipped, "step.skipped"},
    Name{EventType::step_retry_scheduled, "step.retry_scheduled"},
    Name{EventType::step_progress, "step.progress"},
    Name{EventType::agent_turn, "agent.turn"},
    Name{EventType::signal_received, "signal.received"},
    Name{EventType::signal_consumed, "signal.consumed"},
    Name{EventType::command_received, "command.received"},
};

}  // namespace

std::string_view to_string(EventType type) {
  const auto found = std::ranges::find(kNames, type, &Name::type);
  return found == kNames.end() ? std::string_view("unknown") : found->text;
}

std::optional<EventType> parse_event_type(std::string_view text) {
  const auto found = std::ranges::find(kNames, text, &Name::text);
  return found == kNames.end() ? std::nullopt : std::optional(found->type);
}

}  // namespace callboard::run
