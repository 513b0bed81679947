// GET /api/runs/{id}/history: the events of a run, in order.
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/event_view.hpp"
#include "dispatcher/api/resources.hpp"

namespace callboard::dispatcher {
namespace {

void show_history(Context& context, Call call) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  const auto limit = read_limit(call.request);
  if (!limit) return call.responder.send(limit.error());
  const auto offset = read_offset(call.request);
  if (!offset) return call.responder.send(offset.error());
  context.events.read_run(
      *id, [limit = static_cast<std::size_t>(*limit), offset = *offset,
            responder = std::move(call.responder)](Result<std::vector<run::Event>> events) mutable {
        if (!events) return responder.send(problem_of(events.error()));
        std::vector<std::string> items;
        std::size_t seen = 0;
        for (const run::Event& event : *events) {
          for (std::string& shown : write_event(event)) {
            if (seen >= offset && seen < offset + limit) items.push_back(std::move(shown));
            ++seen;
          }
        }
        std::optional<std::string> next;
        if (seen > offset + limit) next = std::to_string(offset + limit);
        responder.send(http::Response::json(200, write_page(items, next)));
      });
}

}  // namespace

std::vector<Route> history_routes(Context& context) {
  const Route route{.method = "GET",
                    .pattern = "/api/runs/{id}/history",
                    .summary = "The events of a run, in order",
                    .query = {kLimitParameter, kCursorParameter},
                    .body = {},
                    .answers = {{200, "EventPage"}},
                    .handle = [&context](Call call) { show_history(context, std::move(call)); }};
  return {route, route.hidden_at("/api/workflows/{id}/history")};
}

}  // namespace callboard::dispatcher
