#include "dispatcher/api/dead_letter.hpp"

#include <algorithm>
#include <set>

#include "dispatcher/api/ask.hpp"
#include "dispatcher/api/event_view.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "shared/base/limits.hpp"
#include "shared/run/items.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kUuidBytes = 36;
constexpr std::string_view kResult = "/result";

/// Of an attempt that is still the current one of its step.
Standing stand_as_current(const run::Graph& graph, const run::RunState& state, run::StepIndex index) {
  const run::StepState& step = state.steps[index];
  if (step.phase == run::StepPhase::deciding) return {LetterState::retried, {}, {}};
  if (step.phase == run::StepPhase::completed) {
    return {LetterState::answered, {}, "somebody said that the step has completed: it is not executed again"};
  }
  if (step.phase == run::StepPhase::asking && !state.closing) {
    run::Command command = make_command("answer", state);
    command.step = run::key_of(graph, state, index);
    command.attempt = step.attempt;
    command.answer = "retry";
    return {LetterState::asking, std::move(command), {}};
  }
  if (!run::is_closed(state.phase)) {
    return {LetterState::failing,
            {},
            "the run is still " + std::string(run::to_string(state.phase)) +
                ": it can be replayed once it has closed"};
  }
  if (state.phase == run::RunPhase::completed) {
    return {LetterState::tolerated,
            {},
            "the run is completed, for the step may fail: a fork from it runs it again"};
  }
  const bool has_failed = state.phase == run::RunPhase::failed;
  return {has_failed ? LetterState::failed : LetterState::cancelled, make_command("retry", state), {}};
}

void write_begins(JsonWriter& json, const LetterView& letter, const run::Key& outcome) {
  std::size_t begins = 0;
  std::set<std::string> workers;
  for (const run::Event& event : letter.events) {
    const auto key = run::parse_key(event.key);
    const bool is_begin = key && (key->kind == run::KeyKind::begun || key->kind == run::KeyKind::started) &&
                          key->step == outcome.step && key->item == outcome.item &&
                          key->attempt == outcome.attempt && key->generation == outcome.generation;
    if (!is_begin) continue;
    if (key->kind == run::KeyKind::begun) ++begins;
    if (const auto worker = run::decode_begin(event.data)) workers.insert(to_string(*worker));
  }
  json.name("begins").number(begins).name("workers").begin_array();
  for (const std::string& worker : workers) json.text(worker);
  json.end_array();
}

void write_members(JsonWriter& json, const LetterView& letter) {
  const auto key = run::parse_key(letter.outcome.key);
  const auto outcome = run::decode_outcome(letter.outcome.type, letter.outcome.data);
  json.name("id").text(to_string(letter.id)).name("runId").text(to_string(letter.id.run));
  json.name("workflow").text(letter.workflow).name("step").text(key->step);
  if (key->item) json.name("item").number(*key->item);
  json.name("generation").number(key->generation).name("attempt").number(key->attempt);
  json.name("at").time(letter.outcome.at);
  json.name("reason").text(outcome ? outcome->error.message : outcome.error().message);
  write_begins(json, letter, *key);
  json.name("state").text(to_string(letter.standing.state)).name("open").boolean(letter.standing.is_open());
  json.name("replay");
  letter.standing.replay ? json.text(letter.standing.replay->name) : json.null();
  if (!letter.standing.obstacle.empty()) json.name("detail").text(letter.standing.obstacle);
}

}  // namespace

std::string to_string(const LetterId& id) {
  std::string out = to_string(id.run) + "." + id.key.substr(0, id.key.size() - kResult.size());
  std::ranges::replace(out, '/', '.');
  return out;
}

std::optional<LetterId> parse_letter_id(std::string_view text) {
  if (text.size() <= kUuidBytes || text[kUuidBytes] != '.') return std::nullopt;
  const auto run = parse_id<RunId>(text.substr(0, kUuidBytes));
  std::string place(text.substr(kUuidBytes + 1));
  if (!run || place.contains('/')) return std::nullopt;
  std::ranges::replace(place, '.', '/');
  place += kResult;
  const auto key = run::parse_key(place);
  if (!key || key->kind != run::KeyKind::result) return std::nullopt;
  return LetterId{*run, std::move(place)};
}

std::string_view to_string(LetterState state) {
  switch (state) {
    case LetterState::asking: return "asking";
    case LetterState::failed: return "failed";
    case LetterState::failing: return "failing";
    case LetterState::cancelled: return "cancelled";
    case LetterState::tolerated: return "tolerated";
    case LetterState::answered: return "answered";
    case LetterState::retried: return "retried";
    case LetterState::replayed: return "replayed";
    case LetterState::unreadable: return "unreadable";
  }
  return "unreadable";
}

bool Standing::is_open() const {
  return state == LetterState::asking || state == LetterState::failed || state == LetterState::failing ||
         state == LetterState::unreadable;
}

Standing find_standing(const run::Graph& graph, const run::RunState& state, const run::Key& outcome) {
  const run::StepIndex step_index = graph.find(outcome.step);
  if (step_index == run::kNoStep) return unreadable("its definition has no such step");
  const run::StepIndex index = run::find_place(state, step_index, outcome.item);
  if (index == run::kNoStep) return {LetterState::replayed, {}, {}};
  const run::StepState& step = state.steps[index];
  if (step.generation != outcome.generation) return {LetterState::replayed, {}, {}};
  if (step.attempt != outcome.attempt) return {LetterState::retried, {}, {}};
  return stand_as_current(graph, state, index);
}

Standing unreadable(std::string_view why) {
  return {
      LetterState::unreadable,
      {},
      "the run can't be folded and is set aside: " + std::string(why) + "; `callboard log verify` says more"};
}

std::string write_letter(const LetterView& letter) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_members(json, letter);
  json.end_object();
  return out;
}

std::string write_letter_with_history(const LetterView& letter) {
  const auto outcome = run::parse_key(letter.outcome.key);
  std::vector<std::string> history;
  for (const run::Event& event : letter.events) {
    for (std::string& part : write_event(event)) {
      const auto shown = read_json(part, 2 * limits::kJsonDepth);
      if (shown && find_text(&*shown, "step") == outcome->step) history.push_back(std::move(part));
    }
  }
  const auto most = static_cast<std::size_t>(limits::kPageMost);
  if (history.size() > most) history.erase(history.begin(), history.end() - limits::kPageMost);
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_members(json, letter);
  json.name("history").begin_array();
  for (const std::string& event : history) json.raw(event);
  json.end_array().end_object();
  return out;
}

}  // namespace callboard::dispatcher
