#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dispatcher/triggers/current_workflow.hpp"
#include "shared/log/held.hpp"
#include "shared/value/value.hpp"

/// Starts that are held back: into the log, and what they come to when their group fires. Pure.
namespace callboard::dispatcher {

/// Of a workflow that holds its events back, what is held of this one. `inputs`, `vars`: compact JSON.
/// `invalid` where the key can't be rendered or is longer than limits::kHeldKeyBytes.
Result<log::HeldStart> make_held_start(const CurrentWorkflow& workflow, const std::string& inputs,
                                       const std::string& vars, std::shared_ptr<const Value> event, Time now);
/// `debounce, key "acme/widgets": …` A verdict's detail.
std::string describe_holding(const log::HeldStart& held);

/// What a group's run is made of.
struct HeldEvent {
  DeliveryId delivery;
  std::string name;
  std::shared_ptr<const Value> payload;  // shared with the run that reads it
  std::string body;                      // of a batch, which is a delivery of its own; else empty
  std::uint32_t cause_depth = 0;
  bool untrusted = false;
  bool needs_approval = false;
};
/// Of a debounce the last part's; of a batch {"events": [payload, …], "count": n}, under `batch`. `not_found`
/// where the deliveries are not there any more.
Result<HeldEvent> make_held_event(log::HoldKind kind, const std::vector<log::Held::Part>& parts,
                                  const DeliveryId& batch);

/// The name of the event of a batch's own delivery.
inline constexpr std::string_view kBatchEvent = "batch";
/// Its `external_id` begins so.
inline constexpr std::string_view kBatchDelivery = "batch/";

}  // namespace callboard::dispatcher
