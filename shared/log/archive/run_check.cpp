#include "shared/log/archive/run_check.hpp"

#include <algorithm>
#include <set>

#include "shared/run/fold.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::log {
namespace {

using run::EventType;
using run::KeyKind;

bool fits(KeyKind kind, EventType type) {
  switch (kind) {
    case KeyKind::started: return type == EventType::step_started;
    case KeyKind::begun: return type == EventType::step_begun;
    case KeyKind::command: return type == EventType::command_received;
    case KeyKind::signal: return type == EventType::signal_received;
    case KeyKind::decision: return to_string(type) != "unknown";
    case KeyKind::result: break;
  }
  return type == EventType::step_completed || type == EventType::step_failed || type == EventType::step_lost;
}

std::vector<LogProblem> find_holes(const RunId& run, const std::set<std::uint32_t>& decisions) {
  std::vector<LogProblem> problems;
  std::uint32_t expected = 0;
  for (const std::uint32_t number : decisions) {
    if (number > expected) {
      const std::string first = run::decision_key(expected);
      problems.push_back({run, first,
                          number == expected + 1
                              ? "is missing"
                              : "is missing, and all up to " + run::decision_key(number - 1) + " with it"});
    }
    expected = number + 1;
  }
  if (decisions.empty()) problems.push_back({run, run::decision_key(0), "is missing"});
  return problems;
}

/// fold's messages begin with the key that they are about.
LogProblem problem_at(const run::Event& event, std::string message) {
  const std::string prefix = event.key + ": ";
  if (message.starts_with(prefix)) message.erase(0, prefix.size());
  return {event.run, event.key, "does not fold: " + message};
}

/// A row of decisions carries the type of its last one, but d/0 that of its first. Only for a row that folds.
bool has_its_type(const run::Graph& graph, const run::Event& event) {
  const auto key = run::parse_key(event.key);
  if (!key || key->kind != KeyKind::decision) return true;
  if (key->number == 0) return event.type == EventType::run_created;
  const auto list = run::decode_decisions(graph, event.data);
  return list && list->back().type == event.type;
}

std::string show(const std::optional<Time>& at) { return at ? format_time(*at) : "none"; }

template <typename Id>
std::string show_id(const std::optional<Id>& id) {
  return id ? to_string(*id) : "none";
}

/// `pr:7 team:core`
std::string show(const run::Labels& labels) {
  std::string out;
  for (const run::Label& label : labels) out += (out.empty() ? "" : " ") + label.name + ":" + label.value;
  return out.empty() ? "none" : out;
}

}  // namespace

std::vector<LogProblem> check_keys(const RunId& run, const std::vector<run::Event>& events) {
  std::vector<LogProblem> problems;
  std::set<std::uint32_t> decisions;
  for (const run::Event& event : events) {
    const auto key = run::parse_key(event.key);
    if (!key) {
      problems.push_back({run, event.key, "is no key of the grammar"});
      continue;
    }
    if (key->kind == KeyKind::decision) decisions.insert(key->number);
    if (!fits(key->kind, event.type)) {
      problems.push_back({run, event.key,
                          "has the type " + std::string(to_string(event.type)) + " (" +
                              std::to_string(static_cast<int>(event.type)) +
                              "), which does not fit the key"});
    }
  }
  auto holes = find_holes(run, decisions);
  problems.insert(problems.end(), holes.begin(), holes.end());
  return problems;
}

RunHeadRow begin_head(const RunId& run, const run::Created& created, Partition partitions) {
  RunHeadRow head;
  head.run = run;
  head.definition = created.hash;
  head.delivery = created.delivery;
  head.partition = partition_of(run, partitions);
  if (created.parent) head.parent = created.parent->run;
  head.labels = created.labels;
  std::ranges::sort(head.labels, {}, &run::Label::name);
  return head;
}

std::expected<RunHeadRow, LogProblem> fold_head(const run::Graph& graph, const run::Created& created,
                                                const std::vector<run::Event>& events, Partition partitions) {
  RunHeadRow head = begin_head(events.front().run, created, partitions);
  run::RunState state = run::make_state(graph, head.run);
  for (const run::Event& event : events) {
    const bool was_closed = run::is_closed(state.phase);
    if (auto folded = run::fold(graph, state, event); !folded) {
      return std::unexpected(problem_at(event, std::move(folded.error().message)));
    }
    if (!has_its_type(graph, event)) {
      return std::unexpected(
          LogProblem{head.run, event.key, "has not the type of the last decision that it holds"});
    }
    if (event.key == "d/0") head.created_at = event.at;
    if (!was_closed && run::is_closed(state.phase))
      head.decisions = static_cast<std::int32_t>(state.decisions);
  }
  if (!state.later_decisions.empty()) {
    return std::unexpected(LogProblem{head.run, run::decision_key(state.decisions),
                                      "is missing: what stands behind it has no effect"});
  }
  head.phase = state.phase;
  // Paused in the queue: its owner stands aside. One that a person must approve does not queue.
  if (state.queued)
    head.phase = state.created.needs_approval ? run::RunPhase::waiting : run::RunPhase::pending;
  if (run::is_closed(state.phase)) head.closed_at = state.closed_at;
  return head;
}

std::vector<std::string> compare_heads(const RunHeadRow& stored, const RunHeadRow& folded) {
  std::vector<std::string> wrong;
  const auto differ = [&](std::string_view what, const std::string& says, const std::string& is) {
    wrong.push_back("the head row says " + std::string(what) + " " + says + ", the events " + is);
  };
  const bool both_open = !run::is_closed(stored.phase) && !run::is_closed(folded.phase);
  if (!both_open && stored.phase != folded.phase)
    differ("state", std::string(to_string(stored.phase)), std::string(to_string(folded.phase)));
  if (stored.closed_at != folded.closed_at)
    differ("closed_at", show(stored.closed_at), show(folded.closed_at));
  if (stored.decisions != folded.decisions)
    differ("decisions", std::to_string(stored.decisions), std::to_string(folded.decisions));
  if (stored.created_at != folded.created_at)
    differ("created_at", format_time(stored.created_at), format_time(folded.created_at));
  if (stored.partition != folded.partition)
    differ("partition", std::to_string(stored.partition), std::to_string(folded.partition));
  if (stored.definition != folded.definition) differ("definition", stored.definition, folded.definition);
  if (stored.delivery != folded.delivery)
    differ("delivery", show_id(stored.delivery), show_id(folded.delivery));
  if (stored.parent != folded.parent) differ("parent", show_id(stored.parent), show_id(folded.parent));
  if (stored.labels != folded.labels)
    wrong.push_back("its labels are " + show(stored.labels) + ", the events say " + show(folded.labels));
  return wrong;
}

}  // namespace callboard::log
