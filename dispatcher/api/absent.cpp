#include "dispatcher/api/resources.hpp"

namespace callboard::dispatcher {

std::vector<Route> absent_routes() {
  constexpr std::pair<std::string_view, std::string_view> kAbsent[] = {
      {"POST", "/api/runs/{id}/migrate"},
  };
  std::vector<Route> routes;
  routes.reserve(std::size(kAbsent));
  for (const auto& [method, pattern] : kAbsent) {
    routes.push_back({.method = method,
                      .pattern = pattern,
                      .summary = {},
                      .query = {},
                      .body = {},
                      .answers = {},
                      .handle = [](Call call) {
                        call.responder.send(
                            http::make_problem(501, call.request.path + " is not available in this version"));
                      }});
  }
  return routes;
}

}  // namespace callboard::dispatcher
