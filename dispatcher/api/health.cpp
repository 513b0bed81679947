// GET /health: the process lives. GET /ready: it can take work.
#include <algorithm>
#include <utility>

#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/pause_view.hpp"
#include "dispatcher/api/resources.hpp"

namespace callboard::dispatcher {
namespace {

bool is_told_by_its_file(const Context& context, const std::string& slug) {
  return context.folder != nullptr &&
         std::ranges::count(context.folder->bad_files(), slug, &FolderWatch::BadFile::workflow) > 0;
}

std::string write_health(const Context& context) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("status").text("ok").name("version").text(context.version);
  json.name("badWorkflows").begin_array();
  if (context.folder != nullptr) {
    for (const FolderWatch::BadFile& bad : context.folder->bad_files()) {
      json.begin_object().name("file").text(bad.file).name("workflow");
      if (bad.workflow.empty()) {
        json.null();
      } else {
        json.text(bad.workflow);
      }
      json.name("problems").text(bad.problems).end_object();
    }
  }
  for (const auto& [slug, problems] : context.registry.broken()) {
    if (is_told_by_its_file(context, slug)) continue;
    json.begin_object()
        .name("file")
        .null()
        .name("workflow")
        .text(slug)
        .name("problems")
        .text(problems)
        .end_object();
  }
  json.end_array().name("pauses").begin_array();
  for (const log::Pause& pause : context.engine.pauses()) json.raw(write_pause(pause));
  json.end_array().end_object();
  return out;
}

void show_ready(const Context& context, Call call) {
  const bool database = context.registry.is_loaded();
  const bool bus = context.bus.is_connected();
  const bool engine = context.engine.is_ready();
  const bool ready = database && bus && engine;
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("ready").boolean(ready).name("workflowsLoaded").boolean(database);
  json.name("bus").boolean(bus).name("leases").boolean(engine).end_object();
  call.responder.send(http::Response::json(ready ? 200 : 503, std::move(out)));
}

}  // namespace

std::vector<Route> health_routes(Context& context) {
  return {
      {.method = "GET",
       .pattern = "/health",
       .summary = "The process lives; workflow files that are bad, and what is paused",
       .query = {},
       .body = {},
       .answers = {{200, "Health"}},
       .handle =
           [&context](Call call) { call.responder.send(http::Response::json(200, write_health(context))); }},
      {.method = "GET",
       .pattern = "/ready",
       .summary = "Whether database, bus and engine can take work",
       .query = {},
       .body = {},
       .answers = {{200, "Ready"}, {503, "Ready"}},
       .handle = [&context](Call call) { show_ready(context, std::move(call)); }},
  };
}

}  // namespace callboard::dispatcher
