#include "dispatcher/api/openapi.hpp"

#include <cctype>
#include <map>
#include <utility>

#include "dispatcher/api/json_writer.hpp"

namespace callboard::dispatcher {
namespace {

std::string lower_case(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::vector<std::string_view> path_parameters(std::string_view pattern) {
  std::vector<std::string_view> out;
  for (std::size_t at = pattern.find('{'); at != std::string_view::npos; at = pattern.find('{', at + 1)) {
    out.push_back(pattern.substr(at + 1, pattern.find('}', at) - at - 1));
  }
  return out;
}

void write_parameters(JsonWriter& json, const Route& route) {
  json.name("parameters").begin_array();
  for (const std::string_view name : path_parameters(route.pattern)) {
    json.begin_object().name("name").text(name).name("in").text("path").name("required").boolean(true);
    json.name("schema").raw(R"({"type":"string"})").end_object();
  }
  for (const QueryParameter& parameter : route.query) {
    json.begin_object().name("name").text(parameter.name).name("in").text("query");
    json.name("description").text(parameter.help).name("schema").raw(parameter.schema).end_object();
  }
  if (route.method == "POST" && !route.pattern.starts_with("/webhooks/")) {
    json.begin_object().name("name").text("Idempotency-Key").name("in").text("header");
    json.name("description").text("The same key again is the same request").name("schema");
    json.raw(R"({"type":"string","maxLength":200})").end_object();
  }
  json.end_array();
}

void write_content(JsonWriter& json, std::string_view media_type, std::string_view schema) {
  json.name("content").begin_object().name(media_type).begin_object().name("schema");
  if (schema.empty()) {
    json.raw(R"({"type":"string"})");
  } else {
    json.begin_object().name("$ref").text("#/components/schemas/" + std::string(schema)).end_object();
  }
  json.end_object().end_object();
}

void write_body(JsonWriter& json, const Route& route) {
  if (route.body.empty()) return;
  json.name("requestBody").begin_object();
  write_content(json, "application/json", route.body);
  json.end_object();
}

void write_answers(JsonWriter& json, const Route& route) {
  json.name("responses").begin_object();
  for (const Answer& answer : route.answers) {
    json.name(std::to_string(answer.status)).begin_object();
    json.name("description").text(http::reason_of(answer.status));
    write_content(json, answer.media_type, answer.schema);
    json.end_object();
  }
  json.name("default").begin_object().name("description").text("What went wrong (RFC 9457)");
  write_content(json, "application/problem+json", "Problem");
  json.end_object().end_object();
}

void write_route(JsonWriter& json, const Route& route) {
  json.name(lower_case(route.method)).begin_object().name("summary").text(route.summary);
  write_parameters(json, route);
  write_body(json, route);
  write_answers(json, route);
  json.end_object();
}

/// Webhooks have no routes of the router: ingress knows its senders.
std::vector<Route> webhook_routes() {
  std::vector<Route> out;
  for (const std::string_view pattern : {"/webhooks/github", "/webhooks/linear"}) {
    out.push_back(
        {.method = "POST",
         .pattern = pattern,
         .summary = "A signed webhook: stored durably, with the runs that it starts, before the answer",
         .query = {},
         .body = "Webhook",
         .answers = {{202, "Arrived"}},
         .handle = {}});
  }
  out.push_back({.method = "POST",
                 .pattern = "/webhooks/custom/{path}",
                 .summary =
                     "A request that a workflow's on.webhook describes: 404 where none does, 422 where no "
                     "schema takes the payload",
                 .query = {},
                 .body = "Webhook",
                 .answers = {{202, "Arrived"}},
                 .handle = {}});
  return out;
}

std::string write_document(const std::vector<Route>& routes, const std::string& version,
                           const std::string& public_url) {
  std::map<std::string_view, std::vector<const Route*>> paths;
  for (const Route& route : routes) {
    if (!route.summary.empty()) paths[route.pattern].push_back(&route);
  }
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("openapi").text("3.1.0").name("info").begin_object();
  json.name("title").text("Callboard").name("version").text(version).end_object();
  json.name("servers").begin_array().begin_object().name("url").text(public_url.empty() ? "/" : public_url);
  json.end_object().end_array();
  json.name("paths").begin_object();
  for (const auto& [pattern, methods] : paths) {
    json.name(pattern).begin_object();
    for (const Route* route : methods) write_route(json, *route);
    json.end_object();
  }
  json.end_object().name("components").begin_object().name("schemas").raw(openapi_schemas());
  json.end_object().end_object();
  return out;
}

}  // namespace

Route openapi_route(const std::vector<Route>& routes, const std::string& version,
                    const std::string& public_url) {
  Route own{.method = "GET",
            .pattern = "/openapi.json",
            .summary = "This description",
            .query = {},
            .body = {},
            .answers = {{200, "JsonSchema"}},
            .handle = {}};
  std::vector<Route> all = routes;
  for (Route& route : webhook_routes()) all.push_back(std::move(route));
  all.push_back(own);
  own.handle = [document = write_document(all, version, public_url)](Call call) {
    call.responder.send(http::Response::json(200, document));
  };
  return own;
}

}  // namespace callboard::dispatcher
