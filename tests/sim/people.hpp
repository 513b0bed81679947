#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/run/state.hpp"
#include "tests/support/sim_house.hpp"

namespace callboard::test {

/// Those who look at runs and ask something of them: approve, cancel, pause, resume, signal, answer, retry,
/// go back, migrate. They see the log as it is, and their words arrive like any other command.
class People {
 public:
  People(SimHouse& house, SimRandom& random) : house_(house), random_(random) {}

  /// Somebody asks for something that may be refused, come too late, or meet what somebody else has asked
  /// for.
  std::string meddle(SimDispatcher& dispatcher);
  /// Somebody pauses every run of a workflow, of a source, or all, or lets them go on.
  std::string meddle_with_all(SimDispatcher& dispatcher);
  /// Everybody wants the runs to end: what is paused goes on, who waits is told, who asks is answered. A run
  /// that waits for what has come is left to those who owe it that.
  void help(SimDispatcher& dispatcher);
  /// The run as the log has it; nothing if it does not fold.
  std::optional<run::RunState> look(const RunId& run) const;
  /// Deliveries that have come, and that this listener of a run takes.
  std::vector<DeliveryId> owed_to(const run::RunState& state, const std::string& target) const;

 private:
  std::string ask_open(SimDispatcher& dispatcher, const run::Graph& graph, const run::RunState& state);
  std::string ask_closed(SimDispatcher& dispatcher, const run::Graph& graph, const run::RunState& state);
  std::string migrate(SimDispatcher& dispatcher, const run::Graph& graph, const run::RunState& state);
  bool is_owed(const run::RunState& state) const;
  bool answer(SimDispatcher& dispatcher, const run::Graph& graph, const run::RunState& state);
  SimHouse& house_;
  SimRandom& random_;
};

}  // namespace callboard::test
