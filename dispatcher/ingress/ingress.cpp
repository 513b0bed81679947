#include "dispatcher/ingress/ingress.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/engine/delivery_payload.hpp"
#include "dispatcher/ingress/replayed.hpp"
#include "dispatcher/triggers/new_run.hpp"
#include "shared/base/limits.hpp"

namespace callboard::dispatcher {
namespace {

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

}  // namespace

/// What must be at hand once the arrival is committed.
struct Ingress::Handling {
  std::shared_ptr<const Value> payload;  // shared with the runs that read it
  std::vector<log::NewRun> runs;
  std::vector<GraphPtr> graphs;  // beside `runs`
};

Ingress::Ingress(Ports ports, Options options) : ports_(ports), options_(std::move(options)) {}

std::vector<std::string_view> Ingress::sources() const {
  std::vector<std::string_view> out;
  for (const Sender& sender : options_.senders) out.push_back(sender.source.name);
  return out;
}

void Ingress::handle(http::Request request, http::Responder responder) {
  const auto sender = std::ranges::find(options_.senders, request.path,
                                        [](const Sender& candidate) { return candidate.source.path; });
  if (sender == options_.senders.end()) {
    return responder.send(http::make_problem(404, "no source of webhooks is at " + request.path));
  }
  if (request.method != "POST") {
    http::Response response = http::make_problem(405, "webhooks are POSTed");
    response.headers.emplace_back("Allow", "POST");
    return responder.send(std::move(response));
  }
  take(*sender, std::move(request), std::move(responder));
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
  log::Delivery delivery{.id = DeliveryId{make_uuid(now, ports_.random)},
                         .source = std::string(source.name),
                         .external_id = received->external_id,
                         .event = std::move(received->event),
                         .at = {},
                         .headers = std::move(received->headers),
                         .body = std::move(request.body),
                         .verdicts = {},
                         .matched_against = {}};
  const auto handling = make_handling(delivery, std::move(received->payload));
  log::Arrival arrival{.origin_kind = std::string(source.name),
                       .origin = std::move(received->external_id),
                       .fingerprint = {},
                       .delivery = std::move(delivery),
                       .runs = handling->runs};
  accept(handling, std::move(arrival),
         [this, &source, responder = std::move(responder)](Result<log::Arrived> arrived) mutable {
           http::Response response = answer_of(arrived);
           options_.on_answer(source.name, response.status);
           responder.send(std::move(response));
         });
}

std::shared_ptr<Ingress::Handling> Ingress::make_handling(log::Delivery& delivery,
                                                          std::shared_ptr<const Value> payload) {
  const auto handling = std::make_shared<Handling>();  // shared with the callback of the commit
  handling->payload = std::move(payload);
  if (delivery.source == kGithub.name && delivery.event == kGithub.ping) return handling;
  Match match = ports_.workflows.match(delivery.source, delivery.event, handling->payload.get());
  for (std::size_t i = 0; i < match.starts.size(); ++i) {
    if (!match.starts[i]) continue;
    const GraphPtr& graph = match.starts[i]->workflow->graph;
    const RunSeed seed{.graph = graph,
                       .inputs = std::move(match.starts[i]->inputs),
                       .vars = options_.vars,
                       .source = delivery.source,
                       .delivery = delivery.id,
                       .event_name = delivery.event,
                       .event = handling->payload};
    auto run = make_new_run(ports_.engine, seed, ports_.clock.now());
    if (!run) {
      match.verdicts[i].outcome = "error";
      match.verdicts[i].detail = run.error().message;
      continue;
    }
    handling->runs.push_back(std::move(*run));
    handling->graphs.push_back(graph);
    match.verdicts[i].run = handling->runs.back().id;
  }
  delivery.verdicts = std::move(match.verdicts);
  delivery.matched_against = ports_.workflows.hash();
  return handling;
}

/// What was given up may still have happened, and the first arrival of a duplicate may have been: nobody else
/// may know of its runs.
void Ingress::expect_runs(const Result<log::Arrived>& arrived, const Handling& handling) {
  for (const log::NewRun& run : handling.runs) {
    if (!arrived) ports_.engine.expect(run.id);
  }
  if (!arrived) return;
  for (const RunId& run : arrived->runs) ports_.engine.expect(run);
}

void Ingress::accept(std::shared_ptr<Handling> handling, log::Arrival arrival, Accepted done) {
  const Steady give_up = ports_.clock.steady() + limits::kIngressHold;
  ports_.intake.accept(
      std::move(arrival), give_up,
      [this, handling = std::move(handling), done = std::move(done)](Result<log::Arrived> arrived) mutable {
        if (!arrived || arrived->duplicate) expect_runs(arrived, *handling);
        if (arrived && !arrived->duplicate) {
          for (std::size_t i = 0; i < handling->runs.size(); ++i) {
            const GraphPtr& graph = handling->graphs[i];
            ports_.engine.adopt(handling->runs[i], graph, graph->reads_event ? handling->payload : nullptr,
                                arrived->at);
          }
        }
        done(std::move(arrived));
      });
}

void Ingress::accept_again(const log::Delivery& delivery, std::string idempotency_key, Accepted done) {
  auto payload = read_payload(delivery);
  if (!payload) return done(std::unexpected(payload.error()));
  const Time now = ports_.clock.now();
  log::Delivery again{.id = DeliveryId{make_uuid(now, ports_.random)},
                      .source = delivery.source,
                      .external_id = delivery.external_id,
                      .event = delivery.event,
                      .at = {},
                      .headers = mark_replayed(delivery.headers, delivery.id),
                      .body = delivery.body,
                      .verdicts = {},
                      .matched_against = {}};
  const auto handling = make_handling(again, std::make_shared<const Value>(std::move(*payload)));
  const bool keyed = !idempotency_key.empty();
  log::Arrival arrival{.origin_kind = keyed ? "replay" : "",
                       .origin = keyed ? to_string(delivery.id) + " " + idempotency_key : std::string(),
                       .fingerprint = {},
                       .delivery = std::move(again),
                       .runs = handling->runs};
  accept(handling, std::move(arrival), std::move(done));
}

}  // namespace callboard::dispatcher
