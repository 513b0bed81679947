#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dispatcher/api/context.hpp"
#include "dispatcher/triggers/current_workflow.hpp"
#include "shared/http/server/exchange.hpp"
#include "shared/value/value.hpp"

namespace callboard::dispatcher {

/// A definition without faults, and whether this process has it stored.
struct GivenWorkflow {
  CurrentWorkflow workflow;
  bool is_stored = false;
};
/// Shared: the runs that one request is about, asked one after the other.
using GivenWorkflowPtr = std::shared_ptr<GivenWorkflow>;

/// A definition that came with a request, for runs that are there already. It never becomes the current one.
struct GivenDefinition {
  std::string text{};
  std::string format = "yaml";
  GivenWorkflowPtr compiled{};  // by compile_given

  bool is_given() const { return !text.empty(); }
};

/// An object, or a YAML text; false if the value is neither.
bool read_given(const Value& value, GivenDefinition& given);

/// Once for a request, before any run of it is looked at. The answer if it has faults: 422 with each of them.
/// Nothing is stored.
std::expected<void, http::Response> compile_given(GivenDefinition& given);

/// Stores what was compiled, unless that is done, so that a run may name its hash; the answer if it could not
/// be.
using GivenStored = std::move_only_function<void(std::optional<http::Response> failure)>;
void store_given(Context& context, const GivenDefinition& given, GivenStored stored);

}  // namespace callboard::dispatcher
