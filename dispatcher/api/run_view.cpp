#include "dispatcher/api/run_view.hpp"

#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/label_filter.hpp"
#include "shared/run/items.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/waiting.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

void write_error(JsonWriter& json, bool has, const run::StepError& error) {
  json.name("error");
  if (!has) {
    json.null();
    return;
  }
  json.begin_object().name("class").text(run::to_string(error.error_class));
  json.name("message").text(error.message).end_object();
}

/// No step of a run that has not been admitted has begun to wait for anything.
bool is_before_its_begin(const run::RunState& run, const run::StepState& state) {
  const bool may_queue = run.phase == run::RunPhase::pending || run.phase == run::RunPhase::paused;
  return may_queue && run.queued && !run::is_closed(state.phase);
}

/// A step that is held begins to wait for its timer as soon as it is ready.
Time start_of(const run::Graph& graph, const run::RunState& run, run::StepIndex place) {
  const run::StepState& state = run.steps[place];
  if (is_before_its_begin(run, state)) return {};
  const bool waits = state.phase == run::StepPhase::ready || state.phase == run::StepPhase::completed;
  const bool is_held = run::step_of(graph, run, place).held;
  return is_held && waits ? run::begin_of(graph, run, place) : state.started_at;
}

/// A cancel has given it up, and no worker executes it: it only waited.
bool is_over(const run::Graph& graph, const run::RunState& run, run::StepIndex place) {
  const run::StepPhase phase = run.steps[place].phase;
  const bool is_at_work = phase == run::StepPhase::running || phase == run::StepPhase::deciding ||
                          phase == run::StepPhase::judging ||
                          (phase == run::StepPhase::ready && !run::step_of(graph, run, place).held);
  return !is_at_work && run::is_given_up(graph, run, place);
}

std::string_view state_of(const run::Graph& graph, const run::RunState& run, run::StepIndex place) {
  const run::StepState& state = run.steps[place];
  if (is_before_its_begin(run, state)) return run::to_string(run::StepPhase::pending);
  if (is_over(graph, run, place)) return run::to_string(run::StepPhase::cancelled);
  return run::shown_state(run::step_of(graph, run, place), state.phase);
}

void write_step(JsonWriter& json, const run::Graph& graph, const run::RunState& run, run::StepIndex place) {
  const run::Step& step = run::step_of(graph, run, place);
  const run::StepState& state = run.steps[place];
  json.begin_object().name("key").text(step.key);
  if (const auto item = run::item_of(graph, run, place)) json.name("item").number(*item);
  json.name("state").text(state_of(graph, run, place));
  json.name("attempts").number(run::attempts_made(state));
  json.name("startedAt").time(start_of(graph, run, place)).name("closedAt").time(state.closed_at);
  json.name("result").raw(state.result.empty() ? "null" : state.result);
  write_error(json, state.error_attempt > 0 && state.phase != run::StepPhase::completed, state.error);
  if (!state.usage.empty()) json.name("usage").raw(state.usage);
  if (state.child) json.name("run").text(to_string(*state.child));
  json.end_object();
}

/// The runs that it came of, and what came of it.
void write_relatives(JsonWriter& json, const run::RunState& state) {
  const run::Created& created = state.created;
  if (created.parent) {
    json.name("parent").begin_object().name("run").text(to_string(created.parent->run));
    json.name("step").text(created.parent->step).end_object();
  }
  if (created.continued_from) json.name("continuedFrom").text(to_string(*created.continued_from));
  if (state.continued_as) json.name("continuedAs").text(to_string(*state.continued_as));
  if (created.forked_from) json.name("forkedFrom").text(to_string(*created.forked_from));
}

/// The sum of what the steps report: {"inputTokens","outputTokens"}; null where none does.
void write_usage(JsonWriter& json, const run::RunState& state) {
  std::int64_t input = 0, output = 0;
  bool any = false;
  for (const run::StepState& step : state.steps) {
    if (step.usage.empty()) continue;
    const auto usage = read_json(step.usage);
    if (!usage) continue;
    any = true;
    input += find_int(&*usage, "inputTokens");
    output += find_int(&*usage, "outputTokens");
  }
  json.name("usage");
  if (!any) {
    json.null();
    return;
  }
  json.begin_object().name("inputTokens").number(input).name("outputTokens").number(output).end_object();
}

std::vector<Engine::Reason> core_reasons(const run::Graph& graph, const run::RunState& state,
                                         std::optional<Time> asks_again) {
  std::vector<Engine::Reason> out;
  for (const run::Waiting& waiting : run::waiting_for(graph, state)) {
    out.push_back({std::string(run::to_string(waiting.kind)), waiting.step, waiting.since, waiting.until,
                   waiting.detail});
    if (waiting.kind == run::WaitKind::throttle) out.back().until = asks_again;
  }
  return out;
}

/// It ends with the wait.
std::optional<std::string> make_link(const ApprovalLinks& links, const run::Graph& graph,
                                     const run::RunState& state, const Engine::Reason& reason) {
  if (reason.kind != run::to_string(run::WaitKind::approval) || !reason.until) return std::nullopt;
  ApprovalPlace place{.run = state.id, .generation = state.generation, .expires = *reason.until};
  if (reason.step < state.steps.size()) {
    place.step = run::key_of(graph, state, reason.step);
    place.attempt = state.steps[reason.step].attempt;
  }
  return links.make(place);
}

void write_waiting(JsonWriter& json, const run::Graph& graph, const run::RunState& state,
                   const std::vector<Engine::Reason>& reasons, const ApprovalLinks* links,
                   std::string_view holders) {
  json.name("waitingFor").begin_array();
  for (const Engine::Reason& reason : reasons) {
    json.begin_object().name("kind").text(reason.kind).name("step");
    if (reason.step < state.steps.size()) {
      json.text(run::key_of(graph, state, reason.step));
    } else {
      json.null();
    }
    json.name("since").time(reason.since);
    if (reason.until) json.name("until").time(*reason.until);
    const bool is_place = reason.kind == run::to_string(run::WaitKind::place);
    const std::string detail = reason.detail + std::string(is_place ? holders : std::string_view());
    if (!detail.empty()) json.name("detail").text(detail);
    const auto link = links == nullptr ? std::nullopt : make_link(*links, graph, state, reason);
    if (link) json.name("approvalUrl").text(*link);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string write_run(const run::Graph& graph, const run::RunState& state,
                      const std::optional<std::vector<Engine::Reason>>& reasons, const ApprovalLinks* links,
                      std::string_view holders, std::optional<Time> asks_again) {
  std::string out;
  out.reserve(512 + 256 * state.steps.size());
  JsonWriter json(out);
  json.begin_object().name("id").text(to_string(state.id)).name("workflow").text(graph.slug);
  json.name("version").text(graph.version).name("hash").text(graph.hash);
  json.name("state").text(run::to_string(run::shown_phase(graph, state)));
  json.name("generation").number(state.generation);
  json.name("createdAt").time(state.created.created_at).name("closedAt").time(state.closed_at);
  json.name("inputs").raw(state.created.inputs);
  write_labels(json, state.created.labels);
  json.name("steps").begin_array();
  run::each_place(graph, state, [&](run::StepIndex place) { write_step(json, graph, state, place); });
  json.end_array();
  json.name("outputs").raw(state.outputs.empty() ? "null" : state.outputs);
  const bool closing = state.closing.has_value() && state.phase != run::RunPhase::failed;
  write_error(json, closing || state.phase == run::RunPhase::failed, closing ? *state.closing : state.error);
  write_usage(json, state);
  write_waiting(json, graph, state,
                reasons && !run::is_closed(state.phase) ? *reasons : core_reasons(graph, state, asks_again),
                links, holders);
  write_relatives(json, state);
  if (state.created.delivery) json.name("deliveryId").text(to_string(*state.created.delivery));
  if (!state.created.event_name.empty()) json.name("event").text(state.created.event_name);
  json.end_object();
  return out;
}

std::string write_unreadable(const log::RunHead& head, std::string_view why) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("id").text(to_string(head.id)).name("workflow").text(head.workflow);
  json.name("version").text(head.version).name("hash").text(head.hash);
  json.name("state").text(run::to_string(head.phase)).name("createdAt").time(head.created_at);
  json.name("closedAt").time(head.closed_at.value_or(Time{})).name("steps").begin_array().end_array();
  json.name("waitingFor").begin_array().begin_object().name("kind").text("set_aside").name("step").null();
  json.name("since").time(head.created_at).name("detail").text(why).end_object().end_array();
  if (head.delivery) json.name("deliveryId").text(to_string(*head.delivery));
  json.end_object();
  return out;
}

std::string write_started(const RunId& id, const run::Graph& graph, run::RunPhase phase) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("id").text(to_string(id)).name("workflow").text(graph.slug);
  json.name("version").text(graph.version).name("state").text(run::to_string(phase)).end_object();
  return out;
}

}  // namespace callboard::dispatcher
