#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/http/server/exchange.hpp"

namespace callboard::dispatcher {

/// One request at its route.
struct Call {
  http::Request request;
  std::vector<std::pair<std::string_view, std::string>> parameters;  // of the pattern, decoded
  http::Responder responder;

  const std::string& parameter(std::string_view name) const;
};

struct QueryParameter {
  std::string_view name;
  std::string_view schema;  // a JSON Schema, as text
  std::string_view help;
};

inline constexpr QueryParameter kLimitParameter{
    "limit", R"({"type":"integer","minimum":1,"maximum":500,"default":50})", "How many items"};
inline constexpr QueryParameter kCursorParameter{"cursor", R"({"type":"string"})",
                                                 "`next` of the page before"};
inline constexpr QueryParameter kWaitParameter{"wait", R"({"type":"string","examples":["30s"]})",
                                               "How long to wait for the run to close, at most 60s"};

struct Answer {
  int status = 200;
  std::string_view schema;  // of components.schemas; empty: not JSON, or no body
  std::string_view media_type = "application/json";
};

/// The schema of a body that says nothing: others than {} are refused.
inline constexpr std::string_view kNoMembers = "Empty";

/// One row of the table of routes. What is not a handler stands in /openapi.json.
struct Route {
  std::string_view method;            // GET answers HEAD too
  std::string_view pattern;           // "/api/runs/{id}/history"
  std::string_view summary;           // empty: not in /openapi.json
  std::vector<QueryParameter> query;  // any other parameter is refused
  std::string_view body;              // schema of the body; empty: none is looked at
  std::vector<Answer> answers;        // besides the problems that every route may answer with
  std::function<void(Call)> handle;

  /// The same under a second address that /openapi.json does not name.
  Route hidden_at(std::string_view other_pattern) const {
    Route copy = *this;
    copy.pattern = other_pattern;
    copy.summary = {};
    return copy;
  }
};

/// Finds the route of a request: 404, 405 with Allow and 400 for an unknown query parameter, or a member of a
/// body that takes none, are answered here.
class Router {
 public:
  explicit Router(std::vector<Route> routes);

  void handle(http::Request request, http::Responder responder) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Pattern {
    std::vector<std::string_view> segments;  // "{id}" for a parameter
  };
  bool matches(const Pattern& pattern, const std::vector<std::string>& segments, Call& call) const;

  std::vector<Route> routes_;
  std::vector<Pattern> patterns_;
};

}  // namespace callboard::dispatcher
