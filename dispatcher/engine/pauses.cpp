#include "dispatcher/engine/pauses.hpp"

#include <utility>

#include "shared/base/time.hpp"

namespace callboard::dispatcher {
namespace {

run::Hold make_hold(const log::Pause& pause) {
  const bool is_named = !pause.name.empty();
  std::string why = is_named ? pause.scope + " " + pause.name : std::string("everything");
  why += " is paused since " + format_time(pause.at) + " by " + pause.actor;
  if (!pause.reason.empty()) why += ": " + pause.reason;
  return {is_named ? pause.scope + ":" + pause.name : pause.scope, std::move(why)};
}

const run::Hold* find_hold(const std::map<std::string, run::Hold, std::less<>>& holds,
                           const std::string& name) {
  const auto found = holds.find(name);
  return found == holds.end() ? nullptr : &found->second;
}

}  // namespace

bool Pauses::learn(std::vector<log::Pause> standing) {
  if (standing == standing_) return false;
  standing_ = std::move(standing);
  workflows_.clear();
  sources_.clear();
  all_.clear();
  for (const log::Pause& pause : standing_) {
    Holds& holds = pause.scope == "workflow" ? workflows_ : pause.scope == "source" ? sources_ : all_;
    holds.emplace(pause.name, make_hold(pause));
  }
  return true;
}

const run::Hold* Pauses::find_over(const OpenRun& run) const {
  if (standing_.empty()) return nullptr;
  if (const run::Hold* const hold = find_hold(workflows_, run.graph->slug)) return hold;
  if (const run::Hold* const hold = find_hold(sources_, run.state.created.source)) return hold;
  return all_.empty() ? nullptr : &all_.begin()->second;
}

bool Pauses::is_news_to(const OpenRun& run) const {
  const run::RunPhase phase = run.state.phase;
  if (phase != run::RunPhase::running && phase != run::RunPhase::paused) return false;
  const run::Hold* const hold = find_over(run);
  if (hold == nullptr) return !run.state.paused.scope.empty();
  return hold->scope != run.state.paused.scope || hold->why != run.state.paused.why;
}

}  // namespace callboard::dispatcher
