#include "shared/run/admission.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/text.hpp"
#include "shared/expression/coercion.hpp"
#include "shared/run/close.hpp"
#include "shared/run/commands.hpp"
#include "shared/run/contexts.hpp"
#include "shared/run/step_fold.hpp"
#include "shared/run/transitions.hpp"

namespace callboard::run {
namespace {

constexpr std::array<std::string_view, 3> kOnExcess{"queue", "replace", "reject"};

/// No worker has anything of it, and its cleanup would begin without a place.
void close_queued(Round& round, Decision cancelling) {
  Decision close = close_cancelled(cancelling.error);
  round.list.push_back(std::move(cancelling));
  round.list.push_back(std::move(close));
}

/// True: the run closes.
bool close_if_over(Round& round) {
  if (auto cancelling = find_reason_to_cancel(round)) {
    close_queued(round, std::move(*cancelling));
    return true;
  }
  if (round.outlook.no_place == nullptr || round.state.phase == RunPhase::paused) return false;
  Decision rejected{.type = EventType::run_cancelling};
  rejected.error = {ErrorClass::cancelled, *round.outlook.no_place};
  close_queued(round, std::move(rejected));
  return true;
}

/// What the expressions see that are evaluated before the run is made.
RunState make_unmade(const RunId& run, const Created& created, std::shared_ptr<const Value> event) {
  RunState state;
  state.id = run;
  state.created = created;
  state.latest_at = created.created_at;
  state.event = std::move(event);
  return state;
}

}  // namespace

std::string_view to_string(OnExcess on_excess) { return kOnExcess[static_cast<std::size_t>(on_excess)]; }

std::optional<OnExcess> parse_on_excess(std::string_view text) {
  const auto found = std::ranges::find(kOnExcess, text);
  if (found == kOnExcess.end()) return std::nullopt;
  return static_cast<OnExcess>(found - kOnExcess.begin());
}

Result<std::optional<Group>> find_group(const Graph& graph, const RunId& run, const Created& created,
                                        std::shared_ptr<const Value> event) {
  if (!graph.concurrency) return std::nullopt;
  const RunState state = make_unmade(run, created, std::move(event));
  const auto value = expression::render_text(graph.concurrency->group, RunContexts(graph, state, kNoStep));
  if (!value) return fail(ErrorCode::invalid, "concurrency.group: " + value.error().message);
  std::string name = expression::to_text(*value);
  if (name.empty()) return std::nullopt;
  if (name.size() > limits::kGroupBytes) {
    return fail(ErrorCode::invalid, "concurrency.group: found " + std::to_string(name.size()) +
                                        " bytes, expected at most " + std::to_string(limits::kGroupBytes));
  }
  return Group{std::move(name), graph.concurrency->limit, graph.concurrency->on_excess};
}

Result<Labels> find_labels(const Graph& graph, const RunId& run, const Created& created,
                           std::shared_ptr<const Value> event) {
  Labels out;
  if (graph.labels.empty()) return out;
  const RunState state = make_unmade(run, created, std::move(event));
  const RunContexts contexts(graph, state, kNoStep);
  for (const LabelText& label : graph.labels) {
    const auto value = expression::render_text(label.text, contexts);
    if (!value) return fail(ErrorCode::invalid, "labels." + label.name + ": " + value.error().message);
    std::string text = expression::to_text(*value);
    if (text.size() > limits::kLabelBytes)
      text.resize(utf8_prefix(std::string_view(text).substr(0, limits::kLabelBytes)));
    if (!text.empty()) out.push_back({label.name, std::move(text)});
  }
  return out;
}

std::string describe(const Group& group) {
  return "group \"" + group.name + "\" (at most " + std::to_string(group.limit) +
         (group.limit == 1 ? " run at once)" : " runs at once)");
}

Result<void> fold_admitted(RunState& state, Time at) {
  const auto next = transition(state.phase, RunCause::admit);
  if (!next) return std::unexpected(next.error());
  if (!state.queued) return fail(ErrorCode::invalid, "the run needs no place: \"run.admitted\" can't follow");
  state.phase = *next;
  state.queued = false;
  state.opened_at = at;
  state.paused_for = {};
  state.attention_run = true;
  const std::size_t steps = state.steps.size() - state.items.size();  // items are of maps that begin later
  for (StepIndex i = 0; i < state.steps.size(); ++i) {
    if (i < steps) state.steps[i].ready_at = std::max(state.steps[i].ready_at, at);
    if (!is_closed(state.steps[i].phase)) touch(state, i);
  }
  return {};
}

void decide_queued(Round& round, bool attention_run) {
  if (close_if_over(round)) return;
  if (auto pause = find_pause_or_resume(round)) {
    round.list.push_back(std::move(*pause));
    return;
  }
  if (!attention_run) return;
  round.decided.timers.push_back({deadline(round.graph, round.state), kNoStep});
  round.list.push_back({.type = EventType::run_admitted});
}

void decide_paused_in_queue(Round& round, bool attention_run) {
  if (close_if_over(round)) return;
  if (auto resume = find_pause_or_resume(round)) {
    round.list.push_back(std::move(*resume));
  } else {
    round.decided.stands_aside = attention_run;
  }
}

}  // namespace callboard::run
