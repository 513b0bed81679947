#include "deploy/rehearsal/rehearsal.hpp"

#include <utility>

#include "deploy/rehearsal/cause.hpp"
#include "deploy/rehearsal/player.hpp"
#include "shared/run/admission.hpp"
#include "shared/run/items.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/waiting.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/shape.hpp"

namespace callboard::rehearsal {
namespace {

using Faults = std::vector<Fault>;

/// Adds what the stubs name a step and is none of the workflow.
class StepCheck {
 public:
  StepCheck(const run::Graph& graph, Faults& faults) : graph_(graph), faults_(faults) {
    known_.reserve(graph.steps.size());
    for (const run::Step& step : graph.steps) known_.push_back(step.key);
  }

  void check(const std::string& key, std::string path) {
    const auto name = run::parse_step_name(key);  // an item of a map is named as build[3]
    const run::StepIndex step = name ? graph_.find(name->step) : run::kNoStep;
    if (step != run::kNoStep && (!name->item || graph_.steps[step].is_map())) return;
    faults_.push_back(
        {std::move(path), "the workflow has no step '" + key + "'" + workflow::suggestion(key, known_)});
  }

 private:
  const run::Graph& graph_;
  Faults& faults_;
  std::vector<std::string_view> known_;
};

struct Named {
  std::string key;
  std::string path;
};

/// What says nothing where no such step or item is. An expected step's end is compared by itself.
std::vector<Named> named_steps(const Stubs& stubs) {
  std::vector<Named> out;
  out.reserve(stubs.steps.size() + stubs.approvals.size() + stubs.expected.order.size());
  for (const auto& [key, answers] : stubs.steps) out.push_back({key, workflow::path_of("steps", key)});
  for (std::size_t i = 0; i < stubs.approvals.size(); ++i)
    out.push_back({stubs.approvals[i], workflow::path_of(workflow::path_of("approvals", i), "step")});
  for (std::size_t i = 0; i < stubs.expected.order.size(); ++i)
    out.push_back({stubs.expected.order[i], workflow::path_of("expect.order", i)});
  return out;
}

void check_steps(const run::Graph& graph, const Stubs& stubs, Faults& faults) {
  StepCheck steps(graph, faults);
  for (Named& named : named_steps(stubs)) steps.check(named.key, std::move(named.path));
  for (const ExpectedStep& step : stubs.expected.steps)
    steps.check(step.key, workflow::path_of("expect.steps", step.key));
}

/// What the list comes out as is the same for every run.
bool reads_nothing(const expression::Expression& list) {
  const expression::Reads& reads = list.reads();
  const bool reads_run = reads.event || reads.inputs || reads.run || reads.vars || reads.now;
  const bool reads_steps = reads.all_steps || !reads.steps.empty() || reads.status_function;
  return !reads_run && !reads_steps && !reads.item && reads.secrets.empty();
}

/// How many items the map has; nothing where only a run can say.
std::optional<std::size_t> count_written(const run::Graph& graph, run::StepIndex map) {
  if (!reads_nothing(*graph.steps[map].for_each)) return std::nullopt;
  const auto list = run::evaluate_list(graph, run::RunState(), map);
  return list ? std::optional(list->as_array().size()) : std::nullopt;
}

/// How many it had in this run; nothing where it did not begin.
std::optional<std::size_t> count_begun(const run::RunState& state, run::StepIndex map) {
  const auto found = state.maps.find(map);
  if (found == state.maps.end() || !found->second.has_begun) return std::nullopt;
  return found->second.count;
}

std::string told_items(const std::string& map, std::size_t count) {
  if (count == 0) return "no items";
  if (count == 1) return "one item: " + map + "[0]";
  return std::to_string(count) + " items: " + map + "[0] to " + map + "[" + std::to_string(count - 1) + "]";
}

/// Items that their map does not have, where `count_of(map)` knows how many there are.
template <typename CountOf>
void check_items(const run::Graph& graph, const Stubs& stubs, CountOf count_of, Faults& faults) {
  for (Named& named : named_steps(stubs)) {
    const auto name = run::parse_step_name(named.key);
    const run::StepIndex map = name && name->item ? graph.find(name->step) : run::kNoStep;
    if (map == run::kNoStep || !graph.steps[map].is_map()) continue;
    const std::optional<std::size_t> count = count_of(map);
    if (!count || *name->item < *count) continue;
    faults.push_back({std::move(named.path), "there is no item '" + named.key + "': the map has " +
                                                 told_items(std::string(name->step), *count)});
  }
}

/// Each input that is given by itself, and those that are missing.
void check_inputs(std::vector<workflow::Input> inputs, const Object& given, Faults& faults) {
  for (workflow::Input& input : inputs) input.required = input.required && !given.contains(input.name);
  const auto missing = workflow::resolve_inputs(inputs, Value(Object()));
  if (!missing) faults.push_back({"inputs", missing.error().message});
  for (workflow::Input& input : inputs) input.required = false;
  for (const auto& member : given) {
    const auto taken = workflow::resolve_inputs(inputs, Value(Object{{member.key(), member.value()}}));
    if (!taken)
      faults.push_back({workflow::path_of("inputs", std::string(member.key())), taken.error().message});
  }
}

/// What stands between the blanks that an expression was written with.
std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

Result<run::Created> make_created(const workflow::Compiled& compiled, const Stubs& stubs,
                                  const Cause& cause) {
  auto inputs = workflow::resolve_inputs(compiled.inputs, Value(stubs.inputs));
  if (!inputs) return std::unexpected(inputs.error());
  run::Created out;
  out.workflow = compiled.graph.slug;
  out.hash = compiled.graph.hash;
  out.inputs = *std::move(inputs);
  out.vars = write_json(stubs.vars);
  out.source = cause.source;
  out.event_name = cause.event_name;
  out.untrusted = cause.untrusted;
  out.created_at = cause.at;
  return out;
}

StepEnd end_of(std::string key, const run::Step& step, const run::StepState& state) {
  StepEnd out{.key = std::move(key),
              .state = std::string(run::shown_state(step, state.phase)),
              .attempts = run::attempts_made(state),
              .result = read_json(state.result).value_or(Value()),
              .error = {}};
  const bool has_error = state.error_attempt > 0 && state.phase != run::StepPhase::completed;
  if (has_error) out.error = state.error;
  return out;
}

std::unexpected<Faults> refuse(const Error& error) {
  return std::unexpected(Faults{{.path = {}, .message = error.message}});
}

void take_end(const run::Graph& graph, Player& player, Rehearsed& out) {
  const run::RunState& state = player.state();
  out.phase = state.phase;
  out.took = player.took();
  out.happenings = std::move(player.happenings);
  out.verdicts = std::move(player.verdicts);
  for (Verdict& verdict : out.verdicts) verdict.expression = trimmed(verdict.expression);
  run::each_place(graph, state, [&](run::StepIndex place) {
    out.steps.push_back(
        end_of(run::key_of(graph, state, place), run::step_of(graph, state, place), state.steps[place]));
  });
  out.outputs = read_json(state.outputs).value_or(Value());
  if (state.phase == run::RunPhase::failed || state.phase == run::RunPhase::cancelled)
    out.error = state.error;
  for (const run::Waiting& wait : run::waiting_for(graph, state)) {
    out.waits_for.push_back((wait.step == run::kNoStep ? "the run" : run::key_of(graph, state, wait.step)) +
                            ": " + std::string(to_string(wait.kind)));
  }
}

}  // namespace

std::expected<Rehearsed, Faults> rehearse(const workflow::Compiled& compiled, const Stubs& stubs,
                                          Time start) {
  Faults faults;
  check_steps(compiled.graph, stubs, faults);
  check_items(
      compiled.graph, stubs, [&](run::StepIndex map) { return count_written(compiled.graph, map); }, faults);
  auto cause = find_cause(compiled, stubs, start);
  if (!cause) faults.push_back(cause.error());
  if (!cause || cause->starts) check_inputs(compiled.inputs, stubs.inputs, faults);
  if (!faults.empty()) return std::unexpected(std::move(faults));
  Rehearsed out;
  out.starts = cause->starts;
  out.trigger = std::move(cause->told);
  out.idempotency_key = std::move(cause->idempotency_key);
  if (!out.starts) return out;
  auto created = make_created(compiled, stubs, *cause);
  if (!created) return refuse(created.error());
  run::Created whole = *created;  // the player knows no groups: it goes on with what has none
  if (const auto rendered = run::render_created(compiled.graph, RunId{}, cause->event, whole); !rendered) {
    out.starts = false;
    out.trigger += ": " + rendered.error().message;
    return out;
  }
  Player player(compiled.graph, stubs, created->created_at);
  if (auto played = player.play(*std::move(created), cause->event); !played) return refuse(played.error());
  check_items(
      compiled.graph, stubs, [&](run::StepIndex map) { return count_begun(player.state(), map); }, faults);
  if (!faults.empty()) return std::unexpected(std::move(faults));
  take_end(compiled.graph, player, out);
  return out;
}

}  // namespace callboard::rehearsal
