#include "dispatcher/ingress/ingress.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/engine/delivery_payload.hpp"
#include "dispatcher/ingress/replayed.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/workflow/fields.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kShownKey = 200;  // bytes of an idempotency key, as the id of its delivery

http::Response answer_of(const Result<log::Arrived>& arrived) {
  if (!arrived) {
    const bool full = arrived.error().code == ErrorCode::too_large;
    const bool away = full || arrived.error().code == ErrorCode::unavailable;
    http::Response response = http::make_problem(
        away ? 503 : 500, full ? "too many deliveries wait for the database" : arrived.error().message);
    if (away) response.headers.emplace_back("Retry-After", "5");
    return response;
  }
  return http::Response::json(202, write_arrived(*arrived));
}

/// As it is shown; a long one is told apart by its origin, which holds all of it.
std::string cut_key(const std::string& key) {
  const std::string_view cut = std::string_view(key).substr(0, kShownKey);
  return std::string(cut.substr(0, utf8_prefix(cut)));
}

}  // namespace

Ingress::Ingress(Ports ports, Options options) : ports_(ports), options_(std::move(options)) {}

std::vector<std::string_view> Ingress::sources() const {
  std::vector<std::string_view> out;
  out.reserve(options_.senders.size() + 1);
  for (const Sender& sender : options_.senders) out.push_back(sender.source.name);
  out.push_back(workflow::kWebhook);
  return out;
}

void Ingress::handle(http::Request request, http::Responder responder) {
  const bool is_custom = request.path.starts_with(kCustomWebhooks);
  const auto sender = std::ranges::find(options_.senders, request.path,
                                        [](const Sender& candidate) { return candidate.source.path; });
  if (!is_custom && sender == options_.senders.end()) {
    return responder.send(http::make_problem(404, "no source of webhooks is at " + request.path));
  }
  if (request.method != "POST") {
    http::Response response = http::make_problem(405, "webhooks are POSTed");
    response.headers.emplace_back("Allow", "POST");
    return responder.send(std::move(response));
  }
  if (is_custom) return take_custom(std::move(request), std::move(responder));
  take(*sender, std::move(request), std::move(responder));
}

void Ingress::answer(std::string_view source, Arrivals::Event event, http::Responder responder) {
  ports_.arrivals.accept(std::move(event), [this, source, responder = std::move(responder)](
                                               const Result<log::Arrived>& arrived) mutable {
    http::Response response = answer_of(arrived);
    options_.on_answer(source, response.status);
    responder.send(std::move(response));
  });
}

void Ingress::take(const Sender& sender, http::Request request, http::Responder responder) {
  const Source& source = sender.source;
  const Time now = ports_.clock.now();
  auto received = receive(sender, request, now, [&](std::string_view event) {
    return ports_.workflows.wants_payload(source.name, event);
  });
  if (!received) {
    options_.on_answer(source.name, received.error().status);
    return responder.send(std::move(received.error()));
  }
  const bool is_matched = source.ping.empty() || received->event != source.ping;
  Arrivals::Event event{.delivery = {.id = DeliveryId{make_uuid(now, ports_.random)},
                                     .source = std::string(source.name),
                                     .external_id = received->external_id,
                                     .event = std::move(received->event),
                                     .at = {},
                                     .headers = std::move(received->headers),
                                     .body = std::move(request.body),
                                     .verdicts = {},
                                     .matched_against = {}},
                        .payload = std::move(received->payload),
                        .origin_kind = std::string(source.name),
                        .origin = std::move(received->external_id),
                        .is_matched = is_matched};
  answer(source.name, std::move(event), std::move(responder));
}

void Ingress::take_custom(http::Request request, http::Responder responder) {
  const std::string path = request.path.substr(kCustomWebhooks.size());
  const auto workflows = ports_.workflows.find_webhooks(path);
  if (workflows.empty()) {
    options_.on_answer(workflow::kWebhook, 404);
    return responder.send(http::make_problem(404, "no workflow listens to " + request.path));
  }
  auto received = receive_custom(workflows, options_.find_secrets, options_.is_on_loopback, request);
  if (!received) {
    options_.on_answer(workflow::kWebhook, received.error().status);
    return responder.send(std::move(received.error()));
  }
  const bool keyed = !received->key.empty();
  const DeliveryId id{make_uuid(ports_.clock.now(), ports_.random)};
  Arrivals::Event event{.delivery = {.id = id,
                                     .source = std::string(workflow::kWebhook),
                                     .external_id = keyed ? cut_key(received->key) : to_string(id),
                                     .event = path,
                                     .at = {},
                                     .headers = std::move(received->headers),
                                     .body = std::move(request.body),
                                     .verdicts = {},
                                     .matched_against = {}},
                        .payload = std::move(received->payload),
                        .origin_kind = keyed ? std::string(workflow::kWebhook) : std::string(),
                        .origin = keyed ? path + "\n" + received->key : std::string()};
  answer(workflow::kWebhook, std::move(event), std::move(responder));
}

Result<Arrivals::Event> Ingress::make_again(const log::Delivery& delivery) const {
  auto payload = read_payload(delivery);
  if (!payload) return std::unexpected(payload.error());
  const bool is_ping = delivery.source == kGithub.name && delivery.event == kGithub.ping;
  return Arrivals::Event{.delivery = {.id = DeliveryId{make_uuid(ports_.clock.now(), ports_.random)},
                                      .source = delivery.source,
                                      .external_id = delivery.external_id,
                                      .event = delivery.event,
                                      .at = {},
                                      .headers = mark_replayed(delivery.headers, delivery.id),
                                      .body = delivery.body,
                                      .verdicts = {},
                                      .matched_against = {}},
                         .payload = std::make_shared<const Value>(std::move(*payload)),
                         .is_matched = !is_ping};
}

void Ingress::accept_again(const log::Delivery& delivery, std::string idempotency_key,
                           Arrivals::Accepted done) {
  auto event = make_again(delivery);
  if (!event) return done(std::unexpected(std::move(event.error())));
  if (!idempotency_key.empty()) {
    event->origin_kind = "replay";
    event->origin = to_string(delivery.id) + " " + idempotency_key;
  }
  // A tick is one workflow's: nobody else listens to it.
  if (delivery.source == workflow::kSchedule && !delivery.verdicts.empty())
    event->only = delivery.verdicts.front().workflow;
  ports_.arrivals.accept(std::move(*event), std::move(done));
}

void Ingress::accept_for(const log::Delivery& delivery, std::string workflow, std::string origin,
                         Arrivals::Accepted done) {
  auto event = make_again(delivery);
  if (!event) return done(std::unexpected(std::move(event.error())));
  event->origin_kind = kBackfillOrigin;
  event->origin = std::move(origin);
  event->only = std::move(workflow);
  ports_.arrivals.accept(std::move(*event), std::move(done));
}

}  // namespace callboard::dispatcher
