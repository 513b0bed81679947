#include "shared/workflow/schema_steps.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "shared/workflow/executors/registry.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/groups.hpp"
#include "shared/workflow/schema_parts.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kLabelPattern = "^[A-Za-z0-9_-]{1,63}$";

Array names_of(const Description& executor) {
  Array out{text(executor.name)};
  for (const ShortName& other : executor.short_names) out.push_back(text(other.name));
  return out;
}

bool is_parameter(const Description& executor, std::string_view name) {
  return std::ranges::find(executor.parameters, name, &Field::name) != executor.parameters.end();
}

/// A parameter that must be there: in params, or settled by the step's own field or by a short name.
Object must_have(const Description& executor, std::string_view parameter) {
  Object in_params = requires_field("params");
  in_params["properties"] = Object{{"params", requires_field(parameter)}};
  Array ways{std::move(in_params)};
  const auto& fields = step_shape().fields;
  if (std::ranges::find(fields, parameter, &Field::name) != fields.end())
    ways.push_back(requires_field(parameter));
  Array settling;
  for (const ShortName& other : executor.short_names) {
    if (other.parameter == parameter) settling.push_back(text(other.name));
  }
  if (!settling.empty()) ways.push_back(has_text("type", std::move(settling)));
  return Object{{"anyOf", std::move(ways)}};
}

/// Fields of a step that say nothing where this executor is.
std::vector<std::string_view> fields_refused_by(const Description& executor) {
  std::vector<std::string_view> out;
  if (!is_parameter(executor, "provider")) out = {"provider", "model"};
  if (!executor.shows_life) out.push_back("idleTimeout");
  if (executor.held) out.insert(out.end(), {"effect", "runsOn", "priority", "queueTimeout", "throttle"});
  if (executor.held && &executor != &kWorkflow) out.push_back("retry");
  if (&executor == &kSleep || &executor == &kContinueAs) out.push_back("timeout");
  if (&executor == &kContinueAs) out.push_back("forEach");
  return out;
}

/// onLost is of steps with effect once, by their executor or by their own word.
Object lost_once() {
  Object once = requires_field("effect");
  property(once, "effect")["const"] = "once";
  return {{"onLost", std::move(once)}};
}

Object requirements_of(const Description& executor) {
  Object out{{"properties", Object{{"params", reference(executor.name)}}}};
  Array all;
  for (const Field& field : executor.parameters) {
    if (field.presence == Presence::required) all.push_back(must_have(executor, field.name));
  }
  const bool needs_params = std::ranges::any_of(executor.one_of, &OneOf::is_required);
  if (needs_params) all.push_back(requires_field("params"));
  if (!all.empty()) out["allOf"] = std::move(all);
  const auto refused = fields_refused_by(executor);
  if (!refused.empty()) out["not"] = has_none_of(refused)["not"];
  if (&executor == &kWorkflow) property(out, "retry") = has_none_of(std::array{"until"sv});
  if (executor.effect != run::Effect::once && executor.effect_of == nullptr)
    out["dependentSchemas"] = lost_once();
  return out;
}

/// Where a short name settles a parameter, all others that name it say the same.
void add_settled(const Description& executor, Array& rules) {
  std::set<std::string_view> seen;
  for (const ShortName& one : executor.short_names) {
    if (!seen.insert(one.value).second) continue;
    Array same;
    for (const ShortName& other : executor.short_names) {
      if (other.parameter == one.parameter && other.value == one.value) same.push_back(text(other.name));
    }
    Object then;
    property(then, one.parameter)["enum"] = same;
    property(property(then, "params"), one.parameter)["enum"] = same;
    rules.push_back(rule({{"anyOf", Array{has_text("type", same), has_text(one.parameter, same)}}}, then));
  }
}

Array executor_names(bool only_short) {
  Array out;
  for (const Description* executor : executors()) {
    if (!only_short) out.push_back(text(executor->name));
    for (const ShortName& other : executor->short_names) out.push_back(text(other.name));
  }
  return out;
}

/// The fields that name an executor and its params, of a step or of its undo.
void describe_executor(Object& step) {
  property(step, "type")["enum"] = executor_names(false);
  property(step, "params").erase("additionalProperties");
  add(step, reference("executor"));
}

std::vector<std::string_view> others_than_use() {
  std::vector<std::string_view> out;
  for (const Field& field : step_shape().fields) {
    if (field.presence != Presence::later && !goes_with_uses(field.name)) out.push_back(field.name);
  }
  return out;
}

}  // namespace

Value executor_rules() {
  Array rules;
  for (const Description* executor : executors()) {
    rules.push_back(rule(has_text("type", names_of(*executor)), requirements_of(*executor)));
    add_settled(*executor, rules);
    if (!is_parameter(*executor, "provider")) continue;
    Object provider_alone = requires_field("provider");
    provider_alone["not"] = requires_field("type");
    rules.push_back(rule(std::move(provider_alone), requirements_of(*executor)));
  }
  Object lost = has_text("effect", Array{"none", "idempotent"});
  rules.push_back(rule(std::move(lost), has_none_of(std::array{"onLost"sv})));
  return Object{{"allOf", std::move(rules)}};
}

Value written_schema() {
  const Object plain = matching(R"(^(?![\s\S]*\$\{))");
  Object out = plain;
  out["items"] = reference("written");
  out["additionalProperties"] = reference("written");
  out["propertyNames"] = plain;
  return out;
}

Value step_schema() {
  Object step = object_of(step_shape().fields, Expressions::refused);
  describe_executor(step);
  describe_executor(property(step, "undo"));
  property(step, "key")["pattern"] = text(kKeyPattern);
  property(step, "uses")["pattern"] = text(kKeyPattern);
  add(property(step, "dependsOn"), one_or_list(matching(kKeyPattern)));
  add(property(step, "runsOn"), one_or_list(matching(kLabelPattern)));
  add(property(property(step, "undo"), "runsOn"), one_or_list(matching(kLabelPattern)));
  add(property(step, "forEach"), rule({{"type", Array{"array", "object"}}}, reference("written")));
  property(step, "provider")["enum"] = executor_names(true);
  step["dependentRequired"] = Object{{"maxParallel", Array{"forEach"}}};
  step["anyOf"] = required_one(std::array<std::string_view, 3>{"type", "provider", "uses"});
  step["if"] = requires_field("uses");
  step["then"] = Object{{"properties", members(others_than_use(), false)}};
  step["else"] = Object{{"properties", Object{{"with", false}}}};
  step["examples"] =
      Array{Object{{"key", "fetch"}, {"type", "http"}, {"params", Object{{"url", "https://example.org"}}}}};
  return step;
}

}  // namespace callboard::workflow
