#include "shared/workflow/schema.hpp"

#include <array>
#include <string>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/workflow/executors/registry.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/schema_params.hpp"
#include "shared/workflow/schema_parts.hpp"
#include "shared/workflow/schema_reader.hpp"
#include "shared/workflow/schema_steps.hpp"
#include "shared/workflow/schema_triggers.hpp"
#include "shared/workflow/schema_types.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kNameCharacters = 100;

Value example() {
  Object step{{"key", "greet"}, {"type", "set"}, {"params", Object{{"text", "Hello, ${ inputs.who }!"}}}};
  return Object{{"name", "hello"},
                {"inputs", Object{{"who", Object{{"type", "string"}, {"default", "world"}}}}},
                {"steps", Array{std::move(step)}},
                {"outputs", Object{{"text", "${ steps.greet.result.text }"}}}};
}

/// A name whose slug is a UUID: what is no letter, digit, _ or . becomes a dash, or goes at the ends.
constexpr std::string_view kNoUuid =
    "^(?![^A-Za-z0-9_.]*[0-9A-Fa-f]{8}([^A-Za-z0-9_.]+[0-9A-Fa-f]{4}){3}[^A-Za-z0-9_.]+[0-9A-Fa-f]{12}"
    "[^A-Za-z0-9_.]*$)[^A-Za-z0-9_.]*[A-Za-z0-9_.]";

void add_inputs(Object& inputs) {
  inputs["propertyNames"] = matching(kKeyPattern);
  add(inputs["additionalProperties"].get_object(), reference("input"));
}

void add_steps(Object& out) {
  property(out, "steps")["items"] = reference("step");
  property(out, "steps")["maxItems"] = limits::kSteps;
}

void add_groups(Object& groups) {
  groups["propertyNames"] = matching(kKeyPattern);
  Object& group = groups["additionalProperties"].get_object();
  add_steps(group);
  property(property(group, "steps")["items"].get_object(), "key")["not"] = Object{{"const", "with"}};
  add_inputs(property(group, "inputs"));
}

/// Events are held where there are some, in one of the two ways.
void add_holding(Object& out) {
  Object events = requires_field("on");
  property(events, "on")["anyOf"] =
      required_one(std::array{"github"sv, "linear"sv, "webhook"sv, "workflow"sv});
  Object debounce = events;
  debounce["properties"].get_object()["batch"] = false;
  out["dependentSchemas"] = Object{{"debounce", std::move(debounce)}, {"batch", std::move(events)}};
}

/// What is said of outputs is said of some that are there, and a step uses groups that are there.
Array presence_rules() {
  Object types = requires_field("outputTypes");
  property(types, "outputTypes")["minProperties"] = 1;
  Array out{rule(std::move(types), requires_field("outputs"))};
  for (const std::string_view field : {"steps"sv, "finally"sv}) {
    Object user = requires_field(field);
    property(user, field) = {{"contains", Object{{"type", "object"}, {"required", Array{"uses"}}}}};
    out.push_back(rule(std::move(user), requires_field("groups")));
  }
  return out;
}

void add_cancel_on(Object& events) {
  add(events, reference("eventRule"));
  events["items"] = reference("eventRule");
  events["maxItems"] = limits::kEventRules;
}

void add_rules(Object& out) {
  property(out, "name")["maxLength"] = kNameCharacters;
  property(out, "name")["pattern"] = text(kNoUuid);
  property(out, "labels")["maxProperties"] = limits::kLabels;
  property(out, "labels")["propertyNames"] = matching("^[A-Za-z0-9_./-]{1,63}$");
  add_trigger_rules(property(out, "on"));
  add_inputs(property(out, "inputs"));
  add_groups(property(out, "groups"));
  add_steps(out);
  Object& last = property(out, "finally");
  last["items"] = reference("step");
  last["items"].get_object()["not"] = requires_field("undo");
  add(property(out, "outputTypes")["additionalProperties"].get_object(), reference("typed"));
  out["allOf"] = presence_rules();
  add_cancel_on(property(out, "cancelOn"));
  add_holding(out);
}

Object definitions() {
  Object out{{"step", step_schema()},   {"executor", executor_rules()}, {"written", written_schema()},
             {"typed", typed_schema()}, {"input", input_schema()},      {"jsonSchema", schema_of_schemas()}};
  add_trigger_definitions(out);
  for (const Description* executor : executors())
    out[boost::json::string_view(executor->name.data(), executor->name.size())] = params_schema(*executor);
  return out;
}

}  // namespace

Value workflow_schema() {
  Object out{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
             {"title", "Callboard workflow"},
             {"description",
              "A workflow file. Circles of steps, expressions, and names of steps are checked by `callboard "
              "workflow validate` beyond this."}};
  add(out, object_of(workflow_shape().fields, Expressions::refused));
  add_rules(out);
  out["examples"] = Array{example()};
  out["$defs"] = definitions();
  return out;
}

}  // namespace callboard::workflow
