#include "dispatcher/triggers/ended_run.hpp"

#include "shared/run/payload.hpp"
#include "shared/value/read.hpp"
#include "shared/workflow/triggers.hpp"

namespace callboard::dispatcher {
namespace {

/// completed, failed or cancelled; empty: no end.
std::string_view state_of(run::EventType type) {
  switch (type) {
    case run::EventType::run_completed: return "completed";
    case run::EventType::run_failed: return "failed";
    case run::EventType::run_cancelled: return "cancelled";
    default: return {};
  }
}

Value json_or_null(std::string_view text) {
  auto value = read_json(text);
  return value ? *std::move(value) : Value();
}

/// The decision that closed it is the last of its row; {} where it can't be found.
Value last_decision(std::string_view data) {
  const auto row = read_json(data, 2 * limits::kJsonDepth);
  const Value* list = row ? find(&*row, "list") : nullptr;
  if (list == nullptr || !list->is_array() || list->get_array().empty()) return Object();
  return list->get_array().back();
}

boost::json::string text(std::string_view from) { return boost::json::string(from.data(), from.size()); }

}  // namespace

Result<EndedRun> read_ended_run(const run::Event& created, const run::Event& closing) {
  const auto first = run::decode_created(created.data);
  if (!first) return std::unexpected(first.error());
  const std::string_view state = state_of(closing.type);
  if (state.empty()) return fail(ErrorCode::invalid, "the row " + closing.key + " closes no run");

  const Value decision = last_decision(closing.data);
  Object run{{"id", to_string(created.run)}, {"workflow", first->workflow}, {"state", text(state)}};
  run["inputs"] = json_or_null(first->inputs);
  if (const Value* outputs = find(&decision, "value"); outputs != nullptr && state == "completed")
    run["outputs"] = *outputs;
  if (const Value* error = find(&decision, "error")) run["error"] = *error;
  run["createdAt"] = format_time(first->created_at);
  run["closedAt"] = format_time(closing.at);
  if (first->delivery) run["deliveryId"] = to_string(*first->delivery);
  // One that waits for approval completes only once a person has given it; of its other ends that is not
  // known.
  const bool is_approved = first->needs_approval && state == "completed";
  if (first->untrusted && !is_approved) run["untrusted"] = true;
  Value payload = Object{{"run", std::move(run)}};
  std::string event = workflow::run_end_event_name(payload);
  return EndedRun{.workflow = first->workflow,
                  .event = std::move(event),
                  .cause_depth = first->cause_depth + 1,
                  .payload = std::move(payload)};
}

}  // namespace callboard::dispatcher
