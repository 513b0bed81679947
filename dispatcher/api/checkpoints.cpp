// GET /api/runs/{id}/checkpoints: the points of a run that it can go back to.
#include "shared/run/checkpoints.hpp"

#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/api/run_reader.hpp"

namespace callboard::dispatcher {
namespace {

std::string write_checkpoint(const run::Checkpoint& point) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("id").text(point.id).name("generation").number(point.generation);
  json.name("level").number(point.level).name("position").number(point.position);
  json.name("decisions").number(point.decisions).name("at").time(point.at).end_object();
  return out;
}

/// The page of a run's checkpoints, all of which are found anew each time.
Result<std::string> write_checkpoints(const RunEvents& loaded, std::size_t offset, std::size_t limit) {
  std::vector<std::string> items;
  std::size_t seen = 0;
  const auto walked = run::walk_checkpoints(*loaded.graph, loaded.state.id, loaded.events,
                                            [&](const run::Checkpoint& point, const run::RunState&) {
                                              const std::size_t at = seen++;
                                              if (at >= offset && at < offset + limit)
                                                items.push_back(write_checkpoint(point));
                                              return seen <= offset + limit;
                                            });
  if (!walked) return std::unexpected(walked.error());
  std::optional<std::string> next;
  if (seen > offset + limit) next = std::to_string(offset + limit);
  return write_page(items, next);
}

void list_checkpoints(Context& context, Call call) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  const auto limit = read_limit(call.request);
  if (!limit) return call.responder.send(limit.error());
  const auto offset = read_offset(call.request);
  if (!offset) return call.responder.send(offset.error());
  load_events(context, *id, std::nullopt,
              [offset = *offset, limit = static_cast<std::size_t>(*limit),
               responder = std::move(call.responder)](Result<RunEvents> loaded) mutable {
                if (!loaded) return responder.send(problem_of(loaded.error()));
                auto page = write_checkpoints(*loaded, offset, limit);
                responder.send(page ? http::Response::json(200, std::move(*page)) : problem_of(page.error()));
              });
}

}  // namespace

std::vector<Route> checkpoint_routes(Context& context) {
  const Route route{.method = "GET",
                    .pattern = "/api/runs/{id}/checkpoints",
                    .summary = "The points that a run can go back to: one behind each level of its graph",
                    .query = {kLimitParameter, kCursorParameter},
                    .body = {},
                    .answers = {{200, "CheckpointPage"}},
                    .handle = [&context](Call call) { list_checkpoints(context, std::move(call)); }};
  return {route, route.hidden_at("/api/workflows/{id}/checkpoints")};
}

}  // namespace callboard::dispatcher
