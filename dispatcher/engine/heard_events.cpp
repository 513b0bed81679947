#include "dispatcher/engine/heard_events.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/engine/delivery_payload.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kKept = 32;
constexpr std::size_t kKeptBytes = 256 * limits::kKiB;  // of a body; a larger one is read again

}  // namespace

void HeardEvents::load(const DeliveryId& delivery, Got got) {
  const auto kept = std::ranges::find(kept_, delivery, &std::pair<DeliveryId, HeardEventPtr>::first);
  if (kept != kept_.end()) {
    ports_.loop.post([event = kept->second, got = std::move(got)] { got(event); });
    return;
  }
  const auto [asked, is_new] = waiting_.try_emplace(delivery);
  asked->second.push_back(std::move(got));
  if (!is_new) return;
  ports_.library.delivery(delivery,
                          [this, delivery](const Result<log::Delivery>& found) { have(delivery, found); });
}

void HeardEvents::have(const DeliveryId& id, const Result<log::Delivery>& delivery) {
  const auto waiting = waiting_.extract(id);
  Result<HeardEventPtr> event = HeardEventPtr();
  if (!delivery && delivery.error().code != ErrorCode::not_found) {
    event = std::unexpected(delivery.error());
  } else if (auto payload = delivery ? read_payload(*delivery) : Result<Value>(Value());
             delivery && payload) {
    run::HeardEvent heard{.delivery = id,
                          .source = delivery->source,
                          .event = delivery->event,
                          .at = delivery->at,
                          .payload = std::make_shared<const Value>(std::move(*payload))};
    event = std::make_shared<const run::HeardEvent>(std::move(heard));
    if (delivery->body.size() <= kKeptBytes) kept_.emplace_back(id, *event);
    if (kept_.size() > kKept) kept_.pop_front();
  }
  for (const Got& got : waiting.mapped()) got(event);
}

}  // namespace callboard::dispatcher
