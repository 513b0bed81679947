#include "dispatcher/engine/turn_order.hpp"

#include <optional>
#include <set>
#include <utility>

#include "shared/base/check.hpp"
#include "shared/run/party.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kAsking = 4;                     // of a throttle: so many questions are with the log
constexpr Micros kFullFor = std::chrono::seconds(10);  // and no queue: the pool is always full

using Wanted = std::set<std::pair<std::int32_t, run::StepIndex>>;

const Wanted* find_wanted(const OpenRun& run, const std::string& name) {
  const auto found = run.state.turns_wanted.find(name);
  return found == run.state.turns_wanted.end() || found->second.empty() ? nullptr : &found->second;
}

/// The pool of the step that asks first; null: no worker executes it.
const std::string* find_pool(const OpenRun& run, const std::string& name) {
  const Wanted* const wanted = find_wanted(run, name);
  if (wanted == nullptr || wanted->begin()->second >= run.state.steps.size()) return nullptr;
  const run::Step& step = run.step(wanted->begin()->second);
  return step.has_jobs() ? &step.pool : nullptr;
}

}  // namespace

void TurnOrder::compare(OpenRun& run, bool is_at_work) {
  const auto is_over = [&](const std::string& name) {
    return !is_at_work || find_wanted(run, name) == nullptr;
  };
  for (const std::set<std::string>& names : {run.may_ask, run.waits_at}) {
    for (const std::string& name : names) {
      if (is_over(name)) leave(run, name);
    }
  }
  if (!is_at_work) return;
  for (const auto& [name, wanted] : run.state.turns_wanted) {
    if (!wanted.empty() && !run.may_ask.contains(name) && !run.waits_at.contains(name)) wait(run, name);
  }
}

void TurnOrder::wait(OpenRun& run, const std::string& name) {
  if (run.party.empty()) run.party = run::party_of(run.state.created);
  Throttle& throttle = throttles_[name];
  const FairOrder::Place place{run.party, find_wanted(run, name)->begin()->first, ++last_rank_, run.serial};
  throttle.order.add(place);
  throttle.waiting[run.serial] = {&run, place, clock_.steady()};
  run.waits_at.insert(name);
}

void TurnOrder::leave(OpenRun& run, const std::string& name) {
  const auto throttle = throttles_.find(name);
  CALLBOARD_CHECK(throttle != throttles_.end());
  if (run.may_ask.erase(name) > 0) {
    --throttle->second.asking;
  } else {
    throttle->second.order.remove(throttle->second.waiting.at(run.serial).place);
    throttle->second.waiting.erase(run.serial);
    run.waits_at.erase(name);
  }
  std::erase_if(early_, [&](const auto& of) {
    return of.second.run == &run && of.second.throttle == name && of.second.step == run::kNoStep;
  });
  if (throttle->second.asking == 0 && throttle->second.waiting.empty()) throttles_.erase(throttle);
}

void TurnOrder::had_turn(OpenRun& run, const std::string& throttle, run::StepIndex step) {
  for (auto& [pool, early] : early_) {
    if (early.run == &run && early.throttle == throttle && early.step == run::kNoStep) early.step = step;
  }
  if (run.may_ask.contains(throttle)) leave(run, throttle);
}

void TurnOrder::drop(OpenRun& run) {
  compare(run, false);
  std::erase_if(early_, [&](const auto& of) { return of.second.run == &run; });
}

std::vector<OpenRun*> TurnOrder::pump() {
  std::vector<OpenRun*> out;
  for (auto& [name, throttle] : throttles_) {
    while (OpenRun* const run = let_next(name, throttle)) out.push_back(run);
  }
  return out;
}

OpenRun* TurnOrder::let_next(const std::string& name, Throttle& throttle) {
  if (throttle.asking >= kAsking || throttle.waiting.empty()) return nullptr;
  const auto serial =
      throttle.order.take([&](std::uint64_t of) { return may_ask(name, throttle, throttle.waiting.at(of)); });
  if (!serial) return nullptr;
  OpenRun* const run = throttle.waiting.extract(*serial).mapped().run;
  run->waits_at.erase(name);
  run->may_ask.insert(name);
  ++throttle.asking;
  const std::string* const pool = find_pool(*run, name);
  if (pool != nullptr && publisher_.room(*pool) == 0) early_[*pool] = {run, name};
  return run;
}

bool TurnOrder::may_ask(const std::string& name, const Throttle& throttle, const Waiter& waiter) const {
  const std::string* const pool = find_pool(*waiter.run, name);
  if (pool == nullptr) return true;
  const std::size_t room = publisher_.room(*pool);
  if (room > 0) return throttle.asking < room;
  const bool is_always_full = publisher_.has_queue(*pool) || clock_.steady() >= waiter.since + kFullFor;
  return is_always_full && publisher_.has_workers(*pool) && !has_early(*pool);
}

bool TurnOrder::has_early(const std::string& pool) const {
  const auto found = early_.find(pool);
  if (found == early_.end()) return false;
  const Early& early = found->second;
  if (early.step == run::kNoStep) return true;
  const auto& steps = early.run->state.steps;
  return early.step < steps.size() && steps[early.step].phase == run::StepPhase::ready;
}

}  // namespace callboard::dispatcher
