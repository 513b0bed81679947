// What limits promise: places in groups, and turns of throttles.
#include <algorithm>
#include <utility>

#include "shared/run/items.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "tests/sim/simulation.hpp"

namespace callboard::test {

/// Never more runs of a group than its limit have a place; who has one is open.
void Simulation::check_places() {
  if (house_.tables.slots == slots_) return;
  slots_ = house_.tables.slots;
  for (const auto& [group, places] : slots_) {
    if (places.size() > kGroups.at(group)) complain("group " + group + ": more have a place than there are");
    for (const auto& [k, id] : places) {
      const log::MemoryTables::Head& head = house_.tables.heads.at(id);
      if (head.closed_at || head.group != group || head.phase == run::RunPhase::pending ||
          k >= kGroups.at(group))
        complain("group " + group + ": run " + to_string(id) + " has a place that is not its own");
    }
  }
}

/// A free place does not stand beside a run that waits for longer than it takes to hear of it.
void Simulation::check_queues() {
  for (const auto& [group, limit] : kGroups) {
    const bool is_waited_for = std::ranges::any_of(house_.tables.heads, [&](const auto& entry) {
      const auto& head = entry.second;
      const bool lacks_turn =
          head.lacks == log::MemoryTables::Lacks::turn && head.turn_at > house_.database_clock.now();
      return head.group == group && head.phase == run::RunPhase::pending && !lacks_turn;
    });
    const auto places = house_.tables.slots.find(group);
    const std::size_t taken = places == house_.tables.slots.end() ? 0 : places->second.size();
    if (!is_waited_for || taken >= limit) {
      free_beside_.erase(group);
      continue;
    }
    const Steady since = free_beside_.emplace(group, house_.time.now()).first->second;
    if (house_.time.now() - since > kUnexplainedAtMost)
      complain("group " + group + ": a place is free, and a run waits for it");
  }
}

/// Who takes a turn leaves one to each older run that waits for one and lacks no place.
void Simulation::check_turns() {
  const auto& tables = house_.tables;
  for (auto row = tables.positions.upper_bound(admissions_); row != tables.positions.end(); ++row) {
    admissions_ = row->first;
    const run::Event& event = tables.events.at(row->second);
    if (event.type != run::EventType::run_admitted) continue;
    const std::string& rate = tables.heads.at(event.run).rate;
    if (rate.empty()) continue;
    const auto older = std::ranges::count_if(tables.heads, [&](const auto& entry) {
      const auto& [id, head] = entry;
      return id < event.run && head.rate == rate && head.phase == run::RunPhase::pending &&
             head.lacks != log::MemoryTables::Lacks::place;
    });
    const auto& [limit, per] = kRates.at(rate);
    const auto turns = tables.turns.find(rate);
    if (turns == tables.turns.end()) {
      complain("throttle " + rate + ": run " + to_string(event.run) + " has taken no turn");
      continue;
    }
    const auto taken = std::ranges::count_if(
        turns->second, [since = event.at - per](const auto& turn) { return turn.at > since; });
    if (older > 0 && taken + older > limit)
      complain("throttle " + rate + ": run " + to_string(event.run) + " goes past older ones that wait");
  }
}

/// By the log's own times: no span has more begins of a throttle than its limit. Who has a place and no turn,
/// or the other way round, has not begun.
void Simulation::check_rates() {
  std::map<std::string, std::vector<Time>> begins;
  std::vector<Time> steps;
  for (const auto& [position, key] : house_.tables.positions) {
    const run::Event& event = house_.tables.events.at(key);
    if (event.type == run::EventType::step_admitted) steps.push_back(event.at);
    if (event.type != run::EventType::run_admitted) continue;
    const auto created = run::decode_created(house_.tables.events.at({event.run, run::decision_key(0)}).data);
    if (created && created->rate) begins[created->rate->name].push_back(event.at);
  }
  for (const auto& [rate, times] : begins) check_rate(rate, kRates.at(rate), times);
  check_rate("of steps", kStepRate, std::move(steps));
}

void Simulation::check_rate(const std::string& name, const SimRate& rate, std::vector<Time> begins) {
  std::ranges::sort(begins);
  for (std::size_t at = rate.limit; at < begins.size(); ++at) {
    if (begins[at] - begins[at - rate.limit] < rate.per)
      complain("throttle " + name + ": more begin in " + format_duration(rate.per) + " than its limit");
  }
}

/// Of a throttled step, only what has had its turn.
void Simulation::check_turn(const topics::Job& job) {
  const run::Graph& graph = *house_.graphs.at(house_.tables.heads.at(job.slice.run).hash);
  for (const run::SliceStep& step : job.slice.steps) {
    const auto name = run::parse_step_name(step.key);
    const run::StepIndex of = name ? graph.find(name->step) : run::kNoStep;
    if (of == run::kNoStep || !graph.steps[of].throttle) continue;
    const auto state = people_.look(job.slice.run);
    const run::StepIndex place = state ? run::find_place(graph, *state, step.key) : run::kNoStep;
    if (place == run::kNoStep || state->generation != job.slice.generation) continue;
    if (state->steps[place].attempt == step.attempt && state->steps[place].admitted != step.attempt)
      complain("run " + to_string(job.slice.run) + ": " + step.key + " is published without its turn");
  }
}

}  // namespace callboard::test
