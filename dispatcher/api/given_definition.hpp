#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "dispatcher/api/context.hpp"
#include "dispatcher/triggers/current_workflow.hpp"
#include "shared/http/server/exchange.hpp"
#include "shared/value/value.hpp"

namespace callboard::dispatcher {

/// A definition that came with a request, for runs that are there already. It never becomes the current one.
struct GivenDefinition {
  std::string text{};
  std::string format = "yaml";

  bool is_given() const { return !text.empty(); }
};

/// An object, or a YAML text; false if the value is neither.
bool read_given(const Value& value, GivenDefinition& given);

/// The answer if it has faults: 422 with each of them. Nothing is stored.
std::expected<CurrentWorkflow, http::Response> compile_given(const GivenDefinition& given);

/// Stores it, so that a run may name its hash; the answer if it could not be.
using GivenStored = std::move_only_function<void(std::optional<http::Response> failure)>;
void store_given(Context& context, const GivenDefinition& given, GivenStored stored);

}  // namespace callboard::dispatcher
