#include "dispatcher/api/router.hpp"

#include <algorithm>
#include <optional>

#include "shared/base/check.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> out;
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  while (true) {
    const std::size_t slash = path.find('/');
    out.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    path.remove_prefix(slash + 1);
  }
}

/// Each segment is decoded by itself, so that an encoded slash never makes two of one.
std::optional<std::vector<std::string>> decode(std::string_view path) {
  std::vector<std::string> out;
  for (const std::string_view segment : split(path)) {
    auto text = http::percent_decode(segment, false);
    if (!text) return std::nullopt;
    out.push_back(std::move(*text));
  }
  return out;
}

bool answers_method(const Route& route, std::string_view method) {
  return route.method == method || (method == "HEAD" && route.method == "GET");
}

std::optional<std::string> unknown_query(const Route& route, const http::Request& request) {
  if (request.query.empty()) return std::nullopt;
  for (std::string& name : request.query_names()) {
    if (std::ranges::find(route.query, name, &QueryParameter::name) == route.query.end())
      return std::move(name);
  }
  return std::nullopt;
}

/// PostgreSQL keeps no zero byte in a text, and nothing that is not UTF-8: no text of a request that has
/// either reaches a handler, which may hand it to the log. The name of one that has; empty: none.
std::string find_unfit_text(const Call& call) {
  const auto is_fit = [](const std::string& text) { return is_utf8(text) && !text.contains('\0'); };
  for (const auto& [name, text] : call.parameters) {
    if (!is_fit(text)) return std::string(name);
  }
  if (call.request.query.empty()) return "";
  for (const std::string& name : call.request.query_names()) {
    if (!std::ranges::all_of(call.request.find_queries(name), is_fit)) return name;
  }
  return "";
}

/// Of a body that says nothing: {} or none at all.
std::string find_member(const http::Request& request) {
  if (request.body.empty()) return "";
  const auto body = read_json(request.body);
  if (!body || !body->is_object()) return "the body must be {} or empty";
  if (body->get_object().empty()) return "";
  return "the body takes no members; found " + std::string(body->get_object().begin()->key());
}

/// What is wrong with a request before its handler sees it; empty: nothing.
std::string find_fault(const Route& route, const Call& call) {
  if (const auto unknown = unknown_query(route, call.request)) return "unknown query parameter: " + *unknown;
  if (const std::string unfit = find_unfit_text(call); !unfit.empty())
    return unfit + " must be UTF-8 text without zero bytes";
  return route.body == kNoMembers ? find_member(call.request) : "";
}

}  // namespace

const std::string& Call::parameter(std::string_view name) const {
  const auto found = std::ranges::find(parameters, name, [](const auto& entry) { return entry.first; });
  CALLBOARD_CHECK(found != parameters.end());
  return found->second;
}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (const Route& route : routes_) patterns_.push_back({split(route.pattern)});
}

bool Router::matches(const Pattern& pattern, const std::vector<std::string>& segments, Call& call) const {
  if (pattern.segments.size() != segments.size()) return false;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (!pattern.segments[i].starts_with('{') && pattern.segments[i] != segments[i]) return false;
  }
  call.parameters.clear();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string_view name = pattern.segments[i];
    if (name.starts_with('{')) call.parameters.emplace_back(name.substr(1, name.size() - 2), segments[i]);
  }
  return true;
}

void Router::handle(http::Request request, http::Responder responder) const {
  Call call{.request = std::move(request), .parameters = {}, .responder = std::move(responder)};
  const auto segments = decode(call.request.path);
  if (!segments) return call.responder.send(http::make_problem(400, "the path does not decode"));
  std::string allowed;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (!matches(patterns_[i], *segments, call)) continue;
    if (!answers_method(routes_[i], call.request.method)) {
      if (!allowed.empty()) allowed += ", ";
      allowed += routes_[i].method == "GET" ? "GET, HEAD" : routes_[i].method;
      continue;
    }
    if (const std::string fault = find_fault(routes_[i], call); !fault.empty())
      return call.responder.send(http::make_problem(400, fault));
    return routes_[i].handle(std::move(call));
  }
  if (allowed.empty())
    return call.responder.send(http::make_problem(404, "there is nothing at " + call.request.path));
  http::Response response = http::make_problem(405, call.request.method + " is not allowed here");
  response.headers.emplace_back("Allow", allowed);
  call.responder.send(std::move(response));
}

}  // namespace callboard::dispatcher
