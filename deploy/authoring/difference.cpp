#include "deploy/authoring/difference.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/compile.hpp"
#include "shared/workflow/steps.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::authoring {
namespace {

using Kind = Change::Kind;
using Changes = std::vector<Change>;

/// One version: its members but for the steps, its steps by key, and what each of them waits for.
struct Version {
  std::string hash;
  Object members;
  std::vector<std::pair<std::string, Value>> steps;
  std::map<std::string, Value> order;
};

std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }

std::vector<std::pair<std::string, Value>> steps_of(const workflow::Node& root) {
  workflow::Problems none;
  const workflow::ListedSteps listed = workflow::list_steps(root, none);
  const workflow::StepNames names = workflow::name_steps(listed, none);
  std::vector<std::pair<std::string, Value>> out;
  for (std::size_t i = 0; i < listed.steps.size(); ++i) {
    if (listed.steps[i].kind == workflow::ListedStep::Kind::undo) continue;  // told with its step
    if (listed.steps[i].part == run::GroupPart::begin) continue;  // told with the step that uses the group
    Value step = workflow::to_value(*listed.steps[i].node);
    if (step.is_object()) {
      step.get_object().erase("key");
      step.get_object().erase("dependsOn");  // told as what it waits for
    }
    out.emplace_back(names.keys[i], std::move(step));
  }
  return out;
}

std::expected<Version, std::vector<workflow::Problem>> read_version(std::string_view text) {
  const auto compiled = workflow::compile(text);
  if (!compiled) return std::unexpected(compiled.error());
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string_view::npos && text[first] == '{';
  const auto root = is_json ? workflow::read_json_tree(text) : workflow::read_yaml(text);
  if (!root) return std::unexpected(root.error().problems);
  Version out{.hash = compiled->graph.hash,
              .members = workflow::to_value(*root).as_object(),
              .steps = steps_of(*root),
              .order = {}};
  out.members.erase("steps");
  out.members.erase("finally");
  for (const run::Step& step : compiled->graph.steps) {
    Array before;
    for (const run::StepIndex index : step.depends_on)
      before.push_back(Value(compiled->graph.steps[index].key));
    std::ranges::sort(before, {}, [](const Value& key) { return view(key.get_string()); });
    out.order.emplace(step.key, std::move(before));
  }
  return out;
}

/// What differs in a value; objects member by member, all else as a whole.
void compare_values(const std::string& path, const Value& before, const Value& after, Changes& out) {
  if (!before.is_object() || !after.is_object()) {
    if (write_canonical(before) != write_canonical(after))
      out.push_back({Kind::changed, path, before, after, {}});
    return;
  }
  const auto path_of = [&](boost::json::string_view name) {
    return path.empty() ? std::string(view(name)) : path + "." + std::string(view(name));
  };
  for (const auto& member : before.get_object()) {
    const Value* const other = after.get_object().if_contains(member.key());
    if (other != nullptr)
      compare_values(path_of(member.key()), member.value(), *other, out);
    else
      out.push_back({Kind::removed, path_of(member.key()), member.value(), std::nullopt, {}});
  }
  for (const auto& member : after.get_object()) {
    if (!before.get_object().contains(member.key()))
      out.push_back({Kind::added, path_of(member.key()), std::nullopt, member.value(), {}});
  }
}

const Value* find_step(const Version& version, const std::string& key) {
  const auto found = std::ranges::find(version.steps, key, &std::pair<std::string, Value>::first);
  return found == version.steps.end() ? nullptr : &found->second;
}

void compare_order(const std::string& key, const Version& before, const Version& after, Changes& out) {
  const auto old_order = before.order.find(key);
  const auto new_order = after.order.find(key);
  if (old_order == before.order.end() || new_order == after.order.end()) return;
  if (old_order->second == new_order->second) return;
  out.push_back({Kind::changed, "steps." + key + ".dependsOn", old_order->second, new_order->second, {}});
}

void compare_steps(const Version& before, const Version& after, Changes& out) {
  for (const auto& [key, step] : before.steps) {
    const std::string path = "steps." + key;
    if (const Value* const other = find_step(after, key)) {
      compare_values(path, step, *other, out);
      compare_order(key, before, after, out);
    } else {
      out.push_back({Kind::removed, path, step, std::nullopt, {}});
    }
  }
  for (const auto& [key, step] : after.steps) {
    if (find_step(before, key) == nullptr)
      out.push_back({Kind::added, "steps." + key, std::nullopt, step, {}});
  }
}

std::string meaning_for_step(const Change& change, std::string_view field) {
  if (field.empty()) {
    return change.kind == Kind::removed ? "a run that has begun it can't be moved to the new version"
                                        : "a run that is moved to the new version executes it too";
  }
  const std::string_view head = field.substr(0, field.find('.'));
  if (head == "params" || head == "type" || head == "provider" || head == "model")
    return "a run that has it behind it can be moved if its params come out the same";
  if (head == "dependsOn" || head == "if" || head == "forEach")
    return "a run that has it behind it can be moved if the step would have begun all the same";
  return {};
}

std::string meaning_of(const Change& change) {
  const std::string_view path = change.path;
  constexpr std::string_view kSteps = "steps.";
  if (path.starts_with(kSteps)) {
    const std::string_view below = path.substr(kSteps.size());
    const std::size_t dot = below.find('.');
    return meaning_for_step(change, dot == std::string_view::npos ? "" : below.substr(dot + 1));
  }
  if (path == "name") return "it is another workflow: its runs, triggers and address are its own";
  const std::string_view part = path.substr(0, path.find('.'));
  const bool is_kept = part == "concurrency" || part == "throttle" || part == "labels";
  if (is_kept && path != "concurrency.timeout")
    return "for runs that are made from now on: one that is moved keeps its own";
  if (path == "on" || path.starts_with("on.")) return "for events that come from now on";
  if (path.starts_with("inputs.") && change.kind == Kind::removed) return "who still gives it is refused";
  const Value* const after = change.after ? &*change.after : nullptr;
  const Value* const required = find(after, "required");
  const bool must_be_given = path.starts_with("inputs.") && change.kind == Kind::added &&
                             required != nullptr && *required == Value(true) &&
                             find(after, "default") == nullptr;
  return must_be_given ? "who starts a run must give it" : "";
}

}  // namespace

std::string_view to_string(Change::Kind kind) {
  constexpr std::string_view kNames[] = {"added", "removed", "changed"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::expected<Comparison, InvalidVersion> compare_versions(std::string_view old_text,
                                                           std::string_view new_text) {
  const auto before = read_version(old_text);
  if (!before) return std::unexpected(InvalidVersion{true, before.error()});
  const auto after = read_version(new_text);
  if (!after) return std::unexpected(InvalidVersion{false, after.error()});
  Comparison out{.old_hash = before->hash, .new_hash = after->hash, .changes = {}};
  compare_values({}, before->members, after->members, out.changes);
  compare_steps(*before, *after, out.changes);
  for (Change& change : out.changes) change.meaning = meaning_of(change);
  return out;
}

}  // namespace callboard::authoring
