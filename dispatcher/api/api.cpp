#include "dispatcher/api/api.hpp"

#include <iterator>
#include <utility>

#include "dispatcher/api/openapi.hpp"
#include "dispatcher/api/resources.hpp"
#include "shared/base/limits.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::string_view kWebhooks = "/webhooks/";

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
  add(cancel_routes(context));
  add(delivery_routes(context));
  add(fleet_routes(context));
  add(health_routes(context));
  add(metrics_routes(context));
  add(page_routes());
  add(absent_routes());
  add({openapi_route(routes, context.version, context.public_url)});
  return routes;
}

}  // namespace

std::size_t body_limit(std::string_view path) {
  return path.starts_with(kWebhooks) ? limits::kWebhookBytes : limits::kApiBodyBytes;
}

Api::Api(Context& context) : context_(context), guard_(context.public_url), router_(make_routes(context)) {}

void Api::handle(http::Request request, http::Responder responder) {
  if (request.path.starts_with(kWebhooks))
    return context_.ingress.handle(std::move(request), std::move(responder));
  if (auto refusal = guard_.check(request)) return responder.send(std::move(*refusal));
  router_.handle(std::move(request), std::move(responder));
}

}  // namespace callboard::dispatcher
