#include "dispatcher/triggers/held_start.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/engine/delivery_payload.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/run/contexts.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {
namespace {

Result<std::string> render_key(const CurrentWorkflow& workflow, const expression::Text& key,
                               const std::string& inputs, const std::string& vars,
                               std::shared_ptr<const Value> event, Time now) {
  run::RunState state;
  state.created.inputs = inputs;
  state.created.vars = vars;
  state.latest_at = now;
  state.event = std::move(event);
  return expression::render_key(key, run::RunContexts(*workflow.graph, state, run::kNoStep),
                                limits::kHeldKeyBytes);
}

Result<Value> payload_of(const log::Held::Part& part) {
  if (part.body.empty()) return fail(ErrorCode::not_found, "the delivery is not there any more");
  log::Delivery delivery;
  delivery.body = part.body;
  return read_payload(delivery);
}

}  // namespace

Result<log::HeldStart> make_held_start(const CurrentWorkflow& workflow, const std::string& inputs,
                                       const std::string& vars, std::shared_ptr<const Value> event,
                                       Time now) {
  const workflow::Holding& holding = *workflow.triggers.holding;
  const bool is_batch = holding.kind == workflow::Holding::Kind::batch;
  log::HeldStart out;
  out.workflow = workflow.graph->slug;
  out.kind = is_batch ? log::HoldKind::batch : log::HoldKind::debounce;
  out.wait = holding.wait;
  out.longest = holding.longest;
  out.size = holding.size;
  if (!holding.key) return out;
  auto key = render_key(workflow, *holding.key, inputs, vars, std::move(event), now);
  if (!key)
    return fail(ErrorCode::invalid, (is_batch ? "batch.key: " : "debounce.key: ") + key.error().message);
  // The database's texts can't hold it.
  std::erase(*key, '\0');
  out.key = std::move(*key);
  return out;
}

std::string describe_holding(const log::HeldStart& held) {
  std::string out(to_string(held.kind));
  if (!held.key.empty()) {
    const std::string_view key = std::string_view(held.key).substr(0, limits::kVerdictBytes / 2);
    out += ", key \"" + std::string(key.substr(0, utf8_prefix(key))) + "\"";
  }
  if (held.kind == log::HoldKind::debounce)
    return out + ": the last event starts a run once none came for " + format_duration(held.wait);
  return out + ": " + std::to_string(held.size) + " events start a run, or those that have come within " +
         format_duration(held.wait);
}

Result<HeldEvent> make_held_event(log::HoldKind kind, const std::vector<log::Held::Part>& parts,
                                  const DeliveryId& batch) {
  HeldEvent out;
  for (const log::Held::Part& part : parts) {
    out.cause_depth = std::max(out.cause_depth, part.cause_depth);
    out.untrusted |= part.untrusted;
    out.needs_approval |= part.needs_approval;
  }
  if (kind == log::HoldKind::debounce) {
    auto payload = payload_of(parts.back());
    if (!payload) return std::unexpected(std::move(payload.error()));
    out.delivery = parts.back().delivery;
    out.name = parts.back().event;
    out.payload = std::make_shared<const Value>(std::move(*payload));
    return out;
  }
  Array events;
  for (const log::Held::Part& part : parts) {
    auto payload = payload_of(part);
    if (payload) events.push_back(std::move(*payload));
  }
  if (events.empty()) return fail(ErrorCode::not_found, "the deliveries are not there any more");
  const std::size_t count = events.size();
  out.delivery = batch;
  out.name = kBatchEvent;
  out.payload = std::make_shared<const Value>(Object{{"events", std::move(events)}, {"count", count}});
  out.body = write_json(*out.payload);
  return out;
}

}  // namespace callboard::dispatcher
