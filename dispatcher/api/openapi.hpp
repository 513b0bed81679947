#pragma once

#include <string>
#include <vector>

#include "dispatcher/api/router.hpp"

namespace callboard::dispatcher {

/// GET /openapi.json, made of the table of routes and the shapes in openapi_schemas.cpp.
Route openapi_route(const std::vector<Route>& routes, const std::string& version,
                    const std::string& public_url);

/// components.schemas, as JSON.
std::string_view openapi_schemas();

}  // namespace callboard::dispatcher
