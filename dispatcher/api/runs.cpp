// GET /api/runs and GET /api/runs/{id}.
#include <charconv>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/label_filter.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/api/run_reader.hpp"

namespace callboard::dispatcher {
namespace {

std::string write_head(const log::RunHead& head) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("id").text(to_string(head.id)).name("workflow").text(head.workflow);
  json.name("version").text(head.version).name("hash").text(head.hash);
  json.name("state").text(run::to_string(head.phase)).name("createdAt").time(head.created_at);
  json.name("closedAt").time(head.closed_at.value_or(Time{}));
  if (head.delivery) json.name("deliveryId").text(to_string(*head.delivery));
  write_labels(json, head.labels);
  json.end_object();
  return out;
}

Read<log::Library::RunFilter> read_filter(const http::Request& request) {
  const auto bad = [](std::string_view detail) { return std::unexpected(http::make_problem(400, detail)); };
  log::Library::RunFilter filter;
  auto labels = read_label_filters(request.find_queries("label"));
  if (!labels) return bad(labels.error());
  filter.labels = *std::move(labels);
  if (const auto state = request.find_query("state")) {
    filter.phase = run::parse_run_phase(*state);
    if (!filter.phase) return bad("there is no run state " + *state);
  }
  filter.workflow = request.find_query("workflow").value_or(std::string());
  if (const auto parent = request.find_query("parent")) {
    filter.parent = parse_id<RunId>(*parent);
    if (!filter.parent) return bad("parent must be the id of a run");
  }
  const auto since = read_time(request, "since");
  if (!since) return std::unexpected(since.error());
  const auto until = read_time(request, "until");
  if (!until) return std::unexpected(until.error());
  const auto limit = read_limit(request);
  if (!limit) return std::unexpected(limit.error());
  filter.since = *since;
  filter.until = *until;
  filter.limit = *limit;
  if (const auto cursor = request.find_query("cursor")) {
    filter.before = parse_id<RunId>(*cursor);
    if (!filter.before) return bad("cursor is none that an earlier answer gave");
  }
  return filter;
}

void list_runs(Context& context, Call call) {
  auto filter = read_filter(call.request);
  if (!filter) return call.responder.send(std::move(filter.error()));
  const int limit = filter->limit;
  filter->limit = limit + 1;  // one more than is shown tells whether there is a next page
  context.library.runs(std::move(*filter), [limit, responder = std::move(call.responder)](
                                               Result<std::vector<log::RunHead>> heads) mutable {
    if (!heads) return responder.send(problem_of(heads.error()));
    std::optional<std::string> next;
    if (std::ssize(*heads) > limit) {
      heads->resize(static_cast<std::size_t>(limit));
      next = to_string(heads->back().id);
    }
    std::vector<std::string> items;
    for (const log::RunHead& head : *heads) items.push_back(write_head(head));
    responder.send(http::Response::json(200, write_page(items, next)));
  });
}

Read<std::optional<LogPoint>> read_point(const http::Request& request) {
  const auto text = request.find_query("at");
  if (!text) return std::nullopt;
  if (const auto time = parse_time(*text)) return LogPoint{.position = {}, .time = time};
  std::int64_t at = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), at);
  if (error != std::errc() || end != text->data() + text->size()) {
    return std::unexpected(
        http::make_problem(400, "at must be the position of an event, or a time (RFC 3339)"));
  }
  return LogPoint{.position = at, .time = {}};
}

void show_head(Context& context, const RunId& id, http::Responder responder) {
  context.library.run(id, [responder = std::move(responder)](Result<log::RunHead> head) mutable {
    responder.send(head ? http::Response::json(200, write_head(*head)) : problem_of(head.error()));
  });
}

}  // namespace

void show_run(Context& context, Call call) {
  const auto id = read_run_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  const auto wait = read_wait(call.request);
  if (!wait) return call.responder.send(wait.error());
  const auto at = read_point(call.request);
  if (!at) return call.responder.send(at.error());
  if (*at && wait->count() > 0)
    return call.responder.send(http::make_problem(400, "at and wait exclude each other"));
  const auto steps = call.request.find_query("steps");
  if (steps && *steps != "false" && *steps != "true")
    return call.responder.send(http::make_problem(400, "steps must be true or false"));
  if (steps == "false") {
    if (*at || wait->count() > 0)
      return call.responder.send(http::make_problem(400, "steps=false goes with neither at nor wait"));
    return show_head(context, *id, std::move(call.responder));
  }
  if (!*at) {
    return show_when_closed(
        context, *id, *wait, [responder = std::move(call.responder)](Result<std::string> shown) mutable {
          responder.send(shown ? http::Response::json(200, std::move(*shown)) : problem_of(shown.error()));
        });
  }
  load_run(context, *id, *at,
           [responder = std::move(call.responder), &context](Result<LoadedRun> loaded) mutable {
             responder.send(loaded ? http::Response::json(200, write_loaded(context, *loaded, {}))
                                   : problem_of(loaded.error()));
           });
}

std::vector<Route> run_routes(Context& context) {
  return {
      {.method = "GET",
       .pattern = "/api/runs",
       .summary = "Runs, newest first",
       .query = {{"state", R"({"type":"string"})", "Only runs in this state"},
                 {"workflow", R"({"type":"string"})", "Only runs of this workflow (its slug)"},
                 {"label", R"({"type":"string"})",
                  "Only runs with this label: name:value, or name for any value; given several times, all "
                  "must hold"},
                 {"parent", R"({"type":"string","format":"uuid"})",
                  "Only runs that a step of this run started"},
                 {"since", R"({"type":"string","format":"date-time"})", "Created at or after"},
                 {"until", R"({"type":"string","format":"date-time"})", "Created before"},
                 kLimitParameter,
                 kCursorParameter},
       .body = {},
       .answers = {{200, "RunPage"}},
       .handle = [&context](Call call) { list_runs(context, std::move(call)); }},
      {.method = "GET",
       .pattern = "/api/runs/{id}",
       .summary = "A run; with wait, answer when it is closed",
       .query = {kWaitParameter,
                 {"at", R"({"type":["integer","string"]})",
                  "As the run stood at this position of the log, or at this time"},
                 {"steps", R"({"type":"boolean","default":true})",
                  "false: the run as it stands in lists, without steps, inputs and outputs"}},
       .body = {},
       .answers = {{200, "Run"}},
       .handle = [&context](Call call) { show_run(context, std::move(call)); }},
  };
}

}  // namespace callboard::dispatcher
