#include "shared/run/step_turns.hpp"

#include <utility>

#include "shared/run/contexts.hpp"
#include "shared/run/items.hpp"
#include "shared/run/step_fold.hpp"

namespace callboard::run {
namespace {

/// Something may have become of it since it was noted: an answer, or an outcome that somebody else wrote.
bool still_wants(const Round& round, StepIndex step) {
  if (step >= round.state.steps.size()) return false;
  const StepState& state = round.state.steps[step];
  return state.phase == StepPhase::ready && lacks_turn(step_of(round.graph, round.state, step), state);
}

/// The first of those that want one of this throttle; kNoStep: none does any more.
StepIndex first_of(const Round& round, std::set<std::pair<std::int32_t, StepIndex>>& wanting) {
  while (!wanting.empty() && !still_wants(round, wanting.begin()->second)) wanting.erase(wanting.begin());
  return wanting.empty() ? kNoStep : wanting.begin()->second;
}

/// For ever where others are to ask first: the caller says when that is over.
Time barred_until(const Round& round, const std::string& throttle) {
  if (round.outlook.may_ask != nullptr && !round.outlook.may_ask->contains(throttle)) return Time::max();
  if (round.outlook.no_turn_before == nullptr) return Time{};
  const auto found = round.outlook.no_turn_before->find(throttle);
  return found == round.outlook.no_turn_before->end() ? Time{} : found->second;
}

}  // namespace

Result<std::optional<Rate>> find_step_rate(const Graph& graph, const RunState& state, StepIndex step) {
  const auto& throttle = step_of(graph, state, step).throttle;
  if (!throttle) return std::nullopt;
  if (!throttle->key) {
    const std::string& key = graph.steps[root_of(graph, state, step)].key;
    return Rate{"workflow:" + graph.slug + "/" + key, throttle->limit, throttle->per};
  }
  auto name = expression::render_key(*throttle->key, RunContexts(graph, state, step), limits::kRateBytes);
  if (!name) return fail(ErrorCode::invalid, "throttle.key: " + name.error().message);
  if (name->empty()) return std::nullopt;
  return Rate{*std::move(name), throttle->limit, throttle->per};
}

std::string describe_step_rate(const Rate& rate) {
  return "throttle \"" + rate.name + "\" (at most " + std::to_string(rate.limit) +
         (rate.limit == 1 ? " attempt in " : " attempts in ") + format_duration(rate.per) + ")";
}

void fold_step_admitted(RunState& state, StepIndex step, std::uint32_t attempt) {
  state.steps[step].admitted = attempt;
  touch(state, step);
}

bool wants_turn(Round& round, StepIndex step) {
  const Step& definition = step_of(round.graph, round.state, step);
  if (!lacks_turn(definition, round.state.steps[step])) return false;
  const auto rate = find_step_rate(round.graph, round.state, step);
  if (!rate) {
    round.fail_step(step, ErrorClass::validation, rate.error().message);
    return true;
  }
  if (!*rate) return false;
  round.state.turns_wanted[(*rate)->name].emplace(-definition.priority, step);
  return true;
}

void ask_for_turn(Round& round) {
  auto& wanted = round.state.turns_wanted;
  ArmTimer next{.at = Time::max()};
  for (auto throttle = wanted.begin(); throttle != wanted.end();) {
    const StepIndex step = first_of(round, throttle->second);
    if (step == kNoStep) {
      throttle = wanted.erase(throttle);
      continue;
    }
    const Time at = barred_until(round, throttle->first);
    if (at > round.outlook.now) {
      if (at < next.at) next = {at, step};
    } else if (auto rate = find_step_rate(round.graph, round.state, step);
               round.list.empty() && rate && *rate) {
      Decision decision = round.about(EventType::step_admitted, step);
      decision.attempt = round.state.steps[step].attempt;
      decision.rate = std::move(*rate);
      round.list.push_back(std::move(decision));
      round.admits_step = step;
    }
    ++throttle;
  }
  if (next.step != kNoStep) round.decided.timers.push_back(next);
}

}  // namespace callboard::run
