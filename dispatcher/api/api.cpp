#include "dispatcher/api/api.hpp"

#include <iterator>
#include <utility>

#include "dispatcher/api/openapi.hpp"
#include "dispatcher/api/resources.hpp"
#include "shared/base/limits.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::string_view kWebhooks = "/webhooks/";
constexpr std::string_view kApi = "/api/";
constexpr Micros kLookForWorkflows = std::chrono::milliseconds(20);

std::vector<Route> make_routes(Context& context) {
  std::vector<Route> routes;
  const auto add = [&routes](std::vector<Route> more) {
    routes.insert(routes.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  add(start_routes(context));  // the busiest first
  add(run_routes(context));
  add(workflow_routes(context));
  add(history_routes(context));
  add(stream_routes(context));
  add(command_routes(context));
  add(signal_routes(context));
  add(approval_routes(context));
  add(approval_page_routes(context));
  add(checkpoint_routes(context));
  add(fork_routes(context));
  add(migrate_routes(context));
  add(bulk_routes(context));
  add(pause_routes(context));
  add(schedule_routes(context));
  add(backfill_routes(context));
  add(delivery_routes(context));
  add(dead_letter_routes(context));
  add(fleet_routes(context));
  add(health_routes(context));
  add(metrics_routes(context));
  add(page_routes());
  add({openapi_route(routes, context.version, context.public_url)});
  return routes;
}

}  // namespace

std::size_t body_limit(std::string_view path) {
  return path.starts_with(kWebhooks) ? limits::kWebhookBytes : limits::kApiBodyBytes;
}

Api::Api(Context& context) : context_(context), guard_(context.public_url), router_(make_routes(context)) {}

void Api::handle(http::Request request, http::Responder responder) {
  const bool needs_workflows = request.path.starts_with(kWebhooks) || request.path.starts_with(kApi);
  if (context_.registry.is_loaded() || !needs_workflows)
    return answer(std::move(request), std::move(responder));
  wait_for_workflows(std::move(request), std::move(responder),
                     context_.clock.steady() + limits::kIngressHold);
}

/// Until the workflows are known a delivery would start nothing, for ever, and a workflow's name mean
/// nothing.
void Api::wait_for_workflows(http::Request request, http::Responder responder, Steady until) {
  if (context_.registry.is_loaded()) return answer(std::move(request), std::move(responder));
  if (context_.clock.steady() >= until) {
    http::Response response =
        http::make_problem(503, "the workflows have not been read from the database yet");
    response.headers.emplace_back("Retry-After", "5");
    return responder.send(std::move(response));
  }
  context_.loop.after(kLookForWorkflows, [this, until, request = std::move(request),
                                          responder = std::move(responder)]() mutable {
    wait_for_workflows(std::move(request), std::move(responder), until);
  });
}

void Api::answer(http::Request request, http::Responder responder) {
  if (request.path.starts_with(kWebhooks))
    return context_.ingress.handle(std::move(request), std::move(responder));
  if (auto refusal = guard_.check(request)) return responder.send(std::move(*refusal));
  router_.handle(std::move(request), std::move(responder));
}

}  // namespace callboard::dispatcher
