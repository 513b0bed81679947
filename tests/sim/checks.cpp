#include "tests/sim/checks.hpp"

#include <set>

#include "shared/run/fold.hpp"
#include "shared/run/keys.hpp"

namespace callboard::test {
namespace {

Result<run::RunState> fold_all(const run::Graph& graph, const RunId& id,
                               const std::vector<run::Event>& events) {
  run::RunState state = run::make_state(graph, id);
  for (const run::Event& event : events) {
    if (auto folded = run::fold(graph, state, event); !folded) return std::unexpected(folded.error());
  }
  return state;
}

void check_decisions(const run::Graph& graph, const std::vector<run::Event>& events, bool is_closed,
                     std::vector<std::string>& problems) {
  std::set<std::uint32_t> numbers;
  std::uint32_t last_close = 0, closes = 0;
  for (const run::Event& event : events) {
    const auto key = run::parse_key(event.key);
    if (!key) {
      problems.push_back("a key that is none: " + event.key);
      continue;
    }
    if (key->kind != run::KeyKind::decision) continue;
    numbers.insert(key->number);
    if (key->number == 0) continue;
    const auto list = run::decode_decisions(graph, event.data);
    if (!list) {
      problems.push_back(event.key + ": " + list.error().message);
      continue;
    }
    for (const run::Decision& decision : *list) {
      const bool ends = decision.type == run::EventType::run_completed ||
                        decision.type == run::EventType::run_failed ||
                        decision.type == run::EventType::run_cancelled;
      if (!ends) continue;
      ++closes;
      last_close = key->number;
    }
  }
  if (numbers.empty() || *numbers.rbegin() + 1 != numbers.size())
    problems.push_back("its decisions have a hole");
  if (closes != (is_closed ? 1u : 0u)) problems.push_back("it has " + std::to_string(closes) + " ends");
  if (closes > 0 && last_close + 1 != numbers.size()) problems.push_back("a decision stands behind its end");
}

}  // namespace

std::optional<std::string> find_difference(const run::RunState& a, const run::RunState& b) {
  if (a.phase != b.phase) {
    return "phase " + std::string(to_string(a.phase)) + " and " + std::string(to_string(b.phase));
  }
  if (a.decisions != b.decisions) return "numbers of decisions";
  if (a.outputs != b.outputs) return "outputs";
  if (a.open_steps != b.open_steps) return "open steps";
  for (std::size_t i = 0; i < a.steps.size(); ++i) {
    const run::StepState& x = a.steps[i];
    const run::StepState& y = b.steps[i];
    if (x.phase != y.phase || x.attempt != y.attempt || x.result != y.result || !(x.error == y.error)) {
      return "step " + std::to_string(i) + ": " + std::string(to_string(x.phase)) + " at " +
             std::to_string(x.attempt) + " and " + std::string(to_string(y.phase)) + " at " +
             std::to_string(y.attempt);
    }
  }
  return std::nullopt;
}

std::vector<std::string> check_log_of(const SimHouse& house, const RunId& run, SimRandom& random) {
  std::vector<std::string> problems;
  const auto head = house.tables.heads.find(run);
  if (head == house.tables.heads.end()) return {"it was accepted and is not there"};
  const run::Graph& graph = *house.graphs.at(head->second.hash);
  std::vector<run::Event> events = house.events_of(run);
  check_decisions(graph, events, run::is_closed(head->second.phase), problems);
  const auto in_order = fold_all(graph, run, events);
  if (!in_order) return {"its log does not fold: " + in_order.error().message};
  if (run::is_closed(head->second.phase) && in_order->phase != head->second.phase) {
    problems.push_back("its head row and its fold differ");
  }
  for (std::size_t at = events.size(); at > 1; --at) std::swap(events[at - 1], events[random.below(at)]);
  const auto shuffled = fold_all(graph, run, events);
  if (!shuffled) {
    problems.push_back("shuffled it does not fold: " + shuffled.error().message);
  } else if (const auto difference = find_difference(*in_order, *shuffled)) {
    problems.push_back("shuffled it folds to another state: " + *difference);
  }
  return problems;
}

}  // namespace callboard::test
