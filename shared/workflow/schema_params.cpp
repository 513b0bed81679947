#include "shared/workflow/schema_params.hpp"

#include <array>
#include <string>
#include <utility>

#include "shared/workflow/executors/registry.hpp"
#include "shared/workflow/schema_parts.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kExpression = R"(\$\{)";
constexpr std::string_view kTimePattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}";

/// Of a text that holds an expression, or matches.
Object matching_value(std::string_view pattern) {
  return matching(std::string(kExpression) + "|" + std::string(pattern));
}

/// Each approves once: no name stands there twice, as far as they are written out.
Object approval_checks() {
  Array ways{Object{{"uniqueItems", true}}, Object{{"contains", matching(kExpression)}}};
  Object out;
  property(out, "approvers")["anyOf"] = std::move(ways);
  return out;
}

/// Of params, and of each entry of anyOf.
Object awaited() {
  Object out;
  property(out, "signal") = matching_value(R"(^(?!approval\.)[A-Za-z0-9._-]{1,100}$)");
  property(out, "until") = matching_value(kTimePattern);
  property(out, "event") = reference("eventRule");
  return out;
}

/// since goes with an event, which may be one of several.
Object with_event() {
  Object among = requires_field("anyOf");
  property(among, "anyOf")["contains"] = requires_field("event");
  return {{"anyOf", Array{requires_field("event"), std::move(among)}}};
}

Object wait_checks() {
  Object one = awaited();
  one["minProperties"] = 1;
  one["maxProperties"] = 1;
  Object out = awaited();
  property(out, "anyOf")["items"] = std::move(one);
  property(out, "since") = matching_value(std::string(kTimePattern) + "|" + std::string(kDurationPattern));
  out["dependentSchemas"] = Object{{"since", with_event()}};
  return out;
}

/// What `check` of an executor's description looks at, as far as a schema can say it.
Object checks_of(const Description& executor) {
  Object out;
  if (&executor == &kApproval) out = approval_checks();
  if (&executor == &kSleep) property(out, "until") = matching_value(kTimePattern);
  if (&executor == &kWait) out = wait_checks();
  if (&executor == &kWorkflow) property(out, "workflow") = matching_value("[A-Za-z0-9_.]");
  return out;
}

}  // namespace

Value params_schema(const Description& executor) {
  if (executor.takes_anything) return Object{{"type", "object"}, {"description", text(executor.summary)}};
  Object out = object_of(executor.parameters, Expressions::allowed);
  out.erase("required");
  Array all;
  for (const OneOf& group : executor.one_of) {
    Array one = required_one(group.names);
    if (!group.is_required) one.push_back(Object{{"not", Object{{"anyOf", required_one(group.names)}}}});
    all.push_back(Object{{"oneOf", std::move(one)}});
  }
  if (Object checks = checks_of(executor); !checks.empty()) all.push_back(std::move(checks));
  if (!all.empty()) out["allOf"] = std::move(all);
  out["description"] = text(executor.summary);
  return out;
}

}  // namespace callboard::workflow
