#include "shared/run/migration.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "shared/run/contexts.hpp"
#include "shared/run/fold.hpp"
#include "shared/run/items.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/keys.hpp"

namespace callboard::run {
namespace {

using Kind = Difference::Kind;

/// One run, folded by each of two definitions.
struct Pair {
  const Graph& graph;
  const RunState& state;
  const Graph& other;
  const RunState& moved;
};

Result<RunState> fold_run(const Graph& graph, const RunId& run, const std::vector<Event>& events,
                          const std::shared_ptr<const Value>& payload) {
  RunState state = make_state(graph, run);
  state.event = payload;
  if (auto folded = fold_all(graph, state, events); !folded) return std::unexpected(folded.error());
  return state;
}

bool is_decision(const Event& event) {
  const auto key = parse_key(event.key);
  return key && key->kind == KeyKind::decision;
}

bool is_alike(const StepState& one, const StepState& another) {
  return one.phase == another.phase && one.attempt == another.attempt && one.settled == another.settled;
}

bool is_alike(const RunState& one, const RunState& another) {
  if (one.phase != another.phase || one.steps.size() != another.steps.size()) return false;
  for (StepIndex place = 0; place < one.steps.size(); ++place) {
    const bool is_step = place < one.steps.size() - one.items.size();
    const Item item = is_step ? Item{} : one.items[place - (one.steps.size() - one.items.size())];
    const StepIndex same = is_step ? place : find_place(another, item.map, item.number);
    if (same == kNoStep || !is_alike(one.steps[place], another.steps[same])) return false;
  }
  return true;
}

/// That a recorded step is gone is a difference of its own; what the others do is to be told nevertheless.
std::vector<Event> without_gone_steps(const Graph& other, std::vector<Event> events) {
  std::erase_if(events, [&](const Event& event) {
    const auto key = parse_key(event.key);
    return key && !key->step.empty() && other.find(key->step) == kNoStep;
  });
  return events;
}

/// Facts commute, whoever reads the run later: so they must by the other definition, too.
Result<RunState> fold_by(const Graph& other, const RunId& run, std::vector<Event> events,
                         const std::shared_ptr<const Value>& payload) {
  auto moved = fold_run(other, run, events, payload);
  if (!moved) return moved;
  for (const bool facts_first : {true, false}) {
    std::ranges::sort(events, {}, [&](const Event& event) {
      return std::pair(is_decision(event) == facts_first, event.position);
    });
    const auto again = fold_run(other, run, events, payload);
    if (!again) return again;
    if (!is_alike(*moved, *again)) return fail(ErrorCode::invalid, "what it means depends on its order");
  }
  return moved;
}

/// Steps with an attempt that may be with a worker: published, begun, or behind such a step in one job.
std::vector<bool> find_published(const Graph& graph, const RunState& state) {
  std::vector<bool> out(graph.steps.size(), false);
  for (const StepIndex step : graph.by_level) {
    const StepPhase phase = state.steps[step].phase;
    const bool may_be = graph.steps[step].is_map() ? phase == StepPhase::running
                                                   : !graph.steps[step].held && (phase == StepPhase::ready ||
                                                                                 phase == StepPhase::running);
    if (may_be) out[step] = true;
    const StepIndex next = graph.steps[step].next_in_line;
    if (out[step] && next != kNoStep && !is_closed(state.steps[next].phase)) out[next] = true;
  }
  return out;
}

bool has_ended(const StepState& state) { return is_closed(state.phase) && !state.left_open; }

/// The log speaks of it.
bool is_recorded(const StepState& state) {
  return has_ended(state) || state.attempt > 1 || state.phase == StepPhase::deciding ||
         state.phase == StepPhase::asking || state.phase == StepPhase::judging;
}

bool has_other_judgement_rules(const Pair& pair, StepIndex old, StepIndex step) {
  const auto source = [](const Step& of) { return of.condition ? of.condition->source() : std::string(); };
  const auto dependencies = [](const Graph& graph, StepIndex of) {
    std::vector<std::string_view> keys;
    for (const StepIndex dependency : graph.steps[of].depends_on) keys.push_back(graph.steps[dependency].key);
    std::ranges::sort(keys);
    return keys;
  };
  return source(pair.graph.steps[old]) != source(pair.other.steps[step]) ||
         dependencies(pair.graph, old) != dependencies(pair.other, step);
}

/// What a step that has ended, or that a worker may have, would have to wait for. Steps of one job go one
/// behind the other, as long as nothing else would be asked of them.
std::optional<std::string> find_open_dependency(const Pair& pair, StepIndex old, StepIndex step) {
  for (const StepIndex dependency : pair.other.steps[step].depends_on) {
    const std::string& key = pair.other.steps[dependency].key;
    const StepIndex before = pair.graph.find(key);
    const bool is_ahead_in_job = before != kNoStep && pair.graph.steps[before].next_in_line == old &&
                                 !has_ended(pair.state.steps[old]) &&
                                 !has_other_judgement_rules(pair, old, step);
    if (!pair.moved.steps[dependency].settled && !is_ahead_in_job) return key;
  }
  return std::nullopt;
}

/// Why a step that has ended, or that a worker may have, would not have begun; or why one that was skipped
/// would have.
std::optional<std::string> find_other_judgement(const Pair& pair, StepIndex step) {
  const Judged judged = judge(pair.other, pair.moved, step);
  const bool was_skipped = pair.moved.steps[step].phase == StepPhase::skipped;
  if (was_skipped && judged.judgement == Judgement::runs) return "it was skipped, and would run";
  if (was_skipped) return std::nullopt;
  switch (judged.judgement) {
    case Judgement::runs: return std::nullopt;
    case Judgement::skipped_by_condition: return "its `if` would have it skipped";
    case Judgement::skipped_by_dependency: return "a step above it failed: it would be skipped";
    case Judgement::skipped_by_group: return "its group did not begin: it would be skipped";
    case Judgement::unreadable: return judged.problem;
  }
  std::unreachable();
}

Result<expression::Rendered> render_params(const Graph& graph, const RunState& state, StepIndex step) {
  const expression::Template& params = graph.steps[step].params;
  if (params.is_constant()) return params.constant();
  return expression::render(params, RunContexts(graph, state, step));
}

bool is_same(const expression::Rendered& one, const expression::Rendered& another) {
  return one.json == another.json &&
         std::ranges::equal(one.secrets, another.secrets, [](const auto& a, const auto& b) {
           return a.pointer == b.pointer &&
                  std::ranges::equal(a.parts, b.parts, [](const auto& x, const auto& y) {
                    return x.text == y.text && x.secret == y.secret;
                  });
         });
}

/// Of maps; what each item was given is not compared: it is the same wherever forEach and the params are.
bool has_same_items(const Step& before, const Step& after) {
  return before.is_map() && after.is_map() && before.for_each->source() == after.for_each->source() &&
         before.params.source() == after.params.source();
}

std::optional<std::string> find_other_input(const Pair& pair, StepIndex old, StepIndex step) {
  const Step& before = pair.graph.steps[old];
  const Step& after = pair.other.steps[step];
  if (before.executor != after.executor)
    return "its executor was " + before.executor + ", and would be " + after.executor;
  if (before.is_map() || after.is_map()) {
    return has_same_items(before, after) ? std::nullopt : std::optional("its items would be others");
  }
  const auto recorded = render_params(pair.graph, pair.state, old);
  const auto rendered = render_params(pair.other, pair.moved, step);
  if (!recorded && !rendered) return std::nullopt;
  if (!rendered) return "its params could not be rendered: " + rendered.error().message;
  if (!recorded || !is_same(*recorded, *rendered)) return "its params would be others";
  return std::nullopt;
}

/// What one step, which both definitions have, would do otherwise.
void compare_step(const Pair& pair, StepIndex old, StepIndex step, bool is_published,
                  std::vector<Difference>& out) {
  const StepState& recorded = pair.state.steps[old];
  const std::string& key = pair.other.steps[step].key;
  const bool ended = has_ended(recorded);
  if (!ended && !is_published && !is_recorded(recorded)) return;
  if (ended || is_published) {
    if (const auto open = find_open_dependency(pair, old, step)) {
      out.push_back(
          {key, Kind::order,
           std::string(ended ? "it has ended" : "a worker may have it") + ", but would wait for " + *open,
           true});
      return;
    }
    if (has_other_judgement_rules(pair, old, step)) {
      if (auto why = find_other_judgement(pair, step)) out.push_back({key, Kind::condition, *why, true});
    }
  }
  if (recorded.phase == StepPhase::skipped) return;
  auto why = find_other_input(pair, old, step);
  if (!why) return;
  if (is_published) *why += ", while a worker may have it";
  // One that is tried again, or whose run is to be retried, runs with the new params: that is the cure.
  const bool stands = is_published || (ended && recorded.phase != StepPhase::failed);
  out.push_back({key, Kind::input, std::move(*why), stands});
}

/// Steps that only one of the two has.
void compare_keys(const Graph& graph, const RunState& recorded, const Graph& other,
                  const std::vector<bool>& published, std::vector<Difference>& out) {
  for (StepIndex old = 0; old < graph.steps.size(); ++old) {
    if (other.find(graph.steps[old].key) != kNoStep) continue;
    const StepState& state = recorded.steps[old];
    const bool forbids = published[old] || is_recorded(state);
    out.push_back({graph.steps[old].key, Kind::gone,
                   published[old] ? "a worker may have it, and the definition lacks it"
                   : forbids      ? "it is recorded, and the definition lacks it"
                                  : "it has not begun, and the definition lacks it",
                   forbids});
  }
  for (const Step& step : other.steps) {
    if (graph.find(step.key) == kNoStep) {
      out.push_back({step.key, Kind::added, "only the other definition has it", false});
    }
  }
}

}  // namespace

std::string_view to_string(Difference::Kind kind) {
  switch (kind) {
    case Kind::gone: return "gone";
    case Kind::added: return "added";
    case Kind::order: return "order";
    case Kind::condition: return "condition";
    case Kind::input: return "input";
    case Kind::history: return "history";
  }
  std::unreachable();
}

std::vector<Difference> compare_definitions(const Graph& graph, const Graph& other, const RunId& run,
                                            const std::vector<Event>& events,
                                            const std::shared_ptr<const Value>& payload) {
  const auto state = fold_run(graph, run, events, payload);
  if (!state) return {{"", Kind::history, state.error().message, true}};
  const std::vector<bool> published = find_published(graph, *state);
  std::vector<Difference> out;
  compare_keys(graph, *state, other, published, out);
  const bool lacks_recorded = std::ranges::any_of(out, &Difference::forbids);
  const auto moved =
      fold_by(other, run, lacks_recorded ? without_gone_steps(other, events) : events, payload);
  if (!moved) {
    if (!lacks_recorded) out.push_back({"", Kind::history, moved.error().message, true});
    return out;
  }
  const Pair pair{graph, *state, other, *moved};
  for (StepIndex step = 0; step < other.steps.size(); ++step) {
    const StepIndex old = graph.find(other.steps[step].key);
    if (old != kNoStep) compare_step(pair, old, step, published[old], out);
  }
  return out;
}

}  // namespace callboard::run
