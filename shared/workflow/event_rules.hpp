#pragma once

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/limits.hpp"
#include "shared/run/graph.hpp"
#include "shared/workflow/expression_reader.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/shape.hpp"

/// What a file says of events that come while a run is open: the fields, and their reading.
namespace callboard::workflow {

inline constexpr Shape kEventText = {.kind = Shape::Kind::text};
inline constexpr Shape kEventTexts = {.kind = Shape::Kind::list, .item = &kEventText};
inline constexpr std::array kEventTextOrTextsChoices = {kEventText, kEventTexts};
inline constexpr Shape kEventTextOrTexts = {.kind = Shape::Kind::either, .choices = kEventTextOrTextsChoices};

/// One event: exactly one of the sources, and filters as in `on`.
inline constexpr std::array kEventRuleFields = {
    Field{kGitHub, kEventTextOrTexts,
          "GitHub's events, with or without an action: pull_request.closed, push; one or a list."},
    Field{kLinear, kEventTextOrTexts, "Linear's events: Issue.update, Comment.create."},
    Field{kWebhook, kEventTextOrTexts,
          "Requests to /webhooks/custom/PATH. Some workflow must have this path in on.webhook."},
    Field{kWorkflowEnds, kEventTextOrTexts,
          "Ends of workflows' runs: nightly.completed, or nightly for any end."},
    Field{"if",
          {.kind = Shape::Kind::condition},
          "An expression: event is the new event, run.event the one that started the run. In it inputs, run "
          "and vars can be read, of a step that waits the results of other steps too, and its item."},
    Field{"branches", kEventTextOrTexts, "Patterns for the branch, as in on.github."},
    Field{"branchesIgnore", kEventTextOrTexts, "Patterns for branches that don't count."},
    Field{"tags", kEventTextOrTexts, "Patterns for the tag, as in on.github."},
    Field{"tagsIgnore", kEventTextOrTexts, "Patterns for tags that don't count."},
    Field{"paths", kEventTextOrTexts, "Patterns for files that a push changes, as in on.github."},
    Field{"pathsIgnore", kEventTextOrTexts, "Patterns for files that alone don't count."},
    Field{"labels", kEventTextOrTexts, "One of these labels must be there, as in on.github."},
    Field{"actors", kEventTextOrTexts, "Logins, one of which must have caused it."},
    Field{"actorsIgnore", kEventTextOrTexts, "Logins of those who don't count."},
    Field{"bots",
          {.kind = Shape::Kind::boolean},
          "Whether what bots cause counts; true if not given: it starts no run."},
};
inline constexpr Shape kEventRule = {.kind = Shape::Kind::object, .fields = kEventRuleFields};
inline constexpr Shape kEventRules = {.kind = Shape::Kind::list, .item = &kEventRule};
inline constexpr std::array kCancelOnChoices = {kEventRules, kEventRule};
inline constexpr Shape kCancelOnShape = {.kind = Shape::Kind::either, .choices = kCancelOnChoices};

/// Calls `visit(rule)` on every rule of a workflow.
template <typename Visit>
void each_event_rule(const run::Graph& graph, Visit visit) {
  for (const run::EventRule& rule : graph.cancel_on) visit(rule);
  for (const run::Step& step : graph.steps) {
    for (const run::EventRule& rule : step.awaits) visit(rule);
  }
}
/// The slugs of the workflows whose ends its runs listen to.
std::set<std::string> awaited_workflows(const run::Graph& graph);

/// `cancelOn`, of a file whose shape has been checked.
std::vector<run::EventRule> read_cancel_on(const Node& root, ExpressionReader& expressions,
                                           Problems& problems);

/// The events among the params of a `wait`. What is left of them in `params` is a text, so that they are
/// compared with the others and not rendered. `scope`: of the step's params.
std::vector<run::EventRule> take_awaited_events(Node& params, const std::string& path, const Scope& scope,
                                                ExpressionReader& expressions, Problems& problems);

}  // namespace callboard::workflow
