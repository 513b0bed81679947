#include "dispatcher/triggers/workflow_set.hpp"

#include <utility>

#include "shared/value/sha256.hpp"
#include "shared/workflow/event_rules.hpp"
#include "shared/workflow/fields.hpp"

namespace callboard::dispatcher {
namespace {

void judge(const CurrentWorkflowPtr& workflow, const Result<workflow::Match>& match, Match& out) {
  if (match && !match->listens) return;
  log::Verdict verdict{.workflow = workflow->graph->slug, .outcome = "error", .run = {}, .detail = {}};
  std::optional<Match::Start> start;
  if (!match) {
    verdict.detail = match.error().message;
  } else if (!match->starts) {
    verdict.outcome = "condition_false";
    verdict.detail = match->detail;
  } else if (auto inputs = workflow::resolve_inputs(workflow->inputs, std::string_view()); !inputs) {
    verdict.detail = inputs.error().message;
  } else {
    verdict.outcome = "started";
    start = Match::Start{
        .workflow = workflow, .inputs = std::move(*inputs), .needs_approval = match->needs_approval};
  }
  out.verdicts.push_back(std::move(verdict));
  out.starts.push_back(std::move(start));
}

}  // namespace

Match match_workflow(const CurrentWorkflowPtr& workflow, std::string_view source, std::string_view event,
                     const Value* payload) {
  Match out;
  if (!workflow) return out;
  static const Value kNone;
  const workflow::EventFacts facts(source, event, payload == nullptr ? kNone : *payload);
  out.untrusted = facts.is_from_fork();
  // A tick is of the workflow that it is asked for, which listens to nothing for it.
  workflow::Match tick;
  tick.listens = tick.starts = true;
  judge(workflow, source == workflow::kSchedule ? tick : workflow::match(workflow->triggers, facts), out);
  return out;
}

void WorkflowSet::put(CurrentWorkflowPtr workflow) {
  std::string slug = workflow->graph->slug;
  by_slug_.insert_or_assign(std::move(slug), std::move(workflow));
  reindex();
}

void WorkflowSet::remove(std::string_view slug) {
  const auto found = by_slug_.find(slug);
  if (found == by_slug_.end()) return;
  by_slug_.erase(found);
  reindex();
}

CurrentWorkflowPtr WorkflowSet::find(std::string_view slug) const {
  const auto found = by_slug_.find(slug);
  return found == by_slug_.end() ? nullptr : found->second;
}

std::vector<CurrentWorkflowPtr> WorkflowSet::list() const {
  std::vector<CurrentWorkflowPtr> out;
  out.reserve(by_slug_.size());
  for (const auto& [slug, workflow] : by_slug_) out.push_back(workflow);
  return out;
}

void WorkflowSet::reindex() {
  by_event_.clear();
  awaited_.clear();
  std::string all;
  for (const auto& [slug, workflow] : by_slug_) {
    all += slug + ' ' + workflow->graph->hash + '\n';
    for (const workflow::EventTrigger& trigger : workflow->triggers.events) {
      for (const std::string& event : trigger.events) {
        auto& listeners =
            by_event_[trigger.source][std::string(workflow::listening_key(trigger.source, event))];
        if (listeners.empty() || listeners.back() != workflow) listeners.push_back(workflow);
      }
    }
    workflow::each_event_rule(*workflow->graph, [&](const run::EventRule& rule) {
      for (const std::string& key : rule.keys) awaited_.emplace(rule.source, key);
    });
  }
  hash_ = to_hex(sha256(all));
}

const WorkflowSet::Listeners* WorkflowSet::find_listeners(std::string_view source,
                                                          std::string_view event) const {
  const auto events = by_event_.find(source);
  if (events == by_event_.end()) return nullptr;
  const auto listeners = events->second.find(workflow::listening_key(source, event));
  return listeners == events->second.end() ? nullptr : &listeners->second;
}

std::span<const CurrentWorkflowPtr> WorkflowSet::find_webhooks(std::string_view path) const {
  const Listeners* listeners = find_listeners(workflow::kWebhook, path);
  return listeners == nullptr ? std::span<const CurrentWorkflowPtr>() : *listeners;
}

std::set<std::string> WorkflowSet::listened() const {
  std::set<std::string> out;
  for (const auto& [slug, workflow] : by_slug_) {
    out.merge(workflow::listened_workflows(workflow->triggers));
    out.merge(workflow::awaited_workflows(*workflow->graph));
  }
  return out;
}

bool WorkflowSet::is_awaited(std::string_view source, std::string_view event) const {
  return awaited_.contains({std::string(source), std::string(workflow::listening_key(source, event))});
}

bool WorkflowSet::wants_payload(std::string_view source, std::string_view event) const {
  return find_listeners(source, event) != nullptr;
}

Match WorkflowSet::match(std::string_view source, std::string_view event, const Value* payload) const {
  Match out;
  const Listeners* listeners = find_listeners(source, event);
  if (listeners == nullptr) return out;
  static const Value kNone;
  const workflow::EventFacts facts(source, event, payload == nullptr ? kNone : *payload);
  out.untrusted = facts.is_from_fork();
  for (const CurrentWorkflowPtr& workflow : *listeners) {
    judge(workflow, workflow::match(workflow->triggers, facts), out);
  }
  return out;
}

}  // namespace callboard::dispatcher
