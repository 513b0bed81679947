// The few pages for people: plain, without scripts of others.
#include <string>
#include <utility>

#include "dispatcher/api/resources.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/schema.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::string_view kHome = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Callboard</title></head><body>
<h1>Callboard</h1>
<ul>
<li><a href="/api/runs">Runs</a></li>
<li><a href="/api/workflows">Workflows</a></li>
<li><a href="/api/deliveries">Deliveries</a></li>
<li><a href="/api/pauses">What is paused</a></li>
<li><a href="/api/workers">Workers</a></li>
<li><a href="/ready">Readiness</a>, <a href="/health">health</a>, <a href="/metrics">metrics</a></li>
<li><a href="/docs">The API</a>, <a href="/schemas/workflow.json">the schema of workflow files</a></li>
</ul>
</body></html>
)";

constexpr std::string_view kDocs = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Callboard: the API</title></head><body>
<h1>The API</h1>
<p>It is described in <a href="/openapi.json">OpenAPI 3.1</a>, which any viewer reads. Errors are
<a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>.</p>
</body></html>
)";

Route page(std::string_view pattern, std::string_view summary, std::string_view html) {
  return {.method = "GET",
          .pattern = pattern,
          .summary = summary,
          .query = {},
          .body = {},
          .answers = {{200, {}, "text/html"}},
          .handle = [html](Call call) {
            http::Response response{.status = 200,
                                    .content_type = "text/html; charset=utf-8",
                                    .body = std::string(html),
                                    .headers = {}};
            response.headers.emplace_back("Content-Security-Policy",
                                          "default-src 'none'; frame-ancestors 'none'");
            call.responder.send(std::move(response));
          }};
}

}  // namespace

std::vector<Route> page_routes() {
  return {page("/", "A page of links", kHome),
          page("/docs", "A page about the API", kDocs),
          page("/redoc", "A page about the API", kDocs),
          {.method = "GET",
           .pattern = "/schemas/workflow.json",
           .summary = "The schema of workflow files, JSON Schema 2020-12",
           .query = {},
           .body = {},
           .answers = {{200, "JsonSchema"}},
           .handle = [schema = write_json(workflow::workflow_schema())](Call call) {
             call.responder.send(http::Response::json(200, schema));
           }}};
}

}  // namespace callboard::dispatcher
