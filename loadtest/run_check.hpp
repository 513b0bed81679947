#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "loadtest/http_connection.hpp"
#include "shared/base/error.hpp"
#include "shared/value/value.hpp"

namespace callboard::loadtest {

/// Registers the workflow without starting it; gives the slug by which its runs are started.
Result<std::string> register_workflow(const Target& target, const std::string& file);

/// A closed run is right if it completed and each of its `steps` did so in one attempt and gave back the
/// payload that it was given (null: these steps are given none).
bool is_right(std::string_view run, std::size_t steps, const Value& sent);

}  // namespace callboard::loadtest
