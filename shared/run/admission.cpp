#include "shared/run/admission.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/text.hpp"
#include "shared/expression/coercion.hpp"
#include "shared/run/children.hpp"
#include "shared/run/close.hpp"
#include "shared/run/commands.hpp"
#include "shared/run/contexts.hpp"
#include "shared/run/step_fold.hpp"
#include "shared/run/transitions.hpp"

namespace callboard::run {
namespace {

constexpr std::array<std::string_view, 3> kOnExcess{"queue", "replace", "reject"};

/// All that is known of a run when it is made.
RunState state_of(const RunId& run, const Created& created, std::shared_ptr<const Value> event) {
  RunState state;
  state.id = run;
  state.created = created;
  state.latest_at = created.created_at;
  state.event = std::move(event);
  return state;
}

Result<std::string> render_name(const Graph& graph, const expression::Text& text, const std::string& field,
                                std::size_t most, const RunState& state) {
  auto name = expression::render_key(text, RunContexts(graph, state, kNoStep), most);
  if (!name) return fail(ErrorCode::invalid, field + ": " + name.error().message);
  return name;
}

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
  auto name = render_name(graph, graph.concurrency->group, "concurrency.group", limits::kGroupBytes,
                          state_of(run, created, std::move(event)));
  if (!name) return std::unexpected(std::move(name.error()));
  if (name->empty()) return std::nullopt;
  return Group{std::move(*name), graph.concurrency->limit, graph.concurrency->on_excess};
}

Result<std::optional<Rate>> find_rate(const Graph& graph, const RunId& run, const Created& created,
                                      std::shared_ptr<const Value> event) {
  if (!graph.throttle) return std::nullopt;
  const auto& [key, limit, per] = *graph.throttle;
  if (!key) return Rate{"workflow:" + graph.slug, limit, per};
  auto name =
      render_name(graph, *key, "throttle.key", limits::kRateBytes, state_of(run, created, std::move(event)));
  if (!name) return std::unexpected(std::move(name.error()));
  if (name->empty()) return std::nullopt;
  return Rate{std::move(*name), limit, per};
}

Result<Labels> find_labels(const Graph& graph, const RunId& run, const Created& created,
                           std::shared_ptr<const Value> event) {
  Labels out;
  if (graph.labels.empty()) return out;
  const RunState state = state_of(run, created, std::move(event));
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

Result<void> render_created(const Graph& graph, const RunId& run, const std::shared_ptr<const Value>& event,
                            Created& created) {
  auto group = find_group(graph, run, created, event);
  if (!group) return std::unexpected(std::move(group.error()));
  auto rate = find_rate(graph, run, created, event);
  if (!rate) return std::unexpected(std::move(rate.error()));
  auto labels = find_labels(graph, run, created, event);
  if (!labels) return std::unexpected(std::move(labels.error()));
  created.group = *std::move(group);
  created.rate = *std::move(rate);
  created.labels = *std::move(labels);
  return {};
}

std::string describe(const Group& group) {
  return "group \"" + group.name + "\" (at most " + std::to_string(group.limit) +
         (group.limit == 1 ? " run at once)" : " runs at once)");
}

std::string describe(const Rate& rate) {
  return "throttle \"" + rate.name + "\" (at most " + std::to_string(rate.limit) +
         (rate.limit == 1 ? " run in " : " runs in ") + format_duration(rate.per) + ")";
}

std::string describe_wait(const Created& created) {
  std::string out;
  if (created.group) out = "a place in its " + describe(*created.group);
  if (created.rate) out += (out.empty() ? "a turn of its " : " and a turn of its ") + describe(*created.rate);
  return out;
}

Result<void> fold_approved(RunState& state, Time at) {
  if (!state.created.needs_approval || state.phase != RunPhase::pending) {
    return fail(ErrorCode::invalid, "the run waits for no approval: \"run.approved\" can't follow");
  }
  state.created.needs_approval = false;
  state.created.untrusted = false;
  if (!needs_admission(state.created, state.generation)) return fold_admitted(state, at);
  state.opened_at = at;
  state.attention_run = true;
  return {};
}

Result<void> fold_admitted(RunState& state, Time at) {
  const auto next = transition(state.phase, RunCause::admit);
  if (!next) return std::unexpected(next.error());
  if (!state.queued)
    return fail(ErrorCode::invalid, "the run needs no place and no turn: \"run.admitted\" can't follow");
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
  if (auto approval = find_approval(round)) {
    round.list.push_back(std::move(*approval));
    return;
  }
  if (!attention_run) return;
  const std::optional<Time> turn_at = round.outlook.turn_at;
  const bool is_early = turn_at && round.outlook.now < *turn_at;
  const Time over = deadline(round.graph, round.state);
  round.decided.timers.push_back({is_early ? std::min(over, *turn_at) : over, kNoStep});
  if (is_early || round.state.created.needs_approval) return;
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
