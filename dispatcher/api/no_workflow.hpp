#pragma once

#include <string>

#include "dispatcher/api/context.hpp"

namespace callboard::dispatcher {

/// 404: no workflow has this name. It names the one that may be meant, and the files of the watched folder
/// that would have made one.
http::Response no_workflow(const Context& context, const std::string& name);

}  // namespace callboard::dispatcher
