// /api/runs/{id}/checkpoints: the points of a run that it can go back to, and the folds stored at them.
#include "shared/run/checkpoints.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/api/run_reader.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

/// How far a checkpoint's fold is stored: "full", "changes", or not at all.
std::string_view stored_as(const std::vector<log::StoredFold>& folds, const std::string& id) {
  const auto found = std::ranges::find(folds, id, &log::StoredFold::checkpoint);
  if (found == folds.end()) return {};
  return found->base.empty() ? "full" : "changes";
}

std::string write_checkpoint(const run::Checkpoint& point, std::string_view stored) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("id").text(point.id).name("generation").number(point.generation);
  json.name("level").number(point.level).name("position").number(point.position);
  json.name("decisions").number(point.decisions).name("at").time(point.at);
  if (!stored.empty()) json.name("stored").text(stored);
  json.end_object();
  return out;
}

struct Page {
  std::size_t offset = 0;
  std::size_t limit = 0;
};

/// The page of a run's checkpoints, all of which are found anew each time.
Result<std::string> write_checkpoints(const RunEvents& loaded, const std::vector<log::StoredFold>& folds,
                                      const Page& page) {
  std::vector<std::string> items;
  std::size_t seen = 0;
  const auto visit = [&](const run::Checkpoint& point, const run::RunState&) {
    const std::size_t at = seen++;
    if (at >= page.offset && at < page.offset + page.limit)
      items.push_back(write_checkpoint(point, stored_as(folds, point.id)));
    return seen <= page.offset + page.limit;
  };
  const auto walked = run::walk_checkpoints(*loaded.graph, loaded.state.id, loaded.events, visit);
  if (!walked) return std::unexpected(walked.error());
  std::optional<std::string> next;
  if (seen > page.offset + page.limit) next = std::to_string(page.offset + page.limit);
  return write_page(items, next);
}

void send_checkpoints(Context& context, RunEvents loaded, const Page& page, http::Responder responder) {
  const RunId run = loaded.state.id;
  context.engine.fold_store().folds().list(
      run, [loaded = std::move(loaded), page,
            responder = std::move(responder)](Result<std::vector<log::StoredFold>> folds) mutable {
        if (!folds) return responder.send(problem_of(folds.error()));
        auto body = write_checkpoints(loaded, *folds, page);
        responder.send(body ? http::Response::json(200, std::move(*body)) : problem_of(body.error()));
      });
}

void list_checkpoints(Context& context, Call call) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  const auto limit = read_limit(call.request);
  if (!limit) return call.responder.send(limit.error());
  const auto offset = read_offset(call.request);
  if (!offset) return call.responder.send(offset.error());
  load_events(context, *id, std::nullopt,
              [&context, page = Page{*offset, static_cast<std::size_t>(*limit)},
               responder = std::move(call.responder)](Result<RunEvents> loaded) mutable {
                if (!loaded) return responder.send(problem_of(loaded.error()));
                send_checkpoints(context, std::move(*loaded), page, std::move(responder));
              });
}

/// {"full"?}; an empty body is as {}.
Read<bool> read_full(const http::Request& request) {
  if (request.body.empty()) return false;
  const auto body = read_json(request.body);
  const bool is_object = body && body->is_object();
  const Value* const full = is_object ? find(&*body, "full") : nullptr;
  const std::size_t known = full != nullptr && full->is_bool() ? 1 : 0;
  if (is_object && body->get_object().size() == known) return full != nullptr && full->get_bool();
  return std::unexpected(http::make_problem(400, "the body may have full (true or false), and nothing else"));
}

void store_fold(Context& context, Call call) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  const auto full = read_full(call.request);
  if (!full) return call.responder.send(full.error());
  context.engine.fold_saver().save(
      *id, *full, [responder = std::move(call.responder)](Result<FoldSaver::Saved> saved) mutable {
        if (!saved) return responder.send(problem_of(saved.error()));
        responder.send(http::Response::json(
            201, write_checkpoint(saved->checkpoint, saved->whole ? "full" : "changes")));
      });
}

void drop_folds(Context& context, Call call) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  // Found first, so that a run that is not there is told from one of which nothing is stored.
  context.library.run(
      *id, [&context, responder = std::move(call.responder)](Result<log::RunHead> head) mutable {
        if (!head) return responder.send(problem_of(head.error()));
        context.engine.fold_store().folds().drop(
            head->id, [responder = std::move(responder)](Result<int> dropped) mutable {
              if (!dropped) return responder.send(problem_of(dropped.error()));
              responder.send(http::Response::json(200, R"({"dropped":)" + std::to_string(*dropped) + "}"));
            });
      });
}

}  // namespace

std::vector<Route> checkpoint_routes(Context& context) {
  std::vector<Route> routes{
      {.method = "GET",
       .pattern = "/api/runs/{id}/checkpoints",
       .summary = "The points that a run can go back to: one behind each level of its graph",
       .query = {kLimitParameter, kCursorParameter},
       .body = {},
       .answers = {{200, "CheckpointPage"}},
       .handle = [&context](Call call) { list_checkpoints(context, std::move(call)); }},
      {.method = "POST",
       .pattern = "/api/runs/{id}/checkpoints",
       .summary =
           "Store the run's fold at its newest checkpoint, in full or what has changed since the full one",
       .query = {},
       .body = "StoreFold",
       .answers = {{201, "Checkpoint"}},
       .handle = [&context](Call call) { store_fold(context, std::move(call)); }},
      {.method = "DELETE",
       .pattern = "/api/runs/{id}/checkpoints",
       .summary = "Throw the run's stored folds away: a cache, its checkpoints stay",
       .query = {},
       .body = {},
       .answers = {{200, "Dropped"}},
       .handle = [&context](Call call) { drop_folds(context, std::move(call)); }}};
  routes.push_back(routes.front().hidden_at("/api/workflows/{id}/checkpoints"));
  return routes;
}

}  // namespace callboard::dispatcher
